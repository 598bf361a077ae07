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
/// The init of a place, or the boot of a supervisor, has come back well.
void finish_start(Execution& x, Slot slot);
void tick(Execution& x, std::uint32_t index);
void work_done(Execution& x, Slot slot);

/// An idle process has mail.
void wake_for_mail(Execution& x, Slot slot);
enum class Delivery : std::uint8_t { taken, shed, nobody };
/// Puts a message into the mailbox of the process at this place.
Delivery deliver(Execution& x, Slot slot, const Message& message);
/// A cast or info from anywhere; lost where nobody is alive.
void send_cast(Execution& x, Slot slot, const Message& message);
/// Which slot a reference means for `sender` (no_slot: from outside the tree).
Slot resolve(Execution& x, std::uint32_t destination, Slot sender, Stream& pick);

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
void deadline(Execution& x, const Event& event, bool last);

// ---- tasks ----------------------------------------------------------------------------------------------------

/// Starts the tasks of this step; `blocked` where they are awaited.
Next start_tasks(Execution& x, Slot slot, const Step& step);
void task_done(Execution& x, std::uint32_t index);

}  // namespace treefall::runtime
