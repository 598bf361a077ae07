// Predict was asked before; here the design is executed and each number held against what happened.
//
// Two experiments share the budget where one would be too dear: quantities of the running system (loads, waits, rates)
// need many events but no long time, so they are read off short replicas; whether a supervisor gives up within the
// horizon needs replicas that run so long. Where a replica to the horizon is cheap, one experiment serves both; where
// it is out of reach, the hazard in short ones does (plan.hpp).
#include "confirm/confirm.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <thread>

#include "confirm/band.hpp"
#include "confirm/breach.hpp"
#include "confirm/life_claims.hpp"
#include "confirm/on_beam.hpp"
#include "confirm/orders.hpp"
#include "confirm/plan.hpp"
#include "confirm/promises.hpp"
#include "confirm/rare_claims.hpp"
#include "confirm/stage.hpp"
#include "confirm/witness.hpp"

namespace treefall::confirm {
namespace {

using spec::Duration;

bool same_claim(const analyzer::Prediction& a, const analyzer::Prediction& b, const spec::Design& design) {
  return a.quantity == b.quantity && a.within == b.within &&
         spec::path(design, a.subject) == spec::path(design, b.subject);
}

bool says_something(const analyzer::Prediction& prediction) {
  return !std::isnan(prediction.low) && !std::isnan(prediction.high);
}

/// Predictions, each with the rule whose finding rests on it; then what only a finding claims of ordinary executions.
std::vector<Check> collect(const spec::Design& design, const std::vector<analyzer::Prediction>& predictions,
                           const std::vector<analyzer::Finding>& findings) {
  std::vector<Check> checks;
  for (const auto& prediction : predictions)
    if (says_something(prediction)) checks.push_back({std::nullopt, prediction, {}, {}, {}, {}, {}, {}, {}});
  for (const auto& finding : findings) {
    if (!finding.prediction || !says_something(*finding.prediction)) continue;
    if (finding.of_one_outage) continue;  // its promise is put to the test by itself
    const auto known = std::find_if(checks.begin(), checks.end(), [&](const Check& check) {
      return same_claim(check.predicted, *finding.prediction, design);
    });
    if (known == checks.end())
      checks.push_back({finding.diagnostic.rule, *finding.prediction, {}, {}, {}, {}, {}, {}, {}});
    else if (!known->rule)
      known->rule = finding.diagnostic.rule;
  }
  return checks;
}

Claim claim_of(const Check& check) {
  Claim claim;
  claim.subject = check.predicted.subject;
  claim.quantity = check.predicted.quantity;
  claim.within = check.predicted.within;
  claim.band = check.band;
  claim.without_exception = without_exception(check.predicted);
  return claim;
}

/// Sets `halt` when `stop` is set or the time is up.
class Watch {
 public:
  Watch(const std::atomic<bool>& stop, const std::optional<Duration>& time, std::atomic<bool>& halt)
      : thread_([&stop, time, &halt](const std::stop_token& done) {
          const auto start = std::chrono::steady_clock::now();
          while (!done.stop_requested() && !halt) {
            if (stop || (time && std::chrono::steady_clock::now() - start >= *time)) halt = true;
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
          }
        }) {}

 private:
  std::jthread thread_;
};

/// The first claims are those of `checks`, in their order; the rest those of promises on quantities.
struct Claims {
  std::vector<Claim> all;
  std::vector<std::size_t> promise;  // of all[checks.size() + i]
};

Claims claims_of(const spec::Design& design, const std::vector<Check>& checks) {
  Claims claims;
  for (const Check& check : checks) claims.all.push_back(claim_of(check));
  for (std::size_t i = 0; i < design.promises.size(); ++i) {
    const auto* promise = std::get_if<spec::QuantityPromise>(&design.promises[i].what);
    if (promise == nullptr) continue;
    claims.all.push_back(promised(*promise));
    if (promise->quantity == spec::Quantity::failure_probability && !promise->within)
      claims.all.back().within = design.horizon.value;
    claims.promise.push_back(i);
  }
  return claims;
}

/// One witness for each that fell: with the claim that a finding rests on, else with the first about it.
void add_witnesses(const spec::Design& design, const Options& options, const Claims& claims, Confirmation& result) {
  std::map<std::string, std::size_t> shown;  // by path: which check
  for (std::size_t i = 0; i < result.checks.size(); ++i) {
    if (!claims.all[i].fell_in) continue;
    const auto [at, is_first] = shown.try_emplace(spec::path(design, claims.all[i].subject), i);
    if (!is_first && result.checks[i].rule && !result.checks[at->second].rule) at->second = i;
  }
  for (const auto& [path, i] : shown) {
    const Claim& claim = claims.all[i];
    result.checks[i].witness = witness(design, options.seed, *claim.fell_in, claim.executed, claim.subject);
  }
}

/// Where a broken promise on a quantity was seen: the shortest timeline to it.
void add_breaches(const spec::Design& design, const Options& options, const Claims& claims, Confirmation& result) {
  const std::size_t first = result.checks.size();
  for (PromiseCheck& check : result.promises) {
    const auto at = std::find(claims.promise.begin(), claims.promise.end(), check.promise);
    if (check.kept != Kept::fail || at == claims.promise.end()) continue;
    const Claim& claim = claims.all[first + static_cast<std::size_t>(at - claims.promise.begin())];
    check.witness = shortest_breach(design, claim.subject, claim.quantity,
                                    {options.seed, claim.fell_in.value_or(0), claim.executed, {}});
  }
}

void survive(const spec::Design& design, const Options& options, const std::atomic<bool>& halt, Confirmation& result) {
  for (std::size_t i = 0; i < design.promises.size(); ++i) {
    const auto* promise = std::get_if<spec::SurvivalPromise>(&design.promises[i].what);
    if (promise == nullptr) continue;
    Outage outage = outage_of(design, *promise);
    std::vector<Claim*> claims{&outage.claim};
    const Cost cost = pilot(outage.design, outage.until, options.seed, halt);
    const Budget budget{options.events, options.confidence, 1};
    result.replicas +=
        run_stage(outage.design, outage.until, cost.until(outage.until), claims, options, budget, halt, nullptr)
            .replicas;
    std::optional<OnBeam> beam;
    if (options.beam) {
      beam = OnBeam{std::nullopt, Verdict::not_simulated, outage.claim.band,
                    "an outage and what follows it last longer than the VM is run for"};
    }
    result.promises.push_back({i, outage.claim.observed, kept(outage.claim.verdict), outage.claim.because, beam});
    if (result.promises.back().kept == Kept::fail)
      result.promises.back().witness = shortest_breach(outage.design, outage.claim.subject, outage.claim.quantity,
                                                       {options.seed, 0, outage.until, outage.begins});
  }
}

}  // namespace

Kept kept(Verdict verdict) {
  switch (verdict) {
    case Verdict::confirmed:
      return Kept::pass;
    case Verdict::refuted:
      return Kept::fail;
    case Verdict::undecided:
    case Verdict::not_simulated:
      return Kept::undecided;
  }
  return Kept::undecided;
}

Confirmation confirm(const spec::Design& design, const std::vector<analyzer::Prediction>& predictions,
                     const std::vector<analyzer::Finding>& findings, const Options& options,
                     const std::atomic<bool>& stop, const std::function<void(double)>& progress) {
  Confirmation result;
  result.seed = options.seed;
  result.checks = collect(design, predictions, findings);
  for (Check& check : result.checks) check.band = band_of(check.predicted, options.tolerance, design.horizon.value);
  Claims claims = claims_of(design, result.checks);

  std::atomic<bool> halt{stop.load()};
  const Watch watch(stop, options.time, halt);
  const Plan stages = plan(design, claims.all, options, halt);
  leave_rare_claims(design, claims.all, stages.affordable_seconds(options.events));
  leave_life_claims(claims.all, stages.affordable_seconds(options.events));
  std::uint64_t spent = 0;
  for (const Stage& stage : stages.stages) {
    std::vector<Claim*> judged;
    for (Claim& claim : claims.all)
      if (stages.stage_of(claim) == stage.until) judged.push_back(&claim);
    const Budget budget{stage.share_of_events(options.events, spent), options.confidence, claims.all.size()};
    const auto report = [&](std::uint64_t replicas) {
      const double events = static_cast<double>(spent) + static_cast<double>(replicas) * stage.events_per_replica;
      if (progress) progress(std::min(1.0, events / static_cast<double>(options.events)));
    };
    for (Claim* claim : judged) {
      if (stages.out_of_sight(*claim)) claim->unseen = stages.unseen;
    }
    const Spent used = run_stage(design, stage.until, stage.events_per_replica, judged, options, budget, halt, report);
    spent += used.events;
    result.replicas += used.replicas;
  }

  judge_rare_claims(design, claims.all, options, halt);
  judge_life_claims(design, claims.all, stages.affordable_seconds(options.events), options, halt);
  if (options.beam && !stop) result.beam = play_on_beam(design, claims.all, options, stop, progress);

  for (std::size_t i = 0; i < result.checks.size(); ++i) {
    result.checks[i].beam = claims.all[i].beam;
    result.checks[i].observed = claims.all[i].observed;
    result.checks[i].verdict = claims.all[i].verdict;
    result.checks[i].because = claims.all[i].because;
  }
  if (!halt) try_orders(design, result.checks, options, halt);
  for (std::size_t i = 0; i < claims.promise.size(); ++i) {
    const Claim& claim = claims.all[result.checks.size() + i];
    result.promises.push_back({claims.promise[i], claim.observed, kept(claim.verdict), claim.because, claim.beam});
  }
  survive(design, options, halt, result);
  std::sort(result.promises.begin(), result.promises.end(),
            [](const PromiseCheck& a, const PromiseCheck& b) { return a.promise < b.promise; });
  result.interrupted = stop;
  if (!stop) add_witnesses(design, options, claims, result);
  if (!stop) add_breaches(design, options, claims, result);
  return result;
}

}  // namespace treefall::confirm
