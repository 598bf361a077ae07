// What a supervisor keeps besides what every process has.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/reason.hpp"
#include "runtime/types.hpp"
#include "spec/design.hpp"

namespace treefall::runtime {

/// What a supervisor is doing, from one message to the next.
enum class Doing : std::uint8_t {
  nothing,
  booting,
  failing_to_boot,  // stops what it had started
  restarting,
  exiting,
  starting_child,  // for an API call
  stopping_child,
};

struct Stamp {
  std::int64_t second = 0;
  std::uint64_t count = 0;
};

struct Supervising {
  Slot first = no_slot;  // children in start order
  Slot last = no_slot;
  Doing doing = Doing::nothing;
  bool stops = false;          // the first half of a restart: members are being stopped
  bool single = false;         // only `cursor`, not what comes after it
  bool waiting = false;        // for `cursor` to start or to stop
  bool returned = false;       // the start it waited for has come back, with `outcome`
  bool gave_up = false;        // and stops its children
  bool failed_before = false;  // gave up at least once
  bool awaits_seeder = false;  // came back empty, and who seeds it is not up
  bool populating = false;
  bool added = false;    // the child to start was not in the list before
  bool phantom = false;  // a child without a process stands among those of a simple_one_for_one
  spec::InitOutcome outcome = spec::InitOutcome::ok;
  Reason outcome_reason;
  Slot cursor = no_slot;
  Slot group = no_slot;           // the first member of the group
  Reason reason;                  // to exit with
  std::uint32_t waiting_for = 0;  // children that stop in parallel
  std::uint32_t entries = 0;
  std::uint32_t next_template = 0;  // offset in the block of the next of the population
  Time stop_begun = -1;
  std::vector<Stamp> stamps;  // oldest first, from `stamps_begin`
  std::size_t stamps_begin = 0;
  std::uint64_t stamped = 0;
};

}  // namespace treefall::runtime
