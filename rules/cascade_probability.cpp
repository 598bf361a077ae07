// Random crashes against the budget of one supervisor, within the horizon.
#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "rules/all.hpp"
#include "rules/phrases.hpp"
#include "spec/wording.hpp"

namespace treefall::rules {
namespace {

constexpr double more_likely_than_not = 0.5;

/// Callers that end with the guilty one, by failed calls that the same supervisor pays for.
std::string dies_with_it(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId node,
                         const Culprit& cause) {
  for (const auto child : design.nodes[node].children)
    for (const auto& source : facts.crashes.of[child])
      if (child != cause.child && source.kind == analyzer::CrashSource::Kind::call && source.follows &&
          source.counted && source.event == cause.source->event)
        return fmt::format("a call of {} that {} is serving fails with it: restarts at one instant",
                           quoted(design, child), quoted(design, cause.child));
  return {};
}

std::vector<analyzer::Finding> check(const spec::Design& design, const analyzer::Facts& facts) {
  std::vector<analyzer::Finding> findings;
  for (const auto node : facts.tree.order) {
    const auto& budget = facts.budgets.of[node];
    if (budget.fate || budget.sure || !fails(facts, node) || falls_by_sharing(design, facts, node)) continue;
    const auto cause = culprit(design, facts, node);
    if (!cause || has_rule_of_its_own(design, *cause)) continue;
    const bool likely = budget.failure_probability.value >= more_likely_than_not;
    auto finding = begin_fall(cascade_probability, design, node, *cause,
                              fmt::format("{} {} give up: {} against {}", quoted(design, node), likely ? "will" : "may",
                                          std::isfinite(budget.counted) ? spec::rate_text(budget.counted, "crashes")
                                                                        : "crashes without a rate",
                                          budget_text(*spec::as_supervisor(design.nodes[node]))));
    if (likely) finding.diagnostic.severity = spec::Severity::error;
    claim(finding, failure(facts, node));
    add_fall(finding, design, facts, node, cause->child);
    note(finding, dies_with_it(design, facts, node, *cause));
    note(finding, holds_up_to(design, facts, node));
    finding.diagnostic.help =
        fmt::format("give {} a supervisor of its own, or let it wait and try again instead of crashing",
                    quoted(design, cause->child));
    findings.push_back(std::move(finding));
  }
  return claims(std::move(findings));
}

}  // namespace

constinit const analyzer::Rule cascade_probability = {
    .id = "cascade-probability",
    .severity = spec::Severity::warning,
    .confidence = analyzer::Confidence::model_based,
    .group = analyzer::Group::restart_budget,
    .summary = "Random crashes use up a supervisor's restarts with more than 0.1 % probability within the horizon.",
    .why = R"(
The restarts of all children draw on one budget. Crashes that are rare on the average still come in clusters, and R+1 of
them within P seconds end the supervisor with all its children. Twelve crashes a minute against the default of 3 restarts
in 5 seconds last 87 seconds on the average; one a minute lasts months. The chance is computed from the sum of the crash
rates of all children by OTP's rule, whole seconds included. The severity is error where giving up within the horizon is
more likely than not.)",
    .instead = R"(
First the crashes: what is expected (a peer that disconnects) is handled, not crashed on. Then the blast: a child that
crashes more often than the rest gets a supervisor of its own. Last the budget: the rate that this supervisor holds is in
the finding; `why` keeps the reason for an explicit number.)",
    .bad = R"(
treefall: 1
name: shop
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Cart
    - worker: Shop.Price
      crashes: {rate: 12/min}  # expect: cascade-probability confirmed
)",
    .good = R"(
treefall: 1
name: shop
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Cart
    - worker: Shop.Price
      crashes: {rate: 2/h}
)",
    .confirmed_by = "many executions: the mean time to giving up, or the share of them in which it happens",
    .check = check,
};

}  // namespace treefall::rules
