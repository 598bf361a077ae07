// Laws of the number of restarts in one second. A compound Poisson law comes from Panjer's recursion (ASTIN Bulletin
// 12, 1981): n p(n) = rate sum_j j b(j) p(n - j); all its terms are positive, so small probabilities keep their digits.
#include "analyzer/count_law.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace treefall::analyzer {

namespace {

// The largest rate whose exp(-rate) is a normal number with room to spare.
constexpr double largest_direct_rate = 600;

// A law is kept up to where a further term is nothing beside the term at the budget's edge.
bool negligible(double term, double at_edge) { return term <= at_edge * 1e-19; }

}  // namespace

CountLaw poisson_counts(double rate, std::uint64_t restarts) {
  CountLaw law;
  if (!std::isfinite(rate)) return law;
  const double edge = std::max(static_cast<double>(restarts) + 1, rate);
  double at_edge = 0;
  double p = std::exp(-rate);
  for (std::size_t n = 0;; ++n) {
    const auto count = static_cast<double>(n);
    if (rate > largest_direct_rate) p = std::exp(count * std::log(rate) - rate - std::lgamma(count + 1));
    law.probability.push_back(p);
    if (count <= edge) at_edge = p;
    if (count > edge && negligible(p, at_edge)) return law;
    p *= rate / (count + 1);
  }
}

CountLaw compound_counts(double rate, const std::vector<double>& batch, std::uint64_t restarts) {
  if (!std::isfinite(rate)) return {};
  if (rate > largest_direct_rate) {  // exp(-rate) is no number any more; two halves of a second are independent
    const CountLaw half = compound_counts(rate / 2, batch, restarts);
    return sum(half, half);
  }
  double mean_batch = 0;
  for (std::size_t j = 0; j < batch.size(); ++j) mean_batch += static_cast<double>(j + 1) * batch[j];
  const double edge = std::max(static_cast<double>(restarts) + 1, rate * mean_batch);
  const auto steps = static_cast<double>(batch.size());
  CountLaw law;
  auto& p = law.probability;
  p.push_back(std::exp(-rate));
  double at_edge = 0;
  double recent = 0;  // the largest of the last batch.size() terms: lattice laws have zeros between
  for (std::size_t n = 1;; ++n) {
    double sum = 0;
    for (std::size_t j = 1; j <= std::min(n, batch.size()); ++j)
      sum += static_cast<double>(j) * batch[j - 1] * p[n - j];
    p.push_back(rate * sum / static_cast<double>(n));
    recent = *std::max_element(p.end() - static_cast<std::ptrdiff_t>(std::min(n, batch.size())), p.end());
    if (static_cast<double>(n) <= edge + steps) at_edge = recent;
    if (static_cast<double>(n) > edge + steps && negligible(recent, at_edge)) return law;
  }
}

CountLaw sum(const CountLaw& a, const CountLaw& b) {
  CountLaw law;
  law.probability.assign(a.probability.size() + b.probability.size() - 1, 0);
  for (std::size_t i = 0; i < a.probability.size(); ++i)
    for (std::size_t j = 0; j < b.probability.size(); ++j)
      law.probability[i + j] += a.probability[i] * b.probability[j];
  return law;
}

double mean(const CountLaw& law) {
  double sum = 0;
  for (std::size_t n = law.probability.size(); n-- > 0;) sum += static_cast<double>(n) * law.probability[n];
  return sum;
}

}  // namespace treefall::analyzer
