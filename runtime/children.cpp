// What a supervisor holds of its children: a list in start order, through the places.
#include "runtime/exit.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/trace.hpp"

namespace treefall::runtime {

void add_child(Execution& x, Slot slot, Slot child) {
  Supervising& supervising = x.supervising(slot);
  Process& process = x.processes[child];
  process.entry = Entry::undefined;
  process.next = no_slot;
  process.previous = supervising.last;
  if (supervising.last == no_slot) {
    supervising.first = child;
  } else {
    x.processes[supervising.last].next = child;
  }
  supervising.last = child;
  ++supervising.entries;
}

void remove_child(Execution& x, Slot slot, Slot child) {
  Supervising& supervising = x.supervising(slot);
  Process& process = x.processes[child];
  process.entry = Entry::absent;
  (process.previous == no_slot ? supervising.first : x.processes[process.previous].next) = process.next;
  (process.next == no_slot ? supervising.last : x.processes[process.next].previous) = process.previous;
  process.next = no_slot;
  process.previous = no_slot;
  --supervising.entries;
}

void forget_children(Execution& x, Slot slot) {
  Supervising& supervising = x.supervising(slot);
  for (Slot child = supervising.first; child != no_slot;) {
    Process& process = x.processes[child];
    child = process.next;
    process.entry = Entry::absent;
    process.next = no_slot;
    process.previous = no_slot;
  }
  supervising.first = no_slot;
  supervising.last = no_slot;
  supervising.entries = 0;
}

void settle_started(Execution& x, Slot slot, Slot child, spec::InitOutcome outcome) {
  Process& process = x.processes[child];
  if (outcome == spec::InitOutcome::ok) {
    if (x.node(slot).dynamic && process.entry == Entry::undefined) {  // it goes by its pid: the new one comes last
      remove_child(x, slot, child);
      add_child(x, slot, child);
    }
    process.entry = Entry::running;
    process.known = process.generation;
    return;
  }
  // ignore: kept without a pid; a temporary one is forgotten when it is started first, any dynamic one always.
  const bool first = x.supervising(slot).doing != Doing::restarting;
  if (x.node(slot).keeps_ignored && !first) x.supervising(slot).phantom = true;
  if (x.node(slot).dynamic || (first && x.node(child).restart == spec::Restart::temporary)) {
    remove_child(x, slot, child);
  } else {
    process.entry = Entry::undefined;
  }
  abandon_start(x, child);
}

bool stop_child(Execution& x, Slot child) {
  Process& process = x.processes[child];
  const NodeInfo& node = x.node(child);
  process.stopping = true;
  if (node.supervisor && x.draining) x.supervising(child).stop_begun = x.now;
  if (x.trace != nullptr) x.trace->stopping(x, child);
  switch (node.shutdown) {
    case spec::Shutdown::How::brutal_kill:
      end_by_signal(x, child, exit_killed);
      break;
    case spec::Shutdown::How::within:  // set before the child can set anything: at a tie the kill wins, as in the VM
      process.limit_ticket = x.queue.set(x.now + node.shutdown_limit, Happens::stop_limit, child);
      signal_parent_exit(x, child, exit_shutdown);
      break;
    case spec::Shutdown::How::infinity:
      signal_parent_exit(x, child, exit_shutdown);
      break;
  }
  return process.status == Status::down;
}

}  // namespace treefall::runtime
