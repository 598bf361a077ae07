// Starts: start_link, init, handle_continue.
#include <algorithm>

#include "runtime/exit.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/surroundings.hpp"
#include "runtime/ties.hpp"
#include "runtime/trace.hpp"
#include "runtime/worker.hpp"

namespace treefall::runtime {
namespace {

/// What the process will come to at the end of this init, as far as it is decided at its beginning.
void decide_init(Execution& x, Slot slot, const Program& program) {
  Process& process = x.processes[slot];
  const std::vector<spec::InitOutcome>& outcomes = x.node(slot).outcomes;
  process.init_fails = x.lasts(program.fails_during) || x.happens(program.crash_probability, slot, Purpose::failure);
  process.init_ignores = false;
  if (outcomes.empty()) return;
  const std::size_t attempt = std::min<std::size_t>(process.attempts, outcomes.size()) - 1;
  process.init_fails |= outcomes[attempt] == spec::InitOutcome::fail;
  process.init_ignores = outcomes[attempt] == spec::InitOutcome::ignore;
}

/// A new process, registered under the name of its place.
void spawn(Execution& x, Slot slot) {
  Process& process = x.processes[slot];
  const Slot parent = x.model.places[slot].parent;
  ++process.generation;
  process.parent_generation = parent == no_slot ? 0 : x.processes[parent].generation;
  process.status = Status::starting;
  process.activity = Activity::nothing;
  process.stopping = false;
  process.backing_off = false;
  process.in_start = false;
  process.ends_itself = false;
  process.awaits_start = false;
  process.init_fails = false;
  process.init_ignores = false;
  process.program = none;
  process.since = x.now;
  ++x.events;
}

}  // namespace

/// The end of init: what start_link returns.
void finish_init(Execution& x, Slot slot) {
  Process& process = x.processes[slot];
  if (process.init_fails) {
    fail_start(x, slot, crashed(Term::init));
  } else if (process.init_ignores) {
    if (x.trace != nullptr) x.trace->start_ignored(x, slot);
    fail_start(x, slot, exit_normal);
  } else {
    finish_start(x, slot);
  }
}

void run_init(Execution& x, Slot slot) {
  const NodeInfo& node = x.node(slot);
  Process& process = x.processes[slot];
  if (node.init == none) {
    finish_start(x, slot);
    return;
  }
  const bool over = begin(x, slot, node.init, Activity::init, Purpose::init);
  decide_init(x, slot, x.model.programs[process.program]);
  if (node.init_timeout != never) {
    process.limit_ticket = x.queue.set(x.now + node.init_timeout, Happens::stop_limit, slot);
  }
  if (over) go_on(x, slot);
}

Started start(Execution& x, Slot slot, Reason& reason) {
  Process& process = x.processes[slot];
  ++process.attempts;
  if (x.trace != nullptr) x.trace->starting(x, slot, process.attempts);
  if (process.status != Status::down) {  // an orphan of an earlier supervisor still has the name
    reason = crashed(Term::already_started);
    if (x.trace != nullptr) x.trace->start_failed(x, slot, reason, process.successes + 1);
    return Started::failed;
  }
  spawn(x, slot);
  if (x.node(slot).supervisor) return boot(x, slot, reason);
  if (tries_orders(x)) {  // others may run between spawn and init
    process.in_start = true;
    wake(x, slot, Wake::init);
    return Started::pending;
  }
  run_init(x, slot);
  if (process.up) return Started::running;
  if (process.status == Status::down) {
    reason = process.reason;
    return process.init_ignores && reason == exit_normal ? Started::ignored : Started::failed;
  }
  process.in_start = true;
  return Started::pending;
}

void finish_start(Execution& x, Slot slot) {
  const NodeInfo& node = x.node(slot);
  const bool links = !node.links.empty() || !node.linked_by.empty();
  if (!links || !lets_others_run(x, concerned(x, slot))) {
    come_up(x, slot, links);
    return;
  }
  link_at_start(x, slot);  // in its init: an EXIT that comes before the end of that is a failed start
  wake(x, slot, Wake::linked);
}

void come_up(Execution& x, Slot slot, bool links) {
  Process& process = x.processes[slot];
  const NodeInfo& node = x.node(slot);
  Tally& tally = x.tally(process);
  ++process.successes;
  process.status = Status::idle;
  process.activity = Activity::nothing;
  process.up = true;
  process.limit_ticket = 0;
  tally.up.change(x.now, +1);
  if (process.successes > 1 && !node.supervisor) ++tally.restarts;
  if (process.successes == 1) {
    tally.boot_time += x.now - process.since;
    ++tally.boots;
  }
  if (x.trace != nullptr) x.trace->started(x, slot);
  if (links) link_at_start(x, slot);
  for (std::uint32_t i = 0; i < node.ticks.count; ++i) set_tick(x, slot, i, true);
  if (node.crashes.count > 0) set_crash_timers(x, slot, none);
  for (std::size_t i = 0; i < node.dependencies.size(); ++i) {
    const std::size_t mark =
        node.first_dependency + std::size_t{x.model.places[slot].ordinal} * node.dependencies.size() + i;
    Stream& pick = x.stream_of(x.node(slot).id, Purpose::pick);
    const Process& other = x.processes[resolve(x, node.dependencies[i].to, slot, pick)];
    x.stale_marks[mark] = other.status == Status::down ? 0 : other.generation;
  }
  if (process.in_start) start_returned(x, slot, spec::InitOutcome::ok, {});
  for (const std::uint32_t unsupervised : node.starts) start_unsupervised(x, unsupervised, slot);
  seeder_started(x, slot);
  if (!x.redeliveries.empty()) redeliver(x, slot);
  if (process.status != Status::idle) return;  // something of the above has ended it
  if (node.handle_continue != none) {
    process.status = Status::busy;
    tally.busy.change(x.now, +1);
    wake(x, slot, Wake::handle_continue);
  } else if (process.mailbox.length > 0 && process.wake_ticket == 0) {
    wake_for_mail(x, slot);
  }
}

void start_handle_continue(Execution& x, Slot slot) {
  Process& process = x.processes[slot];
  if (process.status == Status::idle) x.tally(process).busy.change(x.now, +1);
  process.status = Status::busy;
  if (begin(x, slot, x.node(slot).handle_continue, Activity::handle_continue, Purpose::init)) go_on(x, slot);
}

}  // namespace treefall::runtime
