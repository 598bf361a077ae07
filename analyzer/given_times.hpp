// Crash clocks with given times against the starts that they cause.
#pragma once

#include "spec/design.hpp"

namespace treefall::analyzer {

/// May one of the times at which it is said to crash fall into its init?
bool strikes_during_starts(const spec::Worker& worker);

}  // namespace treefall::analyzer
