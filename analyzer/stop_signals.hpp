// Processes that die because a restart stops somebody to whom they are linked.
#pragma once

#include <vector>

#include "analyzer/crashes.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// Does a worker that traps exits possibly end by the message `EXIT`?
bool may_end_by_exit_message(const spec::Worker& worker);

/// Appends to `of` (by node: the crashes found so far, those that come through links included) the deaths of elder
/// siblings under rest_for_one.
void add_stop_signals(const spec::Design& design, const Tree& tree, std::vector<std::vector<CrashSource>>& of);

}  // namespace treefall::analyzer
