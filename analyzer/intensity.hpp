// How long a restart intensity lasts: OTP's rule "more than R restarts in P seconds", in whole seconds, against
// restarts that come at random without memory. Times are real seconds from an incarnation's start, whose place in the
// clock's second is uniformly random. The mathematics stands in intensity.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/count_law.hpp"
#include "analyzer/estimate.hpp"
#include "spec/distribution.hpp"

namespace treefall::analyzer {

struct RestartTime;

/// A supervisor's restart intensity: it gives up at the first restart that makes more than `restarts` of them within
/// `seconds` (stamps in whole seconds, the oldest one included).
struct Window {
  std::uint64_t restarts = 3;  // R, any value
  std::uint64_t seconds = 5;   // P >= 1
};

// ---- restarts that take no time ---------------------------------------------------------------------------------

/// Mean time from an incarnation's start to its giving up, in seconds; infinite for rate 0. `rate`: counted restarts
/// per second, >= 0.
Estimate mean_time_to_failure(const Window& window, double rate);
/// P(gives up within `horizon` seconds of its start); keeps its digits down to 1e-300.
Estimate failure_probability(const Window& window, double rate, double horizon);

/// Poisson events of `rate` per second, each of which brings 1, 2, 3, … restarts with the probabilities `sizes`.
struct Batches {
  double rate = 0;
  std::vector<double> sizes;
};
/// The same for restarts that come several at once.
Estimate mean_time_to_failure(const Window& window, const Batches& batches);
Estimate failure_probability(const Window& window, const Batches& batches, double horizon);

/// The same for any law of restarts per second.
Estimate mean_time_to_failure(const Window& window, const CountLaw& law);
Estimate failure_probability(const Window& window, const CountLaw& law, double horizon);

// ---- restarts that take time ------------------------------------------------------------------------------------

/// As above when restarts keep the supervisor busy: what crashes meanwhile is counted when it is done, else the next
/// crash comes after an exponential time of `rate`.
Estimate mean_time_to_failure(const Window& window, double rate, const RestartTime& restart);
Estimate failure_probability(const Window& window, double rate, const RestartTime& restart, double horizon);
/// Restarts per second in the long run.
double restart_rate(double rate, const RestartTime& restart);
/// When every restart takes `delay`, in which nothing crashes.
Estimate mean_time_to_failure(const Window& window, double rate, const spec::Distribution& delay);
Estimate failure_probability(const Window& window, double rate, const spec::Distribution& delay, double horizon);
double restart_rate(double rate, const spec::Distribution& delay);
/// As above for any law of the time from one counted restart to the next, `gap` (ageing: Weibull, Erlang, lognormal);
/// the first restart comes after one gap.
Estimate mean_time_to_failure_of_renewal(const Window& window, const spec::Distribution& gap);
Estimate failure_probability_of_renewal(const Window& window, const spec::Distribution& gap, double horizon);

// ---- the reverse question ---------------------------------------------------------------------------------------

/// The largest rate (restarts per second) with P(gives up within `horizon`) <= `probability`. For R = 0 too.
Estimate tolerated_rate(const Window& window, double probability, double horizon);
/// How many children that each cost one restart may die at the same instant: R.
std::uint64_t tolerated_simultaneous(const Window& window);

/// Probabilities that a restart takes 1, 2, 3, … attempts, each of which counts, if each fails with this one.
std::vector<double> runs_of_starts(const Window& window, double failure);

}  // namespace treefall::analyzer
