// Claims about mean times to failure that replicas to the horizon leave open, because they cut lives off. Internal to
// confirm/.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "confirm/stage.hpp"

namespace treefall::confirm {

/// Keeps replicas to the horizon from being played for those alone that complete lives can decide in `affordable`
/// seconds of execution.
void leave_life_claims(std::vector<Claim>& claims, double affordable);

/// Judges them by complete lives (runtime/lives.hpp) where enough of these fit into `affordable` seconds of execution,
/// and says why where they don't. Takes as many events again as the budget has, at most, and says how many.
std::uint64_t judge_life_claims(const spec::Design& design, std::vector<Claim>& claims, double affordable,
                                const Options& options, const std::atomic<bool>& halt);

}  // namespace treefall::confirm
