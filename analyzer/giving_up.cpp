// Chooses the formula: one Poisson stream (exact), batches (exact), restarts that take time (renewal), one ageing child
// (renewal), supervisors below (their failures as a corrected Poisson stream). Uncertain rates give an interval by
// evaluating both ends, since giving up only comes sooner with more restarts; faults and interruptions widen it.
#include "analyzer/giving_up.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string window_text(const Window& window) {
  return spec::count_text(window.restarts, "restart") + " in " + spec::count_text(window.seconds) + " s";
}

std::string because(const Budget& budget) {
  if (budget.shares.empty()) return "no restart is ever counted";
  std::string text = spec::rate_text(budget.counted, "counted restarts") + " against " + window_text(budget.window);
  if (budget.restarts.time) text += ", each restart taking " + spec::seconds_text(mean(*budget.restarts.time));
  if (!budget.restarts.children.empty()) text += ", supervisors below giving up included";
  if (budget.restarts.gap) text += ", one child living " + spec::to_text(*budget.restarts.gap);
  if (budget.restarts.outages > 0)
    text += "; outages at " + spec::rate_text(budget.restarts.outages) + " may end it sooner";
  if (budget.restarts.never) text += "; they keep such a distance that no more come together";
  if (budget.restarts.spaced) text += "; its crashes keep a distance, so that fewer come together";
  if (budget.restarts.interrupted > 0) text += "; restarts of siblings give it a fresh budget now and then";
  return text;
}

// Both quantities by one choice of formula; `seconds` infinite: the mean time.
Estimate evaluate(const Budget& budget, double rate, double seconds, const RestartTime* time) {
  const auto& restarts = budget.restarts;
  const bool mean = std::isinf(seconds);
  if (restarts.gap)
    return mean ? mean_time_to_failure_of_renewal(budget.window, *restarts.gap)
                : failure_probability_of_renewal(budget.window, *restarts.gap, seconds);
  if (!restarts.children.empty())
    return mean ? mean_time_to_failure_above(budget.window, restarts.children, rate)
                : failure_probability_above(budget.window, restarts.children, rate, seconds);
  if (!restarts.batches.empty()) {
    const Batches batches{rate, restarts.batches};
    return mean ? mean_time_to_failure(budget.window, batches) : failure_probability(budget.window, batches, seconds);
  }
  if (time != nullptr)
    return mean ? mean_time_to_failure(budget.window, rate, *time)
                : failure_probability(budget.window, rate, *time, seconds);
  return mean ? mean_time_to_failure(budget.window, rate) : failure_probability(budget.window, rate, seconds);
}

void include(Estimate& estimate, const Estimate& other) {
  estimate.low = std::min(estimate.low, other.low);
  estimate.high = std::max(estimate.high, other.high);
}

// A child that has just failed cannot fail again at once: at most as much rarer as if two failures of one child never
// counted together.
void thin(Estimate& estimate, const Budget& budget, bool mean) {
  const auto& restarts = budget.restarts;
  if (restarts.same <= 0 || budget.window.restarts == 0) return;
  const double left = std::pow(std::max(0.0, 1 - restarts.same), static_cast<double>(budget.window.restarts));
  const double first = (static_cast<double>(budget.window.restarts) + 1) / restarts.own;
  if (mean)
    estimate.high = left > 1e-12 ? first + std::max(0.0, estimate.high - first) / left : infinity;
  else
    estimate.low = estimate.low < 1 ? -std::expm1(std::log1p(-estimate.low) * left) : left > 1e-12 ? 1 : 0;
  estimate.method = Method::bound;
}

// Restarts after late calls come in clumps that take time (where there are few callers, hardly: who has just been
// restarted does not call at once), and start with an empty mailbox at the callee. However they
// come, each time it gives up takes R + 1 of them.
void include_clumps(const Budget& budget, double seconds, Estimate& estimate) {
  const auto& restarts = budget.restarts;
  const double rate = restarts.own / (1 + restarts.error);
  const double other = std::max(0.0, budget.counted - restarts.late);
  const double late = restarts.late * (1 + restarts.late_error);
  const double soonest = static_cast<double>(budget.window.restarts + 1) / (late + other);
  const bool mean = std::isinf(seconds);
  if (restarts.few_callers) {
    const double seldom = restarts.late / (1 + restarts.late_error);
    const Estimate single =
        mean ? mean_time_to_failure(budget.window, seldom) : failure_probability(budget.window, seldom, seconds);
    include(estimate, single);
    estimate.method = Method::bound;
  }
  if (mean) {
    estimate.high += restarts.settles;
    estimate.low = std::min(std::max(estimate.low, soonest), estimate.high);
  } else {
    const double left = seconds - restarts.settles;
    estimate.low = left > 0 ? std::min(estimate.low, evaluate(budget, rate, left, nullptr).low) : 0;
    estimate.high = std::max(estimate.low, std::min(estimate.high, seconds / soonest));
  }
  estimate.value = std::clamp(estimate.value, estimate.low, estimate.high);
}

Estimate estimate_of(const Budget& budget, double seconds, bool once) {
  const auto& restarts = budget.restarts;
  const bool mean = std::isinf(seconds);
  const RestartTime* time = restarts.time ? &*restarts.time : nullptr;
  Estimate estimate = evaluate(budget, restarts.own, seconds, time);
  if (!estimate.said()) return estimate;
  if (restarts.error > 0 && restarts.own > 0) {
    include(estimate, evaluate(budget, restarts.own * (1 + restarts.error), seconds, time));
    include(estimate, evaluate(budget, restarts.own / (1 + restarts.error), seconds, time));
    estimate.method = Method::approximation;
  }
  if (time != nullptr && !time->exact) {
    // The truth lies between restarts that take no time and such that keep everything from crashing.
    const RestartTime still = pausing(spec::Constant{time->longest});
    include(estimate, evaluate(budget, restarts.own, seconds, nullptr));
    include(estimate, evaluate(budget, restarts.own, seconds, &still));
    estimate.method = Method::bound;
  }
  thin(estimate, budget, mean);
  if (restarts.late > 0) include_clumps(budget, seconds, estimate);
  if (restarts.spaced || restarts.interrupted > 0) {
    (mean ? estimate.high : estimate.low) = mean ? infinity : 0;
    estimate.method = Method::bound;
  }
  if (restarts.spaced) {  // nor do they pause for long; but each fall takes R + 1 of them
    const double soonest = static_cast<double>(budget.window.restarts + 1) / (restarts.own * (1 + restarts.error));
    if (mean)
      estimate.low = std::min(estimate.low, soonest);
    else
      estimate.high = std::max(estimate.high, std::min(1.0, seconds / soonest));
  }
  if (restarts.outages > 0) {
    const double spared = std::exp(-restarts.outages * seconds);
    if (mean && once)
      estimate.low = 1 / (1 / estimate.low + restarts.outages);
    else if (mean && restarts.loops_in_outages)
      return unsaid("how often it gives up in one outage cannot be said");
    else if (mean)  // no sooner than if the outage never ended
      estimate.low = std::min(estimate.low, evaluate(budget, restarts.own + restarts.in_outages, seconds, nullptr).low);
    else
      estimate.high = 1 - (1 - estimate.high) * spared;
    estimate.method = Method::bound;
  }
  estimate.because = because(budget);
  return estimate;
}

std::string sure_text(const spec::Design& design, const Budget& budget) {
  const SureFall& sure = *budget.sure;
  std::string text = "`" + design.nodes[sure.child].name + "` lives " + spec::seconds_text(sure.quiet) +
                     " at the most, whatever else crashes: " + window_text(budget.window) + " are used up " +
                     spec::seconds_text(sure.within) + " after a start at the latest";
  for (const spec::NodeId sibling : design.nodes[design.nodes[sure.child].parent].children)
    if (const auto* other = spec::as_supervisor(design.nodes[sibling]); other != nullptr && other->opaque)
      return text + ", if `" + design.nodes[sibling].name + "`, which is not described inside, starts at once";
  return text;
}

std::string fate_text(const Budget& budget) {
  const Fate& fate = *budget.fate;
  const std::string against = " against " + window_text(budget.window);
  if (fate.certainty == Certainty::never)
    return spec::count_text(fate.restarts, "restart") + " until the horizon, never more than " +
           spec::count_text(budget.window.restarts) + " of them within " + spec::count_text(budget.window.seconds) +
           " s";
  std::string text = "restart " + spec::count_text(fate.restarts) + against + " at " + spec::seconds_text(*fate.first);
  if (fate.certainty == Certainty::phase_dependent)
    text += ", in " + spec::share_text(fate.probability) + " of the phases of the clock's second";
  return text;
}

}  // namespace

Estimate mean_time_of(const Budget& budget, double horizon, bool once) {
  if (!budget.fate && budget.shares.empty() && budget.restarts.outages == 0)
    return unsaid("it never gives up: " + because(budget));
  if (budget.restarts.never) return unsaid("it never gives up: " + because(budget));
  if (!budget.fate) return estimate_of(budget, infinity, once);
  const Fate& fate = *budget.fate;
  const std::string text = fate_text(budget);
  if (fate.certainty == Certainty::never && !fate.complete)
    return unsaid("it cannot be followed to the horizon: " + text);
  if (fate.certainty == Certainty::never)
    return unsaid("it does not give up within the horizon of " + spec::seconds_text(horizon) + ": " + text);
  if (!fate.complete || fate.certainty == Certainty::phase_dependent)
    return unsaid("whether it gives up within the horizon depends on the clock's phase: " + text);
  if (fate.longest_life - fate.shortest_life < 2e-9) return surely(fate.life, text);
  return between(fate.shortest_life, fate.life, fate.longest_life, text);
}

Estimate probability_of(const Budget& budget, double seconds) {
  if (!budget.fate && budget.shares.empty() && budget.restarts.outages == 0) return surely(0, because(budget));
  if (budget.restarts.never) return surely(0, because(budget));
  if (!budget.fate) return estimate_of(budget, seconds, true);
  const Fate& fate = *budget.fate;
  const std::string text = fate_text(budget);
  if (!fate.complete && fate.probability < 1) return unsaid("it cannot be followed to the horizon: " + text);
  if (!fate.last || seconds >= *fate.last) {
    // Over random phases a share is a probability like any other.
    const bool sure = fate.certainty != Certainty::phase_dependent;
    return sure ? surely(fate.probability, text) : exactly(fate.probability, text);
  }
  if (seconds < *fate.first) return surely(0, text);
  return unsaid("it gives up between " + spec::seconds_text(*fate.first) + " and " + spec::seconds_text(*fate.last));
}

double tolerated_together(const Budget& budget, double seconds) {
  const auto& batches = budget.restarts.batches;
  double each = 0;
  for (std::size_t i = 0; i < batches.size(); ++i) each += batches[i] * static_cast<double>(i + 1);
  double low = std::log(1e-15);
  double high = std::log(static_cast<double>(budget.window.restarts) + 1);
  while (high - low > 1e-4) {
    const double middle = (low + high) / 2;
    const CountLaw law = compound_counts(std::exp(middle), batches, budget.window.restarts);
    (failure_probability(budget.window, law, seconds).value > tolerated ? high : low) = middle;
  }
  return std::exp(low) * each;
}

double tolerated_with_age(const Budget& budget, double seconds) {
  constexpr double close_enough = 1e-3;
  const spec::Distribution& gap = *budget.restarts.gap;
  const auto fails = [&](double factor) {
    return failure_probability_of_renewal(budget.window, spec::scaled(gap, factor), seconds).value > tolerated;
  };
  double fails_at = 1;
  while (!fails(fails_at) && fails_at > 1e-6) fails_at /= 2;
  double holds_at = 2 * fails_at;
  while (fails(holds_at) && holds_at < 1e9) holds_at *= 2;
  while (holds_at > fails_at * (1 + close_enough)) {
    const double middle = std::sqrt(fails_at * holds_at);
    (fails(middle) ? fails_at : holds_at) = middle;
  }
  return 1 / (spec::mean(gap) * holds_at);
}

// It gives up in every window with a probability of its own, at the least: (1 - p)^n is left after n of them.
Estimate failure_at_least(const spec::Design& design, const Budget& budget, double seconds) {
  constexpr double worth_saying = 0.01;
  const auto window = static_cast<double>(std::max<std::uint64_t>(1, budget.window.seconds));
  const double windows = std::floor(seconds / window);
  const double low = budget.at_least > 0 ? -std::expm1(windows * std::log1p(-std::min(budget.at_least, 1 - 1e-16))) : 0;
  if (budget.sure && seconds >= budget.sure->by && budget.sure->probability >= low)
    return between(budget.sure->probability, budget.sure->probability, 1, sure_text(design, budget));
  if (!(low > worth_saying)) return unsaid(budget.unsaid);
  return between(low, low, 1,
                 "calls fail and handlers crash that often at the least; how often at the most: " + budget.unsaid);
}

Estimate life_at_most(const spec::Design& design, const Budget& budget) {
  if (!budget.sure || budget.sure->probability < 1) return unsaid(budget.unsaid);
  return between(0, budget.sure->within, budget.sure->within, sure_text(design, budget));
}

}  // namespace treefall::analyzer
