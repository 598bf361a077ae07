// Deaths and what follows from them: exit signals, links, callers that learn of it, mail that is lost.
#pragma once

#include "runtime/execution.hpp"

namespace treefall::runtime {

/// Ends the process at this place with this reason, now: its name is free, links and supervisor get EXIT, pending
/// callers the reason, its mail is gone. Nothing where nobody is alive.
void die(Execution& x, Slot slot, Reason reason);
/// exit(Pid, kill).
inline void kill(Execution& x, Slot slot) { die(x, slot, exit_killed); }
/// An exit signal that it does not trap ends it: at once, or, where the orders that the VM leaves open are tried out,
/// when it is its turn to run.
void end_by_signal(Execution& x, Slot slot, Reason reason);
/// An exit signal through a link from somebody who is not the parent.
void signal_exit(Execution& x, Slot slot, Reason reason);
/// The exit signal of the parent, or of whoever acts for it.
void signal_parent_exit(Execution& x, Slot slot, Reason reason);

/// EXIT to the children that a killed supervisor has not stopped; it forgets them.
void signal_children(Execution& x, Slot slot, Reason reason);
/// EXIT to those linked to somebody dead who are neither its supervisor nor its children.
void signal_links(Execution& x, Slot slot, Reason reason);
/// EXIT to everybody who is linked to somebody dead: children, supervisor, others. False where others run before all
/// is sent: the rest is the last of the farewells.
bool say_farewell(Execution& x, Slot slot, Reason reason);
/// Then those learn of the end who wait for the answers to these calls; `sent` is what say_farewell returned.
void tell_callers(Execution& x, Slot slot, Reason reason, bool sent, std::vector<Message> calls);
/// Does one of the calls whose callee is dead already come from there?
bool is_to_hear(const Execution& x, Slot caller);
void go_on_with_farewell(Execution& x, std::uint32_t index);
/// Whoever waits for the end of this process has waited for all of its EXITs, too.
void finish_farewell(Execution& x, Slot slot);

/// Takes its links away from somebody dead, on both sides; returns those whom it was linked to and who live.
std::vector<Link> take_links(Execution& x, Slot slot);
/// Links two living processes; `slot` asked for it.
void make_link(Execution& x, Slot slot, Slot peer);
/// Makes the links that a process asks for at its start, and those that others still want to it.
void link_at_start(Execution& x, Slot slot);

/// Ends a process that has not got past its init: its supervisor learns it from start_link.
void fail_start(Execution& x, Slot slot, Reason reason);

/// A process that others wanted started on demand will not be: the mail that waits for it is gone.
void abandon_start(Execution& x, Slot slot);

}  // namespace treefall::runtime
