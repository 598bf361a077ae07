// The loop of a supervisor, after stdlib's supervisor.erl and Elixir's DynamicSupervisor. Everything it does is a walk
// over its children: stop some backwards one after the other, then start some forwards; where a child takes its time it
// waits for that child and handles nothing else.
#include "runtime/supervisor.hpp"

#include "runtime/exit.hpp"
#include "runtime/surroundings.hpp"
#include "runtime/ties.hpp"
#include "runtime/trace.hpp"

namespace treefall::runtime {
namespace {

void rest(Execution& x, Slot slot) {
  Supervising& supervising = x.supervising(slot);
  Process& process = x.processes[slot];
  supervising.doing = Doing::nothing;
  supervising.stops = false;
  supervising.single = false;
  supervising.cursor = no_slot;
  supervising.group = no_slot;
  process.status = Status::idle;
  if (supervising.populating) {
    supervising.populating = false;
    deliver(x, slot, Message{x.now, none, none, 0, 0, message_any, MessageKind::populate, false});
  }
  if (process.mailbox.length > 0 && process.wake_ticket == 0) wake_supervisor(x, slot);
}

/// A walk has come to its end; true when another one follows.
bool walked(Execution& x, Slot slot) {
  Supervising& supervising = x.supervising(slot);
  switch (supervising.doing) {
    case Doing::booting:
      rest(x, slot);
      finish_start(x, slot);
      return false;
    case Doing::failing_to_boot:
    case Doing::exiting:
      die(x, slot, supervising.reason);
      return false;
    case Doing::restarting:
      if (!supervising.stops) break;
      supervising.stops = false;
      supervising.cursor = x.node(slot).strategy == spec::Strategy::one_for_all ? supervising.first : supervising.group;
      return true;
    case Doing::starting_child:
    case Doing::stopping_child:
    case Doing::nothing:
      break;
  }
  rest(x, slot);
  return false;
}

/// A start has failed.
void start_failed(Execution& x, Slot slot, Slot child) {
  Supervising& supervising = x.supervising(slot);
  Process& process = x.processes[child];
  switch (supervising.doing) {
    case Doing::booting:
      process.entry = Entry::undefined;
      supervising.doing = Doing::failing_to_boot;
      supervising.reason = {Reason::Kind::shutdown_with, static_cast<std::uint32_t>(Term::failed_to_start_child)};
      supervising.stops = true;
      supervising.group = no_slot;
      supervising.cursor = process.previous;
      return;
    case Doing::restarting:  // tries again, behind all that has arrived meanwhile
      process.entry = Entry::restarting;
      supervising.cursor = no_slot;
      deliver(x, slot, Message{x.now, none, child, 0, 0, message_any, MessageKind::retry, false});
      return;
    case Doing::starting_child:
      if (supervising.added) {
        remove_child(x, slot, child);
      } else {
        process.entry = Entry::undefined;
      }
      abandon_start(x, child);
      supervising.cursor = no_slot;
      return;
    case Doing::failing_to_boot:
    case Doing::exiting:
    case Doing::stopping_child:
    case Doing::nothing:
      return;
  }
}

void child_started(Execution& x, Slot slot, Slot child, spec::InitOutcome outcome) {
  Supervising& supervising = x.supervising(slot);
  if (outcome == spec::InitOutcome::fail) {
    start_failed(x, slot, child);
    return;
  }
  supervising.cursor = supervising.single ? no_slot : x.processes[child].next;
  settle_started(x, slot, child, outcome);
}

void stopped(Execution& x, Slot slot, Slot child) {
  Supervising& supervising = x.supervising(slot);
  supervising.cursor = child == supervising.group ? no_slot : x.processes[child].previous;
  if (x.node(child).restart == spec::Restart::temporary || x.node(slot).dynamic) {
    remove_child(x, slot, child);
  } else {
    x.processes[child].entry = Entry::undefined;
  }
}

void restart(Execution& x, Slot slot, Slot child) {
  Supervising& supervising = x.supervising(slot);
  const bool allowed = stamp_restart(x, slot);
  x.processes[child].entry = Entry::undefined;
  if (!allowed) {
    if (x.node(slot).dynamic) remove_child(x, slot, child);
    give_up(x, slot);
    return;
  }
  supervising.doing = Doing::restarting;
  const spec::Strategy strategy = x.node(slot).strategy;
  supervising.single = strategy == spec::Strategy::one_for_one;
  supervising.stops = !supervising.single;
  supervising.group = strategy == spec::Strategy::rest_for_one ? child : no_slot;
  supervising.cursor = supervising.single ? child : supervising.last;
  advance(x, slot);
}

bool is_active(const Process& child) { return child.entry == Entry::running || child.entry == Entry::restarting; }

/// A child has ended by itself for good: is that the end of the supervisor too?
void check_auto_shutdown(Execution& x, Slot slot, bool significant) {
  const NodeInfo& node = x.node(slot);
  if (!significant || node.auto_shutdown == spec::AutoShutdown::never) return;
  if (node.auto_shutdown == spec::AutoShutdown::all_significant) {
    if (x.supervising(slot).phantom) return;  // counts as a child
    for (Slot child = x.supervising(slot).first; child != no_slot; child = x.processes[child].next) {
      if (x.node(child).significant && is_active(x.processes[child])) return;
    }
  }
  if (x.trace != nullptr) x.trace->auto_shutdown(x, slot);
  exit_supervisor(x, slot, exit_shutdown);
}

void child_exited(Execution& x, Slot slot, const Message& message) {
  const Slot child = message.from;
  Process& process = x.processes[child];
  if (process.entry != Entry::running || process.known != message.ref) return;  // absorbed, or of an old pid
  const NodeInfo& node = x.node(child);
  const Reason reason = Reason::unpack(message.data);
  const bool again =
      node.restart == spec::Restart::permanent || (node.restart == spec::Restart::transient && !reason.orderly());
  if (again) {
    restart(x, slot, child);
    return;
  }
  if (node.restart == spec::Restart::temporary || x.node(slot).dynamic) {
    remove_child(x, slot, child);
  } else {
    process.entry = Entry::undefined;
  }
  check_auto_shutdown(x, slot, node.significant);
}

void handle(Execution& x, Slot slot, const Message& message) {
  switch (message.kind) {
    case MessageKind::call:
      reply(x, message, slot);
      return;
    case MessageKind::parent_exit:
      exit_supervisor(x, slot, Reason::unpack(message.data));
      return;
    case MessageKind::child_exit:
      child_exited(x, slot, message);
      return;
    case MessageKind::retry:
      if (x.processes[message.from].entry == Entry::restarting) restart(x, slot, message.from);
      return;
    case MessageKind::populate:
      populate(x, slot);
      return;
    case MessageKind::start_child:
    case MessageKind::terminate_child:
    case MessageKind::restart_child:
    case MessageKind::delete_child:
      handle_api(x, slot, message);
      return;
    case MessageKind::cast:
    case MessageKind::info:
    case MessageKind::tick:
    case MessageKind::exit_signal:
    case MessageKind::down:
    case MessageKind::task_reply:
      return;  // logged and ignored
  }
}

}  // namespace

Started boot(Execution& x, Slot slot, Reason& reason) {
  const NodeInfo& node = x.node(slot);
  Process& process = x.processes[slot];
  forget_children(x, slot);
  Supervising& supervising = x.supervising(slot);
  const bool failed_before = supervising.failed_before;
  std::vector<Stamp> stamps = std::move(supervising.stamps);
  stamps.clear();
  supervising = Supervising{};
  supervising.stamps = std::move(stamps);
  supervising.failed_before = failed_before;
  supervising.doing = Doing::booting;
  if (!node.dynamic) {
    const Slot first = x.model.places[slot].first_child;
    for (Slot child = first; child < first + node.static_block; ++child) add_child(x, slot, child);
    supervising.cursor = supervising.first;
  }
  advance(x, slot);
  if (process.up) {
    if (node.dynamic) plan_population(x, slot);
    return Started::running;
  }
  if (process.status == Status::down) {
    reason = process.reason;
    return Started::failed;
  }
  process.in_start = true;
  return Started::pending;
}

void advance(Execution& x, Slot slot) {
  Supervising& supervising = x.supervising(slot);
  for (;;) {
    const Slot child = supervising.cursor;
    if (child == no_slot) {
      if (!walked(x, slot)) return;
      continue;
    }
    Process& process = x.processes[child];
    if (supervising.stops) {
      const bool alive =
          process.entry == Entry::running && process.status != Status::down && process.known == process.generation;
      if (alive && !stop_child(x, child)) {
        supervising.waiting = true;
        return;
      }
      if (process.entry == Entry::running && !x.farewells.empty()) finish_farewell(x, child);
      stopped(x, slot, child);
      continue;
    }
    Reason reason;
    switch (start(x, child, reason)) {
      case Started::pending:
        supervising.waiting = true;
        return;
      case Started::running:
        child_started(x, slot, child, spec::InitOutcome::ok);
        break;
      case Started::ignored:
        child_started(x, slot, child, spec::InitOutcome::ignore);
        break;
      case Started::failed:
        child_started(x, slot, child, spec::InitOutcome::fail);
        break;
    }
  }
}

void resume_supervisor(Execution& x, Slot slot) {
  Supervising& supervising = x.supervising(slot);
  supervising.waiting = false;
  if (supervising.doing == Doing::exiting && x.node(slot).dynamic) {
    die(x, slot, supervising.reason);
    return;
  }
  if (supervising.stops) {
    stopped(x, slot, supervising.cursor);
  } else if (supervising.returned) {
    supervising.returned = false;
    child_started(x, slot, supervising.cursor, supervising.outcome);
  }
  advance(x, slot);
}

void start_returned(Execution& x, Slot child, spec::InitOutcome outcome, Reason reason) {
  Process& process = x.processes[child];
  process.in_start = false;
  const Slot slot = x.model.places[child].parent;
  if (slot == no_slot) {
    root_started(x, child, outcome, reason);
    return;
  }
  const Process& parent = x.processes[slot];
  if (parent.status == Status::down || parent.generation != process.parent_generation) return;
  Supervising& supervising = x.supervising(slot);
  supervising.returned = true;
  supervising.outcome = outcome;
  wake(x, slot, Wake::supervise);
}

void child_died(Execution& x, Slot child, Reason reason) {
  const Slot slot = x.model.places[child].parent;
  if (slot == no_slot) {
    root_ended(x, child, reason);
    return;
  }
  const Process& parent = x.processes[slot];
  const Process& process = x.processes[child];
  if (parent.status == Status::down || parent.generation != process.parent_generation) return;
  Supervising& supervising = x.supervising(slot);
  if (supervising.doing == Doing::exiting && x.node(slot).dynamic) {
    if (supervising.waiting && --supervising.waiting_for == 0) wake(x, slot, Wake::supervise);
    return;
  }
  if (supervising.stops && supervising.cursor == child) {  // it is this one that it stops: DOWN
    if (supervising.waiting) wake(x, slot, Wake::supervise);
    return;
  }
  tell_of_end(x, slot, child, process.generation, reason);
}

void tell_of_end(Execution& x, Slot slot, Slot child, std::uint32_t generation, Reason reason) {
  deliver(x, slot,
          Message{x.now, none, child, generation, reason.pack(), message_exit, MessageKind::child_exit, false});
}

bool hears_by_link(Execution& x, Slot child) {
  const Slot slot = x.model.places[child].parent;
  if (slot == no_slot) return false;
  const Process& parent = x.processes[slot];
  if (parent.status == Status::down || parent.generation != x.processes[child].parent_generation) return true;
  const Supervising& supervising = x.supervising(slot);
  if (supervising.doing == Doing::exiting && x.node(slot).dynamic) return false;
  return !(supervising.stops && supervising.cursor == child);
}

void exit_supervisor(Execution& x, Slot slot, Reason reason) {
  Supervising& supervising = x.supervising(slot);
  supervising.doing = Doing::exiting;
  supervising.reason = reason;
  supervising.single = false;
  if (!x.node(slot).dynamic) {
    supervising.stops = true;
    supervising.group = no_slot;
    supervising.cursor = supervising.last;
    advance(x, slot);
    return;
  }
  if (supervising.phantom) {  // supervisor:terminate/2 of OTP 25 and 26 has no clause for it, and stops nobody
    die(x, slot, crashed(Term::function_clause));
    return;
  }
  std::vector<Slot> children;  // all at once, each with its own limit
  for (Slot child = supervising.first; child != no_slot; child = x.processes[child].next) children.push_back(child);
  permute(x, OpenOrder::stops, children);
  std::uint32_t alive = 0;
  for (const Slot child : children) {
    const Process& process = x.processes[child];
    if (process.entry != Entry::running || process.status == Status::down) continue;
    if (process.known == process.generation && !stop_child(x, child)) ++alive;
  }
  supervising.waiting_for = alive;
  supervising.waiting = alive > 0;
  if (alive == 0) die(x, slot, reason);
}

void serve_supervisor(Execution& x, Slot slot) {
  Process& process = x.processes[slot];
  if (process.mailbox.length == 0) return;
  const std::uint32_t index = process.mailbox.take(x.messages);
  const Message message = x.messages[index];
  x.messages.remove(index);
  process.status = Status::busy;
  const std::uint32_t generation = process.generation;
  handle(x, slot, message);
  const bool idle =
      process.status == Status::busy && process.generation == generation && x.supervising(slot).doing == Doing::nothing;
  if (idle) rest(x, slot);
}

}  // namespace treefall::runtime
