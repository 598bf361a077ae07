// Every time must be constant, every probability 0 or 1, every message from outside and at a known time; and the worker
// must be alone: one copy, no links, no sibling whose crash restarts it, no script that interferes. Where something
// comes at node times, its start must have a known one.
#include "analyzer/rehearsable.hpp"

#include <algorithm>
#include <variant>

#include "analyzer/service.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

bool certain(double probability) { return probability <= 0 || probability >= 1; }

bool is_certain(const Design& design, const Loads& loads, const spec::Handler& handler) {
  if (!spec::is_constant(handler.takes) || !certain(handler.crash_probability) || !handler.during.empty()) return false;
  for (const auto& task : handler.tasks)
    if (!spec::is_constant(task.takes) || !certain(task.crash_probability)) return false;
  for (const auto& call : handler.calls) {
    const auto time = call_time(design, loads, call);
    if (!time.unsaid.empty() || !time.law || !spec::is_constant(*time.law)) return false;
    if (time.mean >= spec::in_seconds(call.timeout.value)) return false;
    const auto* callee = spec::as_worker(design.nodes[call.to.node]);
    if (callee == nullptr || !callee->crashes.empty()) return false;
    const Clause clause = clause_for(*callee, call.message);
    if (clause.unknown) return false;
    if (clause.handler != nullptr && (clause.handler->crash_probability > 0 || clause.handler->exits)) return false;
  }
  return true;
}

bool is_certain(const spec::Init& init) {
  const bool all_ok = std::all_of(init.outcomes.begin(), init.outcomes.end(),
                                  [](auto outcome) { return outcome == spec::InitOutcome::ok; });
  return spec::is_constant(init.takes) && !init.fails_during && init.calls.empty() && all_ok && init.during.empty() &&
         !init.timeout;
}

bool is_certain(const spec::Traffic& traffic) {
  struct Check {
    bool operator()(const spec::Traffic::Poisson&) const { return false; }
    bool operator()(const spec::Traffic::Closed&) const { return false; }
    bool operator()(const spec::Traffic::At&) const { return true; }
    bool operator()(const spec::Traffic::Renewal& renewal) const {
      return spec::is_constant(renewal.every) && (!renewal.first || spec::is_constant(*renewal.first));
    }
    bool operator()(const spec::Traffic::Burst& burst) const {
      return spec::is_constant(burst.every) && (!burst.first || spec::is_constant(*burst.first));
    }
  };
  return std::visit(Check{}, traffic.arrivals) && !traffic.during && !traffic.redeliver && !traffic.retries;
}

bool is_alone(const Design& design, const Tree& tree, NodeId id) {
  const spec::Node& node = design.nodes[id];
  if (node.parent == spec::no_node || tree.copies[id] != 1 || !tree.linked[id].empty() || node.scripted) return false;
  for (NodeId at = node.parent; at != spec::no_node; at = design.nodes[at].parent)
    if (design.nodes[at].scripted) return false;
  const auto kind = spec::as_supervisor(design.nodes[node.parent])->kind.value;
  if (kind != spec::SupervisorKind::supervisor && kind != spec::SupervisorKind::partition) return false;
  const bool alone_restarted =
      spec::as_supervisor(design.nodes[node.parent])->strategy.value == spec::Strategy::one_for_one;
  return alone_restarted || design.nodes[node.parent].children.size() == 1;
}

}  // namespace

bool is_reached_from_outside(const Design& design, const Loads& loads, NodeId id) {
  const auto& clocks = spec::as_worker(design.nodes[id])->crashes;
  return !loads.of[id].arrivals.sources.empty() || std::any_of(clocks.begin(), clocks.end(), [](const auto& clock) {
    return std::holds_alternative<spec::CrashClock::At>(clock.when);
  }) || std::any_of(design.script.begin(), design.script.end(), [&](const auto& event) {
    return event.process.node == id;
  });
}

bool is_rehearsable(const Design& design, const Tree& tree, const Loads& loads, NodeId id) {
  const auto* worker = spec::as_worker(design.nodes[id]);
  const Load& load = loads.of[id];
  if (worker == nullptr || !is_alone(design, tree, id)) return false;
  const Estimate& start = tree.start[id];
  const bool known = start.said() && start.method == Method::deterministic;
  if (!known && is_reached_from_outside(design, loads, id)) return false;
  if (load.arrivals.poisson > 0 || load.arrivals.casts || load.arrivals.callers > 0 || !load.unsaid.empty())
    return false;
  for (const auto source : load.arrivals.sources)
    if (!is_certain(design.traffic[source])) return false;
  if (worker->handles)
    for (const auto& named : *worker->handles)
      if (!is_certain(design, loads, named.handler)) return false;
  for (const auto& tick : worker->ticks)
    if (!spec::is_constant(tick.every) || (tick.first && !spec::is_constant(*tick.first)) ||
        !is_certain(design, loads, tick.handler))
      return false;
  for (const auto& clock : worker->crashes) {
    const auto* after = std::get_if<spec::CrashClock::After>(&clock.when);
    if (clock.during || std::holds_alternative<spec::CrashClock::Rate>(clock.when)) return false;
    if (after != nullptr && !spec::is_constant(after->since_start)) return false;
  }
  if (worker->init && (!is_certain(*worker->init) || worker->init->failure_probability > 0)) return false;
  if (worker->handle_continue &&
      (!is_certain(*worker->handle_continue) || !certain(worker->handle_continue->failure_probability) ||
       worker->handle_continue->retry_after))
    return false;
  using Do = spec::ScriptedEvent::Do;
  return std::all_of(design.script.begin(), design.script.end(),
                     [&](const auto& event) { return event.process.node != id || event.what == Do::send; });
}

}  // namespace treefall::analyzer
