// How long incarnations live, and which starts fail, where the end of the node or of a replica comes in between.
#include "runtime/lives.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "runtime/simulate.hpp"
#include "tests/runtime/support.hpp"

using namespace treefall;
using spec::Quantity;

namespace {

runtime::Measurement measured(const spec::Design& design, const spec::Subject& subject, Quantity quantity,
                              std::uint64_t replicas) {
  runtime::Experiment experiment(design, 1, design.horizon.value, 2);
  const std::atomic<bool> stop = false;
  experiment.extend(replicas, stop);
  const auto found = experiment.measure(subject, quantity, std::nullopt, 0.999);
  REQUIRE(found.has_value());
  return *found;
}

spec::Target node(const spec::Design& design, const std::string& name) {
  for (spec::NodeId id = 0; id < design.nodes.size(); ++id)
    if (design.nodes[id].name == name) return {id, {}, {}};
  FAIL("no node " << name);
  return {};
}

}  // namespace

TEST_CASE("without chance a life is as long as those that ended, whatever the horizon cuts off") {
  const spec::Design design = testing::design_of(
      "treefall: 1\nname: lives\nhorizon: 60s\nclock_phase: 0s\n"
      "tree: {supervisor: T, children: [{supervisor: S, max_restarts: 0, max_seconds: 1, children: "
      "[{worker: W, crashes: {after: 40s}}]}]}\n");
  const auto life = measured(design, node(design, "S"), Quantity::mean_time_to_failure, 1);
  CHECK(life.value == 40);
  CHECK(life.low == 40);
  CHECK(life.high == 40);
}

TEST_CASE("the stop of its children is no part of a supervisor's life") {
  const spec::Design design = testing::design_of(
      "treefall: 1\nname: lives\nhorizon: 60s\nclock_phase: 0s\n"
      "tree: {supervisor: T, max_restarts: 100, max_seconds: 1, children: [{supervisor: S, max_restarts: 0, "
      "max_seconds: 1, children: [{worker: W, crashes: {after: 2s}}, "
      "{worker: V, traps_exits: true, terminate: {takes: 3s}}]}]}\n");
  CHECK(measured(design, node(design, "S"), Quantity::mean_time_to_failure, 1).value == 2);
}

TEST_CASE("an application whose start fails while the node stops has failed to start") {
  const spec::Design design = testing::design_of(R"(
treefall: 1
name: starts
horizon: 1min
applications:
  - {name: a, tree: {supervisor: A, max_restarts: 0, max_seconds: 1, children: [{worker: W, crashes: {at: [1s]}}]}}
  - name: b
    start: temporary
    tree:
      supervisor: B
      children:
        - {worker: V, traps_exits: true, terminate: {takes: 2s}}
        - {worker: X, init: {takes: 1ms, fails: 30%}}
)");
  const auto fails = measured(design, spec::ApplicationSubject{1}, Quantity::boot_failure_probability, 2000);
  CHECK(fails.low < 0.3);
  CHECK(fails.high > 0.3);
}

namespace {

struct Mean {
  const char* clock;
  double seconds;
  std::uint64_t lives;
  double closed_at_least;  // share of the intervals that have an upper end
};

spec::Design one_crash(const std::string& clock, const std::string& around = "") {
  const std::string inner = "{supervisor: S, max_restarts: 0, children: [{worker: W, crashes: " + clock + "}]}";
  return testing::design_of(
      "treefall: 1\nname: lives\nhorizon: 1h\ntree: " + (around.empty() ? inner : around + inner + "]}") + "\n");
}

/// Of so many seeds: how many intervals hold the mean, and how many are closed.
struct Held {
  int holds = 0;
  int closed = 0;
};

constexpr int seeds = 200;

Held complete(const spec::Design& design, const Mean& of) {
  Held held;
  const std::atomic<bool> stop = false;
  for (int seed = 0; seed < seeds; ++seed) {
    runtime::Lifetimes lives(design, {node(design, "S")}, static_cast<std::uint64_t>(seed), 2, 1'000'000);
    lives.extend(of.lives, stop);
    const auto found = lives.measure(0, 0.95);
    REQUIRE(found.has_value());
    held.holds += found->measured.low <= of.seconds && of.seconds <= found->measured.high;
    held.closed += std::isfinite(found->measured.high);
  }
  return held;
}

Held to_the_horizon(const spec::Design& design, const Mean& of) {
  Held held;
  const std::atomic<bool> stop = false;
  for (int seed = 0; seed < seeds; ++seed) {
    runtime::Experiment experiment(design, static_cast<std::uint64_t>(seed), design.horizon.value, 2);
    experiment.extend(of.lives, stop);
    const auto found = experiment.measure(node(design, "S"), Quantity::mean_time_to_failure, std::nullopt, 0.95);
    REQUIRE(found.has_value());
    held.holds += found->low <= of.seconds && of.seconds <= found->high;
    held.closed += std::isfinite(found->high);
  }
  return held;
}

}  // namespace

TEST_CASE("the 95 % interval of a mean time to failure holds it, whatever the law of the crashes and the horizon",
          "[statistics]") {
  // With no restart allowed a life is the crash clock's first draw: its mean is known. 5 min * exp(s^2 / 2), s = ln(12)
  // / 2.326 for the lognormal one; 1 min and 10 h scatter so much that no affordable number of lives shows their mean.
  const double s = std::log(12.0) / 2.3263478740408408;
  const double wide = std::log(600.0) / 2.3263478740408408;
  const Mean mean = GENERATE_COPY(Mean{"{after: exp(1h)}", 3600, 400, 1}, Mean{"{after: erlang(4 2h)}", 7200, 400, 1},
                                  Mean{"{after: weibull(0.5 1h)}", 7200, 4000, 0.8},
                                  Mean{"{after: weibull(0.5 1min)}", 120, 4000, 0.8},
                                  Mean{"{after: lognormal(5min 1h)}", 300 * std::exp(s * s / 2), 2000, 0.5},
                                  Mean{"{after: lognormal(1min 10h)}", 60 * std::exp(wide * wide / 2), 2000, 0});
  CAPTURE(mean.clock);
  const Held whole = complete(one_crash(mean.clock), mean);
  CHECK(whole.holds >= seeds * 9 / 10);
  CHECK(whole.closed >= seeds * mean.closed_at_least);
  CHECK(to_the_horizon(one_crash(mean.clock), mean).holds >= seeds * 9 / 10);
  const std::string root = "{supervisor: T, max_restarts: 1000000, children: [";
  CHECK(complete(one_crash(mean.clock, root), mean).holds >= seeds * 9 / 10);
}

TEST_CASE("lives that end in another way first leave the upper end open") {
  const spec::Design design = testing::design_of(R"(
treefall: 1
name: lives
horizon: 1h
tree:
  supervisor: T
  max_restarts: 0
  children:
    - {supervisor: S, max_restarts: 0, children: [{worker: W, crashes: {after: weibull(0.5 1h)}}]}
    - {worker: V, crashes: {after: 10min}}
)");
  const std::atomic<bool> stop = false;
  runtime::Lifetimes lives(design, {node(design, "S")}, 1, 2, 1'000'000);
  lives.extend(1000, stop);
  const auto found = lives.measure(0, 0.95);
  REQUIRE(found.has_value());
  CHECK(found->measured.low <= 600);
  CHECK(std::isinf(found->measured.high));
  CHECK_FALSE(found->doubt.empty());
}

TEST_CASE("lives do not depend on the number of threads") {
  const spec::Design design = one_crash("{after: weibull(0.5 1h)}");
  const std::atomic<bool> stop = false;
  runtime::Lifetimes one(design, {node(design, "S")}, 3, 1, 1'000'000);
  runtime::Lifetimes four(design, {node(design, "S")}, 3, 4, 1'000'000);
  one.extend(100, stop);
  one.extend(500, stop);
  four.extend(500, stop);
  CHECK(one.measure(0, 0.95)->measured.value == four.measure(0, 0.95)->measured.value);
  CHECK(one.measure(0, 0.95)->measured.high == four.measure(0, 0.95)->measured.high);
}

TEST_CASE("the product-limit mean, by hand") {
  // Gave up at 1, 2 and 4 s; one was cut off at 3 s: S = 3/4, 1/2, 0, so 1 + 3/4 + 2 * 1/2 = 2.75 s.
  constexpr runtime::Time second = runtime::nanoseconds_a_second;
  const auto mean =
      runtime::mean_life({{second, true}, {2 * second, true}, {3 * second, false}, {4 * second, true}}, 0.95);
  REQUIRE(mean.has_value());
  CHECK(mean->value == Approx(2.75));
  CHECK(mean->gave_up == 3);
  CHECK(std::isinf(mean->high));
  CHECK_FALSE(runtime::mean_life({{second, false}}, 0.95).has_value());
}
