// gen_server:call. The caller serves nobody else until the reply, its deadline, or the callee's end. The callee is
// told nothing of a timeout: the request stays queued, and its late reply goes nowhere (the reference has changed).
#include "runtime/exit.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/surroundings.hpp"
#include "runtime/ties.hpp"
#include "runtime/trace.hpp"
#include "runtime/worker.hpp"

namespace treefall::runtime {
namespace {

/// One attempt; `blocked` when the request is on its way, `reason` otherwise.
Next send_call(Execution& x, Slot slot, const Step& step, Reason& reason) {
  Process& process = x.processes[slot];
  Stream& pick = x.stream_of(x.node(slot).id, Purpose::pick);
  const Slot callee = resolve(x, step.to, slot, pick);
  process.callee = callee;
  process.callee_ended = false;
  if (callee == slot) {
    reason = crashed(Term::calling_self);
    return Next::dead;
  }
  if (x.processes[callee].status == Status::down && x.node(callee).on_demand) ask_for_start(x, callee);
  ++process.call_ref;
  const Message message{x.now, none, slot, process.call_ref, process.generation, step.message, MessageKind::call,
                        false};
  switch (deliver(x, callee, message)) {
    case Delivery::nobody:
      reason = {Reason::Kind::noproc, callee};
      return Next::dead;
    case Delivery::shed:
      return Next::onward;  // answered at once: too busy
    case Delivery::taken:
      break;
  }
  process.status = Status::calling;
  if (step.timeout < never) set_deadline(x, slot, x.now + step.timeout);
  return Next::blocked;
}

/// What the caller exits with. {Reason, {gen_server, call, ...}} where the callee ended during the call; with
/// `shutdown` as Reason that matches {shutdown, _}, which no transient child is restarted for.
Reason own_reason(const Process& caller, Reason reason) {
  if (!caller.callee_ended) return reason;
  const bool shutdown = reason.kind() == Reason::Kind::shutdown;
  return {shutdown ? Reason::Kind::callee_shut_down : Reason::Kind::callee_crashed, caller.callee};
}

bool waits_for(const Execution& x, Slot slot, const Message& message) {
  const Process& process = x.processes[slot];
  return process.status == Status::calling && process.wake_ticket == 0 && process.call_ref == message.ref &&
         process.generation == message.data;
}

}  // namespace

Next make_call(Execution& x, Slot slot, const Step& step, bool first) {
  if (first) x.processes[slot].retries_left = step.retries;
  Reason reason;
  const Next next = send_call(x, slot, step, reason);
  return next == Next::dead ? call_failed(x, slot, step, reason) : next;
}

Next call_failed(Execution& x, Slot slot, const Step& step, Reason reason) {
  Process& process = x.processes[slot];
  for (;;) {
    if (x.trace != nullptr) x.trace->call_failed(x, slot, process.callee, reason, process.callee_ended);
    if (step.on_failure == spec::OnFailure::Do::ignore) return Next::onward;
    if (step.on_failure == spec::OnFailure::Do::crash || process.retries_left == 0) break;
    --process.retries_left;
    if (tries_orders(x)) {  // others may run between two attempts
      process.status = Status::calling;
      wake(x, slot, Wake::call_again);
      return Next::blocked;
    }
    const Next next = send_call(x, slot, step, reason);
    if (next != Next::dead) return next;
  }
  crash(x, slot, own_reason(process, reason));
  return Next::dead;
}

void reply(Execution& x, const Message& message, Slot callee) {
  if ((message.from & outside) != 0) {
    client_replied(x, message, callee);
    return;
  }
  if (!waits_for(x, message.from, message)) return;
  ++x.tally(x.processes[callee]).calls;
  wake(x, message.from, Wake::goes_on);
}

void tell_caller(Execution& x, const Message& message, Slot callee, Reason reason) {
  if ((message.from & outside) != 0) {
    client_failed(x, message, callee, reason);
    return;
  }
  if (!waits_for(x, message.from, message)) return;
  ++x.tally(x.processes[callee]).calls;
  x.processes[message.from].reason = reason;
  x.processes[message.from].callee_ended = true;
  wake(x, message.from, Wake::failed);
}

void set_deadline(Execution& x, Slot slot, Time deadline) {
  // One timer a process: where one is set that rings earlier, it is set anew when it rings.
  Process& process = x.processes[slot];
  process.deadline = deadline;
  if (process.deadline_ticket != 0 && process.timer <= deadline) return;
  process.timer = deadline;
  process.deadline_ticket = x.queue.set(deadline, Happens::call_deadline, slot);
}

void deadline(Execution& x, Event event, bool last) {
  const Slot slot = event.index();
  Process& process = x.processes[slot];
  if (process.deadline_ticket != event.ticket()) return;
  const bool waits =
      (process.status == Status::calling && process.wake_ticket == 0) || process.status == Status::awaiting;
  if (!waits || process.deadline > x.now) {
    process.deadline_ticket = 0;
    if (waits) set_deadline(x, slot, process.deadline);
    return;
  }
  const Concerned either[] = {all_others,
                              concerned(x, slot)};  // its callee is dead, and its time is over: it may see either first
  const bool first =
      !x.farewells.empty() && is_to_hear(x, slot) && choose(x, OpenOrder::timers, either, either + 2) == 1;
  if (!last && !first) {
    x.queue.put_off(event);
    return;
  }
  process.deadline_ticket = 0;
  const Program& program = x.model.programs[process.program];
  const Step& step = x.model.steps[program.steps.first + process.step];
  if (process.status == Status::awaiting) {
    if (step.kill_late) {
      ++process.call_ref;  // what comes from them is not waited for any more
      process.status = process.up ? Status::busy : Status::starting;
      process.times_left = 0;
      go_on(x, slot);
    } else {
      crash(x, slot, {Reason::Kind::timeout, of_task});
    }
    return;
  }
  process.status = process.up ? Status::busy : Status::starting;
  Tally& callee = x.tally(x.processes[process.callee]);
  ++callee.calls;
  ++callee.timeouts;
  ++process.call_ref;
  if (call_failed(x, slot, step, {Reason::Kind::timeout, process.callee}) == Next::onward) go_on(x, slot);
}

}  // namespace treefall::runtime
