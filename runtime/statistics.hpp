// Confidence intervals: exact ones for counts, Student's for means of independent units, order statistics for
// quantiles.
#pragma once

#include <cstdint>

#include "runtime/histogram.hpp"

namespace treefall::runtime {

struct Interval {
  double low = 0;
  double high = 0;
};

/// Clopper & Pearson 1934: of `hits` in `trials`; covers at least with `confidence`. `hits` may be fractional: a sum of
/// independent shares in [0, 1], which scatter less than hits and misses do.
Interval proportion(double hits, double trials, double confidence);
/// Of the rate of a Poisson process seen `count` times in `exposure`, which may have been cut off (Garwood 1936).
Interval poisson_rate(double count, double exposure, double confidence);
/// value +- t * standard error, with units - 1 degrees of freedom.
Interval around(double value, double standard_error, std::uint64_t units, double confidence);

/// How skew the mean of some observations may be for `around_skewed`; beyond, a few of them carry it, and how much
/// larger ones are still to come can't be told.
inline constexpr double most_skew = 0.2;
/// The same of a mean that is itself skew (skewness of the observations / root of their number, at most `most_skew`):
/// Student's interval of Hall's transformation (On the removal of skewness by transformation, JRSS B 54, 1992).
Interval around_skewed(double value, double standard_error, std::uint64_t units, double skew, double confidence);

struct QuantileEstimate {
  double value = 0;
  Interval interval;
};
/// The quantile at `level` of what a histogram holds, in nanoseconds. `weight` is how many independent observations one
/// of it is worth (1 where they are independent). Bounds are bin edges, outwards.
QuantileEstimate quantile(const Histogram& histogram, std::uint64_t total, double level, double weight,
                          double confidence);
/// Variance of what a histogram holds, bins taken at their middle.
double variance(const Histogram& histogram, std::uint64_t total);

}  // namespace treefall::runtime
