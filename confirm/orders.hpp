// Outcomes that hang on what the VM leaves open. Internal to confirm/.
#pragma once

#include <atomic>
#include <vector>

#include "confirm/confirm.hpp"

namespace treefall::confirm {

/// Executes `design` under each order of what happens at one instant, and gives the checks whose outcome differs
/// between them their `orders`. Of a design with chance in it, only deterministic predictions are asked. Does nothing
/// where executing a few times more would cost more than a tenth of the budget.
void try_orders(const spec::Design& design, std::vector<Check>& checks, const Options& options,
                const std::atomic<bool>& halt);

}  // namespace treefall::confirm
