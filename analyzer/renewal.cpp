// Restart intensity against gaps that are not exponential: restarts that take time, ageing.
//
// Let the gaps between restarts be independent with one law, S_j the sum of j of them. Restart n ends the supervisor
// when the R gaps before it fit into OTP's window, which lasts P + V seconds with V uniform on [0, 1] (where the oldest
// restart lies in its second); fits(s) = P(s <= P + V). Given the R - 1 gaps m that two neighbouring windows share, the
// oldest gap of the one and the newest of the other are alike: with b(m) = P(fits with one more gap), c = 1 - b,
//   g = P(this window fails | the last did not) = E[b c] / E[c],   E[N] ~ R + 1 / g,   E[T] = mean gap * E[N] (Wald).
// Exact for R = 1. For larger R that is off by the same few per cent as for exponential gaps, where the truth is known
// (scan.cpp): so the exponential rate with the same g is looked up, and its true mean number of restarts is taken.
//
// A restart that takes time has parts (stops and starts) X_1, X_2, ..., in which the share w_i of all crashes of rate
// lambda can happen; what crashes meanwhile is counted when the restart is done. So the gap is X_1 + X_2 + ..., and an
// exponential time of rate lambda more if nothing crashed meanwhile, which has the probability
// prod E[exp(-lambda w_i X_i)].
// Sums of gaps live on a grid over [0, P + 1]; a gap is split between its neighbours with the mean kept.
//
// Within a horizon: restart R + 1 fails where the first R gaps fit, each later one with the same probability `each`,
// and the R gaps before it are short then. So with N the number of restarts until that much before the horizon,
// P = 1 - P(does not fit) E[(1 - each)^(N - 1)], the law of N from sums of gaps, and `each` such that E[N] comes out.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <vector>

#include "analyzer/crash_clock.hpp"
#include "analyzer/intensity.hpp"
#include "analyzer/phases.hpp"
#include "analyzer/restart_time.hpp"

namespace treefall::analyzer {

namespace {

constexpr double at_once = 1e12;  // crashes per second, where there may be any number
constexpr double infinity = std::numeric_limits<double>::infinity();
// Measured against the rule played out (tests/analyzer/renewal_test.cpp).
constexpr double measured_error = 0.02;
constexpr double measured_error_within = 0.06;  // of the probability within a horizon
constexpr const char* words = "the renewal hazard of neighbouring windows, set right by exponential gaps";

using Grid = std::vector<double>;  // probabilities at 0, h, 2 h, ...; what is missing lies beyond

Grid convolve(const Grid& a, const Grid& b) {
  Grid c(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == 0) continue;
    for (std::size_t j = 0; i + j < a.size(); ++j) c[i + j] += a[i] * b[j];
  }
  return c;
}

Grid power(Grid base, std::uint64_t exponent) {
  Grid result(base.size());
  result[0] = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result = convolve(result, base);
    if (exponent > 1) base = convolve(base, base);
  }
  return result;
}

Grid on_grid(const spec::Distribution& law, double h, std::size_t n) {
  Grid grid(n + 2);
  if (spec::is_constant(law)) {
    const double at = spec::lowest(law) / h;
    const double whole = std::floor(at);
    if (whole <= static_cast<double>(n)) {
      grid[static_cast<std::size_t>(whole)] += 1 - (at - whole);
      grid[static_cast<std::size_t>(whole) + 1] += at - whole;
    }
  } else {
    double below = 0;
    for (std::size_t i = 0; i <= n; ++i) {
      const double x = static_cast<double>(i) * h;
      const double to = spec::cumulative(law, x + h), middle = spec::cumulative(law, x + h / 2);
      const double onward = to > below ? 0.25 + 0.5 * std::clamp((to - middle) / (to - below), 0.0, 1.0) : 0;
      grid[i] += (to - below) * (1 - onward);
      grid[i + 1] += (to - below) * onward;
      below = to;
    }
  }
  grid.resize(n + 1);
  return grid;
}

struct Scale {
  double step = 0;
  std::size_t points = 0;
};

// Fine enough for the gaps, as far as time allows.
Scale scale_of(const Window& window, double mean_gap) {
  const double end = static_cast<double>(window.seconds) + 1;
  const double wanted = 20 * end / std::max(mean_gap, end / 100);
  const auto points = static_cast<std::size_t>(std::clamp(wanted, 600.0, 1200.0));
  return {end / static_cast<double>(points), points};
}

// The hazard per restart, given that the window before did not fail.
double hazard(const Window& window, const Grid& gap, double h) {
  const std::size_t n = gap.size();
  const auto p = static_cast<double>(window.seconds);
  Grid fits(n);
  for (std::size_t i = 0; i < n; ++i) fits[i] = std::clamp(p + 1 - static_cast<double>(i) * h, 0.0, 1.0);
  const auto shared = power(gap, window.restarts - 1);
  double both = 0, fails = 0, inside = 0;
  for (std::size_t m = 0; m < n; ++m) {
    inside += shared[m];
    if (shared[m] == 0) continue;
    double b = 0;
    for (std::size_t x = 0; x + m < n; ++x) b += gap[x] * fits[m + x];
    both += shared[m] * b * (1 - b);
    fails += shared[m] * (1 - b);
  }
  fails += std::max(0.0, 1 - inside);
  return fails > 1e-13 ? std::min(1.0, both / fails) : 1;
}

// The mean number of restarts until the end, from the exponential gaps with the same hazard.
Estimate restarts_with(const Window& window, double wanted, const Scale& scale) {
  const auto r = static_cast<double>(window.restarts);
  const double plain = r + 1 / wanted;
  if (wanted <= 1e-250) return exactly(infinity, "gaps that never fit into the window");
  if (window.restarts == 1 || wanted >= 1 - 1e-9) return exactly(plain, words);
  const auto at = [&](double log_rate) {
    const double each =
        hazard(window, on_grid(spec::Exponential{std::exp(-log_rate)}, scale.step, scale.points), scale.step);
    return std::log(std::max(each, 1e-300));  // what is smaller is nothing on this grid
  };
  double low = std::log(r / static_cast<double>(window.seconds + 1)), high = low;
  const double target = std::log(wanted);
  double below = at(low), above = below;
  for (double step = 0.5; below > target && step < 1e3; step *= 2)
    high = low, above = below, low -= step, below = at(low);
  for (double step = 0.5; above < target && step < 10; step *= 2)
    low = high, below = above, high += step, above = at(high);
  if (below > target || above < target) return {plain, plain / 1.15, plain, Method::approximation, words};
  for (int i = 0; i < 12 && high - low > 1e-4; ++i) {
    double middle = low + (high - low) * (target - below) / (above - below);
    middle = std::clamp(middle, low + 0.02 * (high - low), high - 0.02 * (high - low));
    const double value = at(middle);
    if (value < target)
      low = middle, below = value;
    else
      high = middle, above = value;
  }
  const double rate = std::exp(low + (high - low) * (target - below) / std::max(above - below, 1e-300));
  const auto time = mean_time_to_failure(window, rate);
  return {rate * time.value, rate * time.low, rate * time.high, time.method, words};
}

// Gaps: how long they are, the law on a grid, and by how much the first one is shorter on average.
// `life`: where a gap is nothing else.
struct Gaps {
  double mean = 0;
  double first_is_shorter = 0;
  std::function<Grid(double h, std::size_t n)> law;
  const spec::Distribution* life = nullptr;
};

Estimate mean_restarts(const Window& window, const Gaps& gaps) {
  const bool remembers = gaps.life != nullptr && std::sqrt(spec::variance(*gaps.life)) < forgets_phase;
  if (remembers && window.restarts == 1) return exactly(mean_restarts_by_phase(window.seconds, *gaps.life), words);
  const auto scale = scale_of(window, gaps.mean);
  auto restarts = restarts_with(window, hazard(window, gaps.law(scale.step, scale.points), scale.step), scale);
  if (!remembers) return restarts;
  const auto first = static_cast<double>(window.restarts), factor = factor_of_phases(*gaps.life);
  restarts.low = std::min(restarts.low, first + (restarts.low - first) / factor);
  restarts.high = std::max(restarts.high, first + (restarts.high - first) * factor);
  return restarts;
}

Estimate mean_time(const Window& window, const Gaps& gaps) {
  if (window.restarts == 0) return exactly(gaps.mean - gaps.first_is_shorter, "the law of the first restart");
  const auto n = mean_restarts(window, gaps);
  const auto time = [&](double restarts) { return gaps.mean * restarts - gaps.first_is_shorter; };
  const double least = time(static_cast<double>(window.restarts) + 1);
  return {time(n.value), std::max(least, time(n.low) / (1 + measured_error)), time(n.high) * (1 + measured_error),
          Method::approximation, words};
}

using Law = std::function<Grid(double h, std::size_t n)>;

// P(at least i restarts within `horizon`), i = 1, 2, ..., as far as they matter, while there are few; for many their
// number is nearly normal, and only its mean and variance are given.
struct Counted {
  std::vector<double> at_least;
  double mean = 0;
  double variance = 0;
};

Counted restarts_within(const Gaps& gaps, const Law& first, double horizon) {
  constexpr std::size_t points = 600;
  constexpr double few = 40;
  Counted counted;
  if (horizon <= 0) return counted;
  const double h = horizon / points;
  const Grid gap = gaps.law(h, points);
  const double expected = (horizon + gaps.first_is_shorter) / gaps.mean;
  if (expected > few) {
    // Its mean and variance are those of the renewal process with these gaps, whose spread is read off a coarse grid.
    const double longest = 30 * gaps.mean / points;
    const Grid law = gaps.law(longest, points);
    double square = 0, inside = 0;
    for (std::size_t i = 0; i <= points; ++i)
      square += law[i] * std::pow(static_cast<double>(i) * longest / gaps.mean - 1, 2), inside += law[i];
    counted.mean = expected + (square - 1) / 2;
    counted.variance = square * expected;
    return counted;
  }
  Grid sum = first(h, points);
  for (double left = 1; left > 1e-12 && counted.at_least.size() < 1000; sum = convolve(sum, gap)) {
    left = 0;
    for (const double p : sum) left += p;
    counted.at_least.push_back(std::min(1.0, left));
  }
  return counted;
}

// Restart R + 1 fails with the probability `first`, each one behind it with the probability `each`, and the R gaps
// before it are short then: fewer than P + 1 seconds together. So it fails within the horizon if one of the restarts
// that begin such a run does, of those so much earlier: 1 - (1 - first) E[(1 - each)^(N - 1)].
double failed_within(const Counted& counted, double first, double each) {
  if (counted.mean > 0) {
    const double one = std::log1p(-std::min(each, 1 - 1e-15));
    const double later = one * (counted.mean - 1);
    return 1 - (1 - first) * std::exp(later + std::min(one * one * counted.variance, -later) / 2);
  }
  double failed = 0, alive = 1, fails = first;
  for (const double p : counted.at_least) failed += p * fails * alive, alive *= 1 - fails, fails = each;
  return std::min(1.0, failed);
}

// P(the first R gaps fit into the window).
double first_fits(const Window& window, const Gaps& gaps) {
  const auto scale = scale_of(window, gaps.mean);
  const auto run = power(gaps.law(scale.step, scale.points), window.restarts);
  double fits = 0;
  for (std::size_t i = 0; i < run.size(); ++i)
    fits +=
        run[i] * std::clamp(static_cast<double>(window.seconds) + 1 - static_cast<double>(i) * scale.step, 0.0, 1.0);
  return std::min(1.0, fits);
}

// Within one period all restarts count together: R + 1 gaps, the first of them its own law.
double within_one_period(const Window& window, const Grid& first, const Grid& gap) {
  double sum = 0;
  for (const double p : convolve(first, power(gap, window.restarts))) sum += p;
  return sum;
}

Estimate failure(const Window& window, const Gaps& gaps, const Law& first, double horizon) {
  constexpr std::size_t points = 600;
  if (horizon <= 0) return exactly(0, "no time passes");
  const double early = std::min(horizon, static_cast<double>(window.seconds));
  const double h = early / points;
  const double by_then = within_one_period(window, first(h, points), gaps.law(h, points));
  if (window.restarts == 0) {  // the first restart is the last
    double sum = 0;
    for (const double p : first(horizon / points, points)) sum += p;
    return exactly(std::min(sum, 1.0), "the law of the first restart");
  }
  if (early == horizon) return {by_then, by_then * 0.98, std::min(1.0, by_then * 1.02), Method::approximation, words};
  const auto n = mean_restarts(window, gaps);
  const auto r = static_cast<double>(window.restarts);
  const auto p = static_cast<double>(window.seconds);
  const double fits = first_fits(window, gaps);
  const auto at = [&](double restarts, double run) {
    const double each = std::min(1.0, (1 - fits) / std::max(1 - fits, restarts - r - 1));
    // Gaps that do not end it are longer than the others: such that E[T] comes out.
    const double longer = restarts > r + 1 ? (gaps.mean * restarts - run) / (restarts - r) / gaps.mean : 1;
    return std::max(by_then, failed_within(restarts_within(gaps, first, (horizon - run) / longer), fits, each));
  };
  // The R gaps of a run last between nothing and P + 1 s; as a Poisson stream's would, about R / (R + 1) of that.
  const double run = std::min((p + 0.5) * r / (r + 1), gaps.mean * r);
  const double e = 1 + measured_error_within;
  return {at(n.value, run), at(n.high, std::min(p + 1, gaps.mean * r)) / e, std::min(1.0, at(n.low, 0) * e),
          Method::approximation, words};
}

// E[exp(-s X)]
double discounted(const spec::Distribution& law, double s) {
  if (s <= 0) return 1;
  if (const auto closed = spec::laplace(law, s)) return closed->real();
  constexpr int steps = 2000;
  const double step = 40 / s / steps;
  double sum = 0;  // E[exp(-s X)] = s int exp(-s x) P(X <= x) dx, Simpson's rule
  const auto at = [&](double x) { return std::exp(-s * x) * spec::cumulative(law, x); };
  for (int i = 0; i < steps; ++i) sum += step / 6 * (at(i * step) + 4 * at((i + 0.5) * step) + at((i + 1) * step));
  return std::min(1.0, s * sum);
}

double mean_gap(double rate, const RestartTime& restart) {
  double gap = mean(restart);
  for (const auto& course : restart.courses) {
    double untouched = course.share;
    for (const auto& part : course.parts) untouched *= discounted(part.takes, rate * part.exposed);
    gap += untouched / rate;
  }
  return gap;
}

void add(Grid& sum, const Grid& part, double weight) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += weight * part[i];
}

Grid gap_on_grid(double rate, const RestartTime& restart, double h, std::size_t n) {
  const Grid next = on_grid(spec::Exponential{1 / rate}, h, n);
  Grid gap(n + 1);
  for (const auto& course : restart.courses) {
    Grid all(n + 1), untouched(n + 1);
    all[0] = untouched[0] = 1;
    for (const auto& part : course.parts) {
      const Grid law = on_grid(part.takes, h, n);
      Grid survived = law;
      for (std::size_t i = 0; i <= n; ++i) survived[i] *= std::exp(-rate * part.exposed * static_cast<double>(i) * h);
      all = convolve(law, all);
      untouched = convolve(survived, untouched);
    }
    add(gap, all, course.share);
    add(gap, untouched, -course.share);
    add(gap, convolve(untouched, next), course.share);
  }
  return gap;
}

Gaps with_restarts(double per_second, const RestartTime& restart) {
  const double rate = std::min(per_second, at_once);
  const double gap = mean_gap(rate, restart);
  return {gap, gap - 1 / rate, [rate, restart](double h, std::size_t n) { return gap_on_grid(rate, restart, h, n); },
          nullptr};
}

spec::Duration nanoseconds(double seconds) {
  return spec::Duration{static_cast<std::int64_t>(std::llround(std::min(seconds, 9e9) * 1e9))};
}

// A gap that is always the same is a crash clock.
Estimate mean_time_of_constant(const Window& window, double gap) {
  const auto o =
      outcome_of_regular(window, nanoseconds(gap), nanoseconds(gap), spec::Duration{9'000'000'000'000'000'000});
  if (o.certainty != Certainty::certain)
    return {infinity, infinity, infinity, Method::deterministic, "a crash clock that some phases survive for ever"};
  double sum = 0;
  for (const auto& range : o.phases) sum += spec::in_seconds(range.to - range.from) * spec::in_seconds(range.end->at);
  return {sum, spec::in_seconds(o.earliest->at), spec::in_seconds(o.latest->at), Method::deterministic,
          "the crash clock, averaged over its phases"};
}

}  // namespace

double restart_rate(double rate, const RestartTime& restart) { return rate > 0 ? 1 / mean_gap(rate, restart) : 0; }

double restart_rate(double rate, const spec::Distribution& delay) { return restart_rate(rate, pausing(delay)); }

Estimate mean_time_to_failure(const Window& window, double rate, const RestartTime& restart) {
  if (!(rate > 0) || std::isinf(rate) || restart.longest <= 0) return mean_time_to_failure(window, rate);
  return mean_time(window, with_restarts(rate, restart));
}

Estimate mean_time_to_failure(const Window& window, double rate, const spec::Distribution& delay) {
  return mean_time_to_failure(window, rate, pausing(delay));
}

Estimate failure_probability(const Window& window, double rate, const RestartTime& restart, double horizon) {
  if (!(rate > 0) || std::isinf(rate) || restart.longest <= 0 || window.restarts == 0)
    return failure_probability(window, rate, horizon);
  const auto first = [rate](double h, std::size_t n) { return on_grid(spec::Exponential{1 / rate}, h, n); };
  return failure(window, with_restarts(rate, restart), first, horizon);
}

Estimate failure_probability(const Window& window, double rate, const spec::Distribution& delay, double horizon) {
  return failure_probability(window, rate, pausing(delay), horizon);
}

Estimate mean_time_to_failure_of_renewal(const Window& window, const spec::Distribution& gap) {
  if (const auto* e = std::get_if<spec::Exponential>(&gap); e && e->mean > 0)
    return mean_time_to_failure(window, 1 / e->mean);
  if (spec::is_constant(gap)) return mean_time_of_constant(window, spec::mean(gap));
  return mean_time(window, {spec::mean(gap), 0, [&](double h, std::size_t n) { return on_grid(gap, h, n); }, &gap});
}

Estimate failure_probability_of_renewal(const Window& window, const spec::Distribution& gap, double horizon) {
  if (const auto* e = std::get_if<spec::Exponential>(&gap); e && e->mean > 0)
    return failure_probability(window, 1 / e->mean, horizon);
  if (spec::is_constant(gap)) {
    const auto step = nanoseconds(spec::mean(gap));
    const auto o = outcome_of_regular(window, step, step, nanoseconds(horizon));
    return {o.fraction, o.fraction, o.complete ? o.fraction : 1, o.complete ? Method::deterministic : Method::bound,
            "the crash clock, over its phases"};
  }
  const auto law = [&](double h, std::size_t n) { return on_grid(gap, h, n); };
  return failure(window, {spec::mean(gap), 0, law, &gap}, law, horizon);
}

}  // namespace treefall::analyzer
