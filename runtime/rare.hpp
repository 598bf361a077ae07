// Failures too rare to be waited for: multilevel splitting of executions (Kahn & Harris 1951; Garvels 2000) with fixed
// effort at each level.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/measurement.hpp"
#include "spec/design.hpp"

namespace treefall::runtime {

struct RareEffort {
  std::uint64_t events = 100'000'000;  // model events to play at most
  double precision = 0.05;             // relative standard error at which it is enough
  double least_time = 0;               // seconds of node time that have to be seen: how long its slowest clocks need
};

/// How often a supervisor gives up that hardly ever does.
struct RareFailure {
  struct Rate {
    double per_second = 0;
    double standard_error = 0;
  };
  double per_second = 0;  // times that it gives up, in the long run, per second of its life
  double standard_error = 0;
  std::optional<Rate> tilting = {};  // the same by another method, where its window is the only one that counts
  std::uint32_t steps = 0;           // levels from an empty window to giving up
  std::uint32_t repetitions = 0;     // independent ones
  std::uint64_t trials = 0;          // at each level of each repetition
  std::uint64_t events = 0;          // played in all
  std::string doubt;                 // why it may be wrong beyond its interval; empty: it has converged
};

/// By subject: nothing where it is no single supervisor (or an application's root), where the design's risk depends on
/// how long ago the node started (a script, given times, age), or where too little is counted below it within the
/// effort, which they share. The result depends on design, subjects, seed and effort, not on `jobs`.
std::vector<std::optional<RareFailure>> rare_failures(const spec::Design& design,
                                                      const std::vector<spec::Subject>& subjects, std::uint64_t seed,
                                                      unsigned jobs, const RareEffort& effort,
                                                      const std::atomic<bool>& stop);

/// What that says of P(gives up within that time).
Measurement probability_of(const RareFailure& failure, const spec::Subject& subject, spec::Duration within,
                           double confidence);
/// And of the mean time to failure.
Measurement mean_time_of(const RareFailure& failure, const spec::Subject& subject, double confidence);

}  // namespace treefall::runtime
