// Can a process end by its own work? Asked of the design alone: no rates, no other processes.
#pragma once

#include "spec/design.hpp"

namespace treefall::analyzer {

/// By a crash, an exit, a task or a call that takes it along, while a fault lasts or not.
bool may_fail(const spec::Handler& handler);
/// By its clauses, ticks, clocks, or after its start.
bool may_fail(const spec::Worker& worker);

}  // namespace treefall::analyzer
