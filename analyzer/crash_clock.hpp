// Crashes at known times against a restart intensity: certain, never, or a matter of where the tree's start lies in
// the clock's second. Exact, in nanoseconds. The mathematics stands in crash_clock.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/intensity.hpp"
#include "spec/time.hpp"

namespace treefall::analyzer {

enum class Certainty { never, phase_dependent, certain };

/// The restart that the supervisor does not survive.
struct LastRestart {
  std::uint64_t number = 0;  // counted from 1
  spec::Duration at{};
  friend bool operator==(const LastRestart&, const LastRestart&) = default;
};

/// Phases `from` <= phase < `to` of the clock, within 0 to 1 s, that have the same outcome.
struct PhaseRange {
  spec::Duration from{};
  spec::Duration to{};
  std::optional<LastRestart> end;  // nothing: survives
};

struct ClockOutcome {
  Certainty certainty = Certainty::never;
  /// The share of phases that end it: 0 for never, 1 for certain, exact; with `complete` false a lower bound.
  double fraction = 0;
  std::optional<LastRestart> earliest;  // over the phases that end it
  std::optional<LastRestart> latest;
  std::vector<PhaseRange> phases;  // in order, covering 0 to 1 s
  bool complete = true;            // false: more crashes than could be followed
};

/// The restarts are counted at these times (in order; equal times are a burst): all phases of the clock.
ClockOutcome outcome(const Window& window, const std::vector<spec::Duration>& restarts);
/// The same at one phase (0 <= phase < 1 s): the restart that ends it, if one does.
std::optional<LastRestart> outcome_at(const Window& window, const std::vector<spec::Duration>& restarts,
                                      spec::Duration phase);
/// Restarts at first, first + interval, … up to and including `horizon`. An interval of 0 is certain death at `first`.
ClockOutcome outcome_of_regular(const Window& window, spec::Duration first, spec::Duration interval,
                                spec::Duration horizon);

/// One regular source of crashes, `together` of them at each of its times.
struct RegularCrashes {
  spec::Duration first{};
  spec::Duration interval{};  // 0: once only
  std::uint64_t together = 1;
};
/// The times of all of them up to `horizon`, merged in order; at most `limit` of them (then `complete` is false).
struct MergedCrashes {
  std::vector<spec::Duration> times;
  bool complete = true;
};
MergedCrashes merge(const std::vector<RegularCrashes>& sources, spec::Duration horizon, std::size_t limit = 100000);

/// Where a regular interval stands, whatever the horizon: certain if R d <= P, never if R d >= P + 1 s.
Certainty certainty_of_interval(const Window& window, spec::Duration interval);

}  // namespace treefall::analyzer
