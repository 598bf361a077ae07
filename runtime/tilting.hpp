// Rare failures of one window by changing the crash rate: the cross-check of splitting (rare.hpp).
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "runtime/excursions.hpp"

namespace treefall::runtime {

/// Times that the supervisor gives up per second of its life, from the excursions that one repetition has seen begin.
/// Nothing where other supervisors below have windows of their own, where no memoryless clock crashes anything or one
/// rests while a window is not empty (until a start or a fault: crashes would come from where none were drawn), or
/// where it was stopped. `x` is overwritten; what was played is added to `events`.
std::optional<double> tilted(const Search& search, const Beginnings& begun, Execution& x, std::uint32_t repetition,
                             const std::atomic<bool>& stop, std::uint64_t& events);

}  // namespace treefall::runtime
