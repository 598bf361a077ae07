#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include "analyzer/intensity.hpp"
#include "tests/analyzer/live_rule.hpp"

using namespace treefall;
using namespace treefall::analyzer;

namespace {

using Random = std::mt19937_64;

// The first restart comes without a delay before it: draws know whether they are the first of a run.
struct Delayed {
  double rate;
  std::function<double(Random&)> delay;
  bool first = true;
  double operator()(Random& random) {
    const double d = first ? 0 : delay(random);
    first = false;
    return d + std::exponential_distribution<>(rate)(random);
  }
};

live_rule::Mean played(const Window& window, double rate, const std::function<double(Random&)>& delay, int runs) {
  Random random(41);
  double sum = 0, squares = 0;
  for (int i = 0; i < runs; ++i) {
    const double t = live_rule::time_to_failure(window, random, Delayed{rate, delay}, INFINITY);
    sum += t, squares += t * t;
  }
  return {sum / runs, std::sqrt((squares / runs - sum / runs * sum / runs) / runs)};
}

}  // namespace

TEST_CASE("restart times are never ignored", "[renewal]") {
  struct Row {
    Window window;
    double rate, delay;
    int runs;
  };
  for (const auto& row : std::vector<Row>{{{3, 5}, .2, .5, 40000},
                                          {{3, 5}, .2, 1, 10000},
                                          {{2, 5}, .1, .5, 40000},
                                          {{5, 10}, .2, .5, 10000},
                                          {{1, 5}, .1, .5, 40000},
                                          {{3, 5}, 2, .3, 40000},
                                          {{3, 5}, .2, .01, 40000},
                                          {{10, 60}, .25, 1, 10000},
                                          {{3, 1}, 1, .05, 40000},
                                          {{50, 60}, 1.2, .2, 4000}}) {
    CAPTURE(row.window.restarts, row.window.seconds, row.rate, row.delay);
    const auto seen = played(
        row.window, row.rate, [&](Random&) { return row.delay; }, row.runs);
    const auto said = mean_time_to_failure(row.window, row.rate, spec::Constant{row.delay});
    CAPTURE(seen.value, seen.error, said.value, said.low, said.high);
    if (row.runs >= 10000) CHECK(said.value == Approx(seen.value).epsilon(0.01).margin(3 * seen.error));
    CHECK(said.low <= seen.value + 3 * seen.error);
    CHECK(said.high >= seen.value - 3 * seen.error);
    // Ignoring them would be far off, or at least on the unsafe side.
    CHECK(mean_time_to_failure(row.window, row.rate).value < said.value * (1 + 1e-9));
  }
}

TEST_CASE("random restart times and ageing", "[renewal]") {
  const auto exponential = played(
      {3, 5}, .3, [](Random& r) { return std::exponential_distribution<>(2)(r); }, 40000);
  const auto said = mean_time_to_failure({3, 5}, .3, spec::Exponential{0.5});
  CHECK(said.value == Approx(exponential.value).epsilon(0.04).margin(3 * exponential.error));
  const auto weibull =
      live_rule::mean_time({3, 5}, 43, 20000, [](Random& r) { return std::weibull_distribution<>(2, 3)(r); });
  CHECK(mean_time_to_failure_of_renewal({3, 5}, spec::Weibull{2, 3}).value ==
        Approx(weibull.value).epsilon(0.05).margin(3 * weibull.error));
  const auto lognormal = live_rule::mean_time({3, 5}, 43, 20000, [](Random& r) {
    return std::lognormal_distribution<>(std::log(5), std::log(10) / 2.3263478740408411)(r);
  });
  CHECK(mean_time_to_failure_of_renewal({3, 5}, spec::LogNormal{5, 50}).value ==
        Approx(lognormal.value).epsilon(0.05).margin(3 * lognormal.error));
  CHECK(mean_time_to_failure_of_renewal({3, 5}, spec::Exponential{5}).value ==
        Approx(mean_time_to_failure({3, 5}, .2).value));
}

TEST_CASE("probabilities with restart times", "[renewal]") {
  for (const auto& [window, rate, delay, horizon] : std::vector<std::tuple<Window, double, double, double>>{
           {{3, 5}, .2, .5, 60}, {{3, 5}, .2, .5, 4}, {{3, 5}, .1, .5, 3600}, {{10, 60}, .25, 1, 600}}) {
    CAPTURE(window.restarts, rate, delay, horizon);
    Random random(47);
    constexpr int runs = 20000;
    int failed = 0;
    for (int i = 0; i < runs; ++i)
      failed += live_rule::time_to_failure(window, random, Delayed{rate, [d = delay](Random&) { return d; }},
                                           horizon) <= horizon
                    ? 1
                    : 0;
    const double p = static_cast<double>(failed) / runs;
    const auto said = failure_probability(window, rate, spec::Constant{delay}, horizon);
    CAPTURE(p, said.value, said.low, said.high);
    CHECK(said.low <= p + 0.01);
    CHECK(said.high >= p - 0.01);
    CHECK(said.value == Approx(p).epsilon(0.1).margin(0.01));
  }
}

TEST_CASE("limits with restart times", "[renewal]") {
  CHECK(mean_time_to_failure({0, 5}, .25, spec::Constant{3}).value == Approx(4));
  CHECK(std::isinf(mean_time_to_failure({3, 5}, 0, spec::Constant{3}).value));
  CHECK(mean_time_to_failure({3, 5}, .2, spec::Constant{0}).value == mean_time_to_failure({3, 5}, .2).value);
  // A restart that takes longer than (P + 1) / R never uses the budget up.
  CHECK(mean_time_to_failure({3, 5}, 1000, spec::Constant{2.1}).value > 1e9);
  CHECK(mean_time_to_failure({3, 5}, 1000, spec::Constant{0.1}).value == Approx(0.304).epsilon(0.02));
  CHECK(restart_rate(2, spec::Constant{0.5}) == 1);
  CHECK(mean_time_to_failure_of_renewal({3, 5}, spec::Constant{1.6}).value == Approx(6.4));
  CHECK(std::isinf(mean_time_to_failure_of_renewal({3, 5}, spec::Constant{2.05}).value));
  CHECK(failure_probability_of_renewal({3, 5}, spec::Constant{1.9}, 8).value == Approx(0.3));
}

TEST_CASE("how much the number of restarts within a horizon varies is in the formula", "[renewal]") {
  struct Row {
    Window window;
    double shape, mean, horizon;
  };
  for (const auto& row : std::vector<Row>{{{2, 5}, 1.5, 28, 60},
                                          {{2, 5}, 1.5, 28, 300},
                                          {{2, 5}, 1.5, 4, 12},
                                          {{2, 5}, .8, 28, 60},
                                          {{2, 5}, .8, 28, 3600},
                                          {{2, 5}, 2.5, 4, 60},
                                          {{1, 5}, 2.5, 28, 300}}) {
    const double scale = row.mean / std::tgamma(1 + 1 / row.shape);
    Random random(53);
    constexpr int runs = 40'000;
    double failed = 0;
    for (int i = 0; i < runs; ++i) {
      const auto gap = [&](Random& r) { return std::weibull_distribution<>(row.shape, scale)(r); };
      failed += live_rule::time_to_failure(row.window, random, gap, row.horizon) <= row.horizon ? 1 : 0;
    }
    const auto said = failure_probability_of_renewal(row.window, spec::Weibull{row.shape, scale}, row.horizon);
    const double error = 3 * std::sqrt(failed) / runs;
    CAPTURE(row.shape, row.mean, row.horizon, failed / runs, said.low, said.value, said.high);
    CHECK(said.low <= failed / runs + error);
    CHECK(said.high >= failed / runs - error);
    CHECK(said.value == Approx(failed / runs).epsilon(0.08).margin(error));
  }
}

TEST_CASE("gaps so spread that their hazard is nothing on any grid end in a number", "[renewal]") {
  // Once looked for a rate without end.
  for (const double rate : {1e-9, 1e-3, 1., 1e6}) {
    const auto said = mean_time_to_failure({5, 2}, rate, spec::LogNormal{0.22, 1.1});
    CHECK(said.value > 0);
    CHECK(said.low <= said.value);
  }
}

TEST_CASE("gaps that vary by less than a second remember their place in it", "[renewal]") {
  using spec::Distribution;
  const auto normal = [](double mean, double spread) {
    return [=](Random& random) { return std::abs(std::normal_distribution<>(mean, spread)(random)); };
  };
  // One restart: exact. Random places would say 15.57 s for the first, where execution showed 12.99.
  for (const auto& [seconds, mean, spread] :
       {std::tuple{2UL, 2.824, .282}, std::tuple{1UL, 1.8, .05}, std::tuple{1UL, 1.6, .3}, std::tuple{5UL, 5.8, .17},
        std::tuple{2UL, 2.6, 1.0}}) {
    CAPTURE(seconds, mean, spread);
    const auto seen = live_rule::mean_time({1, seconds}, 3, 20000, normal(mean, spread));
    const auto said = mean_time_to_failure_of_renewal({1, seconds}, spec::Normal{mean, spread});
    CAPTURE(seen.value, seen.error, said.value);
    CHECK(said.value == Approx(seen.value).epsilon(0.01).margin(3.5 * seen.error));
  }
  // More: the bar holds what random places leave open, and is narrow where nothing is remembered.
  for (const auto& [restarts, seconds, mean, spread] :
       {std::tuple{3UL, 2UL, 1.0, .1}, std::tuple{3UL, 2UL, 1.0, .03}, std::tuple{2UL, 2UL, 1.5, .15},
        std::tuple{5UL, 2UL, .6, .06}, std::tuple{3UL, 5UL, 2.2, .22}, std::tuple{10UL, 5UL, .58, .06}}) {
    CAPTURE(restarts, seconds, mean, spread);
    const auto seen = live_rule::mean_time({restarts, seconds}, 3, 4000, normal(mean, spread));
    const auto said = mean_time_to_failure_of_renewal({restarts, seconds}, spec::Normal{mean, spread});
    CAPTURE(seen.value, seen.error, said.low, said.value, said.high);
    CHECK(said.low <= seen.value + 3.5 * seen.error);
    CHECK(said.high >= seen.value - 3.5 * seen.error);
  }
  const auto wide = mean_time_to_failure_of_renewal({3, 5}, spec::Erlang{2, 4});
  CHECK(wide.high / wide.low < 1.1);
}
