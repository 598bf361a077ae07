// Supervisors that never give up although something random takes part: their children live too long after every start
// for so many of them to crash within one window.
#pragma once

#include <string>

#include "analyzer/crashes.hpp"
#include "analyzer/intensity.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// Why the workers of this supervisor never use up its restarts, in one sentence; empty where that is not sure. Looks
/// at its workers only: not for a supervisor below which others may give up.
std::string never_too_many(const spec::Design& design, const Crashes& crashes, spec::NodeId supervisor,
                           const Window& window);

}  // namespace treefall::analyzer
