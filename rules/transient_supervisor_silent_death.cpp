// Supervisors whose giving up nobody above them counts.
#include <fmt/format.h>

#include "rules/all.hpp"
#include "rules/phrases.hpp"
#include "spec/wording.hpp"

namespace treefall::rules {
namespace {

/// Can it use up its restarts at all? Temporary children and those of an opaque supervisor are none of its budget.
bool can_give_up(const spec::Design& design, spec::NodeId supervisor) {
  for (const auto child : design.nodes[supervisor].children)
    if (design.nodes[child].restart.value != spec::Restart::temporary) return true;
  return false;
}

/// Part of a tree that comes and goes under a dynamic supervisor, one per connection: its end is meant.
bool comes_and_goes(const spec::Design& design, spec::NodeId node) {
  for (auto at = design.nodes[node].parent; at != spec::no_node; at = design.nodes[at].parent) {
    const auto kind = spec::as_supervisor(design.nodes[at])->kind.value;
    if (kind == spec::SupervisorKind::dynamic || kind == spec::SupervisorKind::task) return true;
  }
  return false;
}

/// A supervisor whose end nobody above will notice: not one of many that come and go, not one whose end is meant to end
/// the supervisor above, not one declared as dispensable.
bool is_hidden(const spec::Design& design, spec::NodeId supervisor) {
  const auto& node = design.nodes[supervisor];
  if (node.restart.value == spec::Restart::permanent || node.parent == spec::no_node || node.scripted) return false;
  if (node.critical == false || node.on_demand) return false;
  const auto ends_above = spec::as_supervisor(design.nodes[node.parent])->auto_shutdown.value;
  if (node.significant.value && ends_above != spec::AutoShutdown::never) return false;
  return can_give_up(design, supervisor) && !comes_and_goes(design, supervisor);
}

std::vector<analyzer::Finding> check(const spec::Design& design, const analyzer::Facts& facts) {
  std::vector<analyzer::Finding> findings;
  for (const auto node : facts.tree.order) {
    if (spec::as_supervisor(design.nodes[node]) == nullptr || !is_hidden(design, node)) continue;
    const auto& budget = facts.budgets.of[node];
    if (budget.relevant && budget.failure_probability.said() && !fails(facts, node)) continue;
    const auto& child = design.nodes[node];
    const bool transient = child.restart.value == spec::Restart::transient;
    auto finding =
        begin(transient_supervisor_silent_death, node, child.restart.whole(),
              transient ? "`shutdown` counts as a normal end" : "never started again",
              fmt::format("once {} has used up {}, it is gone for good and {} does not notice", quoted(design, node),
                          budget_text(*spec::as_supervisor(child)), quoted(design, child.parent)));
    finding.diagnostic.labels.push_back(budget_label(design, node));
    claim(finding, failure(facts, node));
    note(finding, "gone with it: " + spec::count_text(facts.tree.size[node] - 1, "process"));
    finding.diagnostic.help = fmt::format(
        "make {} `restart: permanent`; if the rest shall go down with it, `significant: true` here and `auto_shutdown: "
        "any_significant` on {}; if it may be missing, `critical: false`",
        quoted(design, node), quoted(design, child.parent));
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace

constinit const analyzer::Rule transient_supervisor_silent_death = {
    .id = "transient-supervisor-silent-death",
    .severity = spec::Severity::warning,
    .confidence = analyzer::Confidence::proved,
    .group = analyzer::Group::restart_budget,
    .summary = "A supervisor that is not permanent stays dead when it gives up, and nothing above notices.",
    .why = R"(
A supervisor that has used up its restarts exits with the reason `shutdown`, which is an orderly end: a `transient` child
that ends so is not restarted, is not counted, and no report is written. A `temporary` one is removed. Its subtree is
missing from then on, its neighbours look healthy, and whoever calls into it gets `noproc`.

Supervisors that come and go under a dynamic supervisor (one per connection) are meant so and are not reported; nor are
those whose end shuts their supervisor down (`significant`), those declared `critical: false`, and those whose children
are all temporary, since they never give up.)",
    .instead = R"(
Make it `permanent`: then its giving up is one crash for the supervisor above, which is what escalation is for. Where the
rest of the tree is of no use without it, `significant: true` with `auto_shutdown: any_significant` above says so.)",
    .bad = R"(
treefall: 1
name: shop
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Cart
    - supervisor: Shop.Import
      restart: transient  # expect: transient-supervisor-silent-death
      children:
        - worker: Shop.Reader
)",
    .good = R"(
treefall: 1
name: shop
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Cart
    - supervisor: Shop.Import
      children:
        - worker: Shop.Reader
)",
    .confirmed_by = "where crashes are described: executions in which it gives up",
    .check = check,
};

}  // namespace treefall::rules
