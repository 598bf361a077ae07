// A burst of B calls meets an idle serial server: call n (from 1) is answered at S_n, the sum of n service times.
//
// Constant service s: the answers come at s, 2 s, ...; a reply at the very end of the timeout T still counts, so
// min(B, floor(T / s)) are answered. Those begun after T are done for nobody: the server does not know.
//
// Random service: the expected number answered is sum_n P(S_n <= T), with the law of S_n in closed form for exponential
// and Erlang service (a Poisson tail), else by adding one service after the other on a lattice: each service moved down
// and up to a multiple of the step brackets the sum, split between its neighbours with the mean kept it gives the
// value.
// A burst is done by any time t but with a probability of at most v / (v + (t - m)^2), m and v the mean and the
// variance of all its services (Cantelli 1928); that and P(the next comes before t) bound how often two of them meet.
#include "analyzer/bursts.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "analyzer/large_budget.hpp"

namespace treefall::analyzer {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Expected numbers of calls whose S_n <= T, and whose S_(n-1) <= T (those begun in time).
struct Answered {
  double count = 0;
  double begun = 0;
};

double constant_count(double size, double service, double timeout) {
  if (service <= 0) return size;
  const double n = timeout / service;
  // Written times divide evenly up to rounding: 500 ms of 100 ms are 5 services.
  const double whole = std::abs(n - std::round(n)) < 1e-9 * n ? std::round(n) : std::floor(n);
  return std::min(size, whole);
}

Answered of_constant(double size, double service, double timeout) {
  const double count = constant_count(size, service, timeout);
  return {count, std::min(size, count + 1)};
}

Answered of_erlang(double size, int stages, double mean, double timeout) {
  const double stages_done = timeout * stages / mean;
  double count = 0;
  for (double n = 1; n <= size; ++n) {
    const double p = large::poisson_at_least(n * stages, stages_done);
    count += p;
    if (p < 1e-17) break;
  }
  const double last = large::poisson_at_least(size * stages, stages_done);
  return {count, 1 + count - last};
}

enum class Moved { down, split, up };

// One service on multiples of h up to T: the masses at 0, h, 2 h, ..., n h.
std::vector<double> on_lattice(const spec::Distribution& d, double h, std::size_t n, Moved moved) {
  std::vector<double> mass(n + 2);
  double below = 0;
  for (std::size_t i = 0; i <= n; ++i) {
    const double x = static_cast<double>(i) * h;
    const double to = spec::cumulative(d, x + h);
    const double cell = to - below;
    below = to;
    if (cell <= 0) continue;
    const double middle = spec::cumulative(d, x + h / 2);
    const double share = 0.25 + 0.5 * std::clamp((to - middle) / cell, 0.0, 1.0);  // mean place in the cell
    const double onward = moved == Moved::down ? 0 : moved == Moved::up ? 1 : share;
    mass[i] += cell * (1 - onward);
    mass[i + 1] += cell * onward;
  }
  mass.pop_back();
  return mass;
}

Answered of_lattice(double size, const spec::Distribution& service, double timeout, Moved moved) {
  constexpr std::size_t points = 1000;
  const auto one = on_lattice(service, timeout / points, points, moved);
  std::vector<double> sum(points + 1);
  sum[0] = 1;
  Answered answered;
  for (double n = 1; n <= size; ++n) {
    answered.begun = 1 + answered.count;
    for (std::size_t i = points + 1; i-- > 0;) {
      double p = 0;
      for (std::size_t j = 0; j <= i; ++j) p += one[j] * sum[i - j];
      sum[i] = p;
    }
    double within = 0;
    for (const double p : sum) within += p;
    answered.count += within;
    if (within < 1e-12) break;
  }
  return answered;
}

Estimate with_method(double value, double low, double high, Method method, const char* because) {
  return {value, std::min(low, high), std::max(low, high), method, because};
}

struct Three {
  Answered value, low, high;
  Method method;
  const char* because;
};

Three answered_in_time(const Burst& burst) {
  const auto size = static_cast<double>(burst.size);
  const double mean = spec::mean(burst.service);
  if (spec::is_constant(burst.service) || std::isinf(burst.timeout)) {
    const auto all = std::isinf(burst.timeout) ? Answered{size, size} : of_constant(size, mean, burst.timeout);
    return {all, all, all, spec::is_constant(burst.service) ? Method::deterministic : Method::exact,
            "one after the other, at multiples of the service time"};
  }
  const auto* exponential = std::get_if<spec::Exponential>(&burst.service);
  const auto* erlang = std::get_if<spec::Erlang>(&burst.service);
  if (exponential || erlang) {
    const auto exact = of_erlang(size, erlang ? erlang->stages : 1, mean, burst.timeout);
    return {exact, exact, exact, Method::exact, "Erlang laws of the sums of service times"};
  }
  return {of_lattice(size, burst.service, burst.timeout, Moved::split),
          of_lattice(size, burst.service, burst.timeout, Moved::up),
          of_lattice(size, burst.service, burst.timeout, Moved::down), Method::bound,
          "sums of service times on a lattice"};
}

}  // namespace

BurstOutcome outcome(const Burst& burst) {
  const auto size = static_cast<double>(burst.size);
  const double mean = spec::mean(burst.service);
  const auto a = answered_in_time(burst);
  const auto estimate = [&](auto&& of) { return with_method(of(a.value), of(a.low), of(a.high), a.method, a.because); };
  const bool constant = spec::is_constant(burst.service);
  const auto sure = [&](double value, const char* because) {
    return with_method(value, value, value, constant ? Method::deterministic : Method::exact, because);
  };
  const auto share = [size](double count) { return size > 0 ? std::max(0.0, 1 - count / size) : 0; };
  BurstOutcome result;
  result.answered = estimate([](const Answered& x) { return x.count; });
  result.timed_out = estimate([&](const Answered& x) { return size - x.count; });
  result.timeout_probability = estimate([&](const Answered& x) { return share(x.count); });
  result.mean_wait = sure(size > 0 ? mean * (size - 1) / 2 : 0, "half the service of the calls in front");
  result.last_answer = sure(mean * size, "the sum of all service times");
  result.stale_work = estimate([&](const Answered& x) { return mean * std::max(0.0, size - x.begun); });
  if (constant) {  // a call begun at the very moment of its timeout is stale too
    const double begun = std::min(size, std::ceil(burst.timeout / mean - 1e-9));
    const double stale = mean > 0 ? mean * (size - begun) : 0;
    result.stale_work = sure(stale, "the services begun when their callers had gone");
  }
  return result;
}

double overlap_probability(const Burst& burst, const spec::Distribution& interval) {
  const auto size = static_cast<double>(burst.size);
  const double mean = size * spec::mean(burst.service);
  const double highest = size * spec::highest(burst.service);
  const double variance = size * spec::variance(burst.service);
  constexpr int steps = 200;
  double least = 1;
  for (int i = 0; i <= steps; ++i) {
    const double time = mean * std::exp2(i * 10.0 / steps);
    const double beyond = time - mean;
    const double done_later = time >= highest ? 0 : variance / (variance + beyond * beyond);
    const double comes_before = spec::lowest(interval) >= time ? 0 : spec::cumulative(interval, time);
    least = std::min(least, done_later + comes_before);
  }
  return least;
}

Estimate drain_time(double messages, double mean_service, double arrival_rate) {
  const double idle = 1 - arrival_rate * mean_service;
  if (messages <= 0) return exactly(0, "nothing waits");
  if (idle <= 0) return exactly(infinity, "overload: the backlog never goes");
  return exactly(messages * mean_service / idle, "the mean busy period begun by the backlog");
}

double time_until(double messages, double growth) { return growth > 0 ? messages / growth : infinity; }

}  // namespace treefall::analyzer
