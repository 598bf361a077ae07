// Processes that serve: starts, mail, handlers, calls, tasks.
#pragma once

#include "runtime/execution.hpp"

namespace treefall::runtime {

enum class Started : std::uint8_t { running, ignored, failed, pending };

/// start_link at a place: a worker or a whole subtree. With `pending` the supervisor above (or the application
/// controller) is woken when it is over. `reason` is set where it failed.
Started start(Execution& x, Slot slot, Reason& reason);

/// Lets the process take what is in its mailbox until it has to wait.
void serve(Execution& x, Slot slot);
/// Goes on with what the process was doing; then serves.
void go_on(Execution& x, Slot slot);
/// The end of the process through its own doing: in init a failed start.
void crash(Execution& x, Slot slot, Reason reason);
void start_handle_continue(Execution& x, Slot slot);
/// Begins a program, or what replaces it during a fault, with the time it takes; true when that is over at once.
bool begin(Execution& x, Slot slot, std::uint32_t program, Activity activity, Purpose purpose);
/// The end of init: what start_link returns.
void finish_init(Execution& x, Slot slot);
/// Runs init as far as it goes at this instant.
void run_init(Execution& x, Slot slot);
/// The init of a place, or the boot of a supervisor, has come back well.
void finish_start(Execution& x, Slot slot);
/// It is up from now on; `links`: it makes its links, too.
void come_up(Execution& x, Slot slot, bool links);
void tick(Execution& x, Event event);
void work_done(Execution& x, Event event);

/// An idle process has mail.
void wake_for_mail(Execution& x, Slot slot);
enum class Delivery : std::uint8_t { taken, shed, nobody };
/// Puts a message into the mailbox of the process at this place. (Here, so that a message is written once, where it
/// stays.)
inline Delivery deliver(Execution& x, Slot slot, const Message& message) {
  Process& process = x.processes[slot];
  if (process.status == Status::down && !process.awaits_start) return Delivery::nobody;
  if (message.kind <= MessageKind::info && process.mailbox.length >= x.node(slot).shed_above) return Delivery::shed;
  const std::uint32_t index = x.messages.obtain();
  x.messages[index] = message;
  process.mailbox.append(x.messages, index);
  if (process.status == Status::idle && process.wake_ticket == 0) wake_for_mail(x, slot);
  return Delivery::taken;
}
/// A cast that nobody took.
void lose_cast(Execution& x, Slot slot);
void ask_for_start(Execution& x, Slot child);
/// A cast or info from anywhere; lost where nobody is alive.
inline void send_cast(Execution& x, Slot slot, const Message& message) {
  if (x.processes[slot].status == Status::down && x.node(slot).on_demand) ask_for_start(x, slot);
  if (deliver(x, slot, message) == Delivery::nobody) lose_cast(x, slot);
}
Slot resolve_among(Execution& x, const Destination& destination, Slot sender, Stream& pick);
/// Which slot a reference means for `sender` (no_slot: from outside the tree).
inline Slot resolve(Execution& x, std::uint32_t index, Slot sender, Stream& pick) {
  const Destination& destination = x.model.destinations[index];
  const bool only_one = destination.count == 1 && destination.first != no_slot;
  return only_one ? destination.first : resolve_among(x, destination, sender, pick);
}

// ---- calls ----------------------------------------------------------------------------------------------------

enum class Next : std::uint8_t { onward, blocked, dead };
/// Makes the call of this step; `first` unless it is a retry.
Next make_call(Execution& x, Slot slot, const Step& step, bool first);
/// The call that the process waits for has failed.
Next call_failed(Execution& x, Slot slot, const Step& step, Reason reason);
/// Answers the call that a message is.
void reply(Execution& x, const Message& message, Slot callee);
/// The callee ended before it answered.
void tell_caller(Execution& x, const Message& message, Slot callee, Reason reason);
void set_deadline(Execution& x, Slot slot, Time deadline);
/// The deadline timer of a process rings; `last`: everything else of this instant has happened.
void deadline(Execution& x, Event event, bool last);

// ---- tasks ----------------------------------------------------------------------------------------------------

/// Starts the tasks of this step; `blocked` where they are awaited.
Next start_tasks(Execution& x, Slot slot, const Step& step);
void task_done(Execution& x, std::uint32_t index);

}  // namespace treefall::runtime
