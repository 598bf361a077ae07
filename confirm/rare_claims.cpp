// One look, at the error probability that a second look would have (band.hpp), so that the sum over looks still holds.
#include "confirm/rare_claims.hpp"

#include <algorithm>
#include <cmath>

#include "confirm/band.hpp"
#include "confirm/plan.hpp"
#include "runtime/memory.hpp"
#include "runtime/rare.hpp"

namespace treefall::confirm {
namespace {

constexpr double clocks_seen = 20;    // of the slowest one, in each repetition
constexpr double precision = 0.02;    // relative standard error: a band of a tenth to either side is decided
constexpr double much_longer = 1000;  // than what the design remembers: so how it begins counts for nothing
constexpr double few_failures = 10;

/// Seconds of execution in which one failure is expected, if the claim is true; infinite: none is claimed.
double seconds_a_failure(const Claim& claim, spec::Duration horizon) {
  if (claim.quantity == spec::Quantity::mean_time_to_failure) return claim.band.low;
  return spec::in_seconds(claim.within.value_or(horizon)) / claim.band.high;
}

bool is_rare(const Claim& claim, spec::Duration horizon, double affordable) {
  const double seconds = seconds_a_failure(claim, horizon);
  return about_giving_up(claim.quantity) && !claim.without_exception && std::isfinite(seconds) &&
         seconds * few_failures > affordable;
}

void judge(const runtime::RareFailure& failure, Claim& claim, spec::Duration horizon, const Options& options,
           std::size_t family) {
  const auto seen = [&](double error) {
    return claim.quantity == spec::Quantity::mean_time_to_failure
               ? runtime::mean_time_of(failure, claim.subject, 1 - error)
               : runtime::probability_of(failure, claim.subject, claim.within.value_or(horizon), 1 - error);
  };
  if (!failure.doubt.empty()) {
    claim.because = "splitting has not converged: " + failure.doubt;
    return;
  }
  const double error = (1 - options.confidence) * share_of_look(1);
  if (inside(seen(error), claim.band))
    claim.verdict = Verdict::confirmed;
  else if (disjoint(seen(error / static_cast<double>(family)), claim.band))
    claim.verdict = Verdict::refuted;
  else
    return;
  claim.observed = seen(1 - options.confidence);
  claim.because = claim.observed->splitting;
}

}  // namespace

void leave_rare_claims(const spec::Design& design, std::vector<Claim>& claims, double affordable) {
  const auto horizon = design.horizon.value;
  for (Claim& claim : claims) {
    const double within = spec::in_seconds(claim.within.value_or(horizon));
    claim.rare = is_rare(claim, horizon, affordable) && within >= much_longer * runtime::clocks_of(design).memory;
    if (claim.rare) claim.unseen = "hardly a failure is to be expected in what the budget allows to execute";
  }
}

std::uint64_t judge_rare_claims(const spec::Design& design, std::vector<Claim>& claims, const Options& options,
                                const std::atomic<bool>& halt) {
  std::vector<Claim*> rare;
  std::vector<spec::Subject> subjects;
  for (Claim& claim : claims) {
    if (!claim.rare || claim.verdict != Verdict::undecided || claim.fell_in) continue;
    rare.push_back(&claim);
    subjects.push_back(claim.subject);
  }
  if (rare.empty() || halt) return 0;
  runtime::RareEffort effort;
  effort.events = options.events;
  effort.precision = precision;
  effort.least_time = clocks_seen * runtime::clocks_of(design).slowest;
  const auto found = runtime::rare_failures(design, subjects, options.seed, options.jobs, effort, halt);
  std::uint64_t events = 0;
  for (std::size_t i = 0; i < rare.size(); ++i) {
    if (!found[i]) continue;
    judge(*found[i], *rare[i], design.horizon.value, options, claims.size());
    events += found[i]->events;
  }
  return events;
}

}  // namespace treefall::confirm
