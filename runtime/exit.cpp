// The order of a death (as in the VM): the name is free, EXIT goes to the links in the order they were made, the
// parent's first (signals.cpp), then the reason to those who wait for an answer, then the mailbox is gone.
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

bool counts_as_lost(const Message& message) {
  return (message.kind == MessageKind::cast || message.kind == MessageKind::info) && !message.redeliver;
}

/// Calls to somebody dead whose callers learn of it later; null: they learn of it now.
using ToldLater = std::vector<Message>*;

/// Takes a message away from the dead: its caller learns the reason, or an outside queue takes it back.
bool discard(Execution& x, Slot slot, std::uint32_t index, Reason reason, ToldLater later) {
  const Message message = x.messages[index];
  x.messages.remove(index);
  if (message.kind == MessageKind::call && later != nullptr) later->push_back(message);
  if (message.kind == MessageKind::call && later == nullptr) tell_caller(x, message, slot, reason);
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

void discard_mail(Execution& x, Slot slot, Reason reason, bool at_crash, ToldLater later = nullptr) {
  Process& process = x.processes[slot];
  const bool node_is_supervisor = x.node(slot).supervisor;
  if (process.current != none) {
    const std::uint32_t current = process.current;
    process.current = none;
    // One whose own handler ended the process was handled, to that end; others were interrupted.
    const bool lost = discard(x, slot, current, reason, later) && !process.ends_itself;
    report_lost(x, slot, lost ? 1 : 0, at_crash);
  }
  std::uint64_t lost = 0;
  while (process.mailbox.length > 0) {
    const std::uint32_t message = process.mailbox.take(x.messages);
    if (!node_is_supervisor) x.tally(process).discarded_wait += x.now - x.messages[message].sent;
    lost += discard(x, slot, message, reason, later) ? 1 : 0;
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
    process.init_ignores = false;  // it does not come to say so: whatever the reason, this start has failed
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
    if (node.supervisor) signal_children(x, slot, reason);
    signal_links(x, slot, reason);
    discard_mail(x, slot, reason, at_crash);
  } else {
    const bool sent = say_farewell(x, slot, reason);
    std::vector<Message> calls;
    discard_mail(x, slot, reason, at_crash, tries_orders(x) ? &calls : nullptr);
    tell_callers(x, slot, reason, sent, std::move(calls));
  }
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
