// What a linked or awaited task does to its owner.
#include <fmt/format.h>

#include <utility>

#include "rules/all.hpp"
#include "rules/phrases.hpp"
#include "spec/wording.hpp"

namespace treefall::rules {
namespace {

using analyzer::CrashSource;

bool burns_the_budget(const spec::Design& design, const analyzer::Facts& facts, const CrashSource& source,
                      spec::NodeId supervisor) {
  if (supervisor == spec::no_node || !fails(facts, supervisor)) return false;
  const auto cause = culprit(design, facts, supervisor);
  return cause && cause->source == &source;
}

/// `no clause takes `reply` or `DOWN``.
std::string missing_clauses(const spec::Worker& worker, const spec::Task& task) {
  std::vector<std::string> missing;
  const auto add = [&](const char* message) {
    if (analyzer::clause_for(worker, message).unknown) missing.push_back(fmt::format("`{}`", message));
  };
  if (!task.await) add("reply");
  if (!task.await) add("DOWN");
  if (task.linked && worker.traps_exits.value) add("EXIT");
  return fmt::format("no clause takes {}", fmt::join(missing, " or "));
}

/// What takes the owner down with its task: the task itself, or a message of it that no clause takes.
struct Way {
  spec::Span place;
  std::string label;
  std::string help;
};

Way way_of(const spec::Design& design, spec::NodeId owner, const CrashSource& source) {
  const auto& worker = *spec::as_worker(design.nodes[owner]);
  if (source.kind != CrashSource::Kind::task)
    if (const auto* task = unanswered_task(worker))
      return {task->span, missing_clauses(worker, *task),
              fmt::format("give {} clauses for what its tasks send it, or an `any` clause", quoted(design, owner))};
  return {
      source.span, source.what,
      fmt::format("start it with `async_nolink` under a Task.Supervisor and give {} clauses for `reply` and `DOWN`; "
                  "for streams, `on_timeout: kill_task`",
                  quoted(design, owner))};
}

analyzer::Finding finding_of(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId owner,
                             const CrashSource& source) {
  const auto supervisor = design.nodes[owner].parent;
  const double rate = analyzer::per_second(source);
  auto way = way_of(design, owner, source);
  auto finding =
      begin(linked_task_kills_owner, owner, way.place, std::move(way.label),
            rate > 0 ? fmt::format("{} goes down with its tasks: {} are not its own", quoted(design, owner),
                                   spec::rate_text(rate, "crashes"))
                     : fmt::format("{} goes down with its task, once for each that fails", quoted(design, owner)));
  const bool falls = burns_the_budget(design, facts, source, supervisor);
  if (falls) {
    const bool likely = facts.budgets.of[supervisor].failure_probability.value >= 0.5;
    if (likely) finding.diagnostic.severity = spec::Severity::error;
    finding.diagnostic.message +=
        fmt::format(", and {} {}: {}", quoted(design, supervisor), likely ? "gives up" : "may give up",
                    budget_text(*spec::as_supervisor(design.nodes[supervisor])));
    finding.diagnostic.labels.push_back(budget_label(design, supervisor));
    claim(finding, failure(facts, supervisor));
    add_fall(finding, design, facts, supervisor, owner);
  } else {
    claim(finding, analyzer::find(facts, owner, spec::Quantity::crash_rate));
    if (!finding.prediction && supervisor != spec::no_node) claim(finding, failure(facts, supervisor));
  }
  finding.diagnostic.help = std::move(way.help);
  return finding;
}

std::vector<analyzer::Finding> check(const spec::Design& design, const analyzer::Facts& facts) {
  std::vector<analyzer::Finding> findings;
  for (const auto node : facts.tree.order)
    for (const auto& source : facts.crashes.of[node])
      if (is_by_task(design, node, source)) findings.push_back(finding_of(design, facts, node, source));
  return claims(std::move(findings));
}

}  // namespace

constinit const analyzer::Rule linked_task_kills_owner = {
    .id = "linked-task-kills-owner",
    .severity = spec::Severity::warning,
    .confidence = analyzer::Confidence::model_based,
    .group = analyzer::Group::links_and_messages,
    .summary = "A process without a fault of its own dies when a task that it started fails or is late.",
    .why = R"(
`Task.async` and `async_stream` link the task to its owner: when the task raises, the exit signal ends the owner too, with
its state and its mailbox, and the owner's supervisor counts a restart. Awaiting does the same for lateness: after the
timeout (5 s unless given) the owner exits. The log shows a crash in code that is clean.

Trapping exits alone does not help: the exit then arrives as a message, and without a clause for `EXIT` the owner crashes on
that. Nor does `async_nolink` alone: the reply and the `DOWN` message need clauses, too.)",
    .instead = R"(
Start tasks that may fail with `Task.Supervisor.async_nolink`, and handle `reply` and `DOWN` (or have an `any` clause). For
streams over unreliable work, `on_timeout: kill_task` costs the item and not the owner. Where the owner can do nothing
without the result, let a process that is not a singleton wait for it.)",
    .bad = R"(
treefall: 1
name: shop
traffic:
  lookups: {to: Shop.Cart, rate: 1/min}
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Cart
      handles:
        any:
          takes: 1ms
          tasks:
            - {takes: 20ms, crashes: 10%}  # expect: linked-task-kills-owner confirmed
)",
    .good = R"(
treefall: 1
name: shop
traffic:
  lookups: {to: Shop.Cart, rate: 1/min}
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Cart
      handles:
        any:
          takes: 1ms
          tasks:
            - {takes: 20ms, crashes: 10%, linked: false, await: none}
)",
    .confirmed_by = "executions: the owner's crash rate, or its supervisor's giving up",
    .check = check,
};

}  // namespace treefall::rules
