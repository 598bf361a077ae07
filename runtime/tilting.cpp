// Exponential tilting (D. Siegmund, Ann. Stat. 4, 1976) of the crash clocks below one supervisor. Within an excursion
// the next of all crashes is drawn with the rate R / P at which a window is about full, instead of their own rate, and
// the trial's weight is the ratio of the two densities: rate / tilted exp((tilted - rate) t) for a crash after t. The
// mean weight of the trials that end with the supervisor's giving up, times the rate at which excursions begin, is the
// rate of its failures. There are no levels, no states to choose from and no product, so what goes wrong with one of
// the two methods does not with the other. With windows below each other the weights would be carried by few trials.
#include "runtime/tilting.hpp"

#include <algorithm>
#include <cmath>

namespace treefall::runtime {
namespace {

/// Crashes per nanosecond at which a window is about full.
double filling(const Search& search) {
  const NodeInfo& node = search.model.nodes[search.model.places[search.of].node];
  return static_cast<double>(node.max_restarts) / (static_cast<double>(node.max_seconds) * 1e9);
}

/// From an excursion's begin to its end: the weight with which it ends with giving up, else 0. Nothing: a clock does
/// not run.
std::optional<double> play_tilted(const Search& search, Execution& x, Stream& chance, const std::atomic<bool>& stop) {
  double weight = 1;
  while (!has_fallen(x, search.of)) {
    const Time calm = search.importance.calm(x);
    if (x.over || x.trouble != nullptr || calm <= x.now + 1 || stop) return 0;
    const double rate = search.forcing.rate(x), faster = std::max(rate, filling(search));
    if (rate <= 0 || !search.forcing.all_run(x)) return std::nullopt;
    const Time since = x.now, after = search.forcing.hasten(x, faster, chance);
    x.lookout->counted = false;
    x.until = calm - 1;
    play(x, is_set, &stop);
    const bool rang = x.now - since >= after;
    const auto time = static_cast<double>(rang ? after : x.now - since);
    weight *= (rang ? rate / faster : 1) * std::exp((faster - rate) * time);
  }
  return weight;
}

}  // namespace

std::optional<double> tilted(const Search& search, const Beginnings& begun, Execution& x, std::uint32_t repetition,
                             const std::atomic<bool>& stop, std::uint64_t& events) {
  if (!search.importance.of_one_window() || begun.entrances.empty()) return std::nullopt;
  Stream chance = stream(search.seed, repetition, source_name("", "tilting"));
  const std::uint64_t most = events + search.most_events / 4;
  double sum = 0;
  std::uint64_t trial = 0;
  for (; trial < search.trials && events <= most; ++trial) {
    static_cast<State&>(x) = begun.entrances[trial % begun.entrances.size()].state;
    x.events = 0;
    reset_streams(x, ~search.seed, (std::uint64_t{1} << 63) + (std::uint64_t{repetition} << 40) + trial);
    const auto weight = play_tilted(search, x, chance, stop);
    events += x.events;
    if (!weight || stop) return std::nullopt;
    sum += *weight;
  }
  return begun.per_second * sum / static_cast<double>(trial);
}

}  // namespace treefall::runtime
