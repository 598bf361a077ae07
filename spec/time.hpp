// Time as the language counts it: whole nanoseconds, so that execution is exact and repeatable.
#pragma once

#include <chrono>
#include <cstdint>

namespace treefall::spec {

using Duration = std::chrono::duration<std::int64_t, std::nano>;

/// What `infinity` reads as.
inline constexpr Duration infinite = Duration::max();

/// Seconds as a real number, for formulas; `infinite` becomes +inf.
inline constexpr double in_seconds(Duration duration) {
  return duration == infinite ? __builtin_inf() : static_cast<double>(duration.count()) / 1e9;
}

}  // namespace treefall::spec
