// The place within its whole second at which a restart comes, where gaps vary so little that the next one remembers it.
#pragma once

#include "analyzer/intensity.hpp"

namespace treefall::analyzer {

/// Gaps whose standard deviation is longer than this (seconds) put the next restart anywhere in its second.
inline constexpr double forgets_phase = 3;

/// Mean number of restarts until one comes less than P + 1 whole seconds after the one before (R = 1), from a start at
/// a random place in its second on. For gaps with a standard deviation of at most `forgets_phase`.
double mean_restarts_by_phase(std::uint64_t seconds, const spec::Distribution& gap);

/// By what factor the mean number of restarts beyond the first R may differ from what it would be if the place of each
/// restart in its second were random anew: 1 or more.
double factor_of_phases(const spec::Distribution& gap);

}  // namespace treefall::analyzer
