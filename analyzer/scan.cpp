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
//
// Two segments (Huntington and Naus, Ann. Prob. 3, 1975, in its discrete form): let a be what is left in the window of
// the first m seconds and b what the second m seconds have added; one step removes a second's count from a and adds one
// to b, and must keep a + b <= R. What a second removed is drawn backwards: all (a, 0) start with weight 1 and
// the law of the seconds not yet removed is multiplied in when a mass is read.
//
// Bracket (Glaz and Naus, Ann. Appl. Prob. 1, 1991): with Q the survival after so many seconds,
// d = (Q[2m-1] - Q[2m]) / (Q[2m-1] Q[2m]), later survival lies between Q[2m] (1+d)^-i and
// Q[2m] (1 - Q[2m-1] + Q[2m])^i.
#include "analyzer/scan.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace treefall::analyzer::scan {

namespace {

constexpr double nothing = 1e-17;  // survival below this no longer adds to any mean

double binomial(double n, double k) {
  return std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1));
}

// Adds one second to a sum of counts, kept up to R.
void add(std::vector<double>& sum, const Seconds& law) {
  for (std::size_t s = sum.size(); s-- > 0;) {
    double p = 0;
    for (std::size_t y = 0; y <= std::min(s, law.most); ++y) p += law.every[y] * sum[s - y];
    sum[s] = p;
  }
}

// Reads one second: what of the mass by sum of counts fails in it, and how long the mass lives in it.
struct Reading {
  double fails = 0;
  double lives = 0;
};
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

// The seconds in which nothing has left the window yet: 0 to `seconds`. Returns the mass by sum of counts behind them.
std::vector<double> first_window(Survival& survival, const Seconds& law, std::uint64_t seconds) {
  append(survival, {law.first_fails, law.first_lives});
  auto mass = law.first;
  for (std::uint64_t i = 1; i <= seconds; ++i) {
    append(survival, read(mass, law));
    add(mass, law);
  }
  survival.alive = total(mass);
  return mass;
}

void settle(Survival& survival, double alive_before) {
  const double lost = survival.fails.back();
  survival.hazard = survival.hazard_low = survival.hazard_high = alive_before > 0 ? lost / alive_before : 1;
  survival.lives_each = alive_before > 0 ? survival.lives.back() / alive_before : 0;
}

}  // namespace

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

double cost_of_two_segments(std::uint64_t restarts, std::uint64_t seconds) {
  const double k = static_cast<double>(restarts) + 1;
  return (static_cast<double>(seconds) + 1) * k * k * (k / 3 + 2);
}

Survival by_two_segments(const Seconds& law, std::uint64_t seconds) {
  const std::size_t m = static_cast<std::size_t>(seconds) + 1;
  const std::size_t k = law.restarts + 1;
  Survival survival;
  first_window(survival, law, seconds);

  // rest[i]: the law of the sum of i whole seconds.
  std::vector<std::vector<double>> rest(m, std::vector<double>(k));
  rest[0][0] = 1;
  for (std::size_t i = 1; i < m; ++i) {
    rest[i] = rest[i - 1];
    add(rest[i], law);
  }

  std::vector<std::vector<double>> left(k);  // left[b][a]
  for (std::size_t b = 0; b < k; ++b) left[b].assign(k - b, b == 0 ? 1 : 0);
  double alive_before = 0;
  std::vector<double> mass(k);
  for (std::size_t j = 1; j <= m; ++j) {
    const auto& leaving = j == 1 ? law.first : law.every;
    for (auto& row : left)  // a second leaves the window
      for (std::size_t a = 0; a < row.size(); ++a) {
        double sum = 0;
        for (std::size_t x = 0; a + x < row.size(); ++x) sum += leaving[x] * row[a + x];
        row[a] = sum;
      }
    std::fill(mass.begin(), mass.end(), 0);
    for (std::size_t b = 0; b < k; ++b)
      for (std::size_t a = 0; a < left[b].size(); ++a) mass[a + b] += left[b][a] * rest[m - j][a];
    alive_before = total(mass);
    append(survival, read(mass, law));
    for (std::size_t b = k; b-- > 0;)  // a second is added
      for (std::size_t a = 0; a < left[b].size(); ++a) {
        double sum = 0;
        for (std::size_t y = 0; y <= std::min(b, law.most); ++y) sum += law.every[y] * left[b - y][a];
        left[b][a] = sum;
      }
  }
  survival.alive = 0;
  for (const auto& row : left) survival.alive += row[0];
  settle(survival, alive_before);
  const double lost = survival.fails.back();
  if (survival.alive > 0 && alive_before > 0) {
    const double d = lost / (alive_before * survival.alive);
    survival.hazard_low = std::min(lost, survival.hazard);  // rounding may swap what is all but equal
    survival.hazard_high = std::max(d / (1 + d), survival.hazard);
  }
  return survival;
}

double cost_of_three_segments(std::uint64_t restarts, std::uint64_t seconds) {
  const double k = static_cast<double>(restarts) + 1;
  return (static_cast<double>(seconds) + 1) * std::pow(k, 4) / 4 * (k + 3);
}

namespace {

// Weights by (a, b1, b2, c): left of the first segment, added and left of the second, added of the third;
// a + b1 <= R and b2 + c <= R.
class Triple {
 public:
  explicit Triple(std::size_t k) : k_(k), weight_(k * k * k * k) {}
  double& at(std::size_t a, std::size_t b1, std::size_t b2, std::size_t c) {
    return weight_[((a * k_ + b1) * k_ + b2) * k_ + c];
  }
  template <class F>
  void each_pair(F&& f) const {  // all (u, v) with u + v <= R
    for (std::size_t u = 0; u < k_; ++u)
      for (std::size_t v = 0; u + v < k_; ++v) f(u, v);
  }

 private:
  std::size_t k_;
  std::vector<double> weight_;
};

void leave_first(Triple& w, std::size_t k, const std::vector<double>& p) {
  w.each_pair([&](std::size_t b2, std::size_t c) {
    for (std::size_t b1 = 0; b1 < k; ++b1)
      for (std::size_t a = 0; a + b1 < k; ++a) {
        double sum = 0;
        for (std::size_t x = 0; a + x + b1 < k; ++x) sum += p[x] * w.at(a + x, b1, b2, c);
        w.at(a, b1, b2, c) = sum;
      }
  });
}

void add_third(Triple& w, std::size_t k, const std::vector<double>& p) {
  w.each_pair([&](std::size_t a, std::size_t b1) {
    for (std::size_t b2 = 0; b2 < k; ++b2)
      for (std::size_t c = k - b2; c-- > 0;) {
        double sum = 0;
        for (std::size_t z = 0; z <= c; ++z) sum += p[z] * w.at(a, b1, b2, c - z);
        w.at(a, b1, b2, c) = sum;
      }
  });
}

// A second of the middle segment leaves the third's window and enters the first's: (b1 - y, b2 + y) -> (b1, b2).
void cross_middle(Triple& w, std::size_t k, const std::vector<double>& p) {
  for (std::size_t a = 0; a < k; ++a)
    for (std::size_t c = 0; c < k; ++c)
      for (std::size_t b1 = k - a; b1-- > 0;)
        for (std::size_t b2 = 0; b2 + c < k; ++b2) {
          double sum = 0;
          for (std::size_t y = 0; y <= b1 && b2 + y + c < k; ++y) sum += p[y] * w.at(a, b1 - y, b2 + y, c);
          w.at(a, b1, b2, c) = sum;
        }
}

}  // namespace

void refine_by_three_segments(Survival& two, const Seconds& law, std::uint64_t seconds) {
  const std::size_t k = law.restarts + 1;
  Triple w(k);
  for (std::size_t a = 0; a < k; ++a)
    for (std::size_t b2 = 0; b2 < k; ++b2) w.at(a, 0, b2, 0) = 1;
  for (std::uint64_t j = 0; j <= seconds; ++j) {
    leave_first(w, k, j == 0 ? law.first : law.every);
    cross_middle(w, k, law.every);
    add_third(w, k, law.every);
  }
  double alive = 0;
  for (std::size_t b1 = 0; b1 < k; ++b1)
    for (std::size_t c = 0; c < k; ++c) alive += w.at(0, b1, 0, c);
  const double before = two.hazard;
  two.hazard = -std::expm1(std::log(alive / two.alive) / (static_cast<double>(seconds) + 1));
  two.lives_each = 1 - (1 - two.lives_each) * two.hazard / before;
  // Successive hazards close in on the limit; their last step is more than what is left of the way.
  const double step = std::abs(two.hazard - before);
  two.hazard_low = std::max(two.hazard_low, two.hazard - step);
  two.hazard_high = std::min(two.hazard_high, two.hazard + step);
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
  for (std::uint64_t i = 0; i < seconds; ++i) add(shared, law);
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
