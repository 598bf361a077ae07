// The clocks that a design itself sets, and how long it remembers: replicas shorter than that do not show the long run.
#pragma once

#include <string>

#include "spec/design.hpp"

namespace treefall::runtime {

/// The longest stretches of time that they take on average, in seconds.
struct Clocks {
  double slowest = 0;  // of all
  std::string what;    // that one
  double memory = 0;   // of those that know how long ago they were set
  double rhythm = 0;   // of these, without the ages of processes: ticks, traffic, faults
  double windows = 0;  // max_seconds of supervisors, along the branch where they add up to most
};
Clocks clocks_of(const spec::Design& design);

/// Does the risk depend on how long ago the node started: script, given times of faults and traffic, told outcomes of
/// starts?
bool has_given_times(const spec::Design& design);

}  // namespace treefall::runtime
