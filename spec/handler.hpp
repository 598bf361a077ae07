// What a process does with a message: takes its time, calls, casts, starts tasks, crashes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spec/distribution.hpp"
#include "spec/otp.hpp"
#include "spec/setting.hpp"
#include "spec/span.hpp"
#include "spec/target.hpp"
#include "spec/time.hpp"

namespace treefall::spec {

struct OnFailure {
  enum class Do { crash, ignore, retry };
  Do what = Do::crash;
  std::uint32_t retries = 0;  // after them, the caller crashes
};

/// gen_server:call; `to` may be a supervisor.
struct Call {
  Target to;
  std::string message = "any";
  std::uint32_t times = 1;
  Setting<Duration> timeout;
  OnFailure on_failure;
  Span span{};
};

struct Cast {
  Target to;
  std::string message = "any";
  std::uint32_t times = 1;
  Span span{};
};

struct Task {
  enum class OnTimeout { exit, kill_task };
  std::uint32_t count = 1;
  bool linked = true;
  Distribution takes = Constant{0};
  double crash_probability = 0;
  std::optional<Duration> await;  // none: not awaited, its reply and DOWN arrive as messages
  OnTimeout on_timeout = OnTimeout::exit;
  Span span{};
};

struct Handler;

/// What a handler is while a fault lasts: the base with the written keys replaced.
struct HandlerDuring {
  FaultId fault = 0;
  std::vector<Handler> handler;  // exactly one
};

/// In this order: `takes`, calls, casts, tasks, then the crash or exit; a reply goes out when it ends.
struct Handler {
  Distribution takes = Constant{0};
  double crash_probability = 0;
  std::optional<ExitReason> exits;
  std::vector<Call> calls;
  std::vector<Cast> casts;
  std::vector<Task> tasks;
  std::vector<HandlerDuring> during;  // the first whose fault lasts applies
  Span span{};
  Span takes_span{};    // of the value of `takes`, or of the handler
  Span crashes_span{};  // of the value of `crashes`, or of the handler
};

struct NamedHandler {
  std::string message;  // `any` takes the rest
  Handler handler;
  Span key{};
};

struct Tick {
  Distribution every = Constant{0};
  std::optional<Distribution> first;  // default: one interval
  Handler handler;
  Span span{};
};

enum class InitOutcome { ok, fail, ignore };

}  // namespace treefall::spec
