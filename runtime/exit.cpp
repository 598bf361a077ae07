// The order of a death (as in the VM): the name is free, EXIT goes to the links in the order they were made, the
// parent's first, then the reason to those who wait for an answer, then the mailbox is gone.
//
// Deaths that follow from a death are worked off one after the other, so that a long chain of links needs no deep
// stack.
#include "runtime/exit.hpp"

#include "runtime/supervisor.hpp"
#include "runtime/surroundings.hpp"
#include "runtime/ties.hpp"
#include "runtime/trace.hpp"
#include "runtime/worker.hpp"

namespace treefall::runtime {
namespace {

void free_link(Execution& x, std::uint32_t index) {
  x.links[index].next = x.free_link;
  x.free_link = index;
}

void add_link(Execution& x, Slot slot, Slot peer, std::uint32_t generation) {
  std::uint32_t index = x.free_link;
  if (index == none) {
    index = static_cast<std::uint32_t>(x.links.size());
    x.links.emplace_back();
  } else {
    x.free_link = x.links[index].next;
  }
  x.links[index] = {peer, generation, none};
  std::uint32_t* at = &x.processes[slot].links;  // at the end: signals go in the order of creation
  while (*at != none) at = &x.links[*at].next;
  *at = index;
}

void remove_link(Execution& x, Slot slot, Slot peer) {
  for (std::uint32_t* at = &x.processes[slot].links; *at != none; at = &x.links[*at].next) {
    const std::uint32_t index = *at;
    if (x.links[index].peer != peer || x.links[index].generation == 0) continue;
    *at = x.links[index].next;
    free_link(x, index);
    return;
  }
}

/// Two processes have one link at most, whoever asked for it and how often.
bool is_linked(const Execution& x, Slot slot, Slot peer) {
  for (std::uint32_t at = x.processes[slot].links; at != none; at = x.links[at].next) {
    const Link& link = x.links[at];
    if (link.peer == peer && link.generation == x.processes[peer].generation) return true;
  }
  return false;
}

void signal_links(Execution& x, Slot slot, Reason reason) {
  Process& process = x.processes[slot];
  std::vector<Link> peers;
  for (std::uint32_t at = process.links; at != none;) {
    const Link link = x.links[at];
    if (link.generation != 0) peers.push_back(link);
    free_link(x, at);
    at = link.next;
  }
  process.links = none;
  permute(x, OpenOrder::links, peers);
  for (const Link& link : peers) {
    const Process& peer = x.processes[link.peer];
    if (peer.status == Status::down || peer.generation != link.generation) continue;
    remove_link(x, link.peer, slot);
    signal_exit(x, link.peer, reason);
  }
}

/// A supervisor that was killed has not stopped its children: they get its EXIT.
void signal_children(Execution& x, Slot slot, Reason reason) {
  const std::uint32_t generation = x.processes[slot].generation;
  std::vector<Slot> children;
  for (Slot child = x.supervising(slot).first; child != no_slot; child = x.processes[child].next) {
    const Process& process = x.processes[child];
    if (process.status != Status::down && process.parent_generation == generation) children.push_back(child);
  }
  forget_children(x, slot);
  permute(x, OpenOrder::links, children);
  for (const Slot child : children) signal_parent_exit(x, child, reason);
}

bool counts_as_lost(const Message& message) {
  return (message.kind == MessageKind::cast || message.kind == MessageKind::info) && !message.redeliver;
}

/// Takes a message away from the dead: its caller learns the reason, or an outside queue takes it back.
bool discard(Execution& x, Slot slot, std::uint32_t index, Reason reason) {
  const Message message = x.messages[index];
  x.messages.remove(index);
  if (message.kind == MessageKind::call) tell_caller(x, message, slot, reason);
  if (message.kind == MessageKind::start_child) abandon_start(x, message.from);
  if (message.redeliver && !x.draining) x.redeliveries.push_back({message.from & ~outside, slot});
  return counts_as_lost(message);
}

void report_lost(Execution& x, Slot slot, std::uint64_t count, bool at_crash) {
  if (count == 0) return;
  Tally& tally = x.tally(x.processes[slot]);
  tally.lost += count;
  if (at_crash) tally.lost_at_crashes += count;
  if (x.trace != nullptr) x.trace->message_lost(x, slot, count);
}

void discard_mail(Execution& x, Slot slot, Reason reason, bool at_crash) {
  Process& process = x.processes[slot];
  const bool node_is_supervisor = x.node(slot).supervisor;
  if (process.current != none) {
    const std::uint32_t current = process.current;
    process.current = none;
    // One whose own handler ended the process was handled, to that end; others were interrupted.
    const bool lost = discard(x, slot, current, reason) && !process.ends_itself;
    report_lost(x, slot, lost ? 1 : 0, at_crash);
  }
  std::uint64_t lost = 0;
  while (process.mailbox.length > 0) {
    const std::uint32_t message = process.mailbox.take(x.messages);
    if (!node_is_supervisor) x.tally(process).discarded_wait += x.now - x.messages[message].sent;
    lost += discard(x, slot, message, reason) ? 1 : 0;
  }
  report_lost(x, slot, lost, at_crash);
}

void stop_timers(Execution& x, Slot slot) {
  Process& process = x.processes[slot];
  const NodeInfo& node = x.node(slot);
  process.wake_ticket = 0;
  process.work_ticket = 0;
  process.deadline_ticket = 0;
  process.limit_ticket = 0;
  const std::uint32_t ordinal = x.model.places[slot].ordinal;
  for (std::uint32_t i = 0; i < node.ticks.count; ++i) {
    x.tick_tickets[node.first_tick + ordinal * node.ticks.count + i] = 0;
  }
  for (std::uint32_t i = 0; i < node.crashes.count; ++i) {
    x.crash_tickets[node.first_crash + ordinal * node.crashes.count + i] = 0;
  }
}

/// The process is gone for everybody who looks from now on.
void unregister(Execution& x, Slot slot) {
  Process& process = x.processes[slot];
  Tally& tally = x.tally(process);
  if (process.up) {
    tally.up.change(x.now, -1);
    if (process.status != Status::idle && !x.node(slot).supervisor) tally.busy.change(x.now, -1);
  }
  if (!x.has_given_up(slot)) {
    tally.at_risk += x.now - process.since;
    see_life_end(x, slot, x.now - process.since, false);
  }
  process.up = false;
  process.status = Status::down;
  process.activity = Activity::nothing;
  stop_timers(x, slot);
  ++x.events;
}

void bury(Execution& x, Slot slot, Reason reason) {
  Process& process = x.processes[slot];
  if (process.status == Status::down) return;
  const NodeInfo& node = x.node(slot);
  if (!process.up && !node.supervisor) {
    fail_start(x, slot, reason);
    return;
  }
  if (x.trace != nullptr) x.trace->exited(x, slot, reason);
  const bool at_crash = process.up && !process.stopping && !reason.orderly();
  if (at_crash) ++x.tally(process).crashes;
  const bool booting = !process.up;
  const bool in_start = process.in_start;
  if (node.supervisor) {
    Supervising& supervising = x.supervising(slot);
    if (supervising.stop_begun >= 0) {
      x.tally(process).shutdown_time += x.now - supervising.stop_begun;
      ++x.tally(process).shutdowns;
    }
    x.stop_begun = supervising.stop_begun;  // root_ended() asks, if this is one
    supervising.stop_begun = -1;
  }
  unregister(x, slot);
  if (booting) {  // start_link returns the reason
    if (process.attempts == 1) ++x.tally(process).boot_failures;
    process.reason = reason;
    process.in_start = false;
    if (in_start) start_returned(x, slot, spec::InitOutcome::fail, reason);
  } else {
    if (node.supervisor) signal_children(x, slot, reason);
    child_died(x, slot, reason);
  }
  if (booting && node.supervisor) signal_children(x, slot, reason);
  signal_links(x, slot, reason);
  discard_mail(x, slot, reason, at_crash);
}

}  // namespace

void abandon_start(Execution& x, Slot slot) {
  Process& process = x.processes[slot];
  if (process.status != Status::down || !process.awaits_start) return;
  process.awaits_start = false;
  discard_mail(x, slot, {Reason::Kind::noproc, slot}, false);
}

void die(Execution& x, Slot slot, Reason reason) {
  x.dying.emplace_back(slot, reason);
  if (x.burying) return;
  x.burying = true;
  for (std::size_t i = 0; i < x.dying.size(); ++i) {
    const auto [dead, why] = x.dying[i];
    bury(x, dead, why);
  }
  x.dying.clear();
  x.burying = false;
}

void end_by_signal(Execution& x, Slot slot, Reason reason) {
  Process& process = x.processes[slot];
  if (process.status == Status::down) return;
  if (is_doomed(process)) {  // signals of different senders come in any order
    const Concerned both[] = {slot, all_others};
    if (choose(x, OpenOrder::links, both, both + 2) == 1) process.fate = reason;
    return;
  }
  if (!tries_orders(x)) {
    die(x, slot, reason);
    return;
  }
  process.fate = reason;
  wake(x, slot, Wake::die);
}

void signal_exit(Execution& x, Slot slot, Reason reason) {
  const NodeInfo& node = x.node(slot);
  if (node.supervisor) return;  // it ignores EXIT from strangers
  if (node.traps) {
    deliver(x, slot, Message{x.now, none, none, 0, reason.pack(), message_exit, MessageKind::exit_signal, false});
  } else if (reason != exit_normal) {
    end_by_signal(x, slot, reason);
  }
}

void signal_parent_exit(Execution& x, Slot slot, Reason reason) {
  if (x.processes[slot].status == Status::down) return;
  if (x.node(slot).traps) {
    deliver(x, slot, Message{x.now, none, none, 0, reason.pack(), message_exit, MessageKind::parent_exit, false});
  } else if (reason != exit_normal) {
    end_by_signal(x, slot, reason);
  }
}

void make_link(Execution& x, Slot slot, Slot peer) {
  if (slot == peer) return;
  Process& other = x.processes[peer];
  if (other.status == Status::down) {
    add_link(x, slot, peer, 0);
    return;
  }
  if (is_linked(x, slot, peer)) return;
  add_link(x, slot, peer, other.generation);
  add_link(x, peer, slot, x.processes[slot].generation);
}

namespace {

/// The peer that the asker found missing at its own start has come up.
void make_pending_link(Execution& x, Slot asker, Slot peer) {
  for (std::uint32_t* at = &x.processes[asker].links; *at != none; at = &x.links[*at].next) {
    const std::uint32_t index = *at;
    if (x.links[index].peer != peer || x.links[index].generation != 0) continue;
    if (is_linked(x, asker, peer)) {  // the peer has asked for it, too
      *at = x.links[index].next;
      free_link(x, index);
    } else {
      x.links[index].generation = x.processes[peer].generation;
      add_link(x, peer, asker, x.processes[asker].generation);
    }
    return;
  }
}

}  // namespace

void link_at_start(Execution& x, Slot slot) {
  const NodeInfo& node = x.node(slot);
  Stream& pick = x.stream_of(x.node(slot).id, Purpose::pick);
  for (const std::uint32_t link : node.links) make_link(x, slot, resolve(x, link, slot, pick));
  for (const std::uint32_t other : node.linked_by) {
    const Range slots = x.model.nodes[other].slots;
    for (std::uint32_t i = 0; i < slots.count; ++i) {
      const Slot asker = x.model.slots_of_node[slots.first + i];
      if (x.processes[asker].up) make_pending_link(x, asker, slot);
    }
  }
}

void fail_start(Execution& x, Slot slot, Reason reason) {
  Process& process = x.processes[slot];
  const bool ignored = process.init_ignores && reason == exit_normal;
  if (!ignored && x.trace != nullptr) x.trace->start_failed(x, slot, reason, process.successes + 1);
  unregister(x, slot);
  process.reason = reason;
  signal_links(x, slot, reason);  // of those that have linked to it meanwhile
  discard_mail(x, slot, reason, false);
  if (!process.in_start) return;
  process.in_start = false;
  start_returned(x, slot, ignored ? spec::InitOutcome::ignore : spec::InitOutcome::fail, reason);
}

}  // namespace treefall::runtime
