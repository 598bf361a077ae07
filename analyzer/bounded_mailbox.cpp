// The embedded chain at the ends of services (D. G. Kendall, 1953) of M/G/1/K: with a(j) the probability of j arrivals
// during one service, numbers left behind have the weights
//   w(0) = 1,   w(j + 1) a(0) = w(j) - a(j) - sum over i = 1 ... j of w(i) a(j - i + 1),
// and with pi = w normalised over 0 ... K - 1 and rho the offered load, the numbers at any time are pi / (pi(0) + rho);
// the rest is the probability that it is full (J. W. Cohen, The Single Server Queue, 1969, III.6).
#include "analyzer/bounded_mailbox.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace treefall::analyzer {

namespace {

constexpr std::uint64_t most_room = 400;
constexpr int cells = 20'000;  // of a service law that is added up numerically

// P(j arrivals of `rate` within a service), j = 0 ... most, weighted.
void add_arrivals(const spec::Distribution& law, double rate, double weight, std::vector<double>& arrivals) {
  const auto at = [&](double time, double share) {
    double p = std::exp(-rate * time) * share * weight;
    for (std::size_t j = 0; j < arrivals.size(); ++j, p *= rate * time / static_cast<double>(j)) arrivals[j] += p;
  };
  if (spec::is_constant(law)) return at(spec::mean(law), 1);
  if (const auto* exponential = std::get_if<spec::Exponential>(&law)) {
    const double onward = rate * exponential->mean / (1 + rate * exponential->mean);
    double p = weight * (1 - onward);
    for (double& arrival : arrivals) arrival += p, p *= onward;
    return;
  }
  if (const auto* empirical = std::get_if<spec::Empirical>(&law)) {
    for (const double value : empirical->values) at(value, 1 / static_cast<double>(empirical->values.size()));
    return;
  }
  double upper = spec::mean(law);
  while (1 - spec::cumulative(law, upper) > 1e-12) upper *= 1.3;
  const double step = upper / cells;
  double below = 0;
  for (int i = 0; i < cells; ++i) {
    const double to = spec::cumulative(law, (i + 1) * step);
    if (to > below) at((i + 0.5) * step, to - below);
    below = to;
  }
}

}  // namespace

std::optional<BoundedMailbox> bounded_mailbox(const MessageClasses& classes, std::uint64_t room) {
  double rate = 0;
  double load = 0;
  for (const auto& one : classes) rate += one.rate, load += one.rate * spec::mean(one.service);
  if (room > most_room || !(load > 0) || !std::isfinite(load)) return std::nullopt;
  const std::size_t places = static_cast<std::size_t>(room) + 1;
  std::vector<double> arrivals(places + 1, 0);
  for (const auto& one : classes) add_arrivals(one.service, rate, one.rate / rate, arrivals);
  if (!(arrivals[0] > 1e-200)) return std::nullopt;
  std::vector<double> left{1};
  double sum = 1;
  for (std::size_t j = 0; j + 1 < places; ++j) {
    double next = left[j] - arrivals[j];
    for (std::size_t i = 1; i <= j; ++i) next -= left[i] * arrivals[j - i + 1];
    next /= arrivals[0];
    if (!(next >= -1e-9 * sum)) return std::nullopt;  // nothing but rounding errors is left
    left.push_back(std::max(0.0, next));
    sum += left.back();
  }
  BoundedMailbox found;
  const double all = left[0] / sum + load;
  found.turned_away = std::max(0.0, 1 - 1 / all);
  found.busy_share = load * (1 - found.turned_away);
  for (std::size_t j = 1; j < places; ++j) found.mean_length += static_cast<double>(j - 1) * left[j] / sum / all;
  found.mean_length += static_cast<double>(places - 1) * found.turned_away;
  found.mean_wait = found.mean_length / (rate * (1 - found.turned_away));
  return found;
}

}  // namespace treefall::analyzer
