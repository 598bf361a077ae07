// How long processes take to start and to stop.
#pragma once

#include "analyzer/calls.hpp"
#include "analyzer/loads.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// Fills in `tree.boot`, `tree.stop`, `tree.start` and `tree.booted` (means, in seconds, of starts that succeed).
void find_start_and_stop_times(const spec::Design& design, const CallGraph& calls, const Loads& loads, Tree& tree);

}  // namespace treefall::analyzer
