// What workers do, compiled: handlers, init, ticks, crash clocks, links.
#include <algorithm>
#include <cmath>

#include "runtime/compile.hpp"

namespace treefall::runtime {
namespace {

std::uint32_t add(Compilation& c, const Program& program) {
  c.model.programs.push_back(program);
  return static_cast<std::uint32_t>(c.model.programs.size() - 1);
}

Step step_of(Compilation& c, const spec::Call& call) {
  Step step;
  step.kind = Step::Kind::call;
  step.to = destination_of(c, call.to);
  step.message = message_id(c, call.message);
  step.times = call.times;
  step.timeout = time_of(call.timeout.value);
  step.on_failure = call.on_failure.what;
  step.retries = call.on_failure.retries;
  return step;
}

Step step_of(Compilation& c, const spec::Cast& cast) {
  Step step;
  step.kind = Step::Kind::cast;
  step.to = destination_of(c, cast.to);
  step.message = message_id(c, cast.message);
  step.times = cast.times;
  return step;
}

Step step_of(Compilation& c, const spec::Task& task) {
  Step step;
  step.kind = Step::Kind::task;
  step.linked = task.linked;
  step.times = task.count;
  step.takes = sampler_of(c, task.takes);
  step.crash_probability = chance_of(c, task.crash_probability);
  step.awaited = task.await.has_value();
  step.timeout = task.await ? time_of(*task.await) : never;
  step.kill_late = task.on_timeout == spec::Task::OnTimeout::kill_task;
  return step;
}

template <class... Lists>
Range steps_of(Compilation& c, const Lists&... lists) {
  std::vector<Step> steps;
  const auto append = [&](const auto& list) {
    for (const auto& entry : list) steps.push_back(step_of(c, entry));
  };
  (append(lists), ...);
  const Range range = {static_cast<std::uint32_t>(c.model.steps.size()), static_cast<std::uint32_t>(steps.size())};
  c.model.steps.insert(c.model.steps.end(), steps.begin(), steps.end());
  return range;
}

Range durings_of(Compilation& c, const std::vector<During>& durings) {
  const Range range = {static_cast<std::uint32_t>(c.model.durings.size()), static_cast<std::uint32_t>(durings.size())};
  c.model.durings.insert(c.model.durings.end(), durings.begin(), durings.end());
  return range;
}

std::uint32_t program_of(Compilation& c, const spec::Handler& handler) {
  Program program;
  program.takes = sampler_of(c, handler.takes);
  program.crash_probability = chance_of(c, handler.crash_probability);
  program.exits = handler.exits.has_value();
  if (handler.exits) program.exit = reason_of(c, *handler.exits);
  program.steps = steps_of(c, handler.calls, handler.casts, handler.tasks);
  std::vector<During> durings;
  for (const spec::HandlerDuring& during : handler.during) {
    durings.push_back({during.fault, program_of(c, during.handler.front())});
  }
  program.during = durings_of(c, durings);
  return add(c, program);
}

std::uint32_t program_of(Compilation& c, const spec::Init& init) {
  Program program;
  program.takes = sampler_of(c, init.takes);
  program.crash_probability = chance_of(c, init.failure_probability);
  program.fails_during = init.fails_during.value_or(none);
  program.steps = steps_of(c, init.calls);
  program.retries = init.retry_after.has_value();
  if (init.retry_after) program.retry_after = sampler_of(c, *init.retry_after);
  std::vector<During> durings;
  for (const spec::Init::During& during : init.during) {
    durings.push_back({during.fault, program_of(c, during.init.front())});
  }
  program.during = durings_of(c, durings);
  return add(c, program);
}

void compile_handlers(Compilation& c, const spec::Worker& worker, NodeInfo& node) {
  node.handles_nothing = !worker.handles.has_value();
  if (!worker.handles) return;
  std::vector<HandlerEntry> entries;
  for (const spec::NamedHandler& named : *worker.handles) {
    const HandlerEntry entry = {message_id(c, named.message), program_of(c, named.handler)};
    if (entry.message == message_any) {
      node.any_handler = entry.program;
    } else {
      entries.push_back(entry);
    }
  }
  node.handlers = {static_cast<std::uint32_t>(c.model.handlers.size()), static_cast<std::uint32_t>(entries.size())};
  c.model.handlers.insert(c.model.handlers.end(), entries.begin(), entries.end());
}

void compile_ticks(Compilation& c, const spec::Worker& worker, NodeInfo& node) {
  node.ticks = {static_cast<std::uint32_t>(c.model.ticks.size()), static_cast<std::uint32_t>(worker.ticks.size())};
  for (const spec::Tick& tick : worker.ticks) {
    TickEntry entry;
    entry.every = sampler_of(c, tick.every);
    entry.first = tick.first ? sampler_of(c, *tick.first) : entry.every;
    entry.program = program_of(c, tick.handler);
    c.model.ticks.push_back(entry);
  }
}

/// Rates become superposed clocks (their copies are not known yet: `gap` is that of one copy for now).
void compile_crashes(Compilation& c, const spec::Worker& worker, spec::NodeId id, NodeInfo& node) {
  std::vector<CrashEntry> timers;
  std::uint32_t number = 0;
  for (const spec::CrashClock& clock : worker.crashes) {
    const std::uint32_t during = clock.during.value_or(none);
    const Reason reason = reason_of(c, clock.reason);
    if (const auto* rate = std::get_if<spec::CrashClock::Rate>(&clock.when)) {
      if (rate->per_second <= 0) continue;
      CrashGroup group;
      group.node = id;
      group.gap = sampler_of(c, spec::Exponential{1 / rate->per_second});
      group.during = during;
      group.reason = reason;
      group.source = source_name(c.design.nodes[id].path, "crashes" + std::to_string(number++));
      c.model.crash_groups.push_back(group);
    } else if (const auto* after = std::get_if<spec::CrashClock::After>(&clock.when)) {
      timers.push_back({false, sampler_of(c, after->since_start), {}, during, reason});
    } else {
      const auto& at = std::get<spec::CrashClock::At>(clock.when);
      timers.push_back({true, {}, times_of(c, at.node_times), during, reason});
    }
  }
  node.crashes = {static_cast<std::uint32_t>(c.model.crashes.size()), static_cast<std::uint32_t>(timers.size())};
  c.model.crashes.insert(c.model.crashes.end(), timers.begin(), timers.end());
}

}  // namespace

void compile_worker(Compilation& c, spec::NodeId id) {
  const spec::Worker& worker = std::get<spec::Worker>(c.design.nodes[id].role);
  NodeInfo& node = c.model.nodes[id];
  node.traps = worker.traps_exits.value;
  if (worker.init) {
    node.init = program_of(c, *worker.init);
    node.outcomes = worker.init->outcomes;
    if (worker.init->timeout) node.init_timeout = time_of(*worker.init->timeout);
  }
  if (worker.handle_continue) node.handle_continue = program_of(c, *worker.handle_continue);
  if (worker.terminate && node.traps) {
    Program program;
    program.takes = sampler_of(c, *worker.terminate);
    node.terminate = add(c, program);
  }
  compile_handlers(c, worker, node);
  compile_ticks(c, worker, node);
  compile_crashes(c, worker, id, node);
  for (const spec::Target& link : worker.links) node.links.push_back(destination_of(c, link));
  for (const spec::Dependency& dependency : worker.depends_on) {
    const bool table = dependency.uses == spec::Dependency::Uses::table;
    if (!table && dependency.uses != spec::Dependency::Uses::pid) continue;
    node.dependencies.push_back({destination_of(c, dependency.on), table});
  }
  if (worker.mailbox.shed_above) node.shed_above = *worker.mailbox.shed_above;
}

}  // namespace treefall::runtime
