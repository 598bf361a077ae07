#include "analyzer/escalation.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <deque>
#include <random>

#include "tests/analyzer/known.hpp"
#include "tests/analyzer/live_rule.hpp"

using namespace treefall;
using namespace treefall::analyzer;
using namespace std::chrono_literals;

namespace {

std::vector<Level> tree(std::size_t depth, Window window) { return std::vector<Level>(depth, Level{window}); }

// m children, each with an exponential crash clock and its own window, under one root: OTP's rule on both levels.
double mean_root_time(const Window& root, const Window& child, std::size_t m, double rate, int runs) {
  std::mt19937_64 random(53);
  double sum = 0;
  const auto counts = [](std::deque<double>& stamps, double stamp, const Window& w) {
    while (!stamps.empty() && stamps.front() < stamp - static_cast<double>(w.seconds)) stamps.pop_front();
    stamps.push_back(stamp);
    return stamps.size() > w.restarts;
  };
  for (int run = 0; run < runs; ++run) {
    const double phase = std::uniform_real_distribution<>(0, 1)(random);
    std::vector<std::deque<double>> below(m);
    std::deque<double> above;
    double now = 0;
    for (;;) {
      now += std::exponential_distribution<>(rate * static_cast<double>(m))(random);
      auto& stamps = below[random() % m];
      if (!counts(stamps, std::floor(now + phase), child)) continue;
      stamps.clear();
      if (counts(above, std::floor(now + phase), root)) break;
    }
    sum += now;
  }
  return sum / runs;
}

}  // namespace

TEST_CASE("starts until the root dies, as counted on real nodes", "[escalation]") {
  CHECK(starts_until_root_dies(tree(5, {1, 5})) == 32);
  CHECK(starts_until_root_dies(tree(4, {3, 5})) == 256);
  CHECK(starts_until_root_dies(tree(2, {3, 5})) == 16);
  CHECK(starts_until_root_dies(tree(3, {0, 5})) == 1);
  CHECK(attempts_until_root_dies(tree(4, {1, 5})) == 5);
  CHECK(attempts_until_root_dies(tree(4, {3, 5})) == 13);
  CHECK(starts_until_root_dies(tree(40, {3, 5})) == ~std::uint64_t{0});
  auto cut = tree(3, {3, 5});
  cut[0].escalates = false;
  CHECK(starts_until_root_dies(cut) == 4);
}

TEST_CASE("which level dies when, as measured", "[escalation]") {
  // A worker that crashes every second under 1/5: 2, 4, 8 s for depths 1 to 3; depth 4 never.
  const auto fates = climb(1s, tree(4, {1, 5}));
  REQUIRE(fates.size() == 4);
  CHECK(fates[0].at == 2s);
  CHECK(fates[1].at == 4s);
  CHECK(fates[2].at == 8s);
  CHECK(fates[3].certainty == Certainty::never);
  CHECK_FALSE(fates[3].at);
  const auto of = [](auto life) {
    std::vector<Certainty> all;
    for (const auto& fate : climb(life, tree(3, {1, 5}))) all.push_back(fate.certainty);
    return all;
  };
  using enum Certainty;
  CHECK(of(400ms) == std::vector{certain, certain, certain});
  CHECK(of(1400ms) == std::vector{certain, certain, phase_dependent});
  CHECK(of(2400ms) == std::vector{certain, certain, never});
  CHECK(of(2600ms) == std::vector{certain, phase_dependent, never});
  CHECK(of(3000ms) == std::vector{certain, never, never});
  CHECK(of(5500ms) == std::vector{phase_dependent, never, never});
  CHECK(of(6100ms) == std::vector{never, never, never});
}

TEST_CASE("orderly stops take their time on the way up", "[escalation]") {
  // Crash every 10 ms under 1/5 twice; a sibling needs 300 ms to stop: 640 ms.
  CHECK(climb(10ms, {{{1, 5}, 300ms}, {{1, 5}}})[1].at == 640ms);
  const auto slow = climb(100ms, {{{3, 5}, 0ms, true, 2s}});  // each restart takes 2 s
  CHECK(slow[0].certainty == Certainty::never);
}

TEST_CASE("insulation is where the climbing stops", "[escalation]") {
  const auto levels = tree(3, {1, 5});
  for (std::size_t k = 0; k < 3; ++k) {
    const auto edge = insulation(levels, k);
    CAPTURE(k, edge.certain, edge.never);
    CHECK(edge.certain == Approx(5 / std::pow(2.0, k)));
    CHECK(edge.never == Approx(6 / std::pow(2.0, k)));
    const auto at = [&](double seconds) {
      return climb(spec::Duration{static_cast<std::int64_t>(seconds * 1e9)}, levels)[k].certainty;
    };
    CHECK(at(edge.certain * 0.999) == Certainty::certain);
    CHECK(at((edge.certain + edge.never) / 2) == Certainty::phase_dependent);
    CHECK(at(edge.never * 1.001) == Certainty::never);
  }
  auto cut = levels;
  cut[0].escalates = false;
  CHECK(insulation(cut, 1).never == 0);
  CHECK(std::isinf(insulation(tree(1, {0, 5}), 0).certain));
}

TEST_CASE("random failures climb as the rule played out on two levels", "[escalation]") {
  struct Row {
    Window root, child;
    std::size_t m;
    double rate;
    int runs;
  };
  for (const auto& row : std::vector<Row>{{{3, 60}, {3, 5}, 4, .2, 4000},
                                          {{3, 60}, {3, 5}, 10, .2, 4000},
                                          {{3, 60}, {3, 5}, 4, .15, 2000},
                                          {{1, 60}, {1, 5}, 2, .1, 4000},
                                          {{1, 5}, {3, 5}, 4, .4, 4000},
                                          {{3, 5}, {3, 5}, 4, 1, 4000},
                                          {{3, 5}, {1, 5}, 20, .05, 4000}}) {
    CAPTURE(row.root.restarts, row.root.seconds, row.child.restarts, row.m, row.rate);
    const double seen = mean_root_time(row.root, row.child, row.m, row.rate, row.runs);
    const auto said = mean_time_to_failure_above(row.root, {{row.child, row.rate, row.m}}, 0);
    CAPTURE(seen, said.value, said.low, said.high);
    const double noise = 3 / std::sqrt(row.runs);
    CHECK(said.low <= seen * (1 + noise));
    CHECK(said.high >= seen * (1 - noise));
  }
}

TEST_CASE("the thinning of the hazard above", "[escalation]") {
  // Four children 3/5 under 3/60, rarely: 0.874 in continuous windows; hazards from splitting 6.42e-10 +- 0.9 % at rate
  // 0.05 and 6.08e-16 +- 3.8 % at 0.02, there with a window of P seconds, here of P to P + 1.
  const FailingChild child{{3, 5}, 0.02, 4};
  const double plain = mean_time_to_failure({3, 60}, 4 / mean_time_to_failure({3, 5}, 0.02).value).value;
  CHECK(plain / mean_time_to_failure_above({3, 60}, {child}, 0).value == Approx(0.874).epsilon(0.02));
  const auto p = failure_probability_above({3, 60}, {child}, 0, 86400);
  CHECK(p.value == Approx(86400 / mean_time_to_failure_above({3, 60}, {child}, 0).value).epsilon(0.01));
  CHECK(failure_probability_above({3, 60}, {}, 0.001, 86400).value == failure_probability({3, 60}, 0.001, 86400).value);
  CHECK(std::isinf(mean_time_to_failure_above({3, 60}, {}, 0).value));
}

TEST_CASE("a supervisor that has just been started again has a fresh budget") {
  // Two failures of S never fall into one window of T: its life is too long.
  const auto never = tests::known(
      "dialect: erlang\nhorizon: 1h\ntree: {supervisor: T, children: [{supervisor: S, strategy: one_for_all, children: "
      "[{worker: A, crashes: {rate: 36/min}}, {worker: B, init: {takes: 3s}, traps_exits: true, terminate: {takes: "
      "1300ms}}]}]}\n");
  CHECK_FALSE(never.said("T", spec::Quantity::failure_probability).low >= 1e-3);  // from 0 to 1: nothing is said
  CHECK(std::isinf(never.said("T", spec::Quantity::mean_time_to_failure).high));
  // Observed: 183 s (170 to 199); as a Poisson stream 75 s.
  const auto seldom = tests::known(
      "tree: {supervisor: T, strategy: one_for_all, children: [{supervisor: S, max_restarts: 1, max_seconds: 5, "
      "children: [{worker: W, init: {takes: 24ms}, crashes: {rate: 30/min}}]}, {worker: V, init: {takes: "
      "exp(945ms)}}]}\n");
  const auto time = seldom.said("T", spec::Quantity::mean_time_to_failure);
  CHECK(time.method == Method::bound);
  CHECK(time.low < 199);
  CHECK(time.low > 40);
  CHECK(time.high > 170);
}

TEST_CASE("within a short horizon budgets are empty at first") {
  // Observed by execution: 0.0036 for the first; without the delay 0.0078 was said.
  struct Row {
    Window child, above;
    double rate, horizon;
  };
  for (const auto& row : std::vector<Row>{{{5, 5}, {1, 60}, .3289, 21.277},
                                          {{3, 5}, {1, 60}, .2, 60},
                                          {{3, 5}, {2, 60}, .4, 40},
                                          {{3, 5}, {3, 60}, .4, 300},
                                          {{10, 10}, {1, 60}, .8, 50}}) {
    CAPTURE(row.rate, row.horizon, row.child.restarts, row.above.restarts);
    const auto seen = live_rule::failure_share(row.above, 5, 60000, row.horizon, [&](std::mt19937_64& random) {
      const auto crash = [&](std::mt19937_64& one) { return std::exponential_distribution<>(row.rate)(one); };
      return live_rule::time_to_failure(row.child, random, crash, INFINITY);
    });
    const auto said =
        failure_probability_above(row.above, {{row.child, row.rate, 1, spec::Constant{0}}}, 0, row.horizon);
    CAPTURE(seen.value, seen.error, said.low, said.value, said.high);
    CHECK(said.low <= seen.value + 3.5 * seen.error);
    CHECK(said.high >= seen.value - 3.5 * seen.error);
    CHECK(said.value == Approx(seen.value).epsilon(0.25).margin(3.5 * seen.error));
  }
}
