// Crashes that messages bring: by clauses, tasks, calls that fail, and clauses that are missing.
#pragma once

#include <vector>

#include "analyzer/call_dangers.hpp"
#include "analyzer/crashes.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// Appends those of one process of this worker; whether its supervisor counts them is left open.
void add_message_crashes(const SoFar& scene, spec::NodeId worker, std::vector<CrashSource>& list);

}  // namespace treefall::analyzer
