// Crashes at fixed times whose end depends on where the whole seconds of the VM fall.
#include <fmt/format.h>

#include "rules/all.hpp"
#include "rules/phrases.hpp"
#include "spec/wording.hpp"

namespace treefall::rules {
namespace {

std::vector<analyzer::Finding> check(const spec::Design& design, const analyzer::Facts& facts) {
  std::vector<analyzer::Finding> findings;
  for (const auto node : facts.tree.order) {
    const auto& fate = facts.budgets.of[node].fate;
    if (!fate || fate->certainty != analyzer::Certainty::phase_dependent) continue;
    const auto cause = culprit(design, facts, node);
    if (!cause || has_rule_of_its_own(design, *cause)) continue;
    const auto& supervisor = *spec::as_supervisor(design.nodes[node]);
    const auto outcome =
        fate->probability < 1
            ? fmt::format("{} gives up in {} of its starts, by the phase of the clock", quoted(design, node),
                          spec::share_text(fate->probability))
            : fmt::format("{} will give up, and when depends on the phase of the clock", quoted(design, node));
    auto finding = begin_fall(phase_dependent_cascade, design, node, *cause,
                              fmt::format("{}: {} against {}", outcome, pace_text(*fate), budget_text(supervisor)));
    claim(finding, analyzer::find(facts, node, spec::Quantity::failure_probability));
    if (fate->first)
      note(finding, fmt::format("where it gives up, it does so {} after its start at the earliest{}",
                                spec::seconds_text(*fate->first),
                                fate->last && *fate->last > *fate->first
                                    ? fmt::format(" and {} at the latest", spec::seconds_text(*fate->last))
                                    : ""));
    add_fall(finding, design, facts, node, cause->child);
    finding.diagnostic.help =
        "a test that passes proves nothing here: keep the crashes further apart, or set `max_restarts` one higher";
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace

constinit const analyzer::Rule phase_dependent_cascade = {
    .id = "phase-dependent-cascade",
    .severity = spec::Severity::warning,
    .confidence = analyzer::Confidence::proved,
    .group = analyzer::Group::restart_budget,
    .summary = "Whether a supervisor gives up depends on where within a second of the VM's clock its tree starts.",
    .why = R"(
OTP stamps restarts in whole seconds. Two restarts share a window of P seconds for certain when they are at most P apart,
never when they are P+1 or more apart; in between it depends on where the second's boundaries fall. With crashes every d
seconds and `max_restarts: R`, that is P < R·d < P+1: the same release survives on one node and falls on the next, and a
test that passes today fails tomorrow.)",
    .instead = R"(
Leave a whole second of distance: have the crashes at least (P+1)/R seconds apart (a pause before the next attempt does
it), or take one restart more. To look at one phase, write `clock_phase: 0ms` into the spec.)",
    .bad = R"(
treefall: 1
name: shop
tree:
  supervisor: Shop.Supervisor
  max_restarts: 3
  max_seconds: 5
  children:
    - worker: Shop.Price
      crashes: {at: [10s, 11800ms, 13600ms, 15400ms]}  # expect: phase-dependent-cascade confirmed
)",
    .good = R"(
treefall: 1
name: shop
tree:
  supervisor: Shop.Supervisor
  max_restarts: 4
  max_seconds: 5
  children:
    - worker: Shop.Price
      crashes: {at: [10s, 11800ms, 13600ms, 15400ms]}
)",
    .confirmed_by = "executions with random clock phases: the share in which the supervisor gives up",
    .check = check,
};

}  // namespace treefall::rules
