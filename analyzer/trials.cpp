// Knows when a finding about a changed design is the same one: fingerprints will not do, for what was certain becomes
// likely, under another rule, before it is gone. A silence for want of a figure is no cure.
#include "analyzer/trials.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analyzer/facts.hpp"
#include "analyzer/inputs.hpp"
#include "analyzer/lint.hpp"

namespace treefall::analyzer {

namespace {

using spec::Quantity;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

bool same_subject(const spec::Subject& a, const spec::Subject& b) {
  if (a.index() != b.index()) return false;
  if (const auto* target = std::get_if<spec::Target>(&a)) {
    const auto& other = std::get<spec::Target>(b);
    return target->node == other.node && std::ranges::equal(target->pins, other.pins, [](const auto& p, const auto& q) {
             return p.node == q.node && p.copy == q.copy;
           });
  }
  if (const auto* traffic = std::get_if<spec::TrafficSubject>(&a))
    return traffic->traffic == std::get<spec::TrafficSubject>(b).traffic;
  return std::get<spec::ApplicationSubject>(a).application == std::get<spec::ApplicationSubject>(b).application;
}

const Prediction* same_of(const Prediction& wanted, Quantity quantity, const std::vector<Prediction>& predictions) {
  const auto at = std::ranges::find_if(predictions, [&](const Prediction& one) {
    return one.quantity == quantity && same_subject(one.subject, wanted.subject) &&
           (quantity != wanted.quantity || one.within == wanted.within);
  });
  return at == predictions.end() ? nullptr : &*at;
}

/// Whether there is something to find is decided by another figure, where the claimed one is only said if there is.
Quantity deciding(Quantity quantity) {
  if (quantity == Quantity::mean_time_to_failure) return Quantity::failure_probability;
  return quantity == Quantity::mailbox_growth ? Quantity::utilisation : quantity;
}

/// Of the same prediction, about a design in which something has changed.
struct Reading {
  double value = unknown;
  bool decided = false;
};

Reading read(const Prediction& wanted, const std::vector<Prediction>& predictions) {
  const auto* same = same_of(wanted, wanted.quantity, predictions);
  const auto* decides = same_of(wanted, deciding(wanted.quantity), predictions);
  return {same == nullptr ? unknown : same->value, decides != nullptr && !std::isnan(decides->value)};
}

bool is_of_failing(Quantity quantity) {
  return quantity == Quantity::failure_probability || quantity == Quantity::mean_time_to_failure;
}

/// The same finding, or another one about the same process and the same evil: what was certain may become likely.
bool is_same_evil(const Finding& finding, const Finding& other) {
  if (finding.diagnostic.rule == promise_broken || other.diagnostic.rule == promise_broken)
    return finding.diagnostic.rule == other.diagnostic.rule && finding.diagnostic.span == other.diagnostic.span;
  if (!finding.subject || !other.subject || !same_subject(*finding.subject, *other.subject)) return false;
  if (finding.diagnostic.rule == other.diagnostic.rule) return true;
  return finding.prediction && other.prediction && is_of_failing(finding.prediction->quantity) &&
         is_of_failing(other.prediction->quantity);
}

Presence presence(const Finding& finding, const Linting& linting, const Reading& reading) {
  const auto same = [&](const Finding& other) { return is_same_evil(finding, other); };
  const auto hidden = [&](const Suppressed& other) { return same(other.finding); };
  if (std::ranges::any_of(linting.findings, same) || std::ranges::any_of(linting.suppressed, hidden))
    return Presence::there;
  return reading.decided ? Presence::gone : Presence::unsaid;
}

}  // namespace

const Outcome* Trials::with(std::size_t input, double value) {
  const auto known = known_.find({input, value});
  if (known != known_.end()) return &known->second;
  if (left_ == 0) return nullptr;
  --left_;
  return &known_.emplace(std::pair(input, value), tried(input, value)).first->second;
}

Outcome Trials::tried(std::size_t input, double value) {
  const spec::Design changed = with_input(design_, input, value);
  const Facts facts = derive(changed, remembered_);
  const Linting linting = lint(changed, facts, rules_);
  // Some findings claim what is not among the predictions.
  auto predictions = facts.predictions;
  for (const auto& finding : linting.findings)
    if (finding.prediction) predictions.push_back(*finding.prediction);
  Outcome outcome;
  for (const auto& finding : findings_) {
    const Reading reading = finding.prediction ? read(*finding.prediction, predictions) : Reading{};
    outcome.values.push_back(reading.value);
    outcome.presences.push_back(presence(finding, linting, reading));
  }
  return outcome;
}

}  // namespace treefall::analyzer
