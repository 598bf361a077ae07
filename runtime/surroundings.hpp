// What surrounds the trees: the application controller, traffic, faults, crash clocks, script.
#pragma once

#include "runtime/execution.hpp"

namespace treefall::runtime {

// ---- applications ---------------------------------------------------------------------------------------------
/// Starts applications one after the other as far as that goes at this instant.
void boot_node(Execution& x);
/// Handles what the application controller was woken for: a root that started or ended.
void run_controller(Execution& x);
void root_started(Execution& x, Slot root, spec::InitOutcome outcome, Reason reason);
void root_ended(Execution& x, Slot root, Reason reason);
/// Stops all applications in reverse start order; `cause` is the one whose end it follows, or none.
void stop_node(Execution& x, std::uint32_t cause, Reason reason);
void start_unsupervised(Execution& x, std::uint32_t index, Slot starter);

// ---- traffic --------------------------------------------------------------------------------------------------
void start_traffic(Execution& x, std::uint32_t index);
void stop_traffic(Execution& x, std::uint32_t index);
void arrival(Execution& x, Event event);
void think_over(Execution& x, Event event);
void client_deadline(Execution& x, Event event, bool last);
void client_replied(Execution& x, const Message& message, Slot callee);
void client_failed(Execution& x, const Message& message, Slot callee, Reason reason);
/// One message of this source to this slot, now.
void emit(Execution& x, std::uint32_t traffic, Slot to, std::uint32_t retries);
/// A gen_server:call of the script.
void scripted_call(Execution& x, std::uint32_t traffic, Slot to, std::uint16_t message);
/// Hands out again what the last process here died with.
void redeliver(Execution& x, Slot slot);

// ---- clocks.cpp: faults and crash clocks ------------------------------------------------------------------------
void start_faults(Execution& x);
void turn_fault(Execution& x, std::uint32_t fault);
void start_crash_group(Execution& x, std::uint32_t group);
void crash_group_rings(Execution& x, Event event);
/// Sets the crash timers of a process that has just come up, or those that a fault which just began limits.
void set_crash_timers(Execution& x, Slot slot, std::uint32_t fault);
void clear_crash_timers(Execution& x, Slot slot, std::uint32_t fault);
void crash_rings(Execution& x, Event event);
void set_tick(Execution& x, Slot slot, std::uint32_t which, bool first);

// ---- script -----------------------------------------------------------------------------------------------------
void run_script(Execution& x, std::uint32_t step);

}  // namespace treefall::runtime
