// The sequential procedure: look at n = first * 2^j replicas; confirm a claim whose interval lies in its band, refute
// one whose interval, corrected for the whole family (Bonferroni, valid under any dependence), misses it; go on with
// the rest. Error probability is spent over the looks by share_of_look. Confirmations need no correction for the
// family: each is an intersection-union statement about its own band.
#include "confirm/stage.hpp"

#include <algorithm>
#include <cmath>

#include "confirm/band.hpp"
#include "spec/wording.hpp"

namespace treefall::confirm {
namespace {

constexpr std::uint64_t first_look = 100;

/// Executions as long as the claim speaks of; shorter ones only let it be extrapolated, and show no exception.
bool seen_to_the_end(const Claim& claim, spec::Duration until) { return !claim.within || *claim.within <= until; }

void judge(const runtime::Experiment& experiment, spec::Duration until, Claim& claim, const Budget& budget,
           unsigned look) {
  claim.verdict = decide(claim, budget, look, seen_to_the_end(claim, until), [&](double confidence) {
    return experiment.measure(claim.subject, claim.quantity, claim.within, confidence);
  });
}

/// Would the interval, shrunk by all that the budget still allows, be twice too wide for the band? Then waiting for
/// this claim would only burn the budget. Without a single event the bound falls like 1/n, else like 1/sqrt(n).
bool out_of_reach(const Claim& claim, const runtime::Measurement& observed, double times_more) {
  // Failures were seen, and nothing bounds their mean time from above: more of the same do not, either.
  if (std::isinf(observed.high) && observed.samples > 0 && std::isfinite(claim.band.high))
    return !disjoint(observed, claim.band);
  const double width = observed.high - observed.low;
  if (!std::isfinite(width) || !std::isfinite(claim.band.low) || !std::isfinite(claim.band.high)) return false;
  const double shrunk = observed.value == 0 && observed.low == 0 ? width / times_more : width / std::sqrt(times_more);
  return shrunk > 2 * (claim.band.high - claim.band.low) && !disjoint(observed, claim.band);
}

bool open(const Claim& claim) { return claim.verdict == Verdict::undecided && claim.unseen.empty(); }

bool plays_on_for(const Claim& claim) { return open(claim) && !claim.by_lives; }

/// Is there a claim that going on can decide?
bool worth_going_on(const runtime::Experiment& experiment, const std::vector<Claim*>& claims, const Options& options,
                    const Budget& budget) {
  const double times_more =
      static_cast<double>(budget.events) / static_cast<double>(std::max<std::uint64_t>(experiment.events(), 1));
  return std::any_of(claims.begin(), claims.end(), [&](const Claim* claim) {
    if (!plays_on_for(*claim)) return false;
    const auto observed = experiment.measure(claim->subject, claim->quantity, claim->within, options.confidence);
    return !observed || !out_of_reach(*claim, *observed, times_more);
  });
}

/// Short executions do not show how long a node that may end is down until the horizon.
bool cut_short(const spec::Design& design, const runtime::Experiment& experiment, spec::Duration until) {
  if (until >= design.horizon.value) return false;
  for (spec::ApplicationId id = 0; id < design.applications.size(); ++id)
    if (design.applications[id].start.value != spec::StartType::temporary &&
        experiment.first_failure(spec::ApplicationSubject{id}))
      return true;
  return false;
}

std::string reason_undecided(const Claim& claim, std::uint64_t replicas) {
  if (!claim.unseen.empty()) return claim.unseen;
  if (replicas == 0) return "no replica could be finished within the budget";
  if (claim.observed && std::isnan(claim.observed->value))
    return "it never happened in what the budget allowed to execute";
  return "the interval still crosses the band when the budget ends";
}

void record(const runtime::Experiment& experiment, Claim& claim, spec::Duration until, double confidence) {
  claim.executed = until;
  if (experiment.replicas() > 0)
    claim.observed = experiment.measure(claim.subject, claim.quantity, claim.within, confidence);
  if (claim.verdict == Verdict::not_simulated) claim.because = "execution does not show this quantity of this process";
  if (claim.verdict == Verdict::undecided) claim.because = reason_undecided(claim, experiment.replicas());
  if (claim.because.empty() && claim.quantity == spec::Quantity::failure_probability && claim.within > until)
    claim.because = "by the hazard in executions of " + spec::seconds_text(spec::in_seconds(until));
  if (about_giving_up(claim.quantity)) claim.fell_in = experiment.first_failure(claim.subject);
}

/// Replicas that could not be played to their end decide nothing.
void distrust(const runtime::Trouble& trouble, const std::vector<Claim*>& claims) {
  for (Claim* claim : claims) {
    if (claim->verdict == Verdict::not_simulated) continue;
    claim->verdict = Verdict::undecided;
    claim->because = "execution could not go on: " + trouble.what;
  }
}

std::uint64_t first_batch(double events_per_replica, const Budget& budget) {
  const double affordable = static_cast<double>(budget.events) / (4 * std::max(events_per_replica, 1.0));
  return static_cast<std::uint64_t>(std::clamp(affordable, 1.0, static_cast<double>(first_look)));
}

/// The double, or what is left of the budget where that is worth a look.
std::uint64_t next_look(const runtime::Experiment& experiment, const Budget& budget) {
  constexpr double worth_a_look = 1.1;
  const double times_more = static_cast<double>(budget.events) / static_cast<double>(experiment.events() + 1);
  if (times_more < worth_a_look) return experiment.replicas();
  return static_cast<std::uint64_t>(static_cast<double>(experiment.replicas()) * std::min(times_more, 2.0));
}

}  // namespace

Verdict decide(const Claim& claim, const Budget& budget, unsigned look, bool to_the_end, const Measure& measure) {
  const double error = (1 - budget.confidence) * share_of_look(look);
  const auto observed = measure(1 - error);
  if (!observed) return Verdict::not_simulated;
  if (claim.without_exception && to_the_end && excepted(*observed, *claim.without_exception)) return Verdict::refuted;
  if (std::isnan(observed->low) || std::isnan(observed->high)) return Verdict::undecided;
  if (inside(*observed, claim.band)) return Verdict::confirmed;
  const auto strict = measure(1 - error / static_cast<double>(budget.family));
  return strict && disjoint(*strict, claim.band) ? Verdict::refuted : Verdict::undecided;
}

bool about_giving_up(spec::Quantity quantity) {
  return quantity == spec::Quantity::failure_probability || quantity == spec::Quantity::mean_time_to_failure;
}

Spent run_stage(const spec::Design& design, spec::Duration until, double events_per_replica,
                std::vector<Claim*>& claims, const Options& options, const Budget& budget,
                const std::atomic<bool>& halt, const std::function<void(std::uint64_t)>& progress) {
  runtime::Experiment experiment(design, options.seed, until, options.jobs);
  const bool affordable = events_per_replica <= static_cast<double>(budget.events);
  std::uint64_t wanted = affordable ? first_batch(events_per_replica, budget) : 0;
  for (unsigned look = 0; wanted > 0 && !claims.empty(); ++look) {
    experiment.extend(wanted, halt, progress);
    if (experiment.replicas() == 0) break;
    for (Claim* claim : claims)
      if (open(*claim)) judge(experiment, until, *claim, budget, look);
    if (halt || experiment.trouble() || !worth_going_on(experiment, claims, options, budget)) break;
    wanted = next_look(experiment, budget);
    if (wanted == experiment.replicas()) break;
  }
  const bool ends = cut_short(design, experiment, until);
  for (Claim* claim : claims) {
    if (ends && claim->quantity == spec::Quantity::availability && claim->verdict != Verdict::not_simulated) {
      claim->verdict = Verdict::undecided;
      claim->unseen = "the node ends in some executions, and none of them lasts to the horizon";
    }
    record(experiment, *claim, until, options.confidence);
  }
  if (const auto trouble = experiment.trouble()) distrust(*trouble, claims);
  return {experiment.events(), experiment.replicas()};
}

double Cost::until(spec::Duration length) const {
  if (whole || piloted.count() == 0) return events;
  return events * (spec::in_seconds(length) / spec::in_seconds(piloted));
}

Cost pilot(const spec::Design& design, spec::Duration longest, std::uint64_t seed, const std::atomic<bool>& halt) {
  constexpr double enough = 20'000;  // events that tell the rate well
  Cost cost;
  cost.piloted = std::min<spec::Duration>(std::chrono::seconds(1), longest);
  for (;;) {
    runtime::Experiment experiment(design, seed, cost.piloted, 1);
    experiment.extend(1, halt);
    cost.events = static_cast<double>(experiment.events());
    cost.whole = cost.piloted >= longest || experiment.trouble();
    if (cost.whole || cost.events >= enough || halt) return cost;
    cost.piloted = longest / 8 < cost.piloted ? longest : cost.piloted * 8;
  }
}

}  // namespace treefall::confirm
