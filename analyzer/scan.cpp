// OTP keeps the stamps floor(t) of the last restarts and gives up when more than R of them lie in P + 1 consecutive
// whole seconds. With independent counts per second this is a discrete scan statistic of window m = P + 1.
//
// The clock's phase. An incarnation starts at a uniformly random place u of second 0. With n restarts spread evenly
// over that second, u is one point more of n + 1 even ones, so the number behind u is uniform on 0..n: the first
// second's law is first(j) = sum_{n >= j} p(n) / (n + 1), and the mean spacing of n + 1 points is 1 / (n + 2).
// Likewise the j-th of n even points lies at j / (n + 1), which gives the mean part of the failing second that is still
// lived. Hence mean times below are real times, not whole seconds: E[T] = sum over seconds of the time lived in each.
//
// Chain (Fu and Koutras, JASA 89, 1994): the state is the counts of the last P seconds, in lexicographic order with
// the newest last, so that the successors of a state are neighbours. The failure rate is taken from absorbed mass, not
// from 1 - survival, and so keeps its digits however rare it is.
#include "analyzer/scan.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "analyzer/products.hpp"
#include "analyzer/scan_seconds.hpp"

namespace treefall::analyzer::scan {

namespace {

constexpr double nothing = 1e-17;  // survival below this no longer adds to any mean

double binomial(double n, double k) {
  return std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1));
}

}  // namespace

void add_second(std::vector<double>& sum, const Seconds& law, std::vector<double>& room) {
  convolve(sum.data(), sum.size(), law.every.data(), law.most + 1, room);
}

Reading read(const std::vector<double>& mass, const Seconds& law) {
  Reading reading;
  for (std::size_t s = 0; s < mass.size(); ++s) {
    reading.fails += mass[s] * law.fails[law.restarts + 1 - s];
    reading.lives += mass[s] * law.lives[law.restarts + 1 - s];
  }
  return reading;
}

void append(Survival& survival, const Reading& reading) {
  survival.fails.push_back(reading.fails);
  survival.lives.push_back(reading.lives);
}

double total(const std::vector<double>& mass) { return std::accumulate(mass.begin(), mass.end(), 0.0); }

std::vector<double> first_window(Survival& survival, const Seconds& law, std::uint64_t seconds) {
  append(survival, {law.first_fails, law.first_lives});
  auto mass = law.first;
  std::vector<double> room;
  for (std::uint64_t i = 1; i <= seconds; ++i) {
    append(survival, read(mass, law));
    add_second(mass, law, room);
  }
  survival.alive = total(mass);
  return mass;
}

void settle(Survival& survival, double alive_before) {
  const double lost = survival.fails.back();
  survival.hazard = survival.hazard_low = survival.hazard_high = alive_before > 0 ? lost / alive_before : 1;
  survival.lives_each = alive_before > 0 ? survival.lives.back() / alive_before : 0;
}

Seconds prepare(const CountLaw& law, std::uint64_t restarts) {
  const auto& p = law.probability;
  const std::size_t k = static_cast<std::size_t>(restarts) + 1;
  Seconds seconds;
  seconds.restarts = k - 1;
  seconds.every.assign(k, 0);
  std::copy_n(p.begin(), std::min(k, p.size()), seconds.every.begin());
  for (std::size_t n = 0; n < k; ++n)
    if (seconds.every[n] > 0) seconds.most = n;

  // Tails from their small end: P(N >= j) and the sum of p(n) / (n + 1) over n >= j.
  std::vector<double> at_least(k + 2), spread(k + 2);
  double tail = 0, spread_tail = 0;
  for (std::size_t n = p.size(); n-- > 0;) {
    const auto count = static_cast<double>(n);
    tail += p[n];
    spread_tail += p[n] / (count + 1);
    if (n <= k) at_least[n] = tail, spread[n] = spread_tail;
    if (n >= k) seconds.first_fails += p[n] * (count + 1 - static_cast<double>(k)) / (count + 1);
    const double cut = static_cast<double>(std::min(n + 1, k));  // sum over j = 0..n of min(j + 1, k)
    const double spacings = cut * (cut + 1) / 2 + (count + 1 - cut) * static_cast<double>(k);
    seconds.first_lives += p[n] * spacings / ((count + 1) * (count + 2));
  }
  seconds.first.assign(spread.begin(), spread.begin() + static_cast<std::ptrdiff_t>(k));
  seconds.fails.assign(at_least.begin(), at_least.begin() + static_cast<std::ptrdiff_t>(k + 1));
  seconds.lives.assign(k + 1, 0);
  double below = 0;
  for (std::size_t j = 1; j <= k; ++j) {
    below += j - 1 < p.size() ? p[j - 1] : 0;
    seconds.lives[j] = below + static_cast<double>(j) * spread[j];
  }
  return seconds;
}

double cost_of_chain(std::uint64_t restarts, std::uint64_t seconds) {
  const auto r = static_cast<double>(restarts);
  const auto p = static_cast<double>(seconds);
  return binomial(p + r, r) * (1 + r / (p + 1) + r / 2) * 8 * (p + 1);
}

namespace {

// The states of the chain: sequences of P counts with a sum of at most R, in lexicographic order, the newest count
// last.
struct States {
  std::vector<std::size_t> next;  // what follows when nothing happens; with y restarts it is next + y
  std::vector<std::size_t> held;  // the sum
};

States states_of(std::size_t p, std::size_t r) {
  // sequences(length, budget): how many sequences of counts of that length have a sum of at most `budget`.
  std::vector<std::vector<std::size_t>> sequences(p + 1, std::vector<std::size_t>(r + 1, 1));
  for (std::size_t length = 1; length <= p; ++length)
    for (std::size_t budget = 1; budget <= r; ++budget)
      sequences[length][budget] = sequences[length][budget - 1] + sequences[length - 1][budget];
  const std::size_t number = sequences[p][r];
  States states{std::vector<std::size_t>(number), std::vector<std::size_t>(number)};
  std::vector<std::size_t> counts(p, 0);
  for (std::size_t state = 0; state < number; ++state) {
    std::size_t rank = 0, budget = r, sum = 0;
    for (std::size_t i = 1; i <= p; ++i) {  // the shifted sequence counts[1..], 0
      const std::size_t count = i < p ? counts[i] : 0;
      for (std::size_t v = 0; v < count; ++v) rank += sequences[p - i][budget - v];
      budget -= count;
      sum += count;
    }
    states.next[state] = rank;
    states.held[state] = sum + counts[0];
    for (std::size_t i = p; i-- > 0;) {  // the next sequence in order
      const std::size_t kept = std::accumulate(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(i), 0UL);
      if (kept + counts[i] < r) {
        ++counts[i];
        break;
      }
      counts[i] = 0;
    }
  }
  return states;
}

// One second from `mass` to `following`; returns how much was alive at its start.
double step(const States& states, const Seconds& law, const std::vector<double>& mass, std::vector<double>& following,
            Reading& reading) {
  const std::size_t r = law.restarts;
  std::fill(following.begin(), following.end(), 0);
  double alive = 0;
  for (std::size_t state = 0; state < mass.size(); ++state) {
    const double weight = mass[state];
    if (weight == 0) continue;
    const std::size_t held = states.held[state];
    alive += weight;
    reading.fails += weight * law.fails[r + 1 - held];
    reading.lives += weight * law.lives[r + 1 - held];
    // The window of P + 1 seconds still holds the oldest count; it leaves only after this second.
    for (std::size_t y = 0; y + held <= r; ++y) following[states.next[state] + y] += weight * law.every[y];
  }
  return alive;
}

}  // namespace

Survival by_chain(const Seconds& law, std::uint64_t seconds) {
  const std::size_t p = static_cast<std::size_t>(seconds);
  const States states = states_of(p, law.restarts);
  Survival survival;
  append(survival, {law.first_fails, law.first_lives});
  std::vector<double> mass(states.next.size()), following(states.next.size());
  for (std::size_t n = 0; n <= law.restarts; ++n) mass[n] = law.first[n];  // the newest second holds n, the others 0
  double alive_before = 0;
  const std::size_t most = 40 * (p + 1);
  for (std::size_t second = 1; second < most; ++second) {
    Reading reading;
    const double alive = step(states, law, mass, following, reading);
    append(survival, reading);
    mass.swap(following);
    alive_before = alive;
    const double before = survival.hazard;
    settle(survival, alive);
    if (alive < nothing) break;
    if (second > 3 * (p + 1) && std::abs(survival.hazard - before) <= 1e-14 * survival.hazard) break;
  }
  survival.alive = total(mass);
  settle(survival, alive_before);
  return survival;
}

double cost_of_adjacent_windows(std::uint64_t restarts, std::uint64_t seconds, std::size_t terms) {
  const double k = static_cast<double>(restarts) + 1;
  return 2 * static_cast<double>(seconds) * k * std::min(k, static_cast<double>(terms));
}

Survival by_adjacent_windows(const Seconds& law, std::uint64_t seconds) {
  Survival survival;
  const auto whole = first_window(survival, law, seconds);
  std::vector<double> shared(law.restarts + 1);  // law of the P seconds that two neighbouring windows share
  shared[0] = 1;
  std::vector<double> room;
  for (std::uint64_t i = 0; i < seconds; ++i) add_second(shared, law, room);
  Reading reading;
  double fits = 0;
  for (std::size_t s = 0; s <= law.restarts; ++s) {
    const double oldest_fits = 1 - law.fails[law.restarts + 1 - s];
    fits += shared[s] * oldest_fits;
    reading.fails += shared[s] * oldest_fits * law.fails[law.restarts + 1 - s];
    reading.lives += shared[s] * oldest_fits * law.lives[law.restarts + 1 - s];
  }
  survival.hazard = fits > 0 ? reading.fails / fits : 1;
  survival.lives_each = fits > 0 ? reading.lives / fits : 0;
  return survival;
}

}  // namespace treefall::analyzer::scan
