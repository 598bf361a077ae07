// What surrounds the trees, made ready for execution: traffic, faults, script, applications.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "runtime/mailbox.hpp"
#include "runtime/program.hpp"

namespace treefall::runtime {

struct TrafficInfo {
  std::uint32_t to = none;
  spec::Sends sends = spec::Sends::call;
  Message message;  // as it is sent, but for the time
  Time timeout = never;
  std::uint32_t retries = 0;
  bool redeliver = false;
  bool scripted = false;  // the clients of the script's `send`
  std::uint32_t during = none;
  enum class Kind : std::uint8_t { poisson, renewal, burst, at, closed } kind = Kind::poisson;
  Sampler gap;    // poisson, renewal, burst; think of a closed loop
  Sampler first;  // renewal, burst
  std::uint64_t size = 1;
  Range times;
  std::uint64_t source = 0;
  std::uint32_t tally = 0;
};

struct FaultInfo {
  bool random = false;
  Sampler every;
  Sampler lasts;
  std::vector<std::pair<Time, Sampler>> outages;
  std::uint64_t source = 0;
  std::vector<std::uint32_t> crash_groups;  // those limited to it
  std::vector<std::uint32_t> nodes;         // with crash timers limited to it
  std::vector<std::uint32_t> traffic;       // limited to it
};

struct ScriptStep {
  Time at = 0;
  spec::ScriptedEvent::Do what = spec::ScriptedEvent::Do::kill;
  std::uint32_t to = none;
  Reason reason;
  std::uint16_t message = 0;
  spec::Sends as = spec::Sends::cast;
  std::uint32_t child = none;  // node
};

struct ApplicationInfo {
  spec::StartType start = spec::StartType::permanent;
  Slot root = no_slot;
  std::uint32_t tally = 0;
};
struct UnsupervisedInfo {
  std::uint32_t node = none;
  bool linked = false;
};

}  // namespace treefall::runtime
