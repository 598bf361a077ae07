// The probability of a failure within a time longer than was played.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/statistics.hpp"
#include "runtime/types.hpp"

namespace treefall::runtime {

/// How replicas of length `until` went for one supervisor or application.
struct Courses {
  std::uint64_t replicas = 0;
  Time until = 0;
  std::vector<Time> failures;  // the first one of each replica that had one
  std::vector<Time> ends;      // of replicas without one in which the node ended earlier than `until`
};

struct Extrapolated {
  double value = 0;
  Interval interval;
};

/// P(it fails within `horizon`), horizon > until: as observed in the first half, and by the constant hazards of the
/// second half (of failing, and of the node's end for another reason) from there on. Right where nothing in the design
/// lasts longer than the first half; the caller sees to that.
Extrapolated failure_probability_beyond(const Courses& courses, Time horizon, double confidence);

}  // namespace treefall::runtime
