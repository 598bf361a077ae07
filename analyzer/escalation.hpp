// Restart budgets above each other: how many starts, how long, and how often it takes a failure to climb a tree.
// Levels are listed from the leaf's own supervisor up to the root. The mathematics stands in escalation.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/crash_clock.hpp"
#include "analyzer/estimate.hpp"
#include "analyzer/intensity.hpp"

namespace treefall::analyzer {

struct Level {
  Window window;
  spec::Duration stop{};     // the orderly stop of the siblings when this supervisor gives up
  bool escalates = true;     // false: transient or temporary, its end is not restarted and climbs no further
  spec::Duration restart{};  // stop and init times of one restart at this level
};

/// Starts of the worker (the first one included) before the last of `levels` gives up, when it crashes soon after
/// every successful start: prod (R_i + 1), stopping at a level that does not escalate. Saturates at 2^64 - 1.
std::uint64_t starts_until_root_dies(const std::vector<Level>& levels);
/// Start attempts when the first start succeeds, the worker then crashes, and every init fails from then on: 1 + sum
/// R_i.
std::uint64_t attempts_until_root_dies(const std::vector<Level>& levels);

/// What becomes of one level when the worker lives for exactly `life` after each start.
struct LevelFate {
  Certainty certainty = Certainty::never;
  spec::Duration gap{};              // between restarts at this level, were every level below certain
  std::optional<spec::Duration> at;  // when it first gives up, if certain: T_k = (R_k + 1) T_{k-1} + stop
};
/// One entry a level; nothing above a level that is not certain is better than phase-dependent, nothing above a level
/// that never gives up, or that does not escalate, ever gives up.
std::vector<LevelFate> climb(spec::Duration life, const std::vector<Level>& levels);
/// The longest and the shortest life for which level `index` (0: the worker's own supervisor) surely and surely never
/// gives up: below `certain` it does whatever the clock's phase, from `never` on it does not.
struct Insulation {
  double certain = 0;  // seconds
  double never = 0;
};
Insulation insulation(const std::vector<Level>& levels, std::size_t index);

/// One child supervisor (or group of `copies` alike) seen from above.
struct FailingChild {
  Window window;
  double rate = 0;  // crashes per second below each of them while it is up
  std::uint64_t copies = 1;
  spec::Distribution delay = spec::Constant{0};  // stop and init time of each of their restarts
};
/// Mean time to failure and failure probability of a supervisor whose restarts are the failures of these supervisors
/// and `own_rate` crashes of its own workers per second: failures propagated as a Poisson stream, corrected for a child
/// that has just been restarted with an empty budget.
Estimate mean_time_to_failure_above(const Window& window, const std::vector<FailingChild>& children, double own_rate);
Estimate failure_probability_above(const Window& window, const std::vector<FailingChild>& children, double own_rate,
                                   double horizon);

}  // namespace treefall::analyzer
