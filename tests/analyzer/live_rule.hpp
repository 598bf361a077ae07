// OTP's restart rule played out, as a witness for the formulas: stamps in whole seconds from a random phase.
#pragma once

#include <cmath>
#include <cstdint>
#include <deque>
#include <random>

#include "analyzer/intensity.hpp"

namespace live_rule {

/// The time of the restart that ends it; `gap` draws the time to the next restart; infinite behind `until`.
template <class Gap>
double time_to_failure(const treefall::analyzer::Window& window, std::mt19937_64& random, Gap&& gap, double until) {
  const double phase = std::uniform_real_distribution<>(0, 1)(random);
  std::deque<double> stamps;
  for (double now = gap(random); now <= until; now += gap(random)) {
    const double stamp = std::floor(now + phase);
    while (!stamps.empty() && stamps.front() < stamp - static_cast<double>(window.seconds)) stamps.pop_front();
    stamps.push_back(stamp);
    if (stamps.size() > window.restarts) return now;
  }
  return INFINITY;
}

struct Mean {
  double value = 0;
  double error = 0;  // standard error
};

template <class Gap>
Mean mean_time(const treefall::analyzer::Window& window, std::uint64_t seed, int runs, Gap&& gap) {
  std::mt19937_64 random(seed);
  double sum = 0, squares = 0;
  for (int i = 0; i < runs; ++i) {
    const double t = time_to_failure(window, random, gap, INFINITY);
    sum += t;
    squares += t * t;
  }
  const double mean = sum / runs;
  return {mean, std::sqrt((squares / runs - mean * mean) / runs)};
}

template <class Gap>
Mean failure_share(const treefall::analyzer::Window& window, std::uint64_t seed, int runs, double horizon, Gap&& gap) {
  std::mt19937_64 random(seed);
  int failed = 0;
  for (int i = 0; i < runs; ++i) failed += time_to_failure(window, random, gap, horizon) <= horizon ? 1 : 0;
  const double p = static_cast<double>(failed) / runs;
  return {p, std::sqrt(p * (1 - p) / runs)};
}

}  // namespace live_rule
