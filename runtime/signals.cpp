// Exit signals: whom they go to when a process has died, and what they do to who gets them.
//
// A process sends its EXITs one after the other, and the VM may let others run in between: who got one acts before
// another has heard. Where the orders that the VM leaves open are tried out, what is not sent yet waits as a farewell.
// Those who wait for an answer are told after the links.
#include <algorithm>

#include "runtime/exit.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/ties.hpp"
#include "runtime/worker.hpp"

namespace treefall::runtime {
namespace {

/// The children that a killed supervisor has not stopped; it forgets them.
std::vector<ExitSignal> orphans(Execution& x, Slot slot) {
  const std::uint32_t generation = x.processes[slot].generation;
  std::vector<ExitSignal> signals;
  for (Slot child = x.supervising(slot).first; child != no_slot; child = x.processes[child].next) {
    const Process& process = x.processes[child];
    if (process.status != Status::down && process.parent_generation == generation)
      signals.push_back({child, process.generation, ExitSignal::From::parent});
  }
  forget_children(x, slot);
  return signals;
}

std::vector<ExitSignal> to_the_linked(Execution& x, Slot slot) {
  std::vector<ExitSignal> signals;
  for (const Link& link : take_links(x, slot))
    signals.push_back({link.peer, link.generation, ExitSignal::From::linked});
  return signals;
}

void send(Execution& x, const Farewell& of, const ExitSignal& signal) {
  const Process& receiver = x.processes[signal.to];
  if (receiver.status == Status::down || receiver.generation != signal.generation) return;
  switch (signal.from) {
    case ExitSignal::From::parent:
      signal_parent_exit(x, signal.to, of.reason);
      return;
    case ExitSignal::From::child:
      tell_of_end(x, signal.to, of.slot, of.generation, of.reason);
      return;
    case ExitSignal::From::linked:
      signal_exit(x, signal.to, of.reason);
      return;
  }
}

void send_all(Execution& x, const Farewell& farewell, std::vector<ExitSignal> signals) {
  permute(x, OpenOrder::links, signals);
  for (const ExitSignal& signal : signals) send(x, farewell, signal);
}

/// Puts off what is left of it; others run now.
void put_off(Execution& x, Farewell farewell) {
  const auto index = static_cast<std::uint32_t>(x.farewells.size());
  x.farewells.push_back(std::move(farewell));
  x.queue.soon(x.now, Happens::farewell, index);
}

bool is_all_said(const Farewell& farewell) { return farewell.left.empty() && farewell.waiting.empty(); }

/// Sends what is left, as far as it gets; false when others run before all is said.
bool send_on(Execution& x, Farewell& farewell) {
  while (!farewell.left.empty()) {
    send(x, farewell, farewell.left.front());
    farewell.left.erase(farewell.left.begin());
    if (!is_all_said(farewell) && lets_others_run(x, concerned(farewell))) return false;
  }
  for (const Message& call : farewell.waiting) tell_caller(x, call, farewell.slot, farewell.reason);
  return true;
}

Farewell take_farewell(Execution& x, std::uint32_t index) {
  Farewell farewell = std::move(x.farewells[index]);
  x.farewells[index] = {};
  while (!x.farewells.empty() && x.farewells.back().slot == no_slot) x.farewells.pop_back();
  return farewell;
}

}  // namespace

bool say_farewell(Execution& x, Slot slot, Reason reason) {
  Farewell farewell{slot, x.processes[slot].generation, reason, {}, {}};
  std::vector<ExitSignal> children;
  if (x.node(slot).supervisor) children = orphans(x, slot);
  if (!tries_orders(x) || !hears_by_link(x, slot)) {
    send_all(x, farewell, std::move(children));
    child_died(x, slot, reason);
    send_all(x, farewell, to_the_linked(x, slot));
    return true;
  }
  farewell.left = std::move(children);
  const Slot parent = x.model.places[slot].parent;
  farewell.left.push_back({parent, x.processes[slot].parent_generation, ExitSignal::From::child});
  const std::vector<ExitSignal> linked = to_the_linked(x, slot);
  farewell.left.insert(farewell.left.end(), linked.begin(), linked.end());
  permute(x, OpenOrder::links, farewell.left);
  if (send_on(x, farewell)) return true;
  put_off(x, std::move(farewell));
  return false;
}

void tell_callers(Execution& x, Slot slot, Reason reason, bool sent, std::vector<Message> calls) {
  if (calls.empty()) return;
  if (!sent) {
    x.farewells.back().waiting = std::move(calls);
    return;
  }
  Farewell farewell{slot, x.processes[slot].generation, reason, {}, std::move(calls)};
  if (lets_others_run(x, concerned(farewell))) {
    put_off(x, std::move(farewell));
  } else {
    send_on(x, farewell);
  }
}

bool is_to_hear(const Execution& x, Slot caller) {
  const auto waits = [caller](const Message& call) { return call.from == caller; };
  return std::any_of(x.farewells.begin(), x.farewells.end(), [&](const Farewell& farewell) {
    return std::any_of(farewell.waiting.begin(), farewell.waiting.end(), waits);
  });
}

void go_on_with_farewell(Execution& x, std::uint32_t index) {
  if (index >= x.farewells.size()) return;  // it was finished before
  Farewell farewell = take_farewell(x, index);
  if (!send_on(x, farewell)) put_off(x, std::move(farewell));
}

void finish_farewell(Execution& x, Slot slot) {
  for (std::uint32_t i = 0; i < x.farewells.size(); ++i) {
    if (x.farewells[i].slot != slot) continue;
    Farewell farewell = take_farewell(x, i);
    for (const ExitSignal& signal : farewell.left) send(x, farewell, signal);
    for (const Message& call : farewell.waiting) tell_caller(x, call, farewell.slot, farewell.reason);
    return;
  }
}

void signal_children(Execution& x, Slot slot, Reason reason) {
  Farewell farewell{slot, x.processes[slot].generation, reason, {}, {}};
  send_all(x, farewell, orphans(x, slot));
}

void signal_links(Execution& x, Slot slot, Reason reason) {
  Farewell farewell{slot, x.processes[slot].generation, reason, {}, {}};
  send_all(x, farewell, to_the_linked(x, slot));
}

void end_by_signal(Execution& x, Slot slot, Reason reason) {
  Process& process = x.processes[slot];
  if (process.status == Status::down) return;
  if (is_doomed(process)) {  // signals of different senders come in any order
    const Concerned both[] = {concerned(x, slot), all_others};
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

}  // namespace treefall::runtime
