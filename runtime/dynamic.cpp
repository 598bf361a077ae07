// Children that are not in the static list: the admin API, and the populations of dynamic supervisors. A dynamic
// supervisor boots empty; its population is started after the node has booted, one start_child after the other. When
// it is restarted it is empty again, unless somebody seeds it.
#include "runtime/exit.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/surroundings.hpp"

namespace treefall::runtime {
namespace {

/// Starts one child, for a caller.
void start_one(Execution& x, Slot slot, Slot child, bool added) {
  Supervising& supervising = x.supervising(slot);
  if (added) add_child(x, slot, child);
  supervising.doing = Doing::starting_child;
  supervising.added = added;
  supervising.single = true;
  supervising.stops = false;
  supervising.cursor = child;
  advance(x, slot);
}

void begin_population(Execution& x, Slot slot) {
  x.supervising(slot).next_template = 0;
  x.supervising(slot).awaits_seeder = false;
  deliver(x, slot, Message{x.now, none, none, 0, 0, message_any, MessageKind::populate, false});
}

bool is_seeded_by(Execution& x, Slot slot, Slot seeder) {
  const std::uint32_t node = x.model.places[slot].node;
  return resolve(x, x.model.nodes[node].reseeded_by, slot, x.stream_of(node, Purpose::pick)) == seeder;
}

void plan_reseed(Execution& x, Slot slot) {
  const Time after = x.draw_of(x.node(slot).reseeded_after, slot, Purpose::work);
  x.queue.set(x.now + after, Happens::reseed, slot);
}

}  // namespace

void handle_api(Execution& x, Slot slot, const Message& message) {
  const Slot child = message.from;
  const NodeInfo& node = x.node(slot);
  Supervising& supervising = x.supervising(slot);
  Process& process = x.processes[child];
  if (message.kind == MessageKind::start_child) {
    const bool full = node.dynamic && supervising.entries >= node.max_children;
    if (process.entry == Entry::absent && !full) {
      start_one(x, slot, child, true);
    } else if (process.entry != Entry::restarting) {
      abandon_start(x, child);
    }
  } else if (message.kind == MessageKind::terminate_child) {
    if (process.entry == Entry::absent) return;
    if (node.dynamic && process.known != message.ref) return;  // not the pid that was asked for
    supervising.doing = Doing::stopping_child;
    supervising.stops = true;
    supervising.group = child;
    supervising.cursor = child;
    advance(x, slot);
  } else if (process.entry == Entry::undefined && !node.dynamic) {
    if (message.kind == MessageKind::restart_child) {
      start_one(x, slot, child, false);
    } else {
      remove_child(x, slot, child);
    }
  }
}

void populate(Execution& x, Slot slot) {
  const NodeInfo& node = x.node(slot);
  Supervising& supervising = x.supervising(slot);
  const Slot first = x.model.places[slot].first_child;
  while (supervising.next_template < node.static_block && supervising.entries < node.max_children) {
    const Slot child = first + supervising.next_template++;
    if (x.processes[child].entry != Entry::absent) continue;
    supervising.populating = true;
    start_one(x, slot, child, true);
    return;
  }
}

void plan_population(Execution& x, Slot slot) {
  if (!x.booted) return;
  const NodeInfo& node = x.node(slot);
  if (node.reseeded_by != none && !node.reseeded_on_start) plan_reseed(x, slot);
}

void seeder_started(Execution& x, Slot slot) {
  if (!x.booted) return;
  for (const std::uint32_t id : x.node(slot).seeds) {
    const NodeInfo& node = x.model.nodes[id];
    for (std::uint32_t i = 0; i < node.slots.count; ++i) {
      const Slot seeded = x.model.slots_of_node[node.slots.first + i];
      const bool wanted = node.reseeded_on_start || x.supervising(seeded).awaits_seeder;
      if (wanted && is_seeded_by(x, seeded, slot)) plan_reseed(x, seeded);
    }
  }
}

void reseed(Execution& x, Slot slot) {
  if (!x.processes[slot].up) return;
  const std::uint32_t node = x.model.places[slot].node;
  const Slot seeder = resolve(x, x.model.nodes[node].reseeded_by, slot, x.stream_of(node, Purpose::pick));
  if (x.processes[seeder].up) {
    begin_population(x, slot);
  } else {
    x.supervising(slot).awaits_seeder = true;
  }
}

void ask_for_start(Execution& x, Slot child) {
  const Slot slot = x.model.places[child].parent;
  Process& process = x.processes[child];
  if (slot == no_slot || process.awaits_start || process.entry != Entry::absent || !x.processes[slot].up) return;
  process.awaits_start = true;
  deliver(x, slot, Message{x.now, none, child, 0, 0, message_any, MessageKind::start_child, false});
}

void populate_all(Execution& x) {
  for (Slot slot = 0; slot < x.processes.size(); ++slot) {
    if (x.node(slot).dynamic && x.processes[slot].up && x.node(slot).static_block > 0) begin_population(x, slot);
  }
}

}  // namespace treefall::runtime
