// From tallies to observations: what one replica contributes to an experiment.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "runtime/execution.hpp"
#include "runtime/total.hpp"

namespace treefall::runtime {

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

/// Adds it to the totals, one a tally.
void merge(std::vector<Total>& totals, const Observation& observation);

}  // namespace treefall::runtime
