// The budget of a dynamic or partition supervisor, shared by all its children.
#include <fmt/format.h>

#include <utility>

#include "rules/all.hpp"
#include "rules/phrases.hpp"
#include "spec/wording.hpp"

namespace treefall::rules {
namespace {

constexpr double more_likely_than_not = 0.5;
constexpr std::uint64_t many = 10;  // children for each restart allowed: advice on structure alone starts here

/// Processes under this supervisor that are restarted when they crash.
std::uint64_t restarted(const spec::Design& design, spec::NodeId supervisor) {
  std::uint64_t processes = 0;
  for (const auto child : design.nodes[supervisor].children)
    if (design.nodes[child].restart.value != spec::Restart::temporary) processes += design.nodes[child].count.value;
  return processes;
}

analyzer::Finding predicted(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId node,
                            const Culprit& cause) {
  const auto& budget = facts.budgets.of[node];
  const auto processes = restarted(design, node);
  const auto share = budget.counted / static_cast<double>(processes);
  const bool likely = budget.failure_probability.value >= more_likely_than_not;
  auto finding = begin_fall(
      shared_budget_dynamic, design, node, cause,
      fmt::format("{} {} end all {} processes: together {} against {}", quoted(design, node), likely ? "will" : "may",
                  spec::count_text(processes), spec::rate_text(budget.counted, "crashes"),
                  budget_text(*spec::as_supervisor(design.nodes[node]))));
  if (likely) finding.diagnostic.severity = spec::Severity::error;
  claim(finding, failure(facts, node));
  add_fall(finding, design, facts, node, cause.child);
  note(finding,
       fmt::format("holds up to: {} of each process, it has {} ({} of all for {} within {})",
                   spec::rate_text(budget.tolerates.value / static_cast<double>(processes), "crashes"),
                   spec::rate_text(share), spec::rate_text(budget.tolerates.value),
                   spec::share_text(analyzer::tolerated), spec::seconds_text(spec::in_seconds(design.horizon.value))));
  return finding;
}

/// Without crash rates: how few of many children may crash together. Rests on structure, so it is advice.
analyzer::Finding advice(const spec::Design& design, spec::NodeId node) {
  const auto& budget = *spec::as_supervisor(design.nodes[node]);
  const auto processes = restarted(design, node);
  const auto label = budget_label(design, node);
  auto finding = begin(shared_budget_dynamic, node, label.span, label.text,
                       fmt::format("{} crashes among {} processes within {} s end {} and all of them",
                                   spec::count_text(budget.max_restarts.value + 1), spec::count_text(processes),
                                   spec::count_text(budget.max_seconds.value), quoted(design, node)));
  finding.diagnostic.severity = spec::Severity::info;
  finding.confidence = analyzer::Confidence::heuristic;
  return finding;
}

std::vector<analyzer::Finding> check(const spec::Design& design, const analyzer::Facts& facts) {
  std::vector<analyzer::Finding> findings;
  for (const auto node : facts.tree.order) {
    const auto* supervisor = spec::as_supervisor(design.nodes[node]);
    if (supervisor == nullptr || (supervisor->kind.value != spec::SupervisorKind::dynamic &&
                                  supervisor->kind.value != spec::SupervisorKind::partition))
      continue;
    const auto cause = culprit(design, facts, node);
    if (falls_by_sharing(design, facts, node) && cause && !has_rule_of_its_own(design, *cause))
      findings.push_back(predicted(design, facts, node, *cause));
    else if (!facts.budgets.of[node].relevant && restarted(design, node) >= many * (supervisor->max_restarts.value + 1))
      findings.push_back(advice(design, node));
    else
      continue;
    findings.back().diagnostic.help =
        "the restart budget is the supervisor's, not the child's: make children `restart: temporary` and start them "
        "again "
        "on demand, or give each a small supervisor of its own";
  }
  return claims(std::move(findings));
}

}  // namespace

constinit const analyzer::Rule shared_budget_dynamic = {
    .id = "shared-budget-dynamic",
    .severity = spec::Severity::warning,
    .confidence = analyzer::Confidence::model_based,
    .group = analyzer::Group::restart_budget,
    .summary =
        "Many children of a dynamic or partition supervisor share one restart budget that one child would not use up.",
    .why = R"(
`max_restarts` counts the restarts of all children together. It is easily read as a budget for each, and with one session
that is what it is; with five hundred, the rate of crashes is five hundred times that of one. When the supervisor gives up,
all children end, those that never crashed too; a DynamicSupervisor comes back empty, and nobody starts its children again
unless something does so on purpose. A PartitionSupervisor has one budget for all its partitions, too.

Without crash rates in the spec this is advice (severity info): it names how few crashes together are too many.)",
    .instead = R"(
Let children that can be started again by whoever needs them be `restart: temporary`: their crashes use no budget. Or put
each child under a small supervisor of its own, so that it has its own restarts. Or size the budget by the whole
population: the finding says which rate of crashes of each process it holds.)",
    .bad = R"(
treefall: 1
name: chat
tree:
  supervisor: Chat.Supervisor
  children:
    - supervisor: Chat.Sessions
      kind: dynamic
      children:
        - worker: Session
          count: 500
          crashes: {rate: 4/day}  # expect: shared-budget-dynamic confirmed
)",
    .good = R"(
treefall: 1
name: chat
tree:
  supervisor: Chat.Supervisor
  children:
    - supervisor: Chat.Sessions
      kind: dynamic
      children:
        - worker: Session
          count: 500
          restart: temporary
          on_demand: true
          crashes: {rate: 4/day}
)",
    .confirmed_by = "many executions: the mean time to giving up, or the share of them in which it happens",
    .check = check,
};

}  // namespace treefall::rules
