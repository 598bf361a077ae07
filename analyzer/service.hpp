// The time that each kind of message costs its worker: its own work, the calls it waits for (their wait in the
// callee's mailbox included) and the tasks it awaits; and from that, utilisation and wait.
#pragma once

#include "analyzer/calls.hpp"
#include "analyzer/loads.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// Fills in `service`, `utilisation` and `mean_wait` of every load, from the rates that stand in it.
void find_service_times(const spec::Design& design, const Tree& tree, const CallGraph& calls, Loads& loads);

/// The time of one call as its caller sees it, cut at its timeout.
ServiceTime call_time(const spec::Design& design, const Loads& loads, const spec::Call& call);
/// The time until so many tasks, started together, are all done or given up.
ServiceTime await_time(const spec::Task& task);

/// Seconds of the longest of its tasks' `await`; 0 where it awaits none.
double longest_await(const spec::Handler& handler);

/// Work done one after the other.
ServiceTime operator+(const ServiceTime& a, const ServiceTime& b);
ServiceTime service_of(const spec::Distribution& law);

}  // namespace treefall::analyzer
