// How busy one worker is, and how long messages wait in its mailbox. Times in seconds.
#pragma once

#include "analyzer/loads.hpp"
#include "analyzer/queueing.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// Fills in `utilisation`, `mean_wait` and what they rest on, from the rates and service times that stand in `load`.
/// `room`: of a mailbox that turns away what comes beyond it.
void find_wait(const spec::Design& design, double shortest_timeout, const std::optional<std::uint64_t>& room,
               Load& load);

/// P(one of the calls that find so many messages there is not answered in time).
Estimate late_calls(const Load& load, const Crowd& found, double timeout);
/// Whose call it is, where what it finds is known; else null.
const Callers* caller_of(const Load& load, const spec::Call& call);

/// Every kind of message has a service time of a plain law.
bool has_plain_laws(const Load& load);
MessageClasses classes_of(const Load& load);

/// Is what is left of it, whenever one looks, no longer on average than all of it?
bool has_short_residual_life(const spec::Distribution& law);

}  // namespace treefall::analyzer
