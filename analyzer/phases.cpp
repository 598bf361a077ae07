// OTP compares whole seconds. A restart at the place v of its second [0, 1), followed by a gap X, is in one window of P
// with the next one where v + X < P + 1, and the next one's place is the fractional part of v + X. Renewal formulas
// take that place for random anew each time, which gaps that vary by less than a second don't make it: after 2.8 s +-
// 0.3 s a restart late in its second is followed by one a little earlier in its own, window after window.
//
// One restart allowed (R = 1): the places are a Markov chain, and with K(v, w) the density of coming from v to w by a
// gap that does not end it, U(v) = 1 + int K(v, w) U(w) dw restarts are still to come, this one included; the first two
// come at random. On a lattice of places, linear equations.
//
// More of them: the chain would need all the last gaps. Played out for R = 2, 3, 5, 10 and P = 2, 5, for normal,
// lognormal and uniform gaps with mean times between 1.05 and 1.5 of P / R, the true number of restarts beyond R was,
// with a standard deviation of s seconds, within a factor of 1 + 0.03 / s^1.5 of the one for random places (4.2 at s =
// 0.03, 1.7 at 0.1, 1.25 at 0.2, 1.1 at 0.3). Laws about as wide as an exponential one need none of it.
#include "analyzer/phases.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace treefall::analyzer {

namespace {

constexpr std::size_t places = 80;

// Solves a x = 1 for all rows, by Gauss' elimination; a is the identity less a matrix that loses mass: no pivots
// needed.
std::vector<double> solved(std::vector<std::vector<double>> a) {
  const std::size_t n = a.size();
  std::vector<double> x(n, 1);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t row = i + 1; row < n; ++row) {
      const double times = a[row][i] / a[i][i];
      if (times == 0) continue;
      for (std::size_t j = i; j < n; ++j) a[row][j] -= times * a[i][j];
      x[row] -= times * x[i];
    }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = i + 1; j < n; ++j) x[i] -= a[i][j] * x[j];
    x[i] /= a[i][i];
  }
  return x;
}

}  // namespace

double mean_restarts_by_phase(std::uint64_t seconds, const spec::Distribution& gap) {
  const double width = 1.0 / places;
  const double far = spec::mean(gap) + 12 * std::sqrt(spec::variance(gap));
  const auto least = static_cast<double>(seconds) + 1;
  std::vector<std::vector<double>> equations(places, std::vector<double>(places));
  for (std::size_t from = 0; from < places; ++from) {
    const double at = (static_cast<double>(from) + 0.5) * width;
    double goes_on = 0;
    for (std::size_t to = 0; to < places; ++to) {
      const double begin = static_cast<double>(to) * width - at;
      double comes = 0;
      for (double second = least; second <= std::max(far, least) + 1; ++second)
        comes += spec::cumulative(gap, second + begin + width) - spec::cumulative(gap, second + begin);
      equations[from][to] = -comes;
      goes_on += comes;
    }
    // What is so far out comes anywhere in its second.
    const double beyond = std::max(0.0, 1 - spec::cumulative(gap, least - at) - goes_on);
    for (double& one : equations[from]) one -= beyond * width;
    equations[from][from] += 1;
  }
  double mean = 0;
  for (const double restarts : solved(std::move(equations))) mean += restarts * width;
  // So rare that the equations are all but singular.
  return mean > 0 && mean < 1e13 ? 1 + mean : std::numeric_limits<double>::infinity();
}

double factor_of_phases(const spec::Distribution& gap) {
  const double spread = std::sqrt(spec::variance(gap));
  const double share = spread / spec::mean(gap);
  return 1 + 0.03 / std::pow(spread, 1.5) * std::max(0.0, 1 - share * share);
}

}  // namespace treefall::analyzer
