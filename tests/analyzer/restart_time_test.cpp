// What a restart takes by strategy, and what that makes of the restart intensity, against the rule played out.
#include "analyzer/restart_time.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <utility>

#include "analyzer/intensity.hpp"
#include "tests/analyzer/known.hpp"
#include "tests/analyzer/live_rule.hpp"

using namespace treefall;
using spec::Quantity;
using tests::known;

namespace {

analyzer::RestartTime time_of(const std::string& strategy, const std::string& children) {
  const auto k = known("tree: {supervisor: S, strategy: " + strategy + ", children: [" + children + "]}\n");
  const auto& found = k.facts.budgets.of[k.node("S")].restarts.time;
  REQUIRE(found.has_value());
  return *found;
}

}  // namespace

TEST_CASE("a child that is up again can crash while later siblings start", "[restart_time]") {
  const auto time = time_of("rest_for_one", "{worker: A, crashes: {rate: 26/min}}, {worker: B, init: {takes: 800ms}}");
  CHECK(time.exact);
  REQUIRE(time.courses.size() == 1);
  REQUIRE(time.courses.front().parts.size() == 1);
  CHECK(time.courses.front().parts.front().exposed == Approx(1));
  CHECK(analyzer::mean(time) == Approx(0.8));
  // A crash in the 800 ms waits until they are over.
  std::mt19937_64 random(7);
  bool first = true;
  double sum = 0;
  constexpr int runs = 20000;
  for (int i = 0; i < runs; ++i) {
    first = true;
    sum += live_rule::time_to_failure(
        {3, 5}, random,
        [&](std::mt19937_64& r) {
          const double life = std::exponential_distribution<>(26.0 / 60)(r);
          return std::exchange(first, false) ? life : std::max(0.8, life);
        },
        INFINITY);
  }
  const auto said = analyzer::mean_time_to_failure({3, 5}, 26.0 / 60, time);
  CAPTURE(sum / runs, said.value, said.low, said.high);
  CHECK(said.value == Approx(sum / runs).epsilon(0.02));
  CHECK(analyzer::restart_rate(26.0 / 60, time) == Approx(1 / (0.8 + std::exp(-0.8 * 26 / 60) * 60 / 26)));
}

TEST_CASE("a temporary sibling is not started again", "[restart_time]") {
  const auto time = time_of("one_for_all",
                            "{worker: A, restart: temporary, init: {takes: exp(190ms)}}, "
                            "{worker: B, init: {takes: 50ms}, crashes: {rate: 24/min}}");
  CHECK(analyzer::mean(time) == Approx(0.05));
  CHECK(time.exact);
}

TEST_CASE("who crashes decides how long it takes", "[restart_time]") {
  const auto time = time_of("rest_for_one",
                            "{worker: A, init: {takes: 1s}, crashes: {rate: 1/min}}, "
                            "{worker: B, init: {takes: 2s}, crashes: {rate: 3/min}}");
  CHECK_FALSE(time.exact);
  CHECK(time.longest == Approx(3));
  CHECK(analyzer::mean(time) == Approx(0.25 * 3 + 0.75 * 2));
  REQUIRE(time.courses.size() == 2);
  CHECK(time.courses[0].parts[0].exposed == 0);
  CHECK(time.courses[0].parts[1].exposed == Approx(0.25));
  CHECK(time.courses[1].parts[0].exposed == Approx(0.25));
}

TEST_CASE("a rate that may be anything", "[restart_time]") {
  // Restarts of W clear the budget of B, so that may never fail, or soon.
  const auto k = known(
      "tree: {supervisor: S, strategy: one_for_all, children: [{supervisor: B, children: "
      "[{worker: V, init: {takes: 250ms}, crashes: {rate: 26/min}}]}, {worker: W, crashes: {rate: 0.4/min}}]}\n");
  const auto time = k.said("S", Quantity::mean_time_to_failure);
  CHECK(std::isnan(time.value));
  CHECK(time.because.find("it may be anything") == 0);
}

TEST_CASE("a clean-up that the group waits for", "[restart_time]") {
  const auto time = time_of("one_for_all",
                            "{worker: A, crashes: {rate: 1/min}}, "
                            "{worker: B, traps_exits: true, terminate: {takes: 300ms}, init: {takes: exp(1s)}}");
  CHECK(time.exact);
  CHECK(analyzer::mean(time) == Approx(1.3));
  REQUIRE(time.courses.front().parts.size() == 2);
  CHECK(time.courses.front().parts[0].exposed == 0);  // A is not up yet
  CHECK(time.courses.front().parts[1].exposed == Approx(1));
}
