// Crashes at fixed times that use up a budget whatever the second they start in.
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "rules/all.hpp"
#include "rules/phrases.hpp"
#include "spec/wording.hpp"

namespace treefall::rules {
namespace {

/// When it gives up; where the clock's phase decides, from when to when.
std::string when_text(const analyzer::Fate& fate) {
  const auto soonest = spec::seconds_text(*fate.first);
  const auto latest = spec::seconds_text(fate.last.value_or(*fate.first));
  if (soonest == latest) return "after " + soonest;
  return fmt::format("after {} to {}, by the phase of the clock's second", soonest, latest);
}

/// Though something random takes part: a child that never lives long enough suffices.
std::optional<analyzer::Finding> whatever_else(const spec::Design& design, const analyzer::Facts& facts,
                                               spec::NodeId node) {
  const auto& budget = facts.budgets.of[node];
  if (budget.fate || !budget.sure || !fails(facts, node)) return std::nullopt;
  const auto cause = culprit(design, facts, node);
  if (!cause || has_rule_of_its_own(design, *cause)) return std::nullopt;
  const auto& supervisor = *spec::as_supervisor(design.nodes[node]);
  const auto& sure = *budget.sure;
  auto finding = begin_fall(
      certain_cascade, design, node, *cause,
      fmt::format("{} is {}certain to give up, {} after its start at the latest: {} lives {} at "
                  "the most against {}",
                  quoted(design, node), sure.probability < 1 ? "all but " : "", spec::seconds_text(sure.within),
                  quoted(design, sure.child), spec::seconds_text(sure.quiet), budget_text(supervisor)));
  claim(finding, failure(facts, node));
  note(finding, "whatever else crashes only makes it come sooner");
  add_fall(finding, design, facts, node, sure.child);
  finding.diagnostic.help = fmt::format(
      "repair what crashes, or let {} wait before it tries again; a supervisor of its own keeps the others alive",
      quoted(design, cause->child));
  return finding;
}

std::vector<analyzer::Finding> check(const spec::Design& design, const analyzer::Facts& facts) {
  std::vector<analyzer::Finding> findings;
  for (const auto node : facts.tree.order) {
    if (auto finding = whatever_else(design, facts, node)) findings.push_back(std::move(*finding));
    const auto& fate = facts.budgets.of[node].fate;
    if (!fate || fate->certainty != analyzer::Certainty::certain || !fate->first) continue;
    const auto cause = culprit(design, facts, node);
    if (!cause || has_rule_of_its_own(design, *cause)) continue;
    const auto& supervisor = *spec::as_supervisor(design.nodes[node]);
    auto finding = begin_fall(certain_cascade, design, node, *cause,
                              fmt::format("{} is certain to give up {}: {} against {}", quoted(design, node),
                                          when_text(*fate), pace_text(*fate), budget_text(supervisor)));
    claim(finding, failure(facts, node));
    add_fall(finding, design, facts, node, cause->child);
    if (fate->gap > 0 && supervisor.max_restarts.value > 0)
      note(finding, fmt::format("holds where crashes are at least {} apart",
                                spec::seconds_text(static_cast<double>(supervisor.max_seconds.value + 1) /
                                                   static_cast<double>(supervisor.max_restarts.value))));
    finding.diagnostic.help = fmt::format(
        "repair what crashes, or let {} wait before it tries again; a supervisor of its own keeps the others alive",
        quoted(design, cause->child));
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace

constinit const analyzer::Rule certain_cascade = {
    .id = "certain-cascade",
    .severity = spec::Severity::error,
    .confidence = analyzer::Confidence::proved,
    .group = analyzer::Group::restart_budget,
    .summary = "Crashes at fixed times use up a supervisor's restarts for certain.",
    .why = R"(
A supervisor with `max_restarts: R` and `max_seconds: P` gives up at the restart number R+1 whose stamp lies within P
seconds of R earlier ones. OTP stamps restarts in whole seconds, so crashes that come every d seconds end it for certain
where R·d <= P, and never where R·d >= P+1. With a supervisor go all its children, the innocent ones too; it exits with
`shutdown`, and its own supervisor counts that as one more crash.

The child that crashes is often not the guilty one: a crash that comes back at every start (a bad row, a missing file, a
message sent again) burns the whole budget in less than a second.

What is random beside it changes nothing: a child that lives L seconds at the most after every start, with restarts that
take D at the most, makes its supervisor count a restart every L + D seconds or sooner, whichever child crashes. It is
certain to give up where R·(L + D) <= P.)",
    .instead = R"(
Repair what crashes: a permanent fault is no case for restarts. Where the cause lies outside (a peer that is down),
connect in `handle_continue` with `retry_after` instead of crashing. Put a child that may crash often under a supervisor of
its own, so that its siblings do not pay for it.)",
    .bad = R"(
treefall: 1
name: shop
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Cart
    - worker: Shop.Price
      crashes: {after: 1s}  # expect: certain-cascade confirmed
)",
    .good = R"(
treefall: 1
name: shop
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Cart
    - worker: Shop.Price
      crashes: {after: 2min}
)",
    .confirmed_by = "the supervisor gives up in every execution, at the predicted time",
    .check = check,
};

}  // namespace treefall::rules
