// Tasks: processes without a name that do one thing for their owner. Linked ones (Task.async) take a crash to it, the
// others (async_nolink) are only monitored; an awaited one that crashes or is late ends its owner either way.
#include "runtime/exit.hpp"
#include "runtime/worker.hpp"

namespace treefall::runtime {
namespace {

std::uint32_t add_task(Execution& x, const RunningTask& task) {
  if (x.free_task == none) {
    x.tasks.push_back(task);
    return static_cast<std::uint32_t>(x.tasks.size() - 1);
  }
  const std::uint32_t index = x.free_task;
  x.free_task = x.tasks[index].next;
  x.tasks[index] = task;
  return index;
}

void mail(Execution& x, const RunningTask& task, std::uint16_t name, MessageKind kind) {
  const Process& owner = x.processes[task.owner];
  if (owner.status == Status::down || owner.generation != task.generation) return;
  deliver(x, task.owner, Message{x.now, none, none, 0, 0, name, kind, false});
}

/// A linked task's end reaches an owner that traps exits as a message; a crash ends one that does not.
void exit_to_owner(Execution& x, const RunningTask& task) {
  if (!task.linked) return;
  if (x.node(task.owner).traps) {
    mail(x, task, message_exit, MessageKind::down);
  } else if (task.crashes) {
    signal_exit(x, task.owner, crashed(Term::task));
  }
}

}  // namespace

Next start_tasks(Execution& x, Slot slot, const Step& step) {
  Process& process = x.processes[slot];
  ++process.call_ref;
  for (std::uint32_t i = 0; i < step.times; ++i) {
    RunningTask task;
    task.owner = slot;
    task.generation = process.generation;
    task.batch = process.call_ref;
    task.linked = step.linked;
    task.awaited = step.awaited;
    task.crashes = x.happens(step.crash_probability, slot, Purpose::task);
    const Time takes = x.draw_of(step.takes, slot, Purpose::task);
    x.queue.set(x.now + takes, Happens::task_done, add_task(x, task));
  }
  if (!step.awaited) return Next::onward;
  process.times_left = step.times;
  process.status = Status::awaiting;
  if (step.timeout < never) set_deadline(x, slot, x.now + step.timeout);
  return Next::blocked;
}

void task_done(Execution& x, std::uint32_t index) {
  const RunningTask task = x.tasks[index];
  x.tasks[index].next = x.free_task;
  x.free_task = index;
  Process& owner = x.processes[task.owner];
  if (owner.status == Status::down || owner.generation != task.generation) return;
  if (!task.awaited) {
    if (!task.crashes) mail(x, task, message_reply, MessageKind::task_reply);
    exit_to_owner(x, task);
    mail(x, task, message_down, MessageKind::down);
    return;
  }
  if (owner.status != Status::awaiting || owner.call_ref != task.batch) return;  // it was killed when it was late
  if (task.crashes) {
    crash(x, task.owner, crashed(Term::task));
    return;
  }
  exit_to_owner(x, task);
  if (--owner.times_left > 0) return;
  owner.status = owner.up ? Status::busy : Status::starting;
  go_on(x, task.owner);
}

}  // namespace treefall::runtime
