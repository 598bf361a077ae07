// How often a worker crashes at the least, where how often it does on the whole cannot be said. Times in seconds.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "analyzer/crashes.hpp"
#include "analyzer/intensity.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// Whatever has happened before, it takes up its next message after an exponential time, or a known one, at the most,
/// is done with it (and restarted, if need be) within `longest`, and crashes by it with this probability or more.
struct LeastCrashes {
  double per_second = 0;                                    // 1 / mean of the exponential time; 0: there is none
  double longest = 0;                                       // seconds
  double probability = 0;                                   // (0, 1]
  double overlong = 0;                                      // P(one takes longer than `longest`)
  double within = std::numeric_limits<double>::infinity();  // seconds: the known time
};
/// Nothing where it may never crash, or may end without a restart. For a worker of which there is one.
std::optional<LeastCrashes> least_crashes(const spec::Design& design, const Tree& tree, const Crashes& crashes,
                                          spec::NodeId worker);

/// The greatest P(one of its children alone makes this supervisor give up within its window), whatever was before.
double least_failure(const spec::Design& design, const Tree& tree, const Crashes& crashes, spec::NodeId supervisor,
                     const Window& window);

/// P(so many crashes within so many seconds), at the least and whatever has happened before.
double crashes_within(const LeastCrashes& least, std::uint64_t crashes, double seconds);

}  // namespace treefall::analyzer
