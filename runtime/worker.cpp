// Serving: a process takes a message, does what its handler says step by step, replies, and takes the next. Where it
// has to wait (work that takes time, a call, tasks) it returns to the loop and is called again when that is over.
#include "runtime/worker.hpp"

#include <algorithm>
#include <cassert>

#include "runtime/exit.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/surroundings.hpp"
#include "runtime/ties.hpp"
#include "runtime/trace.hpp"

namespace treefall::runtime {
namespace {

/// Loads how often the step it stands at is to be done.
inline void enter_step(const Execution& x, Process& process) {
  const Range steps = x.model.programs[process.program].steps;
  process.times_left = process.step < steps.count ? x.model.steps[steps.first + process.step].times : 0;
}

/// A program, or what stands for it while a fault lasts.
inline std::uint32_t replaced(const Execution& x, std::uint32_t program) {
  const Range during = x.model.programs[program].during;
  for (std::uint32_t i = 0; i < during.count; ++i) {
    const During& entry = x.model.durings[during.first + i];
    if (x.faults[entry.fault].lasts) return entry.program;
  }
  return program;
}

/// A pid or table that this worker took from an earlier incarnation of another: the reason to crash.
bool uses_something_stale(Execution& x, Slot slot, Reason& reason) {
  const NodeInfo& node = x.node(slot);
  const std::size_t base = node.first_dependency + std::size_t{x.model.places[slot].ordinal} * node.dependencies.size();
  for (std::size_t i = 0; i < node.dependencies.size(); ++i) {
    Stream& pick = x.stream_of(x.node(slot).id, Purpose::pick);
    const Slot other = resolve(x, node.dependencies[i].to, slot, pick);
    const Process& process = x.processes[other];
    const std::uint32_t current = process.status == Status::down ? 0 : process.generation;
    std::uint32_t& mark = x.stale_marks[base + i];
    if (mark == 0) mark = current;
    if (current == mark && current != 0) continue;
    reason = node.dependencies[i].is_table ? crashed(Term::stale) : Reason{Reason::Kind::noproc, other};
    return true;
  }
  return false;
}

/// Which program takes this message; false: no clause for it.
inline bool find_handler(const Execution& x, const Process& process, const Message& message, std::uint32_t& program) {
  const NodeInfo& node = *process.node;
  program = none;
  if (process.backing_off) return true;  // it has nothing to work with, and answers so
  if (message.kind == MessageKind::tick) {
    program = x.model.ticks[node.ticks.first + message.data].program;
    return true;
  }
  if (node.handles_nothing) return true;
  for (std::uint32_t i = 0; i < node.handlers.count; ++i) {
    const HandlerEntry& entry = x.model.handlers[node.handlers.first + i];
    if (entry.message == message.name) {
      program = entry.program;
      return true;
    }
  }
  program = node.any_handler;
  return program != none;
}

/// Begins a program with the time it takes; true when that is over at once. (Inline: half of what a message costs.)
[[gnu::always_inline]] inline bool begin_program(Execution& x, Slot slot, std::uint32_t written, Activity activity,
                                                 Purpose purpose) {
  Process& process = x.processes[slot];
  process.activity = activity;
  process.program = written;
  process.step = 0;
  if (written == none) return true;
  process.program = replaced(x, written);
  if (process.program == none) return true;
  enter_step(x, process);
  const Time takes = x.draw_of(x.model.programs[process.program].takes, slot, purpose);
  if (takes == 0) return true;
  process.work_ticket = x.queue.set(x.now + takes, Happens::work_done, slot);
  return false;
}

/// What others and its own tasks send it, and its ticks. A link's exit signal is no message of anybody.
bool counts_as_message(MessageKind kind) {
  return kind <= MessageKind::tick || kind == MessageKind::down || kind == MessageKind::task_reply;
}

enum class Taken : std::uint8_t { nothing, begun, done, dead };

/// Its parent wants it to end.
Taken terminate(Execution& x, Slot slot, Reason reason) {
  x.processes[slot].reason = reason;
  const std::uint32_t program = x.node(slot).terminate;
  if (program == none) {
    die(x, slot, reason);
    return Taken::dead;
  }
  return begin(x, slot, program, Activity::terminate, Purpose::work) ? Taken::done : Taken::begun;
}

inline Taken take_up(Execution& x, Slot slot, Process& process) {
  const Message& message = x.messages[process.current];
  if (message.kind == MessageKind::parent_exit) return terminate(x, slot, Reason::unpack(message.data));
  const bool counts = counts_as_message(message.kind);
  if (counts) {
    Tally& tally = x.tally(process);
    const Time waited = x.now - message.sent;
    ++tally.taken;
    tally.waited += waited;
    tally.waits.add(waited);
  }
  std::uint32_t program = none;
  Reason reason;
  if (!find_handler(x, process, message, program)) {
    crash(x, slot, crashed(Term::function_clause));
    return Taken::dead;
  }
  if (!process.node->dependencies.empty() && uses_something_stale(x, slot, reason)) {
    crash(x, slot, reason);
    return Taken::dead;
  }
  const Activity activity = message.kind == MessageKind::tick ? Activity::tick : Activity::handler;
  return begin_program(x, slot, program, activity, Purpose::work) ? Taken::done : Taken::begun;
}

inline Taken take(Execution& x, Slot slot) {
  Process& process = x.processes[slot];
  if (process.mailbox.length == 0) {
    process.activity = Activity::nothing;
    if (process.status != Status::idle) {
      process.status = Status::idle;
      x.tally(process).busy.change(x.now, -1);
    }
    return Taken::nothing;
  }
  if (process.status == Status::idle) x.tally(process).busy.change(x.now, +1);
  process.status = Status::busy;
  process.current = process.mailbox.take(x.messages);
  return take_up(x, slot, process);
}

/// The end of handle_continue; true when the process lives and goes on with its mail.
bool finish_continue(Execution& x, Slot slot, const Program& program) {
  Process& process = x.processes[slot];
  const bool fails = x.lasts(program.fails_during) || x.happens(program.crash_probability, slot, Purpose::failure);
  if (!fails) {
    process.backing_off = false;
    return true;
  }
  if (!program.retries) {
    die(x, slot, crashed(Term::handle_continue));
    return false;
  }
  process.backing_off = true;
  const Time pause = x.draw_of(program.retry_after, slot, Purpose::init);
  process.limit_ticket = x.queue.set(x.now + pause, Happens::stop_limit, slot);
  return true;
}

/// The end of a handler or tick; true when the process lives.
inline bool finish_handler(Execution& x, Slot slot, const Program* program) {
  Process& process = x.processes[slot];
  if (program != nullptr) {
    if (x.happens(program->crash_probability, slot, Purpose::failure)) {
      crash(x, slot, crashed(Term::error));
      return false;
    }
    if (program->exits) {
      crash(x, slot, program->exit);
      return false;
    }
  }
  const std::uint32_t index = process.current;
  const MessageKind kind = x.messages[index].kind;
  process.current = none;
  if (kind == MessageKind::tick) {
    set_tick(x, slot, x.messages[index].data, false);
  } else if (counts_as_message(kind) && !process.backing_off) {
    ++x.tally(process).handled;
  }
  if (kind == MessageKind::call) reply(x, x.messages[index], slot);
  x.messages.remove(index);
  return true;
}

/// The steps behind `takes`; true when there is no more of them, and the process lives.
bool take_steps(Execution& x, Slot slot, const Program& program) {
  Process& process = x.processes[slot];
  while (process.step < program.steps.count) {
    if (process.times_left == 0) {
      ++process.step;
      enter_step(x, process);
      continue;
    }
    const Step& step = x.model.steps[program.steps.first + process.step];
    Next next = Next::onward;
    if (step.kind == Step::Kind::task) {
      next = start_tasks(x, slot, step);
      if (next == Next::onward) process.times_left = 0;
    } else {
      --process.times_left;
      if (step.kind == Step::Kind::call) {
        next = make_call(x, slot, step, true);
      } else {
        Stream& pick = x.stream_of(x.node(slot).id, Purpose::pick);
        Message message{x.now, none, slot, 0, 0, step.message, MessageKind::cast, false};
        send_cast(x, resolve(x, step.to, slot, pick), message);
        if (process.times_left % 4096 == 1 && gets_nowhere(x)) return false;
        if (lets_others_run(x, concerned(x, slot))) {
          wake(x, slot, Wake::goes_on);
          return false;
        }
      }
    }
    if (next != Next::onward) return false;
  }
  return true;
}

/// The steps, then the end; true when the process can take its next message.
inline bool proceed(Execution& x, Slot slot) {
  Process& process = x.processes[slot];
  const Program* program = process.program == none ? nullptr : &x.model.programs[process.program];
  if (program != nullptr && process.step < program->steps.count && !take_steps(x, slot, *program)) return false;
  switch (process.activity) {
    case Activity::init:
      finish_init(x, slot);
      return false;
    case Activity::handle_continue:
      assert(program != nullptr);  // it is busy with it
      return finish_continue(x, slot, *program);
    case Activity::terminate:
      die(x, slot, process.reason);
      return false;
    case Activity::handler:
    case Activity::tick:
      return finish_handler(x, slot, program);
    case Activity::nothing:
      break;
  }
  return true;
}

}  // namespace

bool begin(Execution& x, Slot slot, std::uint32_t program, Activity activity, Purpose purpose) {
  return begin_program(x, slot, program, activity, purpose);
}

void serve(Execution& x, Slot slot) {
  // One that takes no time for its mail, and gets more by it, would be at it for ever: the loop must see that.
  constexpr int most_in_a_row = 4096;
  for (int taken_up = 0; taken_up < most_in_a_row; ++taken_up) {
    const Taken taken = take(x, slot);
    if (taken != Taken::done) return;
    if (!proceed(x, slot)) return;
  }
  x.at_once += most_in_a_row / 8;
  x.events += most_in_a_row;
  x.unheard += most_in_a_row;
  if (!gets_nowhere(x)) wake(x, slot, Wake::mail);
}

void go_on(Execution& x, Slot slot) {
  if (proceed(x, slot)) serve(x, slot);
}

void work_done(Execution& x, Event event) {
  Process& process = x.processes[event.index()];
  if (process.work_ticket != event.ticket()) return;
  process.work_ticket = 0;
  go_on(x, event.index());
}

void crash(Execution& x, Slot slot, Reason reason) {
  if (x.processes[slot].status == Status::down) return;
  if (!x.processes[slot].up) {
    fail_start(x, slot, reason);
  } else {
    x.processes[slot].ends_itself = true;
    die(x, slot, reason);
  }
}

void tick(Execution& x, Event event) {
  const std::uint32_t index = event.index();
  if (x.tick_tickets[index] != event.ticket()) return;
  const Slot slot = x.model.tick_slots[index];
  const NodeInfo& node = x.node(slot);
  const std::uint32_t which = (index - node.first_tick) % node.ticks.count;
  x.tick_tickets[index] = 0;
  deliver(x, slot, Message{x.now, none, slot, 0, which, message_any, MessageKind::tick, false});
}

void wake_for_mail(Execution& x, Slot slot) {
  if (x.node(slot).supervisor) {
    wake_supervisor(x, slot);
  } else {
    wake(x, slot, Wake::mail);
  }
}

void lose_cast(Execution& x, Slot slot) {
  ++x.tally(x.processes[slot]).lost;
  if (x.trace != nullptr) x.trace->message_lost(x, slot, 1);
}

Slot resolve_among(Execution& x, const Destination& destination, Slot sender, Stream& pick) {
  if (destination.first != no_slot) return destination.first + static_cast<Slot>(pick.below(destination.count));
  // From the root down; where the sender is inside the same copy, that copy.
  Slot above[64];
  std::size_t depth = 0;
  for (Slot at = sender; at != no_slot && depth < 64; at = x.model.places[at].parent) above[depth++] = at;
  Slot slot = no_slot;
  bool together = true;
  for (std::uint32_t i = 0; i < destination.levels.count; ++i) {
    const TreeLevel& level = x.model.levels[destination.levels.first + i];
    const NodeInfo& node = x.model.nodes[level.node];
    const Slot first =
        slot == no_slot ? x.model.slots_of_node[node.slots.first] : x.model.places[slot].first_child + node.offset;
    const Slot own = together && i < depth ? above[depth - 1 - i] : no_slot;
    if (level.pin != none) {
      slot = first + level.pin;
    } else if (own != no_slot && x.model.places[own].node == level.node && own != sender) {
      slot = own;
    } else {
      slot = first + (node.copies == 1 ? 0 : static_cast<Slot>(pick.below(node.copies)));
    }
    together = together && slot == own;
  }
  return slot;
}

}  // namespace treefall::runtime
