#include "analyzer/given_times.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace treefall::analyzer {

// Nothing strikes during init: a given time that falls into the start after another one is passed over.
bool strikes_during_starts(const spec::Worker& worker) {
  std::vector<spec::Duration> times;
  for (const auto& clock : worker.crashes)
    if (const auto* at = std::get_if<spec::CrashClock::At>(&clock.when))
      times.insert(times.end(), at->node_times.begin(), at->node_times.end());
  if (times.empty() || !worker.init) return false;
  const double longest = spec::highest(worker.init->takes);
  std::sort(times.begin(), times.end());
  double last = 0;
  return std::any_of(times.begin(), times.end(), [&](spec::Duration time) {
    const double gap = spec::in_seconds(time) - std::exchange(last, spec::in_seconds(time));
    return gap < longest;
  });
}

}  // namespace treefall::analyzer
