// A fault that lasts a given time, and nothing else: does a supervisor live through it?
#pragma once

#include "analyzer/facts.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// P(the supervisor gives up at least once during one outage of so many seconds). 0 where the fault reaches nothing
/// below it.
Estimate gives_up_during(const spec::Design& design, const Facts& facts, spec::NodeId supervisor, spec::FaultId fault,
                         double lasting);

}  // namespace treefall::analyzer
