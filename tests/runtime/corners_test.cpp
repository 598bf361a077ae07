// What is easily got wrong about instants, links, and whose timeout it was.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "runtime/simulate.hpp"
#include "tests/runtime/support.hpp"

using namespace treefall;
using spec::Quantity;
using namespace treefall::testing;

TEST_CASE("a callee that dies of its own timeout has not let its caller time out") {
  const spec::Design design = design_of(R"(
treefall: 1
name: slow_item
horizon: 1h
traffic:
  batches: {to: Owner, timeout: infinity, every: 5min}
tree:
  supervisor: Root
  children:
    - worker: Owner
      handles: {any: {tasks: [{count: 3, takes: 6s, await: 5s}]}}
)");
  const runtime::Experiment experiment = played(design, 1);
  CHECK(of(experiment, design, "Owner", Quantity::crash_rate).value > 0);
  const auto late = of(experiment, design, "Owner", Quantity::timeout_probability);
  CHECK(late.value == 0);
  CHECK(late.samples == 11);
}

TEST_CASE("a restart loop that never ends at one instant is reported, not played for ever") {
  const spec::Design design = design_of(R"(
treefall: 1
name: livelock
horizon: 1min
tree:
  supervisor: root
  max_restarts: 1000000000
  children:
    - {worker: w, init: {outcomes: [ok, fail]}, crashes: {after: 2s}}
)");
  const auto experiment = played(design, 1);
  REQUIRE(experiment.trouble().has_value());
  CHECK(experiment.trouble()->at == std::chrono::seconds(2));
  const auto lines = trace_of(design);
  CHECK(lines.back().find("\"event\": \"stopped_early\"") != std::string::npos);
}

TEST_CASE("tie_order permutes who of several falls first") {
  const auto restarts = [](const std::string& order, std::uint64_t seed) {
    const auto lines = trace_of(R"(
treefall: 1
name: ties
horizon: 5s
clock_phase: 0ms
tie_order: )" + order + R"(
tree:
  supervisor: top
  strategy: rest_for_one
  max_restarts: 10
  children: [{worker: a, crashes: {at: [1s]}}, {worker: b, crashes: {at: [1s]}}, {worker: c, crashes: {at: [1s]}}]
)",
                                seed);
    return count(lines, {"restart_counted"});
  };
  CHECK(restarts("creation", 1) == 1);  // the EXITs of b and c are absorbed
  CHECK(restarts("reverse", 1) == 3);
  std::set<std::size_t> seen;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) seen.insert(restarts("random", seed));
  CHECK(seen == std::set<std::size_t>{1, 2, 3});
}

TEST_CASE("work without end at one instant is noticed and said") {
  const auto lines = trace_of(R"(
treefall: 1
name: busy
horizon: 5s
clock_phase: 0ms
tree:
  supervisor: top
  children: [{worker: a, handles: {any: {casts: [{to: a}]}}}]
script: [{at: 1s, send: a, as: cast}]
)");
  REQUIRE(count(lines, {"stopped_early"}) == 1);
  CHECK(
      lines.back() ==
      R"({"t_ns": 1000000000, "event": "stopped_early", "reason": "no progress: millions of events at one instant"})");
}

TEST_CASE("two processes have one link, whoever asked for it") {
  const auto lines = trace_of(R"(
treefall: 1
name: links
horizon: 5s
clock_phase: 0ms
tree:
  supervisor: top
  children:
    - {worker: a, links: [b]}
    - {worker: b, links: [a], traps_exits: true, handles: {EXIT: {casts: [{to: nobody}]}}}
    - {worker: nobody, restart: temporary}
script: [{at: 1s, kill: nobody}, {at: 2s, kill: a}]
)");
  CHECK(gist(lines, {"message_lost"}) == "2s nobody message_lost 1\n");  // one EXIT, not two
}

TEST_CASE("a caller whose callee called itself has not called itself") {
  const auto lines = trace_of(R"(
treefall: 1
name: selves
horizon: 5s
clock_phase: 0ms
tree:
  supervisor: top
  children:
    - {worker: a, restart: temporary, handles: {any: {calls: [{to: b}]}}}
    - {worker: b, restart: temporary, handles: {any: {calls: [{to: b}]}}}
script: [{at: 1s, send: a, as: cast}]
)");
  CHECK(gist(lines, {"exited"}) == "1s b exited crash:calling_self\n1s a exited crash:top/b\n");
}

TEST_CASE("a callee that ended by a timeout is no timeout of its caller") {
  const auto lines = trace_of(R"(
treefall: 1
name: ends
horizon: 5s
clock_phase: 0ms
traffic: {c: {to: b, at: [1100ms], timeout: 4s}}
tree:
  supervisor: top
  children:
    - {worker: a, restart: temporary, handles: {any: {calls: [{to: b, timeout: 300ms}]}}, links: [b]}
    - {worker: b, restart: temporary, handles: {any: {takes: 2s}}}
script: [{at: 1s, send: a, as: cast}]
)");
  CHECK(gist(lines, {"exited"}) == "1300ms a exited timeout:top/b\n1300ms b exited timeout:top/b\n");
  const auto failed = [](const std::string& line) { return line.find("traffic:c") != std::string::npos; };
  const auto line = std::find_if(lines.begin(), lines.end(), failed);
  REQUIRE(line != lines.end());
  CHECK(line->find(R"("reason": "timeout:top/b")") != std::string::npos);  // not its own `timeout`
}
