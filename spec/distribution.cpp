// Moments, distribution functions and Laplace transforms of the distributions that a spec can write. All closed
// forms; the sources are Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions, vol. 1 (Wiley 1994).
//
// The cut normal. With a = -mean/deviation and the inverse Mills ratio l(a) = phi(a) / (1 - Phi(a)), a normal variate
// given that it is not negative has mean m + d l and variance d^2 (1 + a l - l^2). Far in the tail (a > 20) both lose
// their digits, and the asymptotic series of l takes over: what is left is then nearly exponential with mean d/a.
//
// Its transform needs erfcx(z) = exp(z^2) erfc(z) for complex z, here by J. A. C. Weideman, Computation of the complex
// error function, SIAM J. Numer. Anal. 31 (1994), with 40 terms: relative error below 1e-12 for Re z >= 0.
//
// The lognormal is given by median and 99th percentile: mu = ln median, sigma = ln(p99 / median) / 2.326...
#include "spec/distribution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "spec/units.hpp"

namespace treefall::spec {

namespace {

using Complex = std::complex<double>;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double normal_quantile_99 = 2.3263478740408411;

double upper_tail(double x) { return 0.5 * std::erfc(x / std::numbers::sqrt2); }
double density(double x) { return std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi); }

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments moments(const Normal& normal) {
  const double d = normal.deviation;
  if (d <= 0) return {std::max(normal.mean, 0.0), 0};
  const double a = -normal.mean / d;
  if (a > 20) {
    const double q = 1 / (a * a);
    return {d / a * (1 - q * (2 - q * (10 - 74 * q))), d * d * q * (1 - q * (6 - 50 * q))};
  }
  const double mills = density(a) / upper_tail(a);
  return {normal.mean + d * mills, d * d * (1 + mills * (a - mills))};
}

double sigma(const LogNormal& d) { return std::log(d.p99 / d.median) / normal_quantile_99; }

Moments moments(const LogNormal& d) {
  const double s2 = sigma(d) * sigma(d);
  const double m = d.median * std::exp(s2 / 2);
  return {m, m * m * std::expm1(s2)};
}

Moments moments(const Weibull& d) {
  const double m = d.scale * std::tgamma(1 + 1 / d.shape);
  return {m, d.scale * d.scale * std::tgamma(1 + 2 / d.shape) - m * m};
}

Moments moments(const Empirical& d) {
  if (d.values.empty()) return {};
  const auto n = static_cast<double>(d.values.size());
  const double m = std::accumulate(d.values.begin(), d.values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : d.values) squares += (value - m) * (value - m);
  return {m, squares / n};
}

Moments moments(const Distribution& distribution) {
  return std::visit(Overloaded{[](const Constant& d) {
                                 return Moments{d.seconds, 0};
                               },
                               [](const Exponential& d) {
                                 return Moments{d.mean, d.mean * d.mean};
                               },
                               [](const Uniform& d) {
                                 return Moments{(d.low + d.high) / 2, (d.high - d.low) * (d.high - d.low) / 12};
                               },
                               [](const Erlang& d) {
                                 return Moments{d.mean, d.mean * d.mean / d.stages};
                               },
                               [](const auto& d) { return moments(d); }},
                    distribution);
}

double cumulative(const Normal& d, double x) {
  if (d.deviation <= 0) return x >= std::max(d.mean, 0.0) ? 1 : 0;
  const double whole = upper_tail(-d.mean / d.deviation);
  if (whole <= 0) return -std::expm1(d.mean / (d.deviation * d.deviation) * x);  // the limit far in the tail
  return std::clamp(1 - upper_tail((x - d.mean) / d.deviation) / whole, 0.0, 1.0);
}

// P(sum of k stages <= x) = 1 - sum_{i<k} e^-y y^i / i!, from the small end where y is small.
double cumulative(const Erlang& d, double x) {
  if (d.mean <= 0) return 1;
  const double y = x * d.stages / d.mean;
  if (y <= 0) return 0;
  double sum = 0;
  if (y < d.stages) {  // the upper series keeps its digits
    double term = std::exp(d.stages * std::log(y) - y - std::lgamma(d.stages + 1.0));
    for (int i = d.stages; term > sum * 1e-17; term *= y / ++i) sum += term;
    return sum;
  }
  for (int i = 0; i < d.stages; ++i) sum += std::exp(i * std::log(y) - y - std::lgamma(i + 1.0));
  return std::max(0.0, 1 - sum);
}

double cumulative(const LogNormal& d, double x) {
  if (x <= 0) return 0;
  const double s = sigma(d);
  if (s <= 0) return x >= d.median ? 1 : 0;
  return upper_tail(-std::log(x / d.median) / s);
}

double cumulative(const Empirical& d, double x) {
  if (d.values.empty()) return 1;
  const auto at_most = std::count_if(d.values.begin(), d.values.end(), [x](double value) { return value <= x; });
  return static_cast<double>(at_most) / static_cast<double>(d.values.size());
}

constexpr int weideman_terms = 40;

std::array<double, weideman_terms> weideman_coefficients(double l) {
  constexpr int points = 2 * weideman_terms;
  std::array<double, weideman_terms> a{};
  for (int n = 1; n <= weideman_terms; ++n) {
    double sum = l * l;  // the sample at k = 0
    for (int k = 1; k < points; ++k) {
      const double angle = k * std::numbers::pi / points;
      const double t = l * std::tan(angle / 2);
      sum += 2 * std::exp(-t * t) * (l * l + t * t) * std::cos(n * angle);
    }
    a[static_cast<std::size_t>(n - 1)] = sum / (2 * points);
  }
  return a;
}

// exp(z^2) erfc(z) for Re z >= 0.
Complex scaled_complement(Complex z) {
  static const double l = std::sqrt(weideman_terms / std::numbers::sqrt2);
  static const auto a = weideman_coefficients(l);
  const Complex ratio = (l - z) / (l + z);
  Complex polynomial = 0;
  for (std::size_t n = weideman_terms; n-- > 0;) polynomial = polynomial * ratio + a[n];
  const Complex below = l + z;
  return 2.0 * polynomial / (below * below) + std::numbers::inv_sqrtpi / below;
}

Complex laplace(const Normal& d, Complex s) {
  if (d.deviation <= 0) return std::exp(-s * std::max(d.mean, 0.0));
  const double a = -d.mean / d.deviation;
  const Complex z = (a + d.deviation * s) / std::numbers::sqrt2;
  const double scaled_whole = a > 0 ? scaled_complement(a / std::numbers::sqrt2).real() : 0;
  if (a > 0) return scaled_complement(z) / scaled_whole;  // then Re z > 0
  const double whole = upper_tail(a);
  const double edge = std::exp(-0.5 * a * a) / (2 * whole);
  if (z.real() >= 0) return edge * scaled_complement(z);
  const Complex body = std::exp(d.deviation * s * (0.5 * d.deviation * s) - d.mean * s) / whole;
  return body - edge * scaled_complement(-z);
}

// (1 - e^-z) / z without losing the digits near 0.
Complex mean_decay(Complex z) {
  if (std::abs(z) > 0.05) return (1.0 - std::exp(-z)) / z;
  Complex sum = 0;
  for (int n = 10; n >= 1; --n) sum = (1.0 - z * sum) / static_cast<double>(n);
  return sum;
}

Complex laplace(const Empirical& d, Complex s) {
  if (d.values.empty()) return 1.0;
  Complex sum = 0;
  for (const double value : d.values) sum += std::exp(-s * value);
  return sum / static_cast<double>(d.values.size());
}

/// Exact: what a spec can write is whole nanoseconds, and a double holds those of 100 days.
std::string duration_text(double seconds) {
  if (std::isinf(seconds)) return "infinity";
  return written_duration(Duration{std::llround(seconds * 1e9)});
}

}  // namespace

double mean(const Distribution& distribution) { return moments(distribution).mean; }
double variance(const Distribution& distribution) { return moments(distribution).variance; }

double second_moment(const Distribution& distribution) {
  const auto m = moments(distribution);
  return m.variance + m.mean * m.mean;
}

double lowest(const Distribution& distribution) {
  return std::visit(Overloaded{[](const Constant& d) { return d.seconds; }, [](const Uniform& d) { return d.low; },
                               [](const Normal& d) { return d.deviation > 0 ? 0 : std::max(d.mean, 0.0); },
                               [](const LogNormal& d) { return sigma(d) > 0 ? 0 : d.median; },
                               [](const Empirical& d) {
                                 return d.values.empty() ? 0 : *std::min_element(d.values.begin(), d.values.end());
                               },
                               [](const auto&) { return 0.0; }},
                    distribution);
}

double highest(const Distribution& distribution) {
  return std::visit(Overloaded{[](const Constant& d) { return d.seconds; }, [](const Uniform& d) { return d.high; },
                               [](const Normal& d) { return d.deviation > 0 ? infinity : std::max(d.mean, 0.0); },
                               [](const LogNormal& d) { return sigma(d) > 0 ? infinity : d.median; },
                               [](const Empirical& d) {
                                 return d.values.empty() ? 0 : *std::max_element(d.values.begin(), d.values.end());
                               },
                               [](const Exponential& d) { return d.mean > 0 ? infinity : 0; },
                               [](const Erlang& d) { return d.mean > 0 ? infinity : 0; },
                               [](const Weibull& d) { return d.scale > 0 ? infinity : 0; }},
                    distribution);
}

double cumulative(const Distribution& distribution, double seconds) {
  if (seconds < 0) return 0;
  return std::visit(
      Overloaded{[=](const Constant& d) { return seconds >= d.seconds ? 1.0 : 0.0; },
                 [=](const Exponential& d) { return d.mean > 0 ? -std::expm1(-seconds / d.mean) : 1; },
                 [=](const Uniform& d) {
                   if (seconds >= d.high) return 1.0;
                   return seconds <= d.low ? 0.0 : (seconds - d.low) / (d.high - d.low);
                 },
                 [=](const Weibull& d) { return d.scale > 0 ? -std::expm1(-std::pow(seconds / d.scale, d.shape)) : 1; },
                 [=](const auto& d) { return cumulative(d, seconds); }},
      distribution);
}

std::optional<Complex> laplace(const Distribution& distribution, Complex s) {
  using Result = std::optional<Complex>;
  return std::visit(
      Overloaded{[s](const Constant& d) -> Result { return std::exp(-s * d.seconds); },
                 [s](const Exponential& d) -> Result { return 1.0 / (1.0 + s * d.mean); },
                 [s](const Uniform& d) -> Result { return std::exp(-s * d.low) * mean_decay(s * (d.high - d.low)); },
                 [s](const Erlang& d) -> Result {
                   return std::pow(1.0 + s * d.mean / static_cast<double>(d.stages), -d.stages);
                 },
                 [s](const Weibull& d) -> Result {
                   if (d.shape != 1) return std::nullopt;
                   return 1.0 / (1.0 + s * d.scale);
                 },
                 [s](const LogNormal& d) -> Result {
                   if (sigma(d) > 0) return std::nullopt;
                   return std::exp(-s * d.median);
                 },
                 [s](const auto& d) -> Result { return laplace(d, s); }},
      distribution);
}

Distribution scaled(const Distribution& distribution, double factor) {
  return std::visit(Overloaded{
                        [&](const Constant& d) -> Distribution { return Constant{d.seconds * factor}; },
                        [&](const Exponential& d) -> Distribution { return Exponential{d.mean * factor}; },
                        [&](const Uniform& d) -> Distribution {
                          return Uniform{d.low * factor, d.high * factor};
                        },
                        [&](const Normal& d) -> Distribution {
                          return Normal{d.mean * factor, d.deviation * factor};
                        },
                        [&](const LogNormal& d) -> Distribution {
                          return LogNormal{d.median * factor, d.p99 * factor};
                        },
                        [&](const Erlang& d) -> Distribution {
                          return Erlang{d.stages, d.mean * factor};
                        },
                        [&](const Weibull& d) -> Distribution {
                          return Weibull{d.shape, d.scale * factor};
                        },
                        [&](Empirical d) -> Distribution {
                          for (double& value : d.values) value *= factor;
                          return d;
                        },
                    },
                    distribution);
}

bool is_constant(const Distribution& distribution) { return lowest(distribution) == highest(distribution); }

std::string to_text(const Distribution& distribution) {
  const auto t = duration_text;
  return std::visit(
      Overloaded{[&](const Constant& d) { return t(d.seconds); },
                 [&](const Exponential& d) { return fmt::format("exp({})", t(d.mean)); },
                 [&](const Uniform& d) { return fmt::format("uniform({} {})", t(d.low), t(d.high)); },
                 [&](const Normal& d) { return fmt::format("normal({} {})", t(d.mean), t(d.deviation)); },
                 [&](const LogNormal& d) { return fmt::format("lognormal({} {})", t(d.median), t(d.p99)); },
                 [&](const Erlang& d) { return fmt::format("erlang({} {})", d.stages, t(d.mean)); },
                 [&](const Weibull& d) { return fmt::format("weibull({} {})", d.shape, t(d.scale)); },
                 [&](const Empirical& d) {
                   std::string values;
                   for (const double value : d.values)
                     values += fmt::format("{}{}", values.empty() ? "" : " ", t(value));
                   return fmt::format("empirical({})", values);
                 }},
      distribution);
}

}  // namespace treefall::spec
