// How long incarnations live, and which starts fail, where the end of the node or of a replica comes in between.
#include <catch2/catch.hpp>

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
