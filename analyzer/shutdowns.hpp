// Supervisors that shut down with their significant children (auto_shutdown): to whoever restarts them that is a crash.
#pragma once

#include "analyzer/crashes.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// May it shut down because significant children of it have ended?
bool may_shut_down(const spec::Design& design, const Crashes& crashes, spec::NodeId supervisor);
/// Per second of one supervisor while it is up, as a Poisson stream; NaN: cannot be said. For one that may.
double shutdowns_per_second(const spec::Design& design, const Tree& tree, const Crashes& crashes,
                            spec::NodeId supervisor);

}  // namespace treefall::analyzer
