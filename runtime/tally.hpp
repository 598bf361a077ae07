// What is counted while a replica is played, for one subject: the processes of one node (or one copy of it), an
// application, a source of traffic. Integers only, so that what is made of them does not depend on any order.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/histogram.hpp"
#include "runtime/types.hpp"

namespace treefall::runtime {

/// The integral over time of a number of processes.
struct Headcount {
  Time since = 0;
  std::int64_t number = 0;
  Wide integral = 0;

  void change(Time now, std::int64_t by) {
    integral += static_cast<Wide>(number) * (now - since);
    since = now;
    number += by;
  }
  Wide until(Time now) const { return integral + static_cast<Wide>(number) * (now - since); }
};

struct Tally {
  Headcount up;    // processes past init
  Headcount busy;  // processes that do something
  std::uint64_t handled = 0;
  std::uint64_t taken = 0;  // messages taken out of mailboxes
  Wide waited = 0;          // their time there
  Wide discarded_wait = 0;  // of those that were never taken up
  Histogram waits;
  std::uint64_t calls = 0;  // as callee, or made by traffic: those that have ended
  std::uint64_t timeouts = 0;
  std::uint64_t crashes = 0;
  std::uint64_t restarts = 0;  // of a supervisor: counted; of a worker: its own
  std::uint64_t lost = 0;
  std::uint64_t lost_at_crashes = 0;
  Wide at_risk = 0;  // incarnations' life times until they give up, also of those that live on
  Wide lives = 0;    // of those that gave up
  std::uint64_t gave_up = 0;
  std::vector<Time> first_failures;  // of each copy that failed
  Wide boot_time = 0;
  std::uint64_t boots = 0;
  std::uint64_t boot_failures = 0;
  Wide shutdown_time = 0;
  std::uint64_t shutdowns = 0;
  std::uint64_t left = 0;  // messages in the mailboxes of the living, at the end
  Wide left_age = 0;       // the time in which they gathered: how long those processes have been up

  void clear() {
    Histogram kept = std::move(waits);
    kept.clear();
    *this = Tally{};
    waits = std::move(kept);
  }
};

}  // namespace treefall::runtime
