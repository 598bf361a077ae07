// A closed network with one exponential first-come-first-served station and thinking callers, beside a Poisson stream
// through the same station, has a product form, whatever the law of the thinking times (F. Baskett, K. M. Chandy, R. R.
// Muntz, F. G. Palacios, JACM 22, 1975): n callers and k others are there with probability proportional to
//   (n + k)! / k! (lambda s)^k e_n(s / z_1, ..., s / z_N),
// e_n the elementary symmetric polynomials, s the mean service, z the mean thinking times. A caller that calls finds
// what is there in the time average of the network without it (K. C. Sevcik, I. Mitrani, JACM 28, 1981), and with m
// before it is answered after an Erlang time of m + 1 stages.
//
// Late calls (D. Aldous, Probability Approximations via the Poisson Clumping Heuristic, 1989): a call is late when it
// raises the work ahead above its timeout; by how much is exponential again, as the service is. From there the work
// falls by one second a second, and rises with the calls that come meanwhile, at the rate that the product form has at
// this much work. The late ones among them are counted on a lattice of times, one step of work a step of time; jumps
// are geometric with the mean of the service, so that the drift is exact.
#include "analyzer/shared_server.hpp"

#include <algorithm>
#include <cmath>

namespace treefall::analyzer {

namespace {

constexpr double smallest = 1e-15;

void normalise(std::vector<double>& law) {
  double sum = 0;
  for (const double p : law) sum += p;
  for (double& p : law) p /= sum;
}

// n! e_n(s / z), n = 0 … N, up to a common factor; `without`: one caller of that group less.
std::vector<double> weights_of_callers(const SharedServer& server, std::size_t without) {
  std::vector<double> weights{1};
  for (std::size_t group = 0; group < server.callers.size(); ++group) {
    const double x = server.mean_service / server.callers[group].think;
    const std::uint64_t count = server.callers[group].count - (group == without ? 1 : 0);
    for (std::uint64_t i = 0; i < count; ++i) {
      weights.push_back(0);
      for (std::size_t n = weights.size() - 1; n > 0; --n) weights[n] += x * static_cast<double>(n) * weights[n - 1];
      normalise(weights);
    }
  }
  return weights;
}

// Others may stand between the callers: C(n + k, k) rho^k for each number n of them.
std::vector<double> with_others(const std::vector<double>& callers, double rho) {
  if (rho <= 0) return callers;
  const auto reach = static_cast<std::size_t>(std::log(smallest) / std::log(rho)) + 20;
  std::vector<double> all(callers.size() + 4 * reach + 4 * callers.size(), 0);
  for (std::size_t n = 0; n < callers.size(); ++n) {
    double term = callers[n];
    for (std::size_t k = 0; n + k < all.size() && term > 0; ++k) {
      all[n + k] += term;
      term *= rho * static_cast<double>(n + k + 1) / static_cast<double>(k + 1);
    }
  }
  return all;
}

std::vector<double> law_of(const SharedServer& server, std::size_t without) {
  auto law = with_others(weights_of_callers(server, without), server.poisson * server.mean_service);
  normalise(law);
  while (law.size() > 1 && law.back() < smallest) law.pop_back();
  return law;
}

// Messages per second that come while so much work is there: by balance, what comes at m takes m to m + 1.
std::vector<double> arrival_rates(const LateCalls& calls, double step, std::size_t cells) {
  const auto& p = calls.present;
  std::vector<double> rates(cells);
  rates[0] = p.size() > 1 ? p[1] / p[0] / calls.mean_service : 0;
  for (std::size_t i = 1; i < cells; ++i) {
    // Work v with m there: p_m (v / s)^(m - 1) / (m - 1)!, scaled by its largest term.
    const double services = static_cast<double>(i) * step / calls.mean_service;
    double logarithm = 0;
    double largest = 0;
    for (std::size_t m = 1; m < p.size(); ++m, logarithm += std::log(services / static_cast<double>(m - 1)))
      if (p[m] > 0) largest = std::max(largest, logarithm + std::log(p[m]));
    double here = 0;
    double onward = 0;
    logarithm = -largest;
    for (std::size_t m = 1; m < p.size(); ++m, logarithm += std::log(services / static_cast<double>(m - 1))) {
      const double term = std::exp(logarithm);
      here += p[m] * term;
      if (m + 1 < p.size()) onward += p[m + 1] * term;
    }
    rates[i] = here > 0 ? onward / here / calls.mean_service : rates[i - 1];
  }
  return rates;
}

constexpr double cells_a_service = 6;

// Probabilities by cell of work left (rows) and number of late calls so far (side by side, `most` of them).
class Excursion {
 public:
  Excursion(std::size_t limit, std::size_t cells, std::size_t most)
      : limit_(limit), cells_(cells), most_(most), mass_((cells + 1) * most), flying_(most), counted_(most) {
    double rest = 1;
    for (std::size_t i = limit; i < cells; ++i, rest *= onward) row(i)[0] = i + 1 < cells ? rest * lands : rest;
  }

  // One cell of work is done. With comes[i] a call comes at work i, which brings on a geometric number of cells; of
  // those that land at the limit or beyond, this share is counted. Returns how many are.
  double pass(const std::vector<double>& comes, double share) {
    for (std::size_t k = 0; k < most_; ++k) row(1)[k] += row(0)[k];
    std::fill(flying_.begin(), flying_.end(), 0);
    double counted = 0;
    for (std::size_t i = 0; i < cells_; ++i) {
      const double down = i + 1 < cells_ ? lands : 1;
      if (i < limit_)
        fly(row(i), comes[i], down);
      else
        counted += fly_and_count(row(i), comes[i], down, share);
    }
    return counted;
  }

  std::vector<double> by_number() const {
    std::vector<double> sizes(most_);
    for (std::size_t i = 0; i < cells_; ++i)
      for (std::size_t k = 0; k < most_; ++k) sizes[k] += mass_[i * most_ + k];
    return sizes;
  }

 private:
  static constexpr double onward = cells_a_service / (1 + cells_a_service);  // of a jump: its mean is a service
  static constexpr double lands = 1 - onward;

  double* row(std::size_t i) { return mass_.data() + i * most_; }

  void fly(double* __restrict here, double comes, double down) {
    const double* __restrict next = here + most_;
    double* __restrict flying = flying_.data();
    for (std::size_t k = 0; k < most_; ++k) {
      const double leaves = next[k] * comes;
      const double stops = (flying[k] + leaves) * down;
      flying[k] = flying[k] + leaves - stops;
      here[k] = next[k] - leaves + stops;
    }
  }

  double fly_and_count(double* __restrict here, double comes, double down, double share) {
    const double* __restrict next = here + most_;
    double* __restrict flying = flying_.data();
    double* __restrict counted = counted_.data();
    for (std::size_t k = 0; k < most_; ++k) {
      const double leaves = next[k] * comes;
      const double stops = (flying[k] + leaves) * down;
      counted[k] = stops * share;
      flying[k] = flying[k] + leaves - stops;
      here[k] = next[k] - leaves + (stops - counted[k]);
    }
    double sum = 0;
    for (std::size_t k = 0; k < most_; ++k) {
      here[std::min(k + 1, most_ - 1)] += counted[k];
      sum += counted[k];
    }
    return sum;
  }

  std::size_t limit_, cells_, most_;
  std::vector<double> mass_;  // a row of zeros behind the last cell
  std::vector<double> flying_, counted_;
};

}  // namespace

std::vector<double> present(const SharedServer& server) { return law_of(server, server.callers.size()); }

std::vector<double> found_by(const SharedServer& server, std::size_t group) { return law_of(server, group); }

double late_share(const std::vector<double>& found, double mean_service, double timeout) {
  if (std::isinf(timeout)) return 0;
  // P(Erlang(m + 1) > t) = P(at most m services are done by t), taken along from m to m + 1.
  const double services = timeout / mean_service;
  double logarithm = -services;
  double not_done = 0;
  double late = 0;
  for (std::size_t m = 0; m < found.size(); ++m) {
    not_done += std::exp(logarithm);
    logarithm += std::log(services / static_cast<double>(m + 1));
    late += found[m] * std::min(1.0, not_done);
  }
  return late;
}

double mean_answer(const std::vector<double>& found, double mean_service, double timeout) {
  const bool limited = std::isfinite(timeout);
  const double services = limited ? timeout / mean_service : 0;
  double logarithm = -services;
  double at_most = 0;  // P(at most m services are done by the timeout)
  double until = 0;    // E[min(Erlang(m + 1), timeout)] in services: the sum of P(more than j are done), j <= m
  double mean = 0;
  for (std::size_t m = 0; m < found.size(); ++m) {
    if (limited) {
      at_most += std::exp(logarithm);
      logarithm += std::log(services / static_cast<double>(m + 1));
    }
    until += limited ? std::max(0.0, 1 - at_most) : 1;
    mean += found[m] * until;
  }
  return mean * mean_service;
}

Clump clump_of(const LateCalls& calls, double window, std::size_t most) {
  constexpr double reach = 60;  // services beyond the timeout
  constexpr double most_steps = 5'000;
  const double step = calls.mean_service / cells_a_service;
  const auto limit = static_cast<std::size_t>(std::ceil(calls.timeout / step));
  const std::size_t cells = limit + static_cast<std::size_t>(reach * cells_a_service);
  auto comes = arrival_rates(calls, step, cells);
  for (double& rate : comes) rate = std::min(1.0, rate * step);
  Excursion excursion(limit, cells, most);
  Clump clump;
  const auto steps = static_cast<std::size_t>(std::min(most_steps, std::round(window / step)));
  for (std::size_t at = 0; at < steps; ++at) clump.mean += excursion.pass(comes, calls.share);
  clump.sizes = excursion.by_number();
  return clump;
}

}  // namespace treefall::analyzer
