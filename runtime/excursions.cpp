// An excursion begins when a restart is counted while all windows below the supervisor are empty. A long execution
// tells how often they do, and in which states.
#include "runtime/excursions.hpp"

#include <algorithm>

#include "runtime/memory.hpp"

namespace treefall::runtime {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 28;

}  // namespace

bool is_set(const void* asked) { return static_cast<const std::atomic<bool>*>(asked)->load(); }

bool has_fallen(const Execution& x, Slot slot) { return x.supervisors[x.processes[slot].supervisor].failed_before; }

Beginnings begin_excursions(const Search& search, Execution& x, std::uint32_t repetition, const std::atomic<bool>& stop,
                            std::uint64_t& events) {
  Beginnings begun;
  const std::size_t most = std::min<std::size_t>(search.trials, most_bytes / (64 * search.model.places.size() + 4096));
  std::uint64_t count = 0;
  Time seen = 0;
  for (std::uint64_t run = 0; !stop; ++run) {
    reset(x, search.seed, (std::uint64_t{repetition} << 32) + run, never - 1);
    Time calm = 0;
    Time since = search.settles;
    bool enough = false;
    while (!x.over && x.trouble == nullptr && !enough && !stop) {
      x.lookout->counted = false;
      x.until = x.now + std::max({search.least_time / 4, x.now / 8, nanoseconds_a_second});
      if (!play(x, is_set, &stop)) break;
      const bool fallen = has_fallen(x, search.of);
      if (x.lookout->counted && x.now >= calm && x.now >= search.settles && !fallen) {
        ++count;
        const std::uint32_t height = search.importance.height(x);
        if (begun.entrances.size() < most && height > 0) begun.entrances.push_back({x, height, 1});
      }
      calm = search.importance.calm(x);
      if (fallen) x.supervising(search.of).failed_before = false;
      const Time now_seen = seen + std::max<Time>(x.now - since, 0);
      const bool rich = begun.entrances.size() >= most && now_seen >= search.least_time;
      enough = rich || events + x.events > search.most_events / 4 || x.now > never / 2;
    }
    seen += std::max<Time>(x.now - since, 0);
    events += x.events;
    if (enough || x.trouble != nullptr || seen == 0) break;
  }
  begun.seen = static_cast<double>(seen) * 1e-9;
  if (seen > 0) begun.per_second = static_cast<double>(count) / begun.seen;
  return begun;
}

}  // namespace treefall::runtime
