// The scan of whole seconds by segments as long as the window, m seconds each.
//
// Two segments (Huntington and Naus, Ann. Prob. 3, 1975, in its discrete form): let a be what is left in the window of
// the first m seconds and b what the second m seconds have added; one step removes a second's count from a and adds one
// to b, and must keep a + b <= R. What a second removed is drawn backwards: all (a, 0) start with weight 1 and
// the law of the seconds not yet removed is multiplied in when a mass is read.
//
// Bracket (Glaz and Naus, Ann. Appl. Prob. 1, 1991): with Q the survival after so many seconds,
// d = (Q[2m-1] - Q[2m]) / (Q[2m-1] Q[2m]), later survival lies between Q[2m] (1+d)^-i and
// Q[2m] (1 - Q[2m-1] + Q[2m])^i.
//
// Three segments: the middle one is added to the first's window and taken from the third's. Weights are kept by
// (b1, a; b2, c), with a left of the first, b1 added and b2 left of the second, c added of the third, a + b1 <= R and
// b2 + c <= R.
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "analyzer/products.hpp"
#include "analyzer/scan.hpp"
#include "analyzer/scan_seconds.hpp"

namespace treefall::analyzer::scan {

double cost_of_two_segments(std::uint64_t restarts, std::uint64_t seconds) {
  const double k = static_cast<double>(restarts) + 1;
  return (static_cast<double>(seconds) + 1) * k * k * (k / 3 + 2);
}

namespace {

// Weights of what is left of the first segment and added of the second: row b holds a = 0 … R - b.
class Pairs {
 public:
  explicit Pairs(std::size_t k) : k_(k), weight_(k * k) { std::fill_n(weight_.begin(), k, 1); }
  const double* row(std::size_t b) const { return weight_.data() + b * k_; }

  void leave(const std::vector<double>& law) {
    for (std::size_t b = 0; b < k_; ++b) correlate(weight_.data() + b * k_, k_ - b, law.data(), room_);
  }
  void add(const Seconds& law) {
    for (std::size_t b = k_; b-- > 0;) {
      double* here = weight_.data() + b * k_;
      for (std::size_t a = 0; a < k_ - b; ++a) here[a] *= law.every[0];
      add_products(here, k_ - b, law.every.data() + 1, std::min(b, law.most),
                   [&](std::size_t j) { return here - (j + 1) * k_; });
    }
  }

 private:
  std::size_t k_;
  std::vector<double> weight_;
  std::vector<double> room_;
};

}  // namespace

Survival by_two_segments(const Seconds& law, std::uint64_t seconds) {
  const std::size_t m = static_cast<std::size_t>(seconds) + 1;
  const std::size_t k = law.restarts + 1;
  Survival survival;
  first_window(survival, law, seconds);

  // rest[i]: the law of the sum of i whole seconds.
  std::vector<std::vector<double>> rest(m, std::vector<double>(k));
  std::vector<double> room;
  rest[0][0] = 1;
  for (std::size_t i = 1; i < m; ++i) {
    rest[i] = rest[i - 1];
    add_second(rest[i], law, room);
  }

  Pairs left(k);
  double alive_before = 0;
  std::vector<double> mass(k);
  for (std::size_t j = 1; j <= m; ++j) {
    left.leave(j == 1 ? law.first : law.every);
    std::fill(mass.begin(), mass.end(), 0);
    for (std::size_t b = 0; b < k; ++b)
      for (std::size_t a = 0; a < k - b; ++a) mass[a + b] += left.row(b)[a] * rest[m - j][a];
    alive_before = total(mass);
    append(survival, read(mass, law));
    left.add(law);
  }
  survival.alive = 0;
  for (std::size_t b = 0; b < k; ++b) survival.alive += left.row(b)[0];
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

// Pairs (u, v) with u + v < k, those of one u side by side.
class Triangle {
 public:
  explicit Triangle(std::size_t k) : k_(k) {}
  std::size_t row(std::size_t u) const { return u * k_ - u * (u - 1) / 2; }  // u = 0: the product is zero
  std::size_t size() const { return row(k_); }

 private:
  std::size_t k_;
};

// Weights by (b1, a; b2, c).
class Triple {
 public:
  explicit Triple(std::size_t k) : k_(k), pairs_(k), weight_(pairs_.size() * pairs_.size()) {}
  // All (b2, c) of one (b1, a); those of the next a follow.
  double* block(std::size_t b1, std::size_t a) { return weight_.data() + (pairs_.row(b1) + a) * pairs_.size(); }
  double* row(std::size_t b1, std::size_t a, std::size_t b2) { return block(b1, a) + pairs_.row(b2); }

  void leave_first(const std::vector<double>& p) {
    for (std::size_t b1 = 0; b1 < k_; ++b1)
      for (std::size_t a = 0; a + b1 < k_; ++a) {
        double* here = block(b1, a);
        const std::size_t size = pairs_.size();
        for (std::size_t i = 0; i < size; ++i) here[i] *= p[0];
        add_products(here, size, p.data() + 1, k_ - b1 - a - 1, [&](std::size_t j) { return here + (j + 1) * size; });
      }
  }
  // A second of the middle segment leaves the third's window and enters the first's: (b1 - y, b2 + y) -> (b1, b2).
  void cross_middle(const std::vector<double>& p) {
    for (std::size_t b1 = k_; b1-- > 0;)
      for (std::size_t a = 0; a + b1 < k_; ++a)
        for (std::size_t b2 = 0; b2 < k_; ++b2) {
          double* here = row(b1, a, b2);
          for (std::size_t c = 0; c + b2 < k_; ++c) here[c] *= p[0];
          for (std::size_t y = 1; y <= b1 && b2 + y < k_; ++y)
            add_products(here, k_ - b2 - y, p.data() + y, 1, [&](std::size_t) { return row(b1 - y, a, b2 + y); });
        }
  }
  void add_third(const std::vector<double>& p) {
    for (std::size_t b1 = 0; b1 < k_; ++b1)
      for (std::size_t a = 0; a + b1 < k_; ++a)
        for (std::size_t b2 = 0; b2 < k_; ++b2) convolve(row(b1, a, b2), k_ - b2, p.data(), k_, room_);
  }

 private:
  std::size_t k_;
  Triangle pairs_;
  std::vector<double> weight_;
  std::vector<double> room_;
};

}  // namespace

void refine_by_three_segments(Survival& two, const Seconds& law, std::uint64_t seconds) {
  const std::size_t k = law.restarts + 1;
  Triple w(k);
  for (std::size_t a = 0; a < k; ++a)
    for (std::size_t b2 = 0; b2 < k; ++b2) *w.row(0, a, b2) = 1;
  for (std::uint64_t j = 0; j <= seconds; ++j) {
    w.leave_first(j == 0 ? law.first : law.every);
    w.cross_middle(law.every);
    w.add_third(law.every);
  }
  double alive = 0;
  for (std::size_t b1 = 0; b1 < k; ++b1)
    for (std::size_t c = 0; c < k; ++c) alive += w.block(b1, 0)[c];
  const double before = two.hazard;
  two.hazard = -std::expm1(std::log(alive / two.alive) / (static_cast<double>(seconds) + 1));
  two.lives_each = 1 - (1 - two.lives_each) * two.hazard / before;
  // Successive hazards close in on the limit; their last step is more than what is left of the way.
  const double step = std::abs(two.hazard - before);
  two.hazard_low = std::max(two.hazard_low, two.hazard - step);
  two.hazard_high = std::min(two.hazard_high, two.hazard + step);
}

}  // namespace treefall::analyzer::scan
