// Faults, crash clocks and ticks.
#include <algorithm>

#include "runtime/exit.hpp"
#include "runtime/surroundings.hpp"
#include "runtime/trace.hpp"

namespace treefall::runtime {
namespace {

/// After so many picks in a row that were not up, a superposed clock stops until one of its processes comes up: a
/// subtree that is gone for good must not be asked for ever. Memorylessness makes the pause exact.
constexpr std::uint32_t most_misses = 32;

void plan_fault(Execution& x, std::uint32_t index) {
  const FaultInfo& fault = x.model.faults[index];
  FaultState& state = x.faults[index];
  if (fault.random) {
    const Sampler& law = state.lasts ? fault.lasts : fault.every;
    x.queue.set(x.now + draw(law, x.model.values, state.turns), Happens::fault_turns, index);
    return;
  }
  if (state.lasts) {
    x.queue.set(state.end, Happens::fault_turns, index);
  } else if (state.next_outage < fault.outages.size()) {
    const Time at = fault.outages[state.next_outage].first;
    x.queue.set(std::max(at, x.now), Happens::fault_turns, index);
  }
}

/// Overlapping outages are one that lasts to the end of the later.
void extend_outage(Execution& x, std::uint32_t index) {
  const FaultInfo& fault = x.model.faults[index];
  FaultState& state = x.faults[index];
  while (state.next_outage < fault.outages.size() &&
         fault.outages[state.next_outage].first <= std::max(state.end, x.now)) {
    const auto& [at, lasts] = fault.outages[state.next_outage++];
    state.end = std::max(state.end, at + draw(lasts, x.model.values, state.turns));
  }
}

void begin_fault(Execution& x, std::uint32_t index) {
  const FaultInfo& fault = x.model.faults[index];
  if (!fault.random) {
    x.faults[index].end = x.now;
    extend_outage(x, index);
  }
  for (const std::uint32_t group : fault.crash_groups) start_crash_group(x, group);
  for (const std::uint32_t node : fault.nodes) {
    const Range slots = x.model.nodes[node].slots;
    for (std::uint32_t i = 0; i < slots.count; ++i) {
      const Slot slot = x.model.slots_of_node[slots.first + i];
      if (x.processes[slot].up) set_crash_timers(x, slot, index);
    }
  }
  for (const std::uint32_t traffic : fault.traffic) start_traffic(x, traffic);
}

void end_fault(Execution& x, std::uint32_t index) {
  const FaultInfo& fault = x.model.faults[index];
  for (const std::uint32_t group : fault.crash_groups) x.crash_group_tickets[group] = 0;
  for (const std::uint32_t node : fault.nodes) {
    const Range slots = x.model.nodes[node].slots;
    for (std::uint32_t i = 0; i < slots.count; ++i) {
      clear_crash_timers(x, x.model.slots_of_node[slots.first + i], index);
    }
  }
  for (const std::uint32_t traffic : fault.traffic) stop_traffic(x, traffic);
}

std::uint32_t timer_of(const Execution& x, Slot slot, std::uint32_t which) {
  const NodeInfo& node = x.node(slot);
  return node.first_crash + x.model.places[slot].ordinal * node.crashes.count + which;
}

void set_crash_timer(Execution& x, Slot slot, std::uint32_t which) {
  const CrashEntry& entry = x.model.crashes[x.node(slot).crashes.first + which];
  Time at = never;
  if (entry.at_times) {
    const auto first = x.model.values.begin() + entry.times.first;
    const auto last = first + entry.times.count;
    // Strictly later: the process that replaces the one that crashed now does not crash again.
    const auto next = std::upper_bound(first, last, x.now);
    if (next != last) at = *next;
  } else {
    at = x.now + x.draw_of(entry.after, slot, Purpose::failure);
  }
  const std::uint32_t timer = timer_of(x, slot, which);
  x.crash_tickets[timer] = x.queue.set(at, Happens::crash, timer);
}

}  // namespace

void start_faults(Execution& x) {
  for (std::uint32_t fault = 0; fault < x.faults.size(); ++fault) plan_fault(x, fault);
}

void turn_fault(Execution& x, std::uint32_t index) {
  FaultState& state = x.faults[index];
  if (state.lasts && !x.model.faults[index].random) {
    extend_outage(x, index);
    if (state.end > x.now) {
      plan_fault(x, index);
      return;
    }
  }
  state.lasts = !state.lasts;
  if (x.trace != nullptr) x.trace->fault(x, index, state.lasts);
  if (state.lasts) {
    begin_fault(x, index);
  } else {
    end_fault(x, index);
  }
  plan_fault(x, index);
}

void start_crash_group(Execution& x, std::uint32_t index) {
  const CrashGroup& group = x.model.crash_groups[index];
  x.misses[index] = 0;
  x.crash_group_tickets[index] =
      x.queue.set(x.now + draw(group.gap, x.model.values, x.crash_streams[index]), Happens::crash_group, index);
}

void crash_group_rings(Execution& x, Event event) {
  const std::uint32_t index = event.index();
  if (x.crash_group_tickets[index] != event.ticket()) return;
  const CrashGroup& group = x.model.crash_groups[index];
  const Range slots = x.model.nodes[group.node].slots;
  Stream& stream = x.crash_streams[index];
  const std::uint64_t pick = slots.count == 1 ? 0 : stream.below(slots.count);
  const Slot slot = x.model.slots_of_node[slots.first + pick];
  if (!x.processes[slot].up) {
    if (++x.misses[index] >= most_misses) {
      x.crash_group_tickets[index] = 0;
      return;
    }
  } else {
    x.misses[index] = 0;
  }
  x.crash_group_tickets[index] =
      x.queue.set(x.now + draw(group.gap, x.model.values, stream), Happens::crash_group, index);
  if (x.processes[slot].up) die(x, slot, group.reason);
}

void set_crash_timers(Execution& x, Slot slot, std::uint32_t fault) {
  const Range crashes = x.node(slot).crashes;
  for (std::uint32_t i = 0; i < crashes.count; ++i) {
    const std::uint32_t during = x.model.crashes[crashes.first + i].during;
    const bool wanted = fault == none ? (during == none || x.faults[during].lasts) : during == fault;
    if (wanted) set_crash_timer(x, slot, i);
  }
}

void clear_crash_timers(Execution& x, Slot slot, std::uint32_t fault) {
  const Range crashes = x.node(slot).crashes;
  for (std::uint32_t i = 0; i < crashes.count; ++i) {
    if (x.model.crashes[crashes.first + i].during == fault) x.crash_tickets[timer_of(x, slot, i)] = 0;
  }
}

void crash_rings(Execution& x, Event event) {
  const std::uint32_t timer = event.index();
  if (x.crash_tickets[timer] != event.ticket()) return;
  x.crash_tickets[timer] = 0;
  const Slot slot = x.model.crash_slots[timer];
  const NodeInfo& node = x.node(slot);
  const std::uint32_t which = (timer - node.first_crash) % node.crashes.count;
  die(x, slot, x.model.crashes[node.crashes.first + which].reason);
}

void set_tick(Execution& x, Slot slot, std::uint32_t which, bool first) {
  const NodeInfo& node = x.node(slot);
  const TickEntry& entry = x.model.ticks[node.ticks.first + which];
  const std::uint32_t timer = node.first_tick + x.model.places[slot].ordinal * node.ticks.count + which;
  const Time gap = x.draw_of(first ? entry.first : entry.every, slot, Purpose::tick);
  x.tick_tickets[timer] = x.queue.set(x.now + gap, Happens::tick, timer);
}

}  // namespace treefall::runtime
