// Restart number j (from 0) at time t[j] ends a supervisor with R restarts in P seconds when the stamps
// floor(t + phase) of restarts j - R and j are at most P apart. With s = t[j] - t[j-R]:
// - s <= P: at every phase;  s >= P + 1 s: at none;
// - in between: exactly when (t[j-R] + phase) mod 1 s < P + 1 s - s, an arc of the circle of phases.
// So each restart takes an arc off the phases that are still alive, in the order of time; what an arc takes off ends
// there and then. No sampling: the arcs are whole nanoseconds.
//
// For a regular interval d all the arcs have the same width and turn by d mod 1 s from one restart to the next; the
// circle is covered, or the turn has come back to where it began (after 1 s / gcd(d, 1 s) restarts), and nothing new
// can happen.
#include "analyzer/crash_clock.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <queue>
#include <tuple>

namespace treefall::analyzer {

namespace {

using spec::Duration;

constexpr std::int64_t second = 1'000'000'000;

// The period as a count of nanoseconds; a period that no clock reaches counts as endless.
std::int64_t period_of(const Window& window) {
  constexpr std::uint64_t most = 9'000'000'000;
  return static_cast<std::int64_t>(std::min(window.seconds, most)) * second;
}

// The phases, as [from, to) in nanoseconds, that no restart has ended so far; and those that one has.
class Phases {
 public:
  bool none_left() const { return alive_.empty(); }
  /// Restart `number` at `at` ends the phases of the arc that begins at `from` (any integer) and is `width` long.
  void end(std::int64_t from, std::int64_t width, const LastRestart& restart) {
    if (width >= second) return cut(0, second, restart);
    from = ((from % second) + second) % second;
    cut(from, std::min(from + width, second), restart);
    if (from + width > second) cut(0, from + width - second, restart);
  }
  ClockOutcome outcome() &&;

 private:
  struct Arc {
    std::int64_t from, to;
  };
  void cut(std::int64_t from, std::int64_t to, const LastRestart& restart) {
    std::vector<Arc> rest;
    for (const auto& arc : alive_) {
      const auto a = std::max(arc.from, from), b = std::min(arc.to, to);
      if (a >= b) {
        rest.push_back(arc);
        continue;
      }
      if (arc.from < a) rest.push_back({arc.from, a});
      if (b < arc.to) rest.push_back({b, arc.to});
      ended_.push_back({Duration{a}, Duration{b}, restart});
    }
    alive_ = std::move(rest);
  }

  std::vector<Arc> alive_{{0, second}};
  std::vector<PhaseRange> ended_;
};

ClockOutcome Phases::outcome() && {
  ClockOutcome result;
  std::int64_t dead = 0;
  for (const auto& range : ended_) {
    dead += (range.to - range.from).count();
    if (!result.earliest) result.earliest = range.end;  // they come in the order of time
    result.latest = range.end;
  }
  result.fraction = static_cast<double>(dead) / static_cast<double>(second);
  result.certainty = dead == 0 ? Certainty::never : dead == second ? Certainty::certain : Certainty::phase_dependent;
  result.phases = std::move(ended_);
  for (const auto& arc : alive_) result.phases.push_back({Duration{arc.from}, Duration{arc.to}, std::nullopt});
  std::sort(result.phases.begin(), result.phases.end(), [](const auto& a, const auto& b) { return a.from < b.from; });
  // Neighbours with the same end are one range.
  std::vector<PhaseRange> joined;
  for (const auto& range : result.phases) {
    if (!joined.empty() && joined.back().end == range.end)
      joined.back().to = range.to;
    else
      joined.push_back(range);
  }
  result.phases = std::move(joined);
  return result;
}

// The arc that a span `s` up to a restart ends, beginning where its oldest restart `oldest` starts a second.
void apply(Phases& phases, std::int64_t period, Duration oldest, const LastRestart& restart) {
  const std::int64_t span = (restart.at - oldest).count();
  const std::int64_t width = span <= period ? second : period + second - span;
  if (width > 0) phases.end(-oldest.count() % second, width, restart);
}

}  // namespace

ClockOutcome outcome(const Window& window, const std::vector<Duration>& restarts) {
  Phases phases;
  const std::int64_t period = period_of(window);
  for (std::size_t j = 0; j < restarts.size() && !phases.none_left(); ++j)
    if (j >= window.restarts)
      apply(phases, period, restarts[j - static_cast<std::size_t>(window.restarts)], {j + 1, restarts[j]});
  return std::move(phases).outcome();
}

std::optional<LastRestart> outcome_at(const Window& window, const std::vector<Duration>& restarts, Duration phase) {
  const auto stamp = [&](Duration t) {
    const std::int64_t at = (t + phase).count();
    return at / second - (at % second < 0 ? 1 : 0);
  };
  for (std::size_t j = 0; j < restarts.size(); ++j) {
    if (j < window.restarts) continue;
    const auto oldest = restarts[j - static_cast<std::size_t>(window.restarts)];
    if (stamp(restarts[j]) - stamp(oldest) <= period_of(window) / second) return LastRestart{j + 1, restarts[j]};
  }
  return std::nullopt;
}

Certainty certainty_of_interval(const Window& window, Duration interval) {
  if (window.restarts == 0 || interval.count() == 0) return Certainty::certain;
  // R d against P and P + 1 s, by division, so that no product is too large.
  const auto d = static_cast<std::uint64_t>(interval.count());
  const auto period = static_cast<std::uint64_t>(period_of(window));
  if (d <= period / window.restarts) return Certainty::certain;
  return d >= (period + second + window.restarts - 1) / window.restarts ? Certainty::never : Certainty::phase_dependent;
}

ClockOutcome outcome_of_regular(const Window& window, Duration first, Duration interval, Duration horizon) {
  constexpr std::int64_t most_turns = 200'000;
  Phases phases;
  const auto always = certainty_of_interval(window, interval);
  if (always == Certainty::never || first > horizon) return std::move(phases).outcome();
  const auto oldest_to_last = interval.count() * static_cast<std::int64_t>(window.restarts);
  std::int64_t turns = 1;
  if (always == Certainty::phase_dependent) turns = second / std::gcd(interval.count(), second);
  bool complete = true;
  for (std::int64_t i = 0; i < turns && !phases.none_left(); ++i) {
    if (i == most_turns) {
      complete = false;
      break;
    }
    const std::int64_t oldest = first.count() + i * interval.count();
    if (oldest > horizon.count() - oldest_to_last) break;
    apply(phases, period_of(window), Duration{oldest},
          {window.restarts + 1 + static_cast<std::uint64_t>(i), Duration{oldest + oldest_to_last}});
  }
  auto result = std::move(phases).outcome();
  result.complete = complete;
  return result;
}

MergedCrashes merge(const std::vector<RegularCrashes>& sources, Duration horizon, std::size_t limit) {
  MergedCrashes merged;
  using Next = std::tuple<Duration, std::size_t>;  // time, source: at the same time in the order of the sources
  std::priority_queue<Next, std::vector<Next>, std::greater<>> queue;
  for (std::size_t i = 0; i < sources.size(); ++i)
    if (sources[i].first <= horizon) queue.emplace(sources[i].first, i);
  while (!queue.empty()) {
    const auto [at, i] = queue.top();
    queue.pop();
    const auto room = limit - merged.times.size();
    merged.complete = sources[i].together <= room;
    merged.times.insert(merged.times.end(), std::min(room, static_cast<std::size_t>(sources[i].together)), at);
    if (!merged.complete) return merged;
    if (sources[i].interval.count() > 0 && at <= horizon - sources[i].interval)
      queue.emplace(at + sources[i].interval, i);
  }
  return merged;
}

}  // namespace treefall::analyzer
