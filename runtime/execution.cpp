// The loop: the next thing in the order (time, sequence), and who it concerns.
#include "runtime/execution.hpp"

#include <algorithm>

#include "runtime/exit.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/surroundings.hpp"
#include "runtime/ties.hpp"
#include "runtime/trace.hpp"
#include "runtime/worker.hpp"

namespace treefall::runtime {
namespace {

/// A supervisor whose child fails at once, with a budget that never ends, gets nowhere: after so many events at one
/// instant (and more for larger trees, which boot at one) the execution stops and says so.
constexpr std::uint64_t most_events_at_once = 4'000'000;

/// How often it is looked whether to go on: a few thousand times a second.
constexpr std::uint64_t most_unheard = 65536;

void reset_processes(Execution& x) {
  x.supervisors.assign(x.model.supervisors, Supervising{});
  x.processes.assign(x.model.places.size(), Process{});
  std::uint32_t supervisor = 0;
  for (Slot slot = 0; slot < x.processes.size(); ++slot) {
    x.processes[slot].node = &x.model.nodes[x.model.places[slot].node];
    x.processes[slot].tally = x.model.tally_of_slot[slot];
    if (x.node(slot).supervisor) x.processes[slot].supervisor = supervisor++;
  }
}

void draw_phase(Execution& x, std::uint64_t seed, std::uint64_t replica) {
  Stream phase = stream(seed, replica, source_name("", "clock_phase"));
  x.phase = x.model.clock_phase >= 0 ? x.model.clock_phase
                                     : static_cast<Time>(phase.below(static_cast<std::uint64_t>(nanoseconds_a_second)));
}

void begin_at_zero(Execution& x) {
  start_faults(x);
  for (std::uint32_t i = 0; i < x.model.script.size(); ++i) x.queue.set(x.model.script[i].at, Happens::script, i);
  if (x.batch > 0) x.queue.set(x.batch, Happens::batch, 0);
  for (std::uint32_t i = 0; i < x.model.unsupervised.size(); ++i) {
    if (!x.model.design->unsupervised[i].started_by) start_unsupervised(x, i, no_slot);
  }
  boot_node(x);
  for (std::uint32_t i = 0; i < x.traffic.size(); ++i) {
    if (x.model.traffic[i].during == none) start_traffic(x, i);
  }
  for (std::uint32_t i = 0; i < x.model.crash_groups.size(); ++i) {
    if (x.model.crash_groups[i].during == none) start_crash_group(x, i);
  }
}

void wake_up(Execution& x, Event event) {
  const Slot slot = event.index();
  Process& process = x.processes[slot];
  if (process.wake_ticket != event.ticket()) return;
  process.wake_ticket = 0;
  switch (process.wake) {
    case Wake::mail:
      if (x.node(slot).supervisor) {
        serve_supervisor(x, slot);
      } else {
        serve(x, slot);
      }
      return;
    case Wake::handle_continue:
      start_handle_continue(x, slot);
      return;
    case Wake::supervise:
      resume_supervisor(x, slot);
      return;
    case Wake::init:
      run_init(x, slot);
      return;
    case Wake::linked:
      come_up(x, slot, false);
      return;
    case Wake::die:
      die(x, slot, process.fate);
      return;
    case Wake::goes_on:
      process.status = process.up ? Status::busy : Status::starting;
      go_on(x, slot);
      return;
    case Wake::failed:
    case Wake::call_again: {
      process.status = process.up ? Status::busy : Status::starting;
      const Program& program = x.model.programs[process.program];
      const Step& step = x.model.steps[program.steps.first + process.step];
      const Next next =
          process.wake == Wake::failed ? call_failed(x, slot, step, process.reason) : make_call(x, slot, step, false);
      if (next == Next::onward) go_on(x, slot);
      return;
    }
  }
}

/// The shutdown time of a child, the time its init may take, or its pause before the next handle_continue is over.
void limit_over(Execution& x, Event event) {
  const Slot slot = event.index();
  Process& process = x.processes[slot];
  if (process.limit_ticket != event.ticket()) return;
  process.limit_ticket = 0;
  if (process.stopping) {
    kill(x, slot);
  } else if (!process.up) {
    fail_start(x, slot, {Reason::Kind::timeout, of_init});
  } else if (process.backing_off && process.status == Status::idle) {
    start_handle_continue(x, slot);
  }
}

/// Of several processes that can run at one instant, the VM may schedule any first.
void choose_who_is_scheduled(Execution& x) {
  const std::span<const Event> runnable = x.queue.soon();
  if (runnable.size() < 2) return;
  x.queue.prefer_soon(tries_orders(x) ? choose(x, OpenOrder::scheduling, runnable.begin(), runnable.end())
                                      : runnable.size() - 1);
}

void happen(Execution& x, Event event) {
  switch (event.what()) {
    case Happens::work_done:
      return work_done(x, event);
    case Happens::arrival:
      return arrival(x, event);
    case Happens::wake:
      return wake_up(x, event);
    case Happens::call_deadline:
      return deadline(x, event, false);
    case Happens::client_deadline:
      return client_deadline(x, event, false);
    case Happens::stop_limit:
      return limit_over(x, event);
    case Happens::tick:
      return tick(x, event);
    case Happens::crash:
      return crash_rings(x, event);
    case Happens::crash_group:
      return crash_group_rings(x, event);
    case Happens::think_over:
      return think_over(x, event);
    case Happens::task_done:
      return task_done(x, event.index());
    case Happens::fault_turns:
      return turn_fault(x, event.index());
    case Happens::script:
      return run_script(x, event.index());
    case Happens::batch:
      return end_batch(x);
    case Happens::reseed:
      return reseed(x, event.index());
    case Happens::node:
      return run_controller(x);
    case Happens::farewell:
      return go_on_with_farewell(x, event.index());
  }
}

/// Is it the only step of the script at its instant? Several are done one after the other, before anybody else acts.
bool is_alone(const Execution& x, std::uint32_t step) {
  const auto& script = x.model.script;
  return (step == 0 || script[step - 1].at != script[step].at) &&
         (step + 1 == script.size() || script[step + 1].at != script[step].at);
}

/// May this timer ring before others of its instant that were set earlier? A limit was set before the child could set
/// anything.
bool may_overtake(const Execution& x, Event event) {
  if (event.what() == Happens::script) return is_alone(x, event.index());
  return event.what() != Happens::stop_limit && event.what() != Happens::batch;
}

/// Timers that ring at one instant may do so in any order, and whoever hears one may run before another has rung.
void ring_in_any_order(Execution& x, Event first) {
  std::vector<Event> all = {first};
  for (Event next = x.queue.first_timer(); next.time() == x.now && may_overtake(x, next);
       next = x.queue.first_timer()) {
    all.push_back(next);
    x.queue.take_timer();
  }
  permute(x, OpenOrder::timers, all);
  x.events += all.size() - 1;
  for (auto at = all.begin(); at != all.end(); ++at) {
    if (at != all.begin() && lets_others_run(x, concerned(x, *at))) {
      std::for_each(at, all.end(), [&x](const Event& later) { x.queue.soon(later); });
      return;
    }
    happen(x, *at);
  }
}

inline void ring(Execution& x, Event timer) {
  ++x.events;
  x.queue.take_timer();
  if (x.model.tie_order == spec::TieOrder::creation || !may_overtake(x, timer)) {
    happen(x, timer);
  } else {
    ring_in_any_order(x, timer);
  }
}

/// Calls whose time is over at this instant, when all else of it has happened.
void happen_late(Execution& x) {
  std::vector<Event> late = x.queue.take_late();
  permute(x, OpenOrder::timers, late);
  for (const Event& event : late) {
    if (event.what() == Happens::call_deadline) {
      deadline(x, event, true);
    } else {
      client_deadline(x, event, true);
    }
  }
}

}  // namespace

State::State(const Model& model)
    : tick_tickets(model.tick_slots.size()),
      crash_tickets(model.crash_slots.size()),
      crash_group_tickets(model.crash_groups.size()),
      misses(model.crash_groups.size()),
      stale_marks(model.dependency_marks),
      streams(model.nodes.size() * purposes),
      work(model.nodes.size()),
      crash_streams(model.crash_groups.size()),
      traffic(model.traffic.size()),
      faults(model.faults.size()) {}

Execution::Execution(const Model& played, Trace* writer)
    : State(played), model(played), trace(writer), tallies(played.tallies), spare(played.tallies) {}

void reset_streams(Execution& x, std::uint64_t seed, std::uint64_t replica) {
  const Model& model = x.model;
  for (std::uint32_t node = 0; node < model.nodes.size(); ++node) {
    for (std::uint32_t purpose = 0; purpose < purposes; ++purpose) {
      x.streams[node * purposes + purpose] =
          stream(seed, replica, model.nodes[node].source + 0x9e3779b97f4a7c15u * (purpose + 1));
    }
    x.work[node] = Source(x.stream_of(node, Purpose::work));
  }
  for (std::size_t i = 0; i < model.crash_groups.size(); ++i) {
    x.crash_streams[i] = stream(seed, replica, model.crash_groups[i].source);
  }
  for (std::size_t i = 0; i < model.traffic.size(); ++i) {
    x.traffic[i].arrivals = Source(stream(seed, replica, model.traffic[i].source));
    x.traffic[i].pick = stream(seed, replica, ~model.traffic[i].source);
  }
  for (std::size_t i = 0; i < model.faults.size(); ++i)
    x.faults[i].turns = stream(seed, replica, model.faults[i].source);
  x.ties = stream(seed, replica, source_name("", "ties"));
}

void reset(Execution& x, std::uint64_t seed, std::uint64_t replica, Time until) {
  x.now = 0;
  x.until = std::min(until, never - 1);
  x.over = false;
  x.events = 0;
  x.at_once = 0;
  x.batches = {};
  x.draining = false;
  x.trouble = nullptr;
  x.queue.clear();
  x.messages.clear();
  x.links.clear();
  x.free_link = none;
  x.tasks.clear();
  x.free_task = none;
  for (std::vector<std::uint32_t>* tickets :
       {&x.tick_tickets, &x.crash_tickets, &x.crash_group_tickets, &x.misses, &x.stale_marks}) {
    std::fill(tickets->begin(), tickets->end(), 0);
  }
  for (TrafficState& state : x.traffic) state = TrafficState{};
  for (FaultState& state : x.faults) state = FaultState{};
  x.redeliveries.clear();
  x.dying.clear();
  x.burying = false;
  x.farewells.clear();
  x.booting = 0;
  x.booted = false;
  x.stopping = none;
  x.cause = none;
  x.running.assign(x.model.applications.size(), false);
  x.ended.clear();
  x.waits_for_boot = false;
  x.boot_returned = false;
  for (Tally& tally : x.tallies) tally.clear();
  for (Tally& tally : x.spare) tally.clear();
  reset_processes(x);
  reset_streams(x, seed, replica);
  draw_phase(x, seed, replica);
}

bool gets_nowhere(Execution& x) {
  if (x.messages.size() > most_messages) x.trouble = "mailboxes hold more than 16777216 messages";
  if (x.queue.sequence() > most_sequences - 1'000'000) x.trouble = "more than 68 billion events";
  if (x.at_once > most_events_at_once + 16 * x.model.places.size()) {
    x.trouble = "no progress: millions of events at one instant";
  }
  return x.trouble != nullptr;
}

void wake_supervisor(Execution& x, Slot slot) {
  Process& process = x.processes[slot];
  if (is_doomed(process)) return;
  process.wake = Wake::mail;
  // It may be quicker than the others: that is one of the orders that the VM leaves open.
  const Concerned both[] = {all_others, concerned(x, slot)};
  const bool quick = tries_orders(x) && choose(x, OpenOrder::supervisor_first, both, both + 2) == 1;
  process.wake_ticket = quick ? x.queue.soon(x.now, Happens::wake, slot) : x.queue.finally(x.now, Happens::wake, slot);
}

bool play(Execution& x, bool (*stop)(const void*), const void* asked) {
  if (x.queue.sequence() == 0) begin_at_zero(x);
  x.unheard = 0;
  while (!x.over && x.trouble == nullptr) {
    if (++x.unheard >= most_unheard) {
      x.unheard = 0;
      if (stop != nullptr && stop(asked)) return false;
      if (gets_nowhere(x)) break;
    }
    const Event timer = x.queue.first_timer();
    if (x.queue.is_calm()) [[likely]] {
      if (timer.time() > x.until) break;
      x.at_once = timer.time() > x.now ? 0 : x.at_once + 1;
      x.now = timer.time();
      ring(x, timer);
      continue;
    }
    ++x.at_once;
    const bool rings_now = timer.time() == x.now;
    if (x.queue.has_soon() && !(rings_now && timer < x.queue.first_soon())) {
      if (x.model.tie_order != spec::TieOrder::creation) choose_who_is_scheduled(x);
      happen(x, x.queue.take_soon());
    } else if (rings_now) {
      ring(x, timer);
    } else if (x.queue.has_late()) {
      happen_late(x);
    } else {
      happen(x, x.queue.take_finally());
    }
  }
  if (!x.over && x.trouble == nullptr) x.now = x.until;
  return true;
}

}  // namespace treefall::runtime
