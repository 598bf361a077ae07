// J. I. Naus, Approximations for distributions of scan statistics, JASA 77 (1982): with k = R + 1, psi = rate * width,
// survival by L widths is about Q2 (Q3 / Q2)^(L - 2), where Q2 and Q3 are exact sums of products of Poisson terms.
// Where failures are so rare that Q2 - Q3 loses its digits, the hazard is that of S. E. Alm, On the distribution of
// scan statistics of a Poisson process (1983): rate (1 - psi / k) p(k - 1; psi), crossings thinned to the first of a
// clump.
#include "analyzer/large_budget.hpp"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <cstddef>
#include <vector>

namespace treefall::analyzer::large {

namespace {

// On the way to the tail of a tiny mean the library meets a factorial beyond doubles; its quotient, 0 or 1, is right.
using Policy =
    boost::math::policies::policy<boost::math::policies::promote_double<false>,
                                  boost::math::policies::overflow_error<boost::math::policies::ignore_error>>;

// Poisson terms and their sums, with 0 for negative arguments.
class Terms {
 public:
  Terms(std::size_t n, double mean) : p_(n + 1), f_(n + 1) {
    double sum = 0;
    for (std::size_t j = 0; j <= n; ++j) {
      const auto count = static_cast<double>(j);
      p_[j] = std::exp(count * std::log(mean) - mean - std::lgamma(count + 1));
      f_[j] = sum += p_[j];
    }
  }
  double p(long j) const { return j < 0 ? 0 : p_[static_cast<std::size_t>(j)]; }
  double f(long j) const { return j < 0 ? 0 : std::min(1.0, f_[static_cast<std::size_t>(j)]); }

 private:
  std::vector<double> p_, f_;
};

struct Survivals {
  double one, two, three;
};

Survivals survivals(long k, double psi) {
  const Terms t(static_cast<std::size_t>(2 * k), psi);
  const auto d = static_cast<double>(k);
  const double f1 = t.f(k - 1), pk = t.p(k);
  const double two = f1 * f1 - (d - 1) * pk * t.p(k - 2) - (d - 1 - psi) * pk * t.f(k - 3);
  const double a1 = 2 * pk * f1 * ((d - 1) * t.f(k - 2) - psi * t.f(k - 3));
  const double a2 =
      0.5 * pk * pk * ((d - 1) * (d - 2) * t.f(k - 3) - 2 * (d - 2) * psi * t.f(k - 4) + psi * psi * t.f(k - 5));
  double a3 = 0, a4 = 0;
  for (long r = 1; r <= k - 1; ++r) a3 += t.p(2 * k - r) * t.f(r - 1) * t.f(r - 1);
  for (long r = 2; r <= k - 1; ++r)
    a4 += t.p(2 * k - r) * t.p(r) * (static_cast<double>(r - 1) * t.f(r - 2) - psi * t.f(r - 3));
  return {f1, two, f1 * f1 * f1 - a1 + a2 + a3 - a4};
}

double alm_hazard(double k, double psi, double rate) {
  const double crossing = std::exp((k - 1) * std::log(psi) - psi - std::lgamma(k));
  return rate * (1 - psi / k) * crossing;
}

// Mean over [0, width] of the survival that falls geometrically from `from` to `to`.
double mean_between(double from, double to, double width) {
  if (to <= 0) return 0;
  const double ratio = to / from;
  return std::abs(ratio - 1) < 1e-9 ? width * from : width * (from - to) / -std::log(ratio);
}

// Budgets beyond this are judged by the drift alone: what happens near balance is below their resolution.
constexpr double largest_sum = 200000;

}  // namespace

double poisson_at_most(double n, double mean) {
  if (n < 0) return 0;
  return mean > 0 ? boost::math::gamma_q(n + 1, mean, Policy{}) : 1;
}

double poisson_at_least(double n, double mean) {
  if (n <= 0) return 1;
  return mean > 0 ? boost::math::gamma_p(n, mean, Policy{}) : 0;
}

Windows naus(std::uint64_t restarts, double width, double rate) {
  const double k = static_cast<double>(restarts) + 1;
  const double psi = rate * width;
  // The first window: the mean of min(time of restart k, width).
  const double head = k / rate * poisson_at_least(k + 1, psi) + width * poisson_at_most(k - 1, psi);
  if (psi < k) {
    const double hazard = alm_hazard(k, psi, rate);
    if (hazard * width < 1e-8 || k > largest_sum) return {1 / hazard, hazard, 1};
  }
  if (k > largest_sum) return {head, rate / k, 0};
  const auto q = survivals(static_cast<long>(k), psi);
  if (q.two <= 0 || q.three <= 0 || q.three >= q.two) return {head, rate / k, std::max(q.two, 0.0)};
  const double hazard = -std::log(q.three / q.two) / width;
  return {head + mean_between(q.one, q.two, width) + q.two / hazard, hazard, q.two};
}

bool overwhelmed(std::uint64_t restarts, std::uint64_t seconds, double rate) {
  return poisson_at_most(static_cast<double>(restarts), rate * static_cast<double>(seconds)) < 1e-17;
}

}  // namespace treefall::analyzer::large
