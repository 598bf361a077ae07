// How busy one worker is, and how long messages wait in its mailbox. Times in seconds.
#pragma once

#include "analyzer/loads.hpp"
#include "analyzer/queueing.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// Fills in `utilisation`, `mean_wait` and what they rest on, from the rates and service times that stand in `load`.
void find_wait(const spec::Design& design, double shortest_timeout, Load& load);

/// Every kind of message has a service time of a plain law.
bool has_plain_laws(const Load& load);
MessageClasses classes_of(const Load& load);

}  // namespace treefall::analyzer
