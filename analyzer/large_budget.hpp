// Restart intensities too large for the scan of whole seconds: the scan statistic of a Poisson process in continuous
// time, by formulas that cost O(R). Internal to the restart-intensity mathematics.
#pragma once

#include <cstdint>

namespace treefall::analyzer::large {

/// Survival of a window of `width` seconds against `restarts` and a Poisson rate: P(no failure by L widths) for L = 1,
/// 2, 3, and the mean time to failure.
struct Windows {
  double mean_time = 0;
  double hazard = 0;  // per second in the long run
  double after_two = 0;
};
Windows naus(std::uint64_t restarts, double width, double rate);

/// Does one period's worth of restarts surely exceed the budget?
bool overwhelmed(std::uint64_t restarts, std::uint64_t seconds, double rate);

/// P(Poisson(mean) <= n) and P(Poisson(mean) >= n), each summed from its small end.
double poisson_at_most(double n, double mean);
double poisson_at_least(double n, double mean);

}  // namespace treefall::analyzer::large
