// A server with a mailbox that loses all of it whenever it crashes: Poisson arrivals of several kinds, any service
// laws, crashes by the handlers themselves and by a Poisson clock, a start time during which messages queue.
#pragma once

#include <optional>
#include <vector>

#include "spec/distribution.hpp"

namespace treefall::analyzer {

struct CrashingQueue {
  struct Kind {
    double rate = 0;  // per second
    spec::Distribution service = spec::Constant{0};
    double crash_probability = 0;  // at the end of its handler
    double cast_share = 1;         // of these messages, those whose loss nobody is told
  };
  std::vector<Kind> kinds;
  double clock = 0;                              // crashes per second while up, whatever it does
  spec::Distribution start = spec::Constant{0};  // from the crash until it is up again; its name is taken at once
};

struct CrashingQueueFigures {
  double crash_rate = 0;      // per second of time up
  double lost_per_crash = 0;  // casts in the mailbox, and in service when the clock strikes
  double lost_rate = 0;       // per second of time up or starting
  double handled_rate = 0;    // per second of time up; without those that crashed it
  double busy_share = 0;      // of time up
};

/// In the long run, exact up to rounding; nothing where a service law has no transform, or it never crashes.
std::optional<CrashingQueueFigures> figures_of(const CrashingQueue& queue);

}  // namespace treefall::analyzer
