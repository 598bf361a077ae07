// The only place of the runtime that knows Boost.Math.
#include "runtime/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <vector>

namespace treefall::runtime {

Interval proportion(double hits, double trials, double confidence) {
  if (trials <= 0) return {0, 1};
  const double tail = (1 - confidence) / 2;
  const double misses = trials - hits;
  using Beta = boost::math::beta_distribution<double>;
  const double low = hits <= 0 ? 0 : boost::math::quantile(Beta(hits, misses + 1), tail);
  const double high = misses <= 0 ? 1 : boost::math::quantile(boost::math::complement(Beta(hits + 1, misses), tail));
  return {low, high};
}

Interval poisson_rate(double count, double exposure, double confidence) {
  if (exposure <= 0) return {0, std::numeric_limits<double>::infinity()};
  const double tail = (1 - confidence) / 2;
  using ChiSquared = boost::math::chi_squared_distribution<double>;
  const double low = count <= 0 ? 0 : boost::math::quantile(ChiSquared(2 * count), tail);
  const double high = boost::math::quantile(boost::math::complement(ChiSquared(2 * count + 2), tail));
  return {low / (2 * exposure), high / (2 * exposure)};
}

Interval around(double value, double standard_error, std::uint64_t units, double confidence) {
  if (units < 2) return {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  if (standard_error == 0) return {value, value};
  using Student = boost::math::students_t_distribution<double>;
  const Student student(static_cast<double>(units - 1));
  const double half = standard_error * boost::math::quantile(boost::math::complement(student, (1 - confidence) / 2));
  return {value - half, value + half};
}

Interval around_skewed(double value, double standard_error, std::uint64_t units, double skew, double confidence) {
  const Interval plain = around(0, standard_error, units, confidence);
  if (std::abs(skew) < 1e-6 || standard_error == 0 || units < 2) return {value + plain.low, value + plain.high};
  // the cubic transformation turned round
  const auto errors = [&](double quantile) { return 3 / skew * (std::cbrt(1 + skew * (quantile - skew / 6)) - 1); };
  const double quantile = plain.high / standard_error;
  return {value - standard_error * errors(quantile), value - standard_error * errors(-quantile)};
}

QuantileEstimate quantile(const Histogram& histogram, std::uint64_t total, double level, double weight,
                          double confidence) {
  // The ranks between which the quantile lies with the confidence asked for, by the binomial law of how many of n
  // independent observations fall below it (David & Nagaraja, Order Statistics, 7.1); n is the effective number.
  const auto all = static_cast<double>(total);
  const double n = std::max(1.0, std::floor(all * std::min(1.0, weight)));
  const double tail = (1 - confidence) / 2;
  const boost::math::binomial_distribution<double> below(n, level);
  const double low_rank = n < 2 ? 0 : boost::math::quantile(below, tail) / n * all;
  const double high_rank = n < 2 ? all : (boost::math::quantile(boost::math::complement(below, tail)) + 1) / n * all;
  QuantileEstimate result;
  double seen = 0;
  bool has_low = false;
  bool has_value = false;
  bool has_high = false;
  double last = 0;
  histogram.each([&](const Histogram::Bin& bin) {
    seen += static_cast<double>(bin.count);
    const auto low = static_cast<double>(bin.low);
    const auto high = static_cast<double>(bin.high - 1);
    if (!has_low && seen > low_rank) {
      result.interval.low = low;
      has_low = true;
    }
    if (!has_value && seen >= level * all) {
      result.value = (low + high) / 2;
      has_value = true;
    }
    if (!has_high && seen >= high_rank) {
      result.interval.high = high;
      has_high = true;
    }
    last = high;
  });
  if (!has_high) result.interval.high = last;
  return result;
}

double variance(const Histogram& histogram, std::uint64_t total) {
  if (total < 2) return 0;
  long double sum = 0;
  long double squares = 0;
  histogram.each([&](const Histogram::Bin& bin) {
    const long double middle = (static_cast<long double>(bin.low) + static_cast<long double>(bin.high - 1)) / 2;
    sum += middle * static_cast<long double>(bin.count);
    squares += middle * middle * static_cast<long double>(bin.count);
  });
  const auto n = static_cast<long double>(total);
  return static_cast<double>(std::max(0.0L, (squares - sum * sum / n) / (n - 1)));
}

}  // namespace treefall::runtime
