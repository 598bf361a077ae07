// Processes that supervise: boot, restarts, restart intensity, shutdown.
#pragma once

#include "runtime/execution.hpp"
#include "runtime/worker.hpp"

namespace treefall::runtime {

/// Starts the static children of a supervisor that was just spawned.
Started boot(Execution& x, Slot slot, Reason& reason);
/// Handles the next message of an idle supervisor.
void serve_supervisor(Execution& x, Slot slot);
/// Goes on after a child that it waited for has started or stopped.
void resume_supervisor(Execution& x, Slot slot);
/// Goes on with the stops and starts it is at, until it must wait or is done.
void advance(Execution& x, Slot slot);
/// What a child's pending start has come to.
void start_returned(Execution& x, Slot child, spec::InitOutcome outcome, Reason reason);
/// Tells a supervisor that a child of its has died.
void child_died(Execution& x, Slot child, Reason reason);
/// Does its supervisor hear of the end of this process by an EXIT like those of other links? Not one that waits for it.
bool hears_by_link(Execution& x, Slot child);
/// That EXIT, of the process that held the place then.
void tell_of_end(Execution& x, Slot supervisor, Slot child, std::uint32_t generation, Reason reason);
/// Leaves the loop: stops all children, then exits.
void exit_supervisor(Execution& x, Slot slot, Reason reason);
/// Forgets all children (at death, or before boot).
void forget_children(Execution& x, Slot slot);

// ---- children.cpp: the list of children ---------------------------------------------------------------------------
void add_child(Execution& x, Slot supervisor, Slot child);
void remove_child(Execution& x, Slot supervisor, Slot child);
/// A start has come back: what the supervisor now holds of the child.
void settle_started(Execution& x, Slot supervisor, Slot child, spec::InitOutcome outcome);
/// Begins to stop a child; true when it is dead already.
bool stop_child(Execution& x, Slot child);

// ---- intensity.cpp ------------------------------------------------------------------------------------------------
/// Stamps a restart; false when that is more than the intensity allows.
bool stamp_restart(Execution& x, Slot slot);
/// Gives up: report, then exit with `shutdown`.
void give_up(Execution& x, Slot slot);

// ---- dynamic.cpp: admin API, populations ----------------------------------------------------------------------------
void handle_api(Execution& x, Slot slot, const Message& message);
/// Starts the next of a dynamic supervisor's population; true when there may be more.
void populate(Execution& x, Slot slot);
/// After a dynamic supervisor has come up: whoever seeds it learns of it.
void plan_population(Execution& x, Slot slot);
/// After a process has come up: dynamic supervisors that it seeds.
void seeder_started(Execution& x, Slot slot);
void reseed(Execution& x, Slot slot);
void ask_for_start(Execution& x, Slot child);
/// The node has booted: all populations are started.
void populate_all(Execution& x);

}  // namespace treefall::runtime
