#include "analyzer/intensity.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "analyzer/large_budget.hpp"
#include "analyzer/scan.hpp"
#include "tests/analyzer/live_rule.hpp"

using namespace treefall;
using namespace treefall::analyzer;

namespace {

struct Case {
  std::uint64_t restarts, seconds;
  double rate;
  double chain;      // mean number of whole seconds, the failing one included, from a full second on
  double tolerance;  // of the reference: PRISM's have ten digits, the others six
};

// The table of discrete scan chains: five of them are the answers of the PRISM model checker.
const std::vector<Case> chains{
    {1, 1, .05, 296.869, 2e-6},     {1, 5, .02, 530.421, 2e-6},    {2, 1, .1, 1050.77, 5e-6},
    {2, 5, .1, 134.235, 4e-6},      {3, 5, .2, 87.3512527, 1e-9},  {3, 5, .02, 256657.392, 1e-8},
    {3, 1, .2, 1473.47, 5e-6},      {3, 10, .1, 189.768437, 3e-9}, {5, 10, .2, 174.095767, 3e-9},
    {3, 60, .02, 744.782166, 1e-9}, {5, 10, .01, 1.05502e9, 5e-6}, {10, 10, .8, 23.977, 3e-5}};

// The chain counts whole seconds and starts at the beginning of one.
scan::Seconds from_a_full_second(double rate, std::uint64_t restarts) {
  auto law = scan::prepare(poisson_counts(rate, restarts), restarts);
  law.first = law.every;
  law.first_fails = law.fails[restarts + 1];
  law.first_lives = law.lives[restarts + 1];
  return law;
}

double mean_seconds(const scan::Survival& s) {
  double alive = 1, sum = 0;
  for (const double lost : s.fails) sum += alive, alive -= lost;
  return sum + s.alive / s.hazard;
}

auto exponential(double rate) {
  return [rate](std::mt19937_64& random) { return std::exponential_distribution<>(rate)(random); };
}

}  // namespace

TEST_CASE("the exact chain gives PRISM's answers", "[intensity]") {
  for (const auto& c : chains) {
    CAPTURE(c.restarts, c.seconds, c.rate);
    CHECK(mean_seconds(scan::by_chain(from_a_full_second(c.rate, c.restarts), c.seconds)) ==
          Approx(c.chain).epsilon(c.tolerance));
  }
}

TEST_CASE("beyond the chain the segments give PRISM's answer", "[intensity]") {
  // 324,632 states: 1767.64008 whole seconds; an incarnation starts and ends in the middle of one, which is some 0.4 s
  // less. The answer for (3, 5, 0.02), where failures are rare, has to be right to a millionth.
  CHECK(mean_time_to_failure({5, 30}, .05).value == Approx(1767.64008 - 0.4).epsilon(2e-4));
  CHECK(mean_time_to_failure({3, 5}, .02).value == Approx(256657.392 - 0.4).epsilon(1e-6));
  CHECK(mean_time_to_failure({5, 10}, .01).value == Approx(1.05502e9).epsilon(5e-6));
}

TEST_CASE("the segments agree with the chain and their bracket holds it", "[intensity]") {
  for (const auto& c : chains) {
    if (c.restarts > 5) continue;
    CAPTURE(c.restarts, c.seconds, c.rate);
    const auto law = scan::prepare(poisson_counts(c.rate, c.restarts), c.restarts);
    const auto chain = scan::by_chain(law, c.seconds);
    auto two = scan::by_two_segments(law, c.seconds);
    for (std::size_t i = 0; i < two.fails.size(); ++i) {
      CHECK(two.fails[i] == Approx(chain.fails[i]).epsilon(1e-12).margin(0));
      CHECK(two.lives[i] == Approx(chain.lives[i]).epsilon(1e-11));
    }
    CHECK(two.hazard_low <= chain.hazard);
    CHECK(two.hazard_high >= chain.hazard);
    scan::refine_by_three_segments(two, law, c.seconds);
    CHECK(two.hazard == Approx(chain.hazard).epsilon(1e-3));
    if (two.hazard > 1e-9) {
      CHECK(two.hazard_low <= chain.hazard * (1 + 1e-9));
      CHECK(two.hazard_high >= chain.hazard * (1 - 1e-9));
    }
  }
}

TEST_CASE("mean times agree with the rule played out", "[intensity]") {
  for (const auto& [r, p, rate, runs] :
       std::vector<std::tuple<std::uint64_t, std::uint64_t, double, int>>{{1, 1, .05, 40000},
                                                                          {1, 1, 3, 200000},
                                                                          {2, 1, 2, 200000},
                                                                          {3, 5, .2, 60000},
                                                                          {3, 5, .6, 200000},
                                                                          {3, 5, 4, 200000},
                                                                          {1, 5, .3, 200000},
                                                                          {10, 10, .8, 60000},
                                                                          {10, 60, .15, 20000},
                                                                          {20, 60, .3, 10000},
                                                                          {40, 3, 12, 20000},
                                                                          {100, 60, 1.5, 4000},
                                                                          {300, 5, 52, 3000},
                                                                          {600, 5, 106, 2000},
                                                                          {600, 5, 100, 500},
                                                                          {500, 1800, .27, 1000}}) {
    CAPTURE(r, p, rate);
    const Window window{r, p};
    const auto seen = live_rule::mean_time(window, 7, runs, exponential(rate));
    const auto said = mean_time_to_failure(window, rate);
    CAPTURE(seen.value, seen.error, said.value, said.low, said.high, said.because);
    CHECK(said.low <= seen.value + 3.5 * seen.error);
    CHECK(said.high >= seen.value - 3.5 * seen.error);
    if (said.method != Method::approximation || r <= 20)
      CHECK(said.value == Approx(seen.value).epsilon(0.002).margin(3.5 * seen.error));
  }
}

TEST_CASE("failure probabilities agree with the rule played out", "[intensity]") {
  for (const auto& [r, p, rate, horizon] :
       std::vector<std::tuple<std::uint64_t, std::uint64_t, double, double>>{{1, 1, .05, 60},
                                                                             {1, 1, 1, 1.5},
                                                                             {1, 1, 1, 2},
                                                                             {2, 2, .5, 7.25},
                                                                             {3, 5, .2, 5},
                                                                             {3, 5, .2, 20.5},
                                                                             {3, 5, .1, 3600},
                                                                             {3, 5, .3, 8},
                                                                             {10, 60, .12, 600},
                                                                             {40, 3, 9, 10},
                                                                             {20, 60, .3, 90},
                                                                             {100, 60, 1.4, 300},
                                                                             {500, 1800, .26, 10000}}) {
    CAPTURE(r, p, rate, horizon);
    const Window window{r, p};
    const auto seen = live_rule::failure_share(window, 11, horizon > 1000 ? 3000 : 100000, horizon, exponential(rate));
    const auto said = failure_probability(window, rate, horizon);
    CAPTURE(seen.value, seen.error, said.value, said.low, said.high, said.because);
    CHECK(said.low <= seen.value + 3.5 * seen.error);
    CHECK(said.high >= seen.value - 3.5 * seen.error);
    if (said.high - said.low < 0.05 * said.value)  // else the horizon is short, and its last second only bracketed
      CHECK(said.value == Approx(seen.value).epsilon(0.005).margin(3.5 * seen.error));
  }
}

TEST_CASE("rare failures keep their digits", "[intensity]") {
  // With ever rarer restarts a failure is R + 1 of them in one window of P + 1 seconds: P(T <= H) ~ rate^(R+1).
  const Window window{3, 5};
  const double a = failure_probability(window, 1e-5, 3600).value;
  const double b = failure_probability(window, 1e-6, 3600).value;
  CHECK(a / b == Approx(1e4).epsilon(1e-3));
  CHECK(b < 1e-15);
  CHECK(failure_probability(window, 1e-40, 3600).value > 1e-160);
  // The hazard of R + 1 Poisson points in m seconds, rarely: rate^k ((P+1)^k - P^k) / k!.
  CHECK(b == Approx(3600e-24 * (std::pow(6, 4) - std::pow(5, 4)) / 24).epsilon(3e-3));
  CHECK(failure_probability({10, 60}, 1e-4, 86400).value ==
        Approx(86400 * 1e-44 * (std::pow(61, 11) - std::pow(60, 11)) / std::tgamma(12)).epsilon(0.02));
}

TEST_CASE("limits of the restart intensity", "[intensity]") {
  CHECK(std::isinf(mean_time_to_failure({3, 5}, 0.0).value));
  CHECK(failure_probability({3, 5}, 0.0, 1e9).value == 0);
  CHECK(failure_probability({3, 5}, 1.0, 0.0).value == 0);
  CHECK(mean_time_to_failure({0, 5}, 0.25).value == Approx(4));
  CHECK(failure_probability({0, 5}, 0.25, 4).value == Approx(-std::expm1(-1)));
  CHECK(mean_time_to_failure({3, 5}, 1e4).value == Approx(4e-4));
  CHECK(failure_probability({3, 5}, 1e4, 1e-3).value == Approx(large::poisson_at_least(4, 10)));
  CHECK(failure_probability({3, 5}, 1.0, 1e6).value == Approx(1).epsilon(1e-12));
  CHECK(mean_time_to_failure({1000000, 5}, 1.0).value > 1e300);
  CHECK(failure_probability({1000000, 5}, 1.0, 86400).value < 1e-300);
  CHECK(mean_time_to_failure({1000000, 60}, 1e6).value == Approx(1.000001).epsilon(1e-9));
}

TEST_CASE("more restarts and shorter windows and lower rates last longer", "[intensity]") {
  constexpr std::uint64_t seed = 20240229;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 150; ++i) {
    const Window window{random() % 30, 1 + random() % 70};
    const double rate = std::exp(std::uniform_real_distribution<>(-6, 1)(random)) *
                        static_cast<double>(window.restarts + 1) / static_cast<double>(window.seconds);
    CAPTURE(window.restarts, window.seconds, rate);
    const auto mean = mean_time_to_failure(window, rate);
    CHECK(mean.low <= mean.value);
    CHECK(mean.value <= mean.high);
    CHECK(mean.value >= static_cast<double>(window.restarts + 1) / rate * (1 - 1e-9));
    CHECK(mean_time_to_failure({window.restarts + 1, window.seconds}, rate).high >= mean.low);
    CHECK(mean_time_to_failure({window.restarts, window.seconds + 1}, rate).low <= mean.high);
    CHECK(mean_time_to_failure(window, rate * 1.05).low <= mean.high);
    double before = 0;
    for (double horizon = 0.5; horizon < 1e6; horizon *= 3) {
      const auto p = failure_probability(window, rate, horizon);
      CHECK(p.value >= before * (1 - 1e-9));
      CHECK(p.low <= p.value * (1 + 1e-12));
      CHECK(p.high >= p.value * (1 - 1e-12));
      before = p.value;
    }
  }
}

TEST_CASE("restarts that come in pairs", "[intensity]") {
  // Two linked siblings: every crash costs two restarts.
  const auto law = compound_counts(0.1, {0, 1}, 3);
  CHECK(mean(law) == Approx(0.2));
  std::mt19937_64 random(5);
  double sum = 0;
  constexpr int runs = 40000;
  for (int i = 0; i < runs; ++i) {
    double now = 0, last = -INFINITY;  // 3 restarts allowed: the second pair within the window ends it
    const double phase = std::uniform_real_distribution<>(0, 1)(random);
    for (;;) {
      now += exponential(0.1)(random);
      const double stamp = std::floor(now + phase);
      if (stamp - last <= 5) break;
      last = stamp;
    }
    sum += now;
  }
  CHECK(mean_time_to_failure({3, 5}, law).value == Approx(sum / runs).epsilon(0.02));
  const auto both = treefall::analyzer::sum(poisson_counts(0.1, 3), poisson_counts(0.1, 3));
  CHECK(mean_time_to_failure({3, 5}, both).value == Approx(mean_time_to_failure({3, 5}, 0.2).value).epsilon(1e-12));
}

TEST_CASE("the tolerated rate is where the probability is met", "[intensity]") {
  for (const Window window :
       {Window{0, 5}, Window{1, 5}, Window{3, 5}, Window{10, 60}, Window{100, 60}, Window{1000, 3600}})
    for (const double probability : {1e-9, 1e-3, 0.5})
      for (const double horizon : {3.0, 3600.0, 86400.0 * 30}) {
        CAPTURE(window.restarts, window.seconds, probability, horizon);
        const auto rate = tolerated_rate(window, probability, horizon);
        CHECK(failure_probability(window, rate.value, horizon).low <= probability * (1 + 1e-6));
        CHECK(failure_probability(window, rate.value, horizon).high >= probability * (1 - 1e-6));
        CHECK(rate.low <= rate.value);
        CHECK(rate.high >= rate.value);
      }
  CHECK(tolerated_simultaneous({3, 5}) == 3);
}

TEST_CASE("every budget is judged, large ones too", "[intensity]") {
  for (const auto& [r, p, rate] : std::vector<std::tuple<std::uint64_t, std::uint64_t, double>>{{3, 5, .1},
                                                                                                {10, 60, .15},
                                                                                                {20, 60, .3},
                                                                                                {100, 60, 1.2},
                                                                                                {1000, 3600, .25},
                                                                                                {1000, 5, 180},
                                                                                                {1'000'000'000, 1, 1e8},
                                                                                                {1, 86400, 1e-5}}) {
    CAPTURE(r, p, rate);
    const Estimate estimate = mean_time_to_failure({r, p}, rate);
    CHECK(estimate.low <= estimate.value);
    CHECK(estimate.value <= estimate.high);
    CHECK(estimate.low > 0);
  }
}

TEST_CASE("the tails of a tiny mean under a large budget are 0 and 1, not a factorial that overflows") {
  for (const double n : {170.0, 200.0, 1e3, 1e5})
    for (const double mean : {1e-300, 1e-99, 1e-20, 1e-9}) {
      CHECK(large::poisson_at_most(n, mean) == 1);
      CHECK(large::poisson_at_least(n, mean) == 0);
    }
}

TEST_CASE("rates beyond all numbers have an answer, too", "[intensity]") {
  const double infinity = std::numeric_limits<double>::infinity();
  const double unknown = std::nan("");
  const std::vector<double> pairs{0.5, 0.5};
  for (const Window window : {Window{0, 5}, Window{3, 5}, Window{50, 60}}) {
    CHECK(mean_time_to_failure(window, infinity).value == 0);
    CHECK(failure_probability(window, infinity, 1).value == 1);
    CHECK_FALSE(mean_time_to_failure(window, unknown).said());
    CHECK_FALSE(failure_probability(window, unknown, 1).said());
    CHECK(mean_time_to_failure(window, Batches{infinity, pairs}).value == 0);
    CHECK(failure_probability(window, Batches{infinity, pairs}, 1).value == 1);
    CHECK_FALSE(mean_time_to_failure(window, Batches{unknown, pairs}).said());
    CHECK(mean_time_to_failure(window, infinity, spec::Constant{0.1}).value == 0);
  }
  CHECK(poisson_counts(infinity, 3).probability.empty());
  CHECK(compound_counts(infinity, pairs, 3).probability.empty());
  CHECK(compound_counts(unknown, pairs, 3).probability.empty());
  // Very many, but finite: as many events as it takes, 2.875 of one or two restarts each for more than three.
  CHECK(mean_time_to_failure({3, 5}, Batches{1e9, pairs}).value == Approx(2.875e-9));
  CHECK(failure_probability({3, 5}, Batches{1e9, pairs}, 60).value == Approx(1));
  // A second's law whose exp(-rate) is no number any more.
  const CountLaw many = compound_counts(2000, pairs, 3000);
  CHECK(mean(many) == Approx(3000));
}
