// Budgets above each other.
//
// A worker that crashes soon after every start uses up R_1 + 1 starts of its own supervisor, each of which is one
// restart of the level above, and so on: prod (R_i + 1) starts. When init itself fails, the failed start of a level is
// a failed start of the levels below it at once, and nothing multiplies: 1 + sum R_i attempts. Both were counted on
// real nodes (3/5 on four levels: 256 and 13).
//
// With a worker that lives for exactly T_0, level k sees its restarts T_{k-1} apart and gives up at
// T_k = (R_k + 1) T_{k-1} + R_k restart + stop. It surely does when R_k gaps fit into P_k, never when they need P_k + 1
// s.
//
// Random failures of child supervisors come nearly as a Poisson stream of rate sum 1 / M_i. But a child that has just
// failed restarts with an empty budget and cannot fail again at once: g after a failure its rate is lambda
// P(Poisson(lambda g) >= R_1) instead of 1 / M, for g < P_1. Of R failures above within P, two that lie k apart are g
// apart with g / P ~ Beta(k, R + 1 - k), and of the same child with probability W = sum w_i^2 (w_i its share of the
// rate). So the j-th of them is missing with probability W (m_1 + ... + m_j), m_k the mean of what is missing at such a
// distance, which thins the hazard above by
//   prod_{j <= R} [1 - W (m_1 + ... + m_j)],
// 0.865 for four children 3/5 under 3/60, where splitting simulation gave 0.877 +- 0.009. Where all children have
// failed already, the next failure is of one of them, and no factor is less than 1 - m_1. With fewer children than
// R + 1 nothing but such second failures end it; then the low end says nothing.
//
// A budget is empty at first, so failures begin as if the clock had been started d later: P(no failure by t) becomes
// exp(-h (t - d)), M = d + 1 / h. Within a horizon H the first failures of children lack d, and each further one of the
// same child d again: failures come at the rate sum h_i in what is left, about H - d (1 + R W); at the least at the
// rate sum 1 / M_i in H - d (R + 1), at the most in all of H.
#include "analyzer/escalation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analyzer/large_budget.hpp"

namespace treefall::analyzer {

namespace {

using spec::Duration;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

std::uint64_t product(std::uint64_t a, std::uint64_t b) { return a != 0 && b > most / a ? most : a * b; }
std::uint64_t sum(std::uint64_t a, std::uint64_t b) { return b > most - a ? most : a + b; }

// a * times + more, or nothing where no clock counts that far.
std::optional<Duration> span(Duration a, std::uint64_t times, Duration more) {
  const auto value = static_cast<double>(a.count()) * static_cast<double>(times) + static_cast<double>(more.count());
  if (value > 9e18) return std::nullopt;
  return a * static_cast<std::int64_t>(times) + more;
}

}  // namespace

std::uint64_t starts_until_root_dies(const std::vector<Level>& levels) {
  std::uint64_t starts = 1;
  for (const auto& level : levels) {
    starts = product(starts, sum(level.window.restarts, 1));
    if (!level.escalates) break;
  }
  return starts;
}

std::uint64_t attempts_until_root_dies(const std::vector<Level>& levels) {
  std::uint64_t attempts = 1;
  for (const auto& level : levels) {
    attempts = sum(attempts, level.window.restarts);
    if (!level.escalates) break;
  }
  return attempts;
}

std::vector<LevelFate> climb(Duration life, const std::vector<Level>& levels) {
  std::vector<LevelFate> fates;
  auto below = Certainty::certain;       // of what the level sees as crashes
  std::optional<Duration> lasts = life;  // how long each incarnation below lasts, at the least
  for (const auto& level : levels) {
    LevelFate fate;
    if (lasts && below != Certainty::never) {
      fate.gap = *lasts + level.restart;
      fate.certainty = std::min(below, certainty_of_interval(level.window, fate.gap));
    }
    if (fate.certainty != Certainty::never) {
      const auto restarts = span(level.restart, level.window.restarts, level.stop);
      lasts = restarts ? span(*lasts, sum(level.window.restarts, 1), *restarts) : std::nullopt;
      if (fate.certainty == Certainty::certain) fate.at = lasts;
    }
    fates.push_back(fate);
    below = level.escalates ? fate.certainty : Certainty::never;
  }
  return fates;
}

Insulation insulation(const std::vector<Level>& levels, std::size_t index) {
  Insulation result{infinity, infinity};
  double lives = 1, added = 0;  // what the level sees lasts lives * life + added
  for (std::size_t k = 0; k <= index && k < levels.size(); ++k) {
    const auto& level = levels[k];
    const auto r = static_cast<double>(level.window.restarts);
    const auto p = static_cast<double>(level.window.seconds);
    const double restart = spec::in_seconds(level.restart);
    if (r > 0) {
      result.certain = std::min(result.certain, std::max(0.0, (p / r - restart - added) / lives));
      result.never = std::min(result.never, std::max(0.0, ((p + 1) / r - restart - added) / lives));
    }
    if (!level.escalates && k < index) return {0, 0};
    lives *= r + 1;
    added = added * (r + 1) + r * restart + spec::in_seconds(level.stop);
  }
  return result;
}

// ---- random failures --------------------------------------------------------------------------------------------

namespace {

// Measured: tests/analyzer/escalation_test.cpp. The second while children fail within few of their windows.
constexpr double rare_error = 0.06;
constexpr double frequent_error = 0.2;
constexpr double much_longer = 100;  // than what is forgotten: an empty budget at the start does not matter

// The share of failures that is missing k failures after one of the same child, k = 1 ... R.
std::vector<double> missing(const Window& above, const FailingChild& child, double mean) {
  const auto r = static_cast<double>(above.restarts), p = static_cast<double>(above.seconds) + 0.5;
  const auto r1 = static_cast<double>(child.window.restarts), p1 = static_cast<double>(child.window.seconds) + 0.5;
  constexpr int steps = 200;
  constexpr std::uint64_t most_apart = 100;  // beyond that they are as far apart as any
  const double step = std::min(p, p1) / steps;
  std::vector<double> all(std::min<std::uint64_t>(above.restarts, most_apart), 0);
  for (int i = 0; i < steps; ++i) {
    const double g = (i + 0.5) * step;
    const double there = std::min(1.0, child.rate * mean * large::poisson_at_least(r1, child.rate * g));
    const double x = g / p;
    for (std::size_t k = 1; k <= all.size(); ++k) {
      const auto at = static_cast<double>(k);
      const double logarithm = std::lgamma(r + 1) - std::lgamma(at) - std::lgamma(r + 1 - at) + (at - 1) * std::log(x) +
                               (r - at) * std::log1p(-std::min(x, 1 - 1e-15));
      all[k - 1] += (1 - there) * std::exp(logarithm) * step / p;
    }
  }
  return all;
}

struct Stream {
  double rate = 0, low = 0, high = 0;  // failures per second
  double thinned = 1;                  // what is left of the hazard above
  bool repeats = false;                // some child must fail twice
  double error = rare_error;
  double same = 0;  // probability that two failures are of the same child
};

// So much later than from the start the failures of one that has just started come as in the long run.
double delay_of(const FailingChild& child) {
  const double t = 4 * (static_cast<double>(child.window.seconds) + 1);
  const auto survived = [&](double within) {
    return std::log1p(-failure_probability(child.window, child.rate, child.delay, within).value);
  };
  const double once = survived(t), hazard = (once - survived(2 * t)) / t;
  return hazard > 0 && std::isfinite(hazard) ? std::clamp(t + once / hazard, 0.0, t) : 0;
}

// Children that have just started: their failures per second once they come, and how late they begin, on average.
struct Beginning {
  double rate = 0;
  double delay = 0;
};

Beginning beginning_of(const std::vector<FailingChild>& children, double own_rate) {
  Beginning begins{own_rate, 0};
  for (const auto& child : children) {
    if (child.rate <= 0) continue;
    const double delay = delay_of(child), mean = mean_time_to_failure(child.window, child.rate, child.delay).value;
    const double rate = static_cast<double>(child.copies) / std::max(mean - delay, 0.1 * mean);
    begins.rate += rate;
    begins.delay += rate * delay;
  }
  begins.delay /= begins.rate;
  return begins;
}

Stream stream_of(const Window& window, const std::vector<FailingChild>& children, double own_rate) {
  Stream stream{own_rate, own_rate, own_rate, 1, false, rare_error, 0};
  struct Part {
    const FailingChild* child;
    double rate;  // of each copy
  };
  std::vector<Part> parts;
  for (const auto& child : children) {
    if (child.rate <= 0) continue;
    const auto mean = mean_time_to_failure(child.window, child.rate, child.delay);
    const auto copies = static_cast<double>(child.copies);
    parts.push_back({&child, 1 / mean.value});
    stream.rate += copies / mean.value;
    stream.low += copies / mean.high;
    stream.high += copies / mean.low;
    if (mean.value < 10 * static_cast<double>(child.window.seconds + 1)) stream.error = frequent_error;
  }
  std::vector<double> same(std::min<std::uint64_t>(window.restarts, 100), 0);
  double children_below = 0;
  for (const auto& part : parts) {
    children_below += static_cast<double>(part.child->copies);
    const double share = stream.rate > 0 ? part.rate / stream.rate : 0;
    stream.same += static_cast<double>(part.child->copies) * share * share;
    if (part.child->window.restarts == 0 || window.restarts == 0) continue;
    const auto gone = missing(window, *part.child, 1 / part.rate);
    for (std::size_t k = 0; k < same.size(); ++k)
      same[k] += static_cast<double>(part.child->copies) * share * share * gone[k];
  }
  double sum = 0;
  const double least = same.empty() ? 1 : std::max(0.0, 1 - same.front() * children_below);
  for (std::uint64_t j = 0; j < window.restarts; ++j) {
    if (j < same.size()) sum += same[j];
    stream.thinned *= std::max(least, 1 - sum);
    if (stream.thinned < 1e-12) break;
  }
  stream.repeats = own_rate <= 0 && children_below < static_cast<double>(window.restarts) + 1;
  return stream;
}

constexpr const char* climbing = "the children's failures as a Poisson stream, thinned for those just restarted, by ";

}  // namespace

Estimate mean_time_to_failure_above(const Window& window, const std::vector<FailingChild>& children, double own_rate) {
  const auto stream = stream_of(window, children, own_rate);
  const auto middle = mean_time_to_failure(window, stream.rate);
  if (stream.rate <= 0 || stream.rate == own_rate) return middle;
  // Thinning concerns what lies behind the first R + 1 failures.
  const double first = (static_cast<double>(window.restarts) + 1) / stream.rate;
  const auto thinned = [&](double time) { return first + std::max(0.0, time - first) / stream.thinned; };
  const double value = thinned(middle.value);
  const double high =
      stream.repeats ? infinity
                     : std::max(value, thinned(mean_time_to_failure(window, stream.low).high)) * (1 + stream.error);
  return {value, mean_time_to_failure(window, stream.high).low / (1 + stream.error), high,
          stream.repeats ? Method::bound : Method::approximation, climbing + middle.because};
}

Estimate failure_probability_above(const Window& window, const std::vector<FailingChild>& children, double own_rate,
                                   double horizon) {
  const auto stream = stream_of(window, children, own_rate);
  const auto middle = failure_probability(window, stream.rate, horizon);
  if (stream.rate <= 0 || stream.rate == own_rate) return middle;
  const auto thinned = [&](double p) { return p < 1 ? -std::expm1(std::log1p(-p) * stream.thinned) : 1; };
  const auto r = static_cast<double>(window.restarts);
  double longest = 0;
  for (const auto& child : children) longest = std::max(longest, static_cast<double>(child.window.seconds) + 1);
  const bool soon = horizon < much_longer * longest * (r + 1);
  const Beginning begins = soon ? beginning_of(children, own_rate) : Beginning{};
  const auto left = [&](double times) { return std::max(0.0, horizon - begins.delay * times); };
  const double once = soon ? failure_probability(window, begins.rate, left(1 + r * stream.same)).value : middle.value;
  const double value = soon && horizon <= static_cast<double>(window.seconds) ? once : thinned(once);
  const auto low = failure_probability(window, stream.low, left(r + 1)).low;
  const auto high = failure_probability(window, stream.high, horizon).high;
  const double least = stream.repeats ? 0 : std::min(value, thinned(low)) / (1 + stream.error);
  return {value, least, std::min(1.0, std::max(value, high) * (1 + stream.error)),
          stream.repeats ? Method::bound : Method::approximation, climbing + middle.because};
}

}  // namespace treefall::analyzer
