// What surrounds the trees, compiled: faults, traffic, script, unsupervised workers; and what needs the slots.
#include <algorithm>

#include "runtime/compile.hpp"

namespace treefall::runtime {
namespace {

void compile_arrivals(Compilation& c, const spec::Traffic& from, TrafficInfo& traffic) {
  using spec::Traffic;
  if (const auto* poisson = std::get_if<Traffic::Poisson>(&from.arrivals)) {
    traffic.kind = TrafficInfo::Kind::poisson;
    if (poisson->per_second > 0) {
      traffic.gap = sampler_of(c, spec::Exponential{1 / poisson->per_second});
    } else {
      traffic.gap.fixed = never;
    }
  } else if (const auto* renewal = std::get_if<Traffic::Renewal>(&from.arrivals)) {
    traffic.kind = TrafficInfo::Kind::renewal;
    traffic.gap = sampler_of(c, renewal->every);
    traffic.first = renewal->first ? sampler_of(c, *renewal->first) : traffic.gap;
  } else if (const auto* burst = std::get_if<Traffic::Burst>(&from.arrivals)) {
    traffic.kind = TrafficInfo::Kind::burst;
    traffic.size = burst->size;
    traffic.gap = sampler_of(c, burst->every);
    traffic.first = burst->first ? sampler_of(c, *burst->first) : traffic.gap;
  } else if (const auto* at = std::get_if<Traffic::At>(&from.arrivals)) {
    traffic.kind = TrafficInfo::Kind::at;
    traffic.times = times_of(c, at->times);
  } else {
    const auto& closed = std::get<Traffic::Closed>(from.arrivals);
    traffic.kind = TrafficInfo::Kind::closed;
    traffic.size = closed.concurrency;
    traffic.gap = sampler_of(c, closed.think);
  }
}

MessageKind kind_of(spec::Sends sends) {
  switch (sends) {
    case spec::Sends::call:
      return MessageKind::call;
    case spec::Sends::cast:
      return MessageKind::cast;
    case spec::Sends::info:
      return MessageKind::info;
  }
  return MessageKind::call;
}

Message message_of(std::size_t index, spec::Sends sends) {
  Message message;
  message.from = outside | static_cast<std::uint32_t>(index);
  message.kind = kind_of(sends);
  return message;
}

void compile_traffic(Compilation& c) {
  for (const spec::Traffic& from : c.design.traffic) {
    TrafficInfo traffic;
    traffic.to = destination_of(c, from.to);
    traffic.sends = from.sends;
    traffic.message = message_of(c.model.traffic.size(), from.sends);
    traffic.message.name = message_id(c, from.message);
    traffic.message.redeliver = from.redeliver;
    traffic.timeout = time_of(from.timeout.value);
    traffic.retries = from.retries.value_or(0);
    traffic.redeliver = from.redeliver;
    traffic.during = from.during.value_or(none);
    traffic.source = source_name("traffic:" + from.name, "arrivals");
    compile_arrivals(c, from, traffic);
    if (from.during) c.model.faults[*from.during].traffic.push_back(static_cast<std::uint32_t>(c.model.traffic.size()));
    c.model.traffic.push_back(traffic);
  }
  TrafficInfo script;
  script.scripted = true;
  script.message = message_of(c.model.traffic.size(), script.sends);
  script.kind = TrafficInfo::Kind::at;
  script.timeout = 5 * nanoseconds_a_second;  // gen_server:call's own
  script.source = source_name("script", "arrivals");
  c.model.traffic.push_back(script);
}

void compile_faults(Compilation& c) {
  for (const spec::Fault& from : c.design.faults) {
    FaultInfo fault;
    fault.source = source_name("fault:" + from.name, "turns");
    if (const auto* random = std::get_if<spec::Fault::Random>(&from.when)) {
      fault.random = true;
      fault.every = sampler_of(c, random->every);
      fault.lasts = sampler_of(c, random->lasts);
    } else {
      for (const spec::Fault::Outage& outage : std::get<std::vector<spec::Fault::Outage>>(from.when)) {
        fault.outages.emplace_back(time_of(outage.at), sampler_of(c, outage.lasts));
      }
      std::stable_sort(fault.outages.begin(), fault.outages.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
    }
    c.model.faults.push_back(std::move(fault));
  }
}

void compile_script(Compilation& c) {
  for (const spec::ScriptedEvent& from : c.design.script) {
    ScriptStep step;
    step.at = time_of(from.at);
    step.what = from.what;
    step.to = destination_of(c, from.process);
    step.reason = reason_of(c, from.reason);
    step.message = message_id(c, from.message);
    step.as = from.as;
    step.child = from.child;
    c.model.script.push_back(step);
  }
}

void compile_unsupervised(Compilation& c) {
  for (std::uint32_t i = 0; i < c.design.unsupervised.size(); ++i) {
    const spec::Unsupervised& worker = c.design.unsupervised[i];
    if (worker.started_by) c.model.nodes[worker.started_by->node].starts.push_back(i);
  }
}

/// Timers and marks that each process of a node has; rates of all copies together.
void count_timers(Compilation& c) {
  Model& model = c.model;
  for (NodeInfo& node : model.nodes) {
    node.first_tick = static_cast<std::uint32_t>(model.tick_slots.size());
    node.first_crash = static_cast<std::uint32_t>(model.crash_slots.size());
    for (std::uint32_t i = 0; i < node.slots.count; ++i) {
      const Slot slot = model.slots_of_node[node.slots.first + i];
      model.tick_slots.insert(model.tick_slots.end(), node.ticks.count, slot);
      model.crash_slots.insert(model.crash_slots.end(), node.crashes.count, slot);
    }
    node.first_dependency = model.dependency_marks;
    model.dependency_marks += static_cast<std::uint32_t>(node.dependencies.size()) * node.slots.count;
  }
  for (std::uint32_t i = 0; i < model.crash_groups.size(); ++i) {
    CrashGroup& group = model.crash_groups[i];
    group.gap.a /= std::max<double>(model.nodes[group.node].slots.count, 1);
    if (group.during != none) model.faults[group.during].crash_groups.push_back(i);
  }
  for (std::uint32_t id = 0; id < model.nodes.size(); ++id) {
    const Range crashes = model.nodes[id].crashes;
    for (std::uint32_t i = 0; i < crashes.count; ++i) {
      const std::uint32_t fault = model.crashes[crashes.first + i].during;
      if (fault == none) continue;
      std::vector<std::uint32_t>& nodes = model.faults[fault].nodes;
      if (nodes.empty() || nodes.back() != id) nodes.push_back(id);
    }
  }
  for (std::uint32_t id = 0; id < model.nodes.size(); ++id) {
    const std::uint32_t seeder = model.nodes[id].reseeded_by;
    if (seeder != none) model.nodes[model.destinations[seeder].node].seeds.push_back(id);
    for (const std::uint32_t link : model.nodes[id].links) {
      std::vector<std::uint32_t>& back = model.nodes[model.destinations[link].node].linked_by;
      if (std::find(back.begin(), back.end(), id) == back.end()) back.push_back(id);
    }
  }
}

}  // namespace

void compile_surroundings(Compilation& c) {
  compile_faults(c);
  compile_traffic(c);
  compile_script(c);
  compile_unsupervised(c);
  count_timers(c);
  const bool stamps = c.model.supervisors > 0;
  if (c.design.tie_order.value == spec::TieOrder::random) c.model.random = true;
  if (c.design.clock_phase) {
    c.model.clock_phase = c.design.clock_phase->count() % nanoseconds_a_second;
  } else if (stamps) {
    c.model.only_phase = !c.model.random;
    c.model.random = true;  // the outcome may depend on where in the VM's second the tree starts
  }
  c.model.tie_order = c.design.tie_order.value;
}

}  // namespace treefall::runtime
