// The probability to give up falls with every restart that is allowed, so the fewest are found by doubling and halving.
//
// A loop: when a child crashes straight after every start, its restarts are `cycle` apart, the time in which it and
// those restarted with it stop and start. OTP stamps restarts in whole seconds, so R + 1 of them surely end the
// supervisor when R cycle <= P, and surely never when R cycle >= P + 1. So whatever ends at all ends within P + 1 s of
// its first crash, and what crashes every (P + 1)/R s or more slowly never does: the price of a larger R.
#include "advice/search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analyzer/budgets.hpp"

namespace treefall::advice {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

spec::Supervisor& supervisor_of(spec::Design& design, spec::NodeId id) {
  return std::get<spec::Supervisor>(design.nodes[id].role);
}

/// Seconds of one restart of `child`: it starts, and whoever is restarted with it stops and starts.
analyzer::Estimate cycle_of(const spec::Design& design, const analyzer::Tree& tree, spec::NodeId child) {
  const auto scope = analyzer::restart_scope(design, tree, child);
  const auto& siblings = design.nodes[scope.supervisor].children;
  analyzer::Estimate sum = analyzer::surely(0, "stop and start of all that one restart takes");
  const auto add = [&](const analyzer::Estimate& time, double times) {
    if (times <= 0) return;
    sum.value += times * time.value;
    sum.low += times * time.low;
    sum.high += times * time.high;
    if (time.method != analyzer::Method::deterministic) sum.method = time.method;
  };
  for (std::uint32_t rank = scope.first; rank < scope.last; ++rank) {
    const spec::NodeId id = siblings[rank];
    const double others = static_cast<double>(design.nodes[id].count.value) - (id == child ? 1 : 0);
    add(tree.boot[id], others + (id == child ? 1 : 0));
    add(tree.stop[id], others);
  }
  return sum;
}

bool comes_back(const spec::Design& design, spec::NodeId id) {
  return design.nodes[id].restart.value != spec::Restart::temporary;
}

analyzer::Estimate noticed_after(const analyzer::Estimate& cycle, const analyzer::Window& window) {
  const auto r = static_cast<double>(window.restarts), p = static_cast<double>(window.seconds);
  analyzer::Estimate after = cycle;
  after.because = "restarts of a child that crashes straight after each start, one after the other";
  const auto end = [&](double seconds) { return r * seconds >= p + 1 ? infinity : r * seconds; };
  after.value = end(cycle.value);
  after.low = end(cycle.low);
  after.high = r * cycle.high > p ? infinity : r * cycle.high;
  if (after.value > after.high) after.high = after.value;
  if (after.high != after.value && after.method == analyzer::Method::deterministic)
    after.method = analyzer::Method::bound;
  return after;
}

}  // namespace

void set_window(spec::Design& design, spec::NodeId id, const analyzer::Window& window) {
  supervisor_of(design, id).max_restarts.value = window.restarts;
  supervisor_of(design, id).max_seconds.value = window.seconds;
}

LoopEnd loop_end(const spec::Design& design, const analyzer::Tree& tree, spec::NodeId supervisor,
                 const analyzer::Window& window) {
  LoopEnd worst;
  const auto r = static_cast<double>(window.restarts), p = static_cast<double>(window.seconds);
  worst.at_most = p + 1;
  worst.unnoticed_from = r > 0 ? (p + 1) / r : infinity;
  for (const spec::NodeId child : design.nodes[supervisor].children) {
    if (!comes_back(design, child)) continue;
    const analyzer::Estimate after = noticed_after(cycle_of(design, tree, child), window);
    const bool later = worst.child == spec::no_node || !(after.value <= worst.after.value);
    if (later && !(std::isnan(worst.after.value) && worst.child != spec::no_node))
      worst.child = child, worst.after = after;
  }
  return worst;
}

spec::Design promising(spec::Design design, spec::NodeId supervisor, const Demand& demand) {
  spec::QuantityPromise promise;
  promise.subject = spec::Target{supervisor, {}, {}};
  promise.quantity = spec::Quantity::failure_probability;
  promise.within = demand.within;
  promise.bound = demand.probability;
  design.promises = {{promise, design.nodes[supervisor].name_span}};
  return design;
}

analyzer::Prediction promised_prediction(const spec::Design& design, analyzer::Remembered& remembered) {
  const analyzer::Facts facts = analyzer::derive(design, remembered);
  const auto& check = facts.promises.front();
  if (check.prediction) {
    analyzer::Prediction prediction = *check.prediction;
    prediction.within = std::get<spec::QuantityPromise>(design.promises.front().what).within;
    return prediction;
  }
  analyzer::Prediction none;
  none.subject = std::get<spec::QuantityPromise>(design.promises.front().what).subject;
  none.value = none.low = none.high = std::numeric_limits<double>::quiet_NaN();
  none.because = check.because;
  return none;
}

bool is_about(const spec::Design& design, const spec::Subject& subject, spec::NodeId supervisor) {
  if (const auto* target = std::get_if<spec::Target>(&subject))
    return target->node == supervisor && target->pins.empty();
  const auto* owner = std::get_if<spec::ApplicationSubject>(&subject);
  return owner != nullptr && design.applications[owner->application].root == supervisor;
}

namespace {

std::vector<spec::Promise> promises_about(const spec::Design& design, spec::NodeId supervisor) {
  std::vector<spec::Promise> all;
  for (const spec::Promise& promise : design.promises) {
    const auto* survival = std::get_if<spec::SurvivalPromise>(&promise.what);
    const bool here = survival != nullptr
                          ? survival->survives.node == supervisor
                          : is_about(design, std::get<spec::QuantityPromise>(promise.what).subject, supervisor);
    if (here) all.push_back(promise);
  }
  return all;
}

}  // namespace

Question::Question(const spec::Design& design, spec::NodeId supervisor, const Demand& demand,
                   analyzer::Remembered& remembered)
    : design_(promising(design, supervisor, demand)),
      promised_(promises_about(design, supervisor)),
      supervisor_(supervisor),
      demand_(demand),
      remembered_(remembered),
      facts_(analyzer::derive(design_, remembered)) {}

spec::Design Question::with(const analyzer::Window& window) const {
  spec::Design other = design_;
  set_window(other, supervisor_, window);
  return other;
}

Point Question::at(const analyzer::Window& window) const {
  const spec::Design other = with(window);
  Point point{window, {}, false, {}};
  point.failure = analyzer::failure_within(other, facts_.tree, facts_.crashes, facts_.budgets, remembered_, supervisor_,
                                           spec::in_seconds(demand_.within));
  point.keeps = point.failure.said() && point.failure.high <= demand_.probability;
  point.loop = loop_end(other, facts_.tree, supervisor_, window);
  return point;
}

std::optional<Point> Question::smallest(std::uint64_t seconds) const {
  Point enough = at({0, seconds});
  if (!enough.failure.said()) return std::nullopt;
  std::uint64_t too_few = 0;
  for (std::uint64_t restarts = 1; !enough.keeps; restarts *= 2) {
    if (enough.window.restarts >= most_restarts) return std::nullopt;
    too_few = enough.window.restarts;
    enough = at({std::min(restarts, most_restarts), seconds});
  }
  while (enough.window.restarts > too_few + 1) {
    const Point middle = at({too_few + (enough.window.restarts - too_few) / 2, seconds});
    if (middle.keeps)
      enough = middle;
    else
      too_few = middle.window.restarts;
  }
  return enough;
}

bool Question::agrees(const analyzer::Window& window) const {
  if (!(prediction(window).high <= demand_.probability)) return false;
  if (promised_.empty()) return true;
  spec::Design other = with(window);
  other.promises = promised_;
  const analyzer::Facts facts = analyzer::derive(other, remembered_);
  return std::none_of(facts.promises.begin(), facts.promises.end(), [](const analyzer::PromiseCheck& check) {
    return check.outcome == analyzer::PromiseCheck::Outcome::broken;
  });
}

analyzer::Prediction Question::prediction(const analyzer::Window& window) const {
  return promised_prediction(with(window), remembered_);
}

}  // namespace treefall::advice
