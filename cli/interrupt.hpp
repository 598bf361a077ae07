// Ctrl-C as a wish to stop, for commands that have something to show for what they have done.
#pragma once

#include <atomic>

namespace treefall::cli {

/// From now on the first Ctrl-C sets the flag; the second ends the program.
const std::atomic<bool>& stop_on_interrupt();

}  // namespace treefall::cli
