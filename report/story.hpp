// How it falls: a trace in the words of somebody who was there.
#pragma once

#include <string>
#include <vector>

#include "report/paint.hpp"

namespace treefall::report {

/// The restarts that used up a budget, who gave up, what stopped with it, what was lost, up to the end of the node:
///
///     how it falls: Shop.Supervisor (seed 1, replica 0)
///       00:00:43.950  Shop.Price crashes     restart 2 of 3
///       00:00:46.731  Shop.Price crashes     4th in 6 whole seconds: Shop.Supervisor gives up
///       00:00:46.731  Shop.Sessions stops    501 processes, 12 messages lost
///
/// `lines` are those of a trace, header first; `who` falls. Empty where nothing of the kind happens.
std::string story(const std::string& who, const std::vector<std::string>& lines, const Paint& paint);

/// The same of a promise that is broken, up to the moment that breaks it: `how it breaks: Top: …`.
std::string breach_story(const std::string& promise, const std::vector<std::string>& lines, const Paint& paint);

}  // namespace treefall::report
