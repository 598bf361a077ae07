// What short executions say about a longer time, held against executions of known laws.
#include "runtime/hazard.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using namespace treefall::runtime;

namespace {

constexpr Time second = 1'000'000'000;

/// `replicas` of length `until` in which failures come at `hazard` and other ends at `other` per second.
Courses played(double hazard, double other, std::uint64_t replicas, Time until, std::uint64_t seed) {
  std::mt19937_64 bits(seed);
  std::exponential_distribution<double> unit;
  Courses courses{replicas, until, {}, {}};
  for (std::uint64_t i = 0; i < replicas; ++i) {
    const double fails = unit(bits) / hazard;
    const double ends = other > 0 ? unit(bits) / other : INFINITY;
    const double first = std::min(fails, ends);
    if (first * 1e9 >= static_cast<double>(until)) continue;
    (fails < ends ? courses.failures : courses.ends).push_back(static_cast<Time>(first * 1e9));
  }
  return courses;
}

}  // namespace

TEST_CASE("constant hazards are extrapolated to what they come to") {
  const double hazard = 1e-3;
  const double other = GENERATE(0.0, 2e-3);
  const double truth = hazard / (hazard + other) * -std::expm1(-(hazard + other) * 3600);
  int covered = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Extrapolated found =
        failure_probability_beyond(played(hazard, other, 500, 100 * second, seed), 3600 * second, 0.95);
    covered += found.interval.low <= truth && truth <= found.interval.high;
    if (seed == 0) CHECK(found.value == Approx(truth).epsilon(0.3));
  }
  CHECK(covered >= 380);
}

TEST_CASE("what fails at the start only is not taken for a rate") {
  Courses courses{1'000, 100 * second, std::vector<Time>(250, 2 * second), {}};
  const Extrapolated found = failure_probability_beyond(courses, 3600 * second, 0.95);
  CHECK(found.value == 0.25);
  CHECK(found.interval.low == Approx(0.25).epsilon(0.15));
  CHECK(found.interval.high < 0.6);  // none of 750 failed in 50 s each
}

TEST_CASE("nothing seen leaves the bound that the time played allows") {
  const Extrapolated found = failure_probability_beyond({10, 100 * second, {}, {}}, 1000 * second, 0.95);
  CHECK(found.value == 0);
  CHECK(found.interval.low == 0);
  CHECK(found.interval.high == Approx(-std::expm1(-(std::log(2 / 0.0125) / 500) * 950)).epsilon(0.01));
}

TEST_CASE("when all nodes have ended early, nothing can come later") {
  const Extrapolated found =
      failure_probability_beyond({4, 100 * second, {second}, {second, second, second}}, 1000 * second, 0.95);
  CHECK(found.value == 0.25);
  CHECK(found.interval.low > 0);
  CHECK(found.interval.high <= 1);
}
