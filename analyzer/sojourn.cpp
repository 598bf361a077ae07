// Tails of waits and sojourns of the M/G/1 queue.
//
// The wait is a geometric sum of equilibrium residual service times (Pollaczek-Khinchine, as read by Benes 1957):
// W = X_1 + ... + X_K, P(K >= n) = rho^n, P(X <= x) = int_0^x (1 - B) / E[S]. Moving each X down or up to a multiple
// of a step h gives sums that lie below and above; their laws follow by Panjer's recursion, all of whose terms are
// positive (F. Dufresne, H. Gerber, Insurance: Math. Econ. 8, 1989). So P(W > t) is bracketed for every service law,
// constant and empirical ones with their lattices too, in relative terms however small it is. Between the two lies the
// law of X split between its neighbours so that its mean is kept: its error is of order h^2, and it is the value given.
// A sojourn adds the message's own service, split the same way. Where one law has no randomness in the service, the
// step divides it, and the value is all but exact.
//
// Far out (t much longer than a service) the recursion's ratio settles, P(W > t) ~ C exp(-decay t) (Cramer-Lundberg for
// light tails); the grid then needs fewer points than t / h. Long waits use the transform instead, where it has a
// closed form: Pollaczek-Khinchine's W*(s) = (1 - rho) s / (s - lambda (1 - B*(s))), inverted by Euler summation (J.
// Abate, W. Whitt, ORSA J. Computing 7, 1995), whose discretisation error is below 1e-8 and which is smooth that far
// out.
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>
#include <numbers>
#include <optional>
#include <vector>

#include "analyzer/products.hpp"
#include "analyzer/queueing.hpp"

namespace treefall::analyzer {

namespace {

using Complex = std::complex<double>;

constexpr std::size_t most_points = 3000;
constexpr double rounding = 1e-13;         // of what is 1 minus a sum
constexpr double points_per_service = 16;  // fewer than that: the transform answers, where there is one

// P(S > x) integrated from x to y: exact where the law has atoms, by Simpson's rule where it is smooth.
double exceeds_between(const spec::Distribution& d, double x, double y) {
  if (spec::is_constant(d)) return std::clamp(spec::lowest(d) - x, 0.0, y - x);
  if (const auto* e = std::get_if<spec::Empirical>(&d)) {
    double sum = 0;
    for (const double v : e->values) sum += std::clamp(v - x, 0.0, y - x);
    return sum / static_cast<double>(e->values.size());
  }
  constexpr int pieces = 4;
  const double h = (y - x) / pieces;
  double sum = 0;
  for (int i = 0; i < pieces; ++i) {
    const double a = x + i * h;
    const auto tail = [&](double t) { return 1 - spec::cumulative(d, t); };
    sum += h / 6 * (tail(a) + 4 * tail(a + h / 2) + tail(a + h));
  }
  return sum;
}

// A law on multiples of a step: down, up, and split so that the mean is kept.
struct Lattice {
  std::vector<double> down, middle, up;
};

// From the masses and the first moments (relative to the cell's start, in steps) of the cells [i h, (i+1) h).
Lattice lattice(const std::vector<double>& mass, const std::vector<double>& share) {
  const std::size_t n = mass.size();
  Lattice l{mass, std::vector<double>(n), std::vector<double>(n)};
  for (std::size_t i = 0; i < n; ++i) {
    l.middle[i] += mass[i] * (1 - share[i]);
    if (i + 1 < n) l.middle[i + 1] += mass[i] * share[i], l.up[i + 1] += mass[i];
  }
  return l;
}

// Equilibrium residual service times on [0, n h).
Lattice residual(const MessageClasses& load, double h, std::size_t n) {
  std::vector<double> mass(n), share(n);
  const double work = utilisation(load);
  for (const auto& c : load)
    for (std::size_t i = 0; i < n; ++i) {
      const double x = static_cast<double>(i) * h;
      const double whole = exceeds_between(c.service, x, x + h) * c.rate / work;
      const double half = exceeds_between(c.service, x, x + h / 2) * c.rate / work;
      mass[i] += whole;
      share[i] += half * 0.25 + (whole - half) * 0.75;  // the moment from two halves
      if (whole <= 0 && x > spec::lowest(c.service)) break;
    }
  for (std::size_t i = 0; i < n; ++i) share[i] = mass[i] > 0 ? share[i] / mass[i] : 0;
  return lattice(mass, share);
}

// A service time itself on [0, n h): an atom on a multiple of the step stays there.
Lattice own_service(const spec::Distribution& own, double h, std::size_t n) {
  std::vector<double> mass(n), share(n);
  double below = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double x = static_cast<double>(i) * h;
    const double to = spec::cumulative(own, std::nextafter((x + h) * (1 - 1e-12), 0));
    mass[i] = std::max(0.0, to - below);
    below = std::max(below, to);
    // E[S - x; cell] = h (mass of what lies beyond) by parts.
    const double beyond = exceeds_between(own, x, x + h) - h * (1 - to);
    share[i] = mass[i] > 0 ? std::clamp(beyond / (h * mass[i]), 0.0, 1.0) : 0;
  }
  return lattice(mass, share);
}

// The law of a geometric sum by Panjer's recursion: g(n) = rho / (1 - rho f(0)) sum_{j>=1} f(j) g(n - j). By blocks:
// what earlier blocks add to a block is added side by side, then what its own points add to those behind them.
std::vector<double> geometric_sum(const std::vector<double>& f, double rho) {
  constexpr std::size_t block = 64;
  const std::size_t n = f.size();
  const double scale = rho / (1 - rho * f[0]);
  std::size_t last = n - 1;
  while (last > 0 && f[last] == 0) --last;
  std::vector<double> g(n);
  for (std::size_t from = 0; from < n; from += block) {
    double* here = g.data() + from;
    const std::size_t length = std::min(block, n - from), far = from > last ? from - last : 0;
    add_products(here, length, g.data() + far, from - far, [&](std::size_t j) { return f.data() + from - far - j; });
    for (std::size_t i = 0; i < length; ++i) {
      here[i] = from + i == 0 ? (1 - rho) / (1 - rho * f[0]) : here[i] * scale;
      add_products(here + i + 1, length - i - 1, here + i, 1, [&](std::size_t) { return f.data() + 1; });
    }
  }
  return g;
}

// P(A + B > n steps), and half of what lies on n itself but for the atom there: the mean-keeping law spreads the mass
// of a point over both its sides.
double exceeds(const std::vector<double>& a, const std::vector<double>& b, std::size_t n) {
  double within = 0;
  std::vector<double> below(b.size());
  double sum = 0;
  for (std::size_t i = 0; i < b.size(); ++i) below[i] = sum += b[i];
  for (std::size_t i = 0; i <= n; ++i) within += a[i] * below[n - i];
  return std::clamp(1 - within, 0.0, 1.0);
}

double half_at(const std::vector<double>& a, const std::vector<double>& b, std::size_t n, double atom) {
  double at = 0;
  for (std::size_t i = 0; i <= n; ++i) at += a[i] * b[n - i];
  return std::max(0.0, at - atom) / 2;
}

// ---- by the transform -------------------------------------------------------------------------------------------

std::optional<Complex> transform(const MessageClasses& load, Complex s) {
  const double rate = arrival_rate(load);
  Complex b = 0;
  for (const auto& c : load) {
    const auto one = spec::laplace(c.service, s);
    if (!one) return std::nullopt;
    b += *one * (c.rate / rate);
  }
  return (1 - utilisation(load)) * s / (s - rate * (1.0 - b));
}

// The transform of P(wait + own > t): (1 - W*(s) own*(s)) / s.
std::optional<double> by_transform(const MessageClasses& load, const spec::Distribution& own, double t) {
  constexpr double a = 18.4;
  constexpr int first = 30, averaged = 12;
  const auto term = [&](int k) -> std::optional<double> {
    const Complex s{a / (2 * t), k * std::numbers::pi / t};
    const auto w = transform(load, s);
    const auto o = spec::laplace(own, s);
    if (!w || !o) return std::nullopt;
    return ((1.0 - *w * *o) / s).real();
  };
  const auto zero = term(0);
  if (!zero) return std::nullopt;
  double sum = *zero / 2;
  std::vector<double> partial;
  for (int k = 1; k <= first + averaged; ++k) {
    sum += (k % 2 ? -1 : 1) * *term(k);
    if (k >= first) partial.push_back(sum);
  }
  for (std::size_t left = partial.size(); left > 1; --left)  // binomial averaging
    for (std::size_t i = 0; i + 1 < left; ++i) partial[i] = (partial[i] + partial[i + 1]) / 2;
  return std::clamp(partial[0] * std::exp(a / 2) / t, 0.0, 1.0);
}

// ---- which of them ----------------------------------------------------------------------------------------------

// A step so that `seconds` is a multiple of it and, where everything is constant, the services nearly are.
std::size_t points_for(const MessageClasses& load, double seconds, std::size_t most = most_points) {
  if (load.size() == 1 && spec::is_constant(load[0].service)) {
    const double services = seconds / spec::mean(load[0].service);
    const double whole = std::max(1.0, std::floor(static_cast<double>(most) / services));
    const double points = services * whole;
    if (std::abs(points - std::round(points)) < 1e-6) return static_cast<std::size_t>(std::round(points));
  }
  return most;
}

bool all_exponential(const MessageClasses& load) {
  const auto* first = std::get_if<spec::Exponential>(&load.front().service);
  return first && std::all_of(load.begin(), load.end(), [&](const auto& c) {
           const auto* e = std::get_if<spec::Exponential>(&c.service);
           return e && e->mean == first->mean;
         });
}

Estimate by_lattice(const MessageClasses& load, const spec::Distribution& own, double seconds) {
  const std::size_t n = points_for(load, seconds);
  const double h = seconds / static_cast<double>(n);
  const double rho = utilisation(load);
  const auto f = residual(load, h, n + 1);
  const auto b = own_service(own, h, n + 1);
  const double low = exceeds(geometric_sum(f.down, rho), b.down, n);
  const double high = exceeds(geometric_sum(f.up, rho), b.up, n);
  const auto middle = geometric_sum(f.middle, rho);
  const double own_atom = spec::cumulative(own, seconds) - spec::cumulative(own, std::nextafter(seconds, 0));
  const double value = exceeds(middle, b.middle, n) + half_at(middle, b.middle, n, (1 - rho) * own_atom);
  return {std::clamp(value, low, high), std::max(0.0, low - rounding), std::min(1.0, high + rounding), Method::bound,
          "the geometric sum of residual service times on a lattice"};
}

// Is the lattice too coarse for the services at this distance, and the transform at hand?
bool coarse(const MessageClasses& load, double seconds) {
  return mean_service(load) * static_cast<double>(most_points) < points_per_service * seconds &&
         transform(load, {1 / seconds, 0}).has_value();
}

// The point, in steps, behind which `rest` of a law on a lattice lies: between the points, linearly.
double percentile(const std::vector<double>& law, double rest, bool between) {
  double exceeds = 1;
  for (std::size_t i = 0; i < law.size(); ++i) {
    const double next = exceeds - law[i];
    if (next <= rest) {
      const double part = law[i] > 0 ? (exceeds - rest) / law[i] : 0;
      return static_cast<double>(i) + (between ? part - 0.5 : 0);
    }
    exceeds = next;
  }
  return std::numeric_limits<double>::infinity();
}

Estimate percentile_on_lattice(const MessageClasses& load, double rest, double far) {
  const std::size_t n = points_for(load, far);
  const double h = far / static_cast<double>(n);
  const double rho = utilisation(load);
  const auto f = residual(load, h, n + 1);
  const double low = h * percentile(geometric_sum(f.down, rho), rest, false);
  const double high = h * percentile(geometric_sum(f.up, rho), rest, false);
  const double value = h * percentile(geometric_sum(f.middle, rho), rest, true);
  return {std::clamp(value, low, high), low, high, Method::bound,
          "the geometric sum of residual service times on a lattice"};
}

}  // namespace

Estimate sojourn_exceeds(const MessageClasses& load, const spec::Distribution& own, double seconds) {
  if (seconds < 0) return exactly(1, "no time is given");
  if (std::isinf(seconds)) return exactly(0, "no limit is given");
  const double rho = utilisation(load);
  if (rho >= 1) return exactly(1, "overload: in the long run the mailbox outgrows every limit");
  if (rho <= 0 || seconds == 0) {
    const double wait = seconds == 0 && rho > 0 && spec::highest(own) <= 0 ? rho : 1 - spec::cumulative(own, seconds);
    return exactly(wait, "the law of the service time");
  }
  const auto* exponential = std::get_if<spec::Exponential>(&own);
  const bool plain = all_exponential(load);
  const double mean = spec::mean(load.front().service);
  if (plain && exponential && exponential->mean == mean)
    return exactly(std::exp(-(1 - rho) * seconds / mean), "the M/M/1 formula");
  if (plain && spec::highest(own) <= 0)
    return exactly(rho * std::exp(-(1 - rho) * seconds / mean), "the M/M/1 formula");
  if (coarse(load, seconds))
    if (const auto p = by_transform(load, own, seconds))
      return {*p, std::max(0.0, *p * 0.999 - 1e-8), std::min(1.0, *p * 1.001 + 1e-8), Method::approximation,
              "Euler inversion of the Pollaczek-Khinchine transform"};
  return by_lattice(load, own, seconds);
}

SojournTail::SojournTail(const spec::Distribution& service, double seconds)
    : mean_(spec::mean(service)),
      atom_(spec::cumulative(service, seconds) - spec::cumulative(service, std::nextafter(seconds, 0))) {
  constexpr std::size_t most = 600;
  const MessageClasses load{{1, service}};
  points_ = points_for(load, seconds, most);
  const double h = seconds / static_cast<double>(points_);
  residual_ = residual(load, h, points_ + 1).middle;
  own_ = own_service(service, h, points_ + 1).middle;
}

double SojournTail::at(double rate) const {
  const double rho = rate * mean_;
  const auto waits = geometric_sum(residual_, rho);
  return std::min(1.0, exceeds(waits, own_, points_) + half_at(waits, own_, points_, (1 - rho) * atom_));
}

Estimate wait_exceeds(const MessageClasses& load, double seconds) {
  return sojourn_exceeds(load, spec::Constant{0}, seconds);
}

Estimate wait_quantile(const MessageClasses& load, double share) {
  const double rest = 1 - share;
  const double rho = utilisation(load);
  if (rho >= 1) return exactly(std::numeric_limits<double>::infinity(), "overload: the mailbox grows without end");
  if (rho <= rest) return exactly(0, "most messages find the server idle");
  if (all_exponential(load))
    return exactly(spec::mean(load.front().service) / (1 - rho) * std::log(rho / rest), "the M/M/1 formula");
  double far = 8 * mean_wait(load).value;
  while (!coarse(load, far) && percentile_on_lattice(load, rest, far).value > far) far *= 2;
  if (!coarse(load, far)) return percentile_on_lattice(load, rest, far);
  double low = 0, high = far;
  while (wait_exceeds(load, high).value > rest) low = high, high *= 2;
  Estimate at;
  while (high - low > 1e-7 * high) {
    const double middle = (low + high) / 2;
    at = wait_exceeds(load, middle);
    (at.value > rest ? low : high) = middle;
  }
  // The error of the tail moves the percentile by itself over the tail's slope.
  const double slope = (wait_exceeds(load, low * 0.99).value - wait_exceeds(load, low * 1.01).value) / (0.02 * low);
  const double error = std::max(at.high - at.value, at.value - at.low) / slope;
  return {low, std::max(0.0, low - error), low + error, at.method, at.because};
}

}  // namespace treefall::analyzer
