// Restart intensity against restarts that come several at once. Where even their events use up a period's budget, what
// counts is how many events that takes, by the renewal equation of their sizes; else the law of a second
// (count_law.hpp) goes into the scan; and where that law is too long to list, a Poisson law of the same mean and
// variance stands for it.
#include <algorithm>
#include <cmath>
#include <limits>

#include "analyzer/intensity.hpp"
#include "analyzer/large_budget.hpp"

namespace treefall::analyzer {

namespace {

constexpr double failed_starts = 1e-9;  // share of runs of failed starts that is left out
constexpr double infinity = std::numeric_limits<double>::infinity();

double squared(double x) { return x * x; }

constexpr double most_listed = 20'000;  // restarts per second
constexpr std::uint64_t most_restarts = 1'000'000;
constexpr const char* no_rate = "how often it restarts is not known";
constexpr const char* at_once = "restarts without end, at once";

struct Moments {
  double mean = 0;
  double square = 0;
};
Moments moments_of(const std::vector<double>& sizes) {
  Moments moments;
  for (std::size_t j = 0; j < sizes.size(); ++j) {
    moments.mean += static_cast<double>(j + 1) * sizes[j];
    moments.square += squared(static_cast<double>(j + 1)) * sizes[j];
  }
  return moments;
}

// The mean number of events until there have been more than R restarts: the sum over all n <= R of P(their sum is ever
// n).
double events_needed(const std::vector<double>& sizes, std::uint64_t restarts) {
  std::vector<double> reached(restarts + 1);
  reached[0] = 1;
  double sum = 1;
  for (std::size_t n = 1; n <= restarts; ++n) {
    for (std::size_t j = 1; j <= std::min(n, sizes.size()); ++j) reached[n] += sizes[j - 1] * reached[n - j];
    sum += reached[n];
  }
  return sum;
}

struct Equivalent {
  Window window;
  double rate = 0;
};
// As a Poisson law with as many restarts in units of the variance-to-mean ratio of the batches.
Equivalent poisson_equivalent(const Window& window, const Batches& batches) {
  const Moments moments = moments_of(batches.sizes);
  const double unit = moments.square / moments.mean;
  const auto restarts = static_cast<std::uint64_t>(static_cast<double>(window.restarts) / unit);
  return {{restarts, window.seconds}, batches.rate * moments.mean / unit};
}

bool too_many_to_list(const Window& window, const Batches& batches) {
  return window.restarts > most_restarts || batches.rate * moments_of(batches.sizes).mean > most_listed;
}

}  // namespace

std::vector<double> runs_of_starts(const Window& window, double failure) {
  const std::uint64_t most = std::min<std::uint64_t>(window.restarts + 2, 10'000);
  std::vector<double> runs;
  double left = 1;
  for (std::uint64_t i = 0; i + 1 < most && left > failed_starts; ++i, left *= failure)
    runs.push_back(left * (1 - failure));
  runs.push_back(left);
  return runs;
}

Estimate mean_time_to_failure(const Window& window, const Batches& batches) {
  if (std::isnan(batches.rate)) return unsaid(no_rate);
  if (batches.rate <= 0) return exactly(infinity, "no restart is ever counted");
  if (std::isinf(batches.rate)) return exactly(0, at_once);
  if (window.restarts <= most_restarts && large::overwhelmed(window.restarts, window.seconds, batches.rate))
    return exactly(events_needed(batches.sizes, window.restarts) / batches.rate,
                   "the mean time of as many restarts, all counting together");
  if (!too_many_to_list(window, batches)) {
    Estimate time = mean_time_to_failure(window, compound_counts(batches.rate, batches.sizes, window.restarts));
    // The law of a second spreads the restarts of one event over it; together they are counted half a second sooner at
    // the most, but no sooner than as many events come as it takes.
    constexpr double sooner = 0.5;
    if (batches.sizes.size() < 2 || sooner <= 1e-3 * time.value) return time;
    const double least = events_needed(batches.sizes, window.restarts) / batches.rate;
    time.low = std::max(least, time.low - sooner);
    time.value = std::max(least, time.value - sooner / 2);
    time.high = std::max(time.high, time.value);
    time.method = time.method == Method::exact ? Method::bound : time.method;
    return time;
  }
  const auto poisson = poisson_equivalent(window, batches);
  return for_equivalent_poisson(mean_time_to_failure(poisson.window, poisson.rate), infinity);
}

Estimate failure_probability(const Window& window, const Batches& batches, double horizon) {
  if (std::isnan(batches.rate)) return unsaid(no_rate);
  if (batches.rate <= 0 || horizon <= 0) return exactly(0, "no restart is ever counted");
  if (std::isinf(batches.rate)) return exactly(1, at_once);
  if (!too_many_to_list(window, batches))
    return failure_probability(window, compound_counts(batches.rate, batches.sizes, window.restarts), horizon);
  const auto poisson = poisson_equivalent(window, batches);
  return for_equivalent_poisson(failure_probability(poisson.window, poisson.rate, horizon), 1);
}

}  // namespace treefall::analyzer
