// What happens around a tree: faults, traffic from outside, scripted events.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "spec/distribution.hpp"
#include "spec/otp.hpp"
#include "spec/setting.hpp"
#include "spec/span.hpp"
#include "spec/target.hpp"
#include "spec/time.hpp"

namespace treefall::spec {

struct Fault {
  struct Random {
    Distribution every;  // from recovery to the next outage
    Distribution lasts;
  };
  struct Outage {
    Duration at{};
    Distribution lasts;
  };
  std::string name;
  std::variant<Random, std::vector<Outage>> when;
  Span span{};
  Span name_span{};
};

enum class Sends { call, cast, info };

struct Traffic {
  struct Poisson {
    double per_second;  // no initialiser, as in CrashClock::Rate
  };
  struct Renewal {
    Distribution every;
    std::optional<Distribution> first;
  };
  struct Burst {
    std::uint64_t size = 1;
    Distribution every;
    std::optional<Distribution> first;
  };
  struct At {
    std::vector<Duration> times;
  };
  struct Closed {
    std::uint64_t concurrency = 1;
    Distribution think;
  };
  std::string name;
  Target to;
  Sends sends = Sends::call;
  std::string message = "any";
  Setting<Duration> timeout;
  std::optional<std::uint32_t> retries;  // nothing: give up
  std::variant<Poisson, Renewal, Burst, At, Closed> arrivals;
  bool redeliver = false;
  std::optional<FaultId> during;
  Span span{};
  Span name_span{};
  Span arrivals_span{};
};

struct ScriptedEvent {
  enum class Do { kill, exit, shutdown, send, start_child, terminate_child, restart_child, delete_child };
  Duration at{};
  Do what = Do::kill;
  Target process;               // the one it is done to; for start_child the supervisor
  ExitReason reason;            // exit
  std::string message = "any";  // send
  Sends as = Sends::cast;       // send
  NodeId child = no_node;       // start_child
  Span span{};
};

}  // namespace treefall::spec
