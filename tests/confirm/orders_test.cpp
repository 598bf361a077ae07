// What the VM leaves open shows where it decides an outcome, and nowhere else.
#include "confirm/orders.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>

#include "analyzer/facts.hpp"
#include "spec/read.hpp"

using namespace treefall;

namespace {

/// Each child crashes once.
confirm::Confirmation confirmed(const std::array<std::string, 4>& at) {
  const std::string text = R"(
treefall: 1
name: orders
horizon: 20s
clock_phase: 0ms
tree:
  supervisor: top
  children:
    - supervisor: pool
      strategy: rest_for_one
      max_restarts: 2
      children:
        - {worker: a, crashes: {at: [)" +
                           at[0] + R"(]}}
        - {worker: b, crashes: {at: [)" +
                           at[1] + R"(]}}
        - {worker: c, crashes: {at: [)" +
                           at[2] + R"(]}}
        - {worker: d, crashes: {at: [)" +
                           at[3] + R"(]}}
)";
  const spec::Reading reading = spec::read(spec::Source("orders.yaml", text));
  REQUIRE(reading.design);
  const analyzer::Facts facts = analyzer::derive(*reading.design);
  const std::atomic<bool> stop{false};
  return confirm::confirm(*reading.design, facts.predictions, {}, confirm::Options{}, stop);
}

std::size_t depending(const confirm::Confirmation& all) {
  return static_cast<std::size_t>(std::count_if(all.checks.begin(), all.checks.end(),
                                                [](const confirm::Check& check) { return !check.orders.empty(); }));
}

}  // namespace

TEST_CASE("rest_for_one: four deaths at one instant cost one restart or four, by their order") {
  const confirm::Confirmation all = confirmed({"1s", "1s", "1s", "1s"});
  REQUIRE(depending(all) > 0);
  bool survives = false;
  bool falls = false;
  for (const confirm::Check& check : all.checks) {
    if (check.orders.empty() || check.predicted.quantity != spec::Quantity::failure_probability) continue;
    REQUIRE(check.orders.size() == 3);
    CHECK(check.orders[0].order == spec::TieOrder::creation);
    for (const confirm::Ordered& one : check.orders) {
      survives = survives || one.observed.value < 1;
      falls = falls || one.observed.value > 0;
    }
  }
  CHECK(survives);
  CHECK(falls);
}

TEST_CASE("deaths that are apart have one outcome") { CHECK(depending(confirmed({"1s", "2s", "9s", "10s"})) == 0); }
