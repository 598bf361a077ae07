// An embedded chain at the ends of services, completed or cut short by a crash. Notation: arrivals lambda, clock xi,
// a kind has share q, crash probability p, service transform B. With s(z) = xi + lambda (1-z), one service leaves the
// arrivals during it behind, by completion or by crash:
//   G(z) = sum q (1-p) B(s),   C(z) = sum q [p B(s) + xi (1 - B(s)) / s],   kappa = C(1) = 1 - G(1).
// An empty server waits: an arrival comes first with probability a = lambda / (lambda + xi), else the clock strikes.
// After a crash the start lasts D, I(z) = E exp(-lambda (1-z) D). With e the visits to the empty state per service and
// F(z) the transform of the number waiting when a service begins,
//   F(z) (z - G(z)) = (kappa + e (1-a)) I(z) - e (1 - a z),
// and as F has no pole in the unit disc, e follows from the root z0 = G(z0): e = kappa I(z0) / (1 - (1-a) I(z0) - a
// z0). Derivatives at 1 give the means. Own derivation, by the method of embedded Markov chains (Kendall 1953) with
// disasters (Jain and Sigman 1996); for exponential services it agrees with the closed form in queueing.hpp, which
// tests/analyzer hold.
#include "analyzer/crashing_queue.hpp"

#include <cmath>
#include <complex>

namespace treefall::analyzer {

namespace {

using Kind = CrashingQueue::Kind;

constexpr double tiny_step = 1e-30;  // complex step: no cancellation, so as small as one likes

std::optional<double> transform(const spec::Distribution& law, double s) {
  const auto value = spec::laplace(law, {s, 0});
  if (!value) return std::nullopt;
  return value->real();
}

/// E[S exp(-xi S)] = -B'(xi).
double weighted_mean(const spec::Distribution& law, double xi) {
  if (xi == 0 || spec::is_constant(law)) return spec::mean(law) * std::exp(-xi * spec::mean(law));
  return -spec::laplace(law, {xi, tiny_step})->imag() / tiny_step;
}

double total_rate(const CrashingQueue& queue) {
  double rate = 0;
  for (const auto& kind : queue.kinds) rate += kind.rate;
  return rate;
}

struct Means {
  double completes = 0;        // G(1)
  double service = 0;          // E[time in service, cut short or not]
  double until_crash = 0;      // E[time in service; it ends in a crash]
  double until_done = 0;       // E[time in service; it is completed]
  double lost_in_service = 0;  // casts
  double casts = 0;            // share of casts among all messages
};

Means means_of(const CrashingQueue& queue, double rate) {
  Means means;
  const double xi = queue.clock;
  for (const auto& kind : queue.kinds) {
    const double share = kind.rate / rate;
    const double reaches_end = *transform(kind.service, xi);
    const double whole = weighted_mean(kind.service, xi);
    const double served = xi > 0 ? (1 - reaches_end) / xi : spec::mean(kind.service);
    means.completes += share * (1 - kind.crash_probability) * reaches_end;
    means.service += share * served;
    means.until_done += share * (1 - kind.crash_probability) * whole;
    means.until_crash += share * (served - (1 - kind.crash_probability) * whole);
    means.lost_in_service += share * kind.cast_share * (1 - reaches_end);
    means.casts += share * kind.cast_share;
  }
  return means;
}

/// The root of z = G(z) in (0, 1), by bisection: G is increasing and convex with G(0) > 0 and G(1) < 1.
double root_of(const CrashingQueue& queue, double rate) {
  const auto g = [&](double z) {
    double sum = 0;
    for (const auto& kind : queue.kinds)
      sum += kind.rate / rate * (1 - kind.crash_probability) * *transform(kind.service, queue.clock + rate * (1 - z));
    return sum;
  };
  double low = 0;
  double high = 1;
  for (int i = 0; i < 200 && high - low > 1e-16; ++i) {
    const double middle = (low + high) / 2;
    (g(middle) > middle ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

std::optional<CrashingQueueFigures> figures_of(const CrashingQueue& queue) {
  const double rate = total_rate(queue);
  if (rate <= 0 || !transform(queue.start, rate)) return std::nullopt;
  for (const auto& kind : queue.kinds)
    if (!transform(kind.service, rate)) return std::nullopt;
  const Means means = means_of(queue, rate);
  const double kappa = 1 - means.completes;
  if (kappa < 1e-12) return std::nullopt;
  const double arrives_first = rate / (rate + queue.clock);
  const double z0 = root_of(queue, rate);
  const double quiet_start = *transform(queue.start, rate * (1 - z0));
  const double idle = kappa * quiet_start / (1 - (1 - arrives_first) * quiet_start - arrives_first * z0);
  const double start = spec::mean(queue.start);
  const double crashes = kappa + idle * (1 - arrives_first);
  const double waiting = (kappa * rate * start + idle * ((1 - arrives_first) * rate * start + arrives_first) -
                          (1 - rate * means.until_done)) /
                         kappa;  // F'(1)
  const double lost = means.casts * (rate * means.until_crash + kappa * waiting) + means.lost_in_service;
  const double up = means.service + idle / (rate + queue.clock);
  CrashingQueueFigures figures;
  figures.crash_rate = crashes / up;
  figures.lost_per_crash = lost / crashes;
  figures.lost_rate = lost / (up + crashes * start);
  figures.handled_rate = means.completes / up;
  figures.busy_share = means.service / up;
  return figures;
}

}  // namespace treefall::analyzer
