// A result r of a design as a function of one input x, all else as it is, is the whole analysis: segments of windows,
// fixed points of message rates, rehearsals. So the whole analysis is asked again with x changed.
//
// The elasticity is the derivative of y = ln r by u = ln x, by central differences with Richardson's extrapolation:
// with D(h) = (y(u+h) - y(u-h)) / 2h = y' + y''' h^2/6 + O(h^4), (4 D(h/2) - D(h)) / 3 leaves O(h^4), and
// |D(h) - D(h/2)| bounds the error from above as long as y is smooth (L. F. Richardson, 1911). Where it isn't (ages
// that must fit into windows, whole clocks), the two differ, and nothing is said. Whole numbers have the two neighbours
// instead: the error is half of what the slopes to either side are apart.
//
// The break-even is found by asking the rules again: a finding is there or it is not. From the present value outwards
// until it is gone, then by bisection of ln x to a thousandth. What is reported is the end at which it is gone, so that
// a spec with that number has no such finding, and one with a thousandth more (or less) has it.
#include "analyzer/sensitivity.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "analyzer/tree.hpp"
#include "analyzer/trials.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::Quantity;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr double step = 0.01;           // of ln x
constexpr double moves = 1e-4;          // elasticities below are rounding
constexpr double smooth = 0.1;          // of an elasticity: a greater error tells of steps
constexpr double close_enough = 1e-3;   // of ln x, at a break-even
constexpr std::size_t looked_into = 4;  // inputs per finding, of those that move most
constexpr std::array outwards = {1.1, 1.5, 3.0, 10.0, 100.0, 1e4};

// ---- elasticity ----

bool is_whole(const Input& input) { return input.kind == Input::Kind::number; }

/// y at some values of one input; NaN where the result is no positive number.
using Logarithm = std::function<double(double)>;

bool can_be(const Input& input, double value) { return value >= input.least && value <= input.most; }

std::optional<Elasticity> said(double value, double error) {
  if (!std::isfinite(value) || !std::isfinite(error)) return std::nullopt;
  if (error > std::max(smooth * std::abs(value), moves)) return std::nullopt;
  return Elasticity{value, error};
}

std::optional<Elasticity> between_neighbours(const Input& input, const Logarithm& y) {
  const double more = input.value + 1, less = input.value - 1;
  if (!can_be(input, less) || !can_be(input, more)) return std::nullopt;
  const double here = y(input.value), above = y(more), below = y(less);
  const double up = (above - here) / std::log(more / input.value);
  const double down = (here - below) / std::log(input.value / less);
  return said((above - below) / std::log(more / less), std::abs(up - down) / 2);
}

std::optional<Elasticity> elasticity_of(const Input& input, const Logarithm& y) {
  if (is_whole(input)) return between_neighbours(input, y);
  if (!can_be(input, input.value * std::exp(step)) || !can_be(input, input.value * std::exp(-step)))
    return std::nullopt;
  const auto slope = [&](double h) { return (y(input.value * std::exp(h)) - y(input.value * std::exp(-h))) / (2 * h); };
  const double wide = slope(step), narrow = slope(step / 2);
  return said((4 * narrow - wide) / 3, std::abs(narrow - wide));
}

double logarithm(double result) { return result > 0 ? std::log(result) : unknown; }

// ---- break-even ----

double next_to(const Input& input, double factor) {
  if (!is_whole(input)) return input.value * factor;
  return factor > 1 ? std::ceil(input.value * factor) : std::floor(input.value * factor);
}

double middle_of(const Input& input, double a, double b) {
  const double middle = std::sqrt(a * b);
  return is_whole(input) ? std::clamp(std::round(middle), std::min(a, b) + 1, std::max(a, b) - 1) : middle;
}

bool are_neighbours(const Input& input, double a, double b) {
  return is_whole(input) ? std::abs(a - b) <= 1 : std::abs(std::log(a / b)) <= close_enough;
}

/// One finding and one input of it.
struct Question {
  Trials& trials;
  std::size_t finding;
  std::size_t at;  // of the input, among all
  const Input& input;

  Presence presence(double value) const {
    const Outcome* outcome = trials.with(at, value);
    return outcome == nullptr ? Presence::unsaid : outcome->presences[finding];
  }
  double logarithm_at(double value) const {
    const Outcome* outcome = trials.with(at, value);
    return outcome == nullptr ? unknown : logarithm(outcome->values[finding]);
  }
};

std::optional<BreakEven> refined(const Question& ask, double there, double gone) {
  while (!are_neighbours(ask.input, there, gone)) {
    const double middle = middle_of(ask.input, there, gone);
    switch (ask.presence(middle)) {
      case Presence::there:
        there = middle;
        break;
      case Presence::gone:
        gone = middle;
        break;
      case Presence::unsaid:
        return std::nullopt;
    }
  }
  return BreakEven{gone, gone < there};
}

/// In one direction.
Influence with_break_even(const Question& ask, Influence influence, bool upwards) {
  double there = ask.input.value;
  for (const double factor : outwards) {
    const double value = next_to(ask.input, upwards ? factor : 1 / factor);
    if (!can_be(ask.input, value)) break;
    // What is as long as the horizon only moves the evil out of sight.
    if (ask.input.kind == Input::Kind::time && ask.input.value < ask.trials.horizon() && value >= ask.trials.horizon())
      return influence;
    switch (ask.presence(value)) {
      case Presence::there:
        there = value;
        break;
      case Presence::gone:
        influence.holds = refined(ask, there, value);
        return influence;
      case Presence::unsaid:
        return influence;
    }
  }
  influence.nowhere = true;
  return influence;
}

bool is_better_more(Quantity quantity) {
  return quantity == Quantity::mean_time_to_failure || quantity == Quantity::availability ||
         quantity == Quantity::throughput;
}

/// How far it is to the break-even, as a factor.
double distance(const Influence& influence) {
  if (!influence.holds) return std::numeric_limits<double>::infinity();
  return std::abs(std::log(influence.holds->value / influence.input.value));
}

/// Towards what is better, where that is known; else the nearer of both.
Influence with_break_even(const Question& ask, const Influence& influence, Quantity quantity) {
  if (influence.elasticity)
    return with_break_even(ask, influence, (influence.elasticity->value > 0) == is_better_more(quantity));
  auto below = with_break_even(ask, influence, false), above = with_break_even(ask, influence, true);
  if (below.holds || above.holds) return distance(below) <= distance(above) ? below : above;
  below.nowhere = below.nowhere && above.nowhere;
  return below;
}

// ---- the greatest ----

/// An input by its number among all.
struct Candidate {
  std::size_t at = 0;
  double change = 0;  // of ln result by ln input, at a first look
  Influence influence{};
};

/// Which of these inputs move the result of a finding, the one that moves it most first.
std::vector<Candidate> moving(Trials& trials, std::size_t finding, double now, const std::vector<Input>& inputs,
                              const std::vector<std::size_t>& among) {
  std::vector<Candidate> found;
  for (const std::size_t at : among) {
    const Input& input = inputs[at];
    double value = is_whole(input) ? input.value + 1 : input.value * std::exp(step);
    if (!can_be(input, value)) value = input.value * std::exp(-step);
    const Question ask{trials, finding, at, input};
    const double change = std::abs((ask.logarithm_at(value) - logarithm(now)) / std::log(value / input.value));
    if (change > moves) found.push_back({at, change, {input, {}, {}}});
  }
  std::ranges::stable_sort(found, std::greater(), &Candidate::change);
  if (found.size() > looked_into) found.resize(looked_into);
  return found;
}

/// Those that move it smoothly, the greatest elasticity first; then those that move it in steps.
void order(std::vector<Candidate>& candidates) {
  std::ranges::stable_sort(candidates, std::greater(), [](const Candidate& one) {
    return one.influence.elasticity ? std::abs(one.influence.elasticity->value) : 0;
  });
}

std::vector<Influence> influences_on(Trials& trials, std::size_t index, const Finding& finding,
                                     const std::vector<Input>& inputs, const std::vector<std::size_t>& all,
                                     const std::vector<std::size_t>& own) {
  auto candidates = moving(trials, index, finding.prediction->value, inputs, all);
  const bool still = candidates.empty();
  if (still)
    for (std::size_t i = 0; i < own.size() && i < looked_into; ++i)
      candidates.push_back({own[i], 0, {inputs[own[i]], {}, {}}});
  for (auto& one : candidates) {
    const Question ask{trials, index, one.at, inputs[one.at]};
    if (!still) one.influence.elasticity = elasticity_of(ask.input, [&](double x) { return ask.logarithm_at(x); });
  }
  order(candidates);
  if (!still && candidates.size() > most_influences) candidates.resize(most_influences);
  std::vector<Influence> found;
  for (const auto& one : candidates)
    found.push_back(
        with_break_even({trials, index, one.at, inputs[one.at]}, one.influence, finding.prediction->quantity));
  if (still) {
    std::erase_if(found, [](const Influence& one) { return !one.holds; });
    std::ranges::stable_sort(found, {}, distance);
    if (found.size() > most_influences) found.resize(most_influences);
  }
  return found;
}

/// Those of the process itself, of what is below it, and of what is sent there from outside.
std::vector<std::size_t> own_inputs(const Facts& facts, const Finding& finding, const Design& design,
                                    const std::vector<Input>& inputs) {
  std::vector<std::size_t> own;
  spec::NodeId top = spec::no_node;
  const auto& subject = finding.prediction->subject;
  if (const auto* target = std::get_if<spec::Target>(&subject)) top = target->node;
  if (const auto* traffic = std::get_if<spec::TrafficSubject>(&subject)) top = design.traffic[traffic->traffic].to.node;
  if (const auto* one = std::get_if<spec::ApplicationSubject>(&subject))
    top = design.applications[one->application].root;
  for (std::size_t at = 0; at < inputs.size(); ++at)
    if (top != spec::no_node && inputs[at].node != spec::no_node && is_within(facts.tree, inputs[at].node, top))
      own.push_back(at);
  return own;
}

}  // namespace

std::optional<Elasticity> elasticity(const Design& design, std::size_t input,
                                     const std::function<double(const Facts&)>& result) {
  const auto inputs = inputs_of(design);
  return elasticity_of(inputs[input], [&](double value) {
    const Design changed = with_input(design, input, value);
    return logarithm(result(derive(changed)));
  });
}

void find_influences(const Design& design, const Facts& facts, std::span<const Rule* const> rules, std::size_t effort,
                     std::vector<Finding>& findings) {
  const bool any = std::ranges::any_of(findings, [](const Finding& one) { return one.prediction.has_value(); });
  if (!any) return;
  const auto inputs = inputs_of(design);
  std::vector<std::size_t> all(inputs.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const std::size_t most = effort / std::max<std::size_t>(design.nodes.size(), 1);
  Trials trials(design, rules, findings, most);
  std::vector<std::optional<std::vector<Influence>>> found(findings.size());
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const Finding& finding = findings[i];
    // What is claimed of one outage is no quantity of the design as it runs.
    if (!finding.prediction || std::isnan(finding.prediction->value) || finding.of_one_outage) continue;
    const auto own = own_inputs(facts, finding, design, inputs);
    const auto& among = all.size() * 2 <= most ? all : own;
    if (among.size() * 2 > most) continue;
    auto influences = influences_on(trials, i, finding, inputs, among, own);
    // What the effort has cut short says too little.
    if (trials.left() > 0) found[i] = std::move(influences);
  }
  for (std::size_t i = 0; i < findings.size(); ++i) findings[i].influences = std::move(found[i]);
}

}  // namespace treefall::analyzer
