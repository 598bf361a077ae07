// Crashes that keep a distance from each other, as their causes come at intervals: no window holds many of them.
#pragma once

#include "analyzer/crashes.hpp"
#include "analyzer/intensity.hpp"

namespace treefall::analyzer {

/// Seconds by which the handlings of two such messages, and so the crashes that they bring, are apart at the least; 0
/// where they may come at any distance.
double distance(const spec::Design& design, const Load& load, const MessageLoad& message);

/// Restarts within one window that such crashes of so many copies bring, at the most: stamps are whole seconds.
/// Infinite where they keep no distance.
double most_in_window(const Window& window, const CrashSource& source, double copies);

}  // namespace treefall::analyzer
