// What a worker is: how it starts, what it serves, what makes it crash, what it needs.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "spec/boxed.hpp"
#include "spec/distribution.hpp"
#include "spec/handler.hpp"
#include "spec/otp.hpp"
#include "spec/setting.hpp"
#include "spec/span.hpp"
#include "spec/target.hpp"
#include "spec/time.hpp"

namespace treefall::spec {

/// `init` and `handle_continue`. `fails_during` makes every attempt fail while that fault lasts.
struct Init {
  Distribution takes = Constant{0};
  double failure_probability = 0;
  std::optional<FaultId> fails_during;
  std::vector<Call> calls;
  std::vector<InitOutcome> outcomes;        // attempt by attempt, the last repeats; init only
  std::optional<Duration> timeout;          // the start option of that name; init only
  std::optional<Distribution> retry_after;  // handle_continue only: live on and try again
  struct During {
    FaultId fault = 0;
    std::vector<Init> init;  // exactly one
  };
  std::vector<During> during;
  Span span{};
  Span takes_span{};
  Span fails_span{};
};

/// One source of crashes. With `during`, the clock starts at the later of process start and the fault's beginning and
/// stops at its end.
struct CrashClock {
  struct Rate {
    double per_second;  // no initialiser: g++ 12 then could not default-construct the variant below
  };
  struct After {
    Distribution since_start;
  };
  struct At {
    std::vector<Duration> node_times;
  };
  std::variant<Rate, After, At> when;
  std::optional<FaultId> during;
  ExitReason reason;
  Span span{};
};

struct Dependency {
  enum class Uses { name, pid, table, state };
  Target on;
  Uses uses = Uses::name;
};

enum class StateAfterRestart { rebuilt, lost, durable };

struct Mailbox {
  std::optional<std::uint64_t> alarm;
  std::optional<std::uint64_t> message_bytes;
  std::optional<std::uint64_t> shed_above;
  Span span{};
};

struct Worker {
  Setting<WorkerKind> kind;
  Boxed<Init> init;
  Boxed<Init> handle_continue;
  /// Nothing: no `handles` at all, messages take no time. Without an `any` in it, an unknown message crashes.
  std::optional<std::vector<NamedHandler>> handles;
  Span handles_span{};
  std::vector<Tick> ticks;
  std::vector<CrashClock> crashes;
  std::vector<Target> links;
  Setting<bool> traps_exits;
  std::optional<Distribution> terminate;
  std::vector<Dependency> depends_on;
  Setting<StateAfterRestart> state;
  Mailbox mailbox;
};

}  // namespace treefall::spec
