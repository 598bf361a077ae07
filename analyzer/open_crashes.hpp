// Deaths that a design makes possible and that no formula here follows: each becomes a crash source that says why, so
// that nothing above it is said to be known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/call_dangers.hpp"
#include "analyzer/crashes.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// Why calls to this process may fail in a way that lateness and the deaths of its own don't tell; nothing where none
/// is seen. `timeout` in seconds.
std::optional<std::string> why_calls_may_fail(const spec::Design& design, spec::NodeId callee, double timeout);

/// Appends those of one process of this worker: what only happens while a fault lasts, what is gone stale with another
/// process, calls at its start that may fail, a supervisor to which it is linked. `list` has what else is known of it.
void add_open_crashes(const SoFar& scene, const Tree& tree, spec::NodeId worker, std::vector<CrashSource>& list);

/// Does its death end other copies of it, through links? Of those in `reached`, itself included.
bool ends_its_copies(const spec::Design& design, const Tree& tree, const std::vector<spec::NodeId>& reached);

}  // namespace treefall::analyzer
