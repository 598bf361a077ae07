// From tallies to observations: what one replica contributes to an experiment, and the sum of what all did.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "runtime/execution.hpp"
#include "runtime/moments.hpp"

namespace treefall::runtime {

/// How many batches the time of a replica is cut into while there are few replicas.
inline constexpr Time batches_a_replica = 32;
/// From so many replicas on, a replica is the unit of observation.
inline constexpr std::uint64_t enough_replicas = 32;

struct Observation {
  std::uint64_t replica = 0;
  std::uint64_t events = 0;
  Time end = 0;
  const char* trouble = nullptr;
  std::vector<Tally> tallies;
  std::vector<Pairs> pairs;
  std::vector<std::array<Moments, ratio_count>> batches;  // empty: there were none
};

/// Closes the tallies of an execution that has been played, and measures an orderly stop of what still runs.
Observation observe(Execution& x, std::uint64_t replica);

/// All replicas of an experiment together, for one tally.
struct Total {
  std::array<Moments, ratio_count> replicas;
  std::array<Moments, ratio_count> batches;
  Histogram waits;
  std::uint64_t taken = 0;
  std::uint64_t boot_failures = 0;
  std::uint64_t failed_replicas = 0;
  std::uint64_t first_failed = 0;  // the lowest replica in which it gave up, if any
  std::vector<Time> first_failures;
  std::vector<std::uint64_t> failed_in;  // the replica of each of them
};
void merge(std::vector<Total>& totals, const Observation& observation);

}  // namespace treefall::runtime
