// What processes do, made ready for execution: handlers, init, ticks, crash clocks, and whom they reach.
#pragma once

#include <cstdint>

#include "runtime/reason.hpp"
#include "runtime/sampling.hpp"
#include "runtime/types.hpp"
#include "spec/design.hpp"

namespace treefall::runtime {

/// A run of elements of one of the model's arrays.
struct Range {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

/// Which slots a reference can mean.
struct Destination {
  std::uint32_t node = none;
  Slot first = no_slot;  // where it does not depend on who asks: first .. first + count - 1, picked evenly
  std::uint32_t count = 1;
  Range levels;  // otherwise: into Model::levels, from the root down
};
struct TreeLevel {
  std::uint32_t node = none;
  std::uint32_t pin = none;  // this copy only
};

/// A call, cast or start of tasks in a handler.
struct Step {
  enum class Kind : std::uint8_t { call, cast, task };
  Kind kind = Kind::cast;
  spec::OnFailure::Do on_failure = spec::OnFailure::Do::crash;
  bool linked = false;     // task
  bool kill_late = false;  // task: kill_task
  bool awaited = false;    // task
  std::uint16_t message = 0;
  std::uint32_t to = none;  // destination
  std::uint32_t times = 1;  // or how many tasks
  std::uint32_t retries = 0;
  Time timeout = never;  // of the call, or of await
  Sampler takes;
  double crash_probability = 0;
};

/// What a process does in one go: a handler, init, handle_continue, terminate.
struct Program {
  Sampler takes;
  Range steps;
  Range during;                  // the first whose fault lasts replaces this program
  double crash_probability = 0;  // for init: to fail
  std::uint32_t fails_during = none;
  bool exits = false;
  Reason exit;
  bool retries = false;  // handle_continue: live on after a failure and try again
  Sampler retry_after;
};
struct During {
  std::uint32_t fault = 0;
  std::uint32_t program = none;
};

struct HandlerEntry {
  std::uint16_t message = 0;
  std::uint32_t program = none;
};
struct TickEntry {
  Sampler every;
  Sampler first;
  std::uint32_t program = none;
};
/// A crash clock that is not memoryless: each process has its own timer.
struct CrashEntry {
  bool at_times = false;
  Sampler after;
  Range times;  // into Model::values
  std::uint32_t during = none;
  Reason reason;
};
/// The memoryless crash clocks of all processes of one node, superposed: one clock of the summed rate, then an even
/// pick; a pick that is not up is no event (thinning). Exact, because the exponential law has no memory.
struct CrashGroup {
  std::uint32_t node = 0;
  Sampler gap;  // exponential, of all copies together
  std::uint32_t during = none;
  Reason reason;
  std::uint64_t source = 0;
};
struct DependencyEntry {
  std::uint32_t to = none;
  bool is_table = false;  // else a pid
};

}  // namespace treefall::runtime
