// What is easily got wrong about instants, links, and whose timeout it was.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <thread>

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

TEST_CASE("what unawaited tasks send is taken up, has waited and is handled like any message") {
  const spec::Design design = testing::design_of(R"(
treefall: 1
horizon: 60s
clock_phase: 0ms
tree:
  supervisor: Root
  children:
    - worker: C
      handles: {reply: 1s, DOWN: 1s}
      ticks: [{every: 20s, takes: 2s, tasks: [{takes: 3s, await: none, linked: false}]}]
)");
  const auto experiment = played(design, 2);
  // Ticks at 20 s and 42 s; each task's reply and DOWN come together 5 s later: waits of 0, 0 and 1 s each time.
  CHECK(of(experiment, design, "C", Quantity::mean_wait).value == Approx(2.0 / 6));
  CHECK(of(experiment, design, "C", Quantity::throughput).value == Approx(4.0 / 60));
}

TEST_CASE("a task that ends sends its reply first, then its exit signal, then its DOWN, as the VM does") {
  const spec::Design design = testing::design_of(R"(
treefall: 1
horizon: 3800ms
clock_phase: 0ms
tree:
  supervisor: Root
  children:
    - worker: C
      traps_exits: true
      handles: {EXIT: 50ms, reply: 100ms, DOWN: 100ms}
      ticks: [{every: 1s, takes: 200ms, tasks: [{takes: 300ms, await: none}]}]
)");
  const auto experiment = played(design, 2);
  CHECK(of(experiment, design, "C", Quantity::mean_wait).value == Approx((0.1 + 0.15) * 2 / 9));
  CHECK(of(experiment, design, "C", Quantity::throughput).value == Approx(6 / 3.8));
}

TEST_CASE("a node that has ended is down: availability is of the whole time that it was to last") {
  const std::string text = R"(
treefall: 1
horizon: 100s
clock_phase: 0ms
application: WHICH
tree:
  supervisor: Root
  children:
    - {worker: W, crashes: {after: 1s}}
    - worker: V
)";
  for (const std::string which : {"permanent", "temporary"}) {
    CAPTURE(which);
    std::string written = text;
    const spec::Design design = testing::design_of(written.replace(written.find("WHICH"), 5, which));
    for (const std::uint64_t replicas : {std::uint64_t{1}, std::uint64_t{40}}) {
      const auto experiment = played(design, replicas);
      CHECK(of(experiment, design, "Root", Quantity::availability).value == Approx(0.04));
      CHECK(of(experiment, design, "V", Quantity::availability).value == Approx(0.04));
      const auto application =
          experiment.measure(spec::ApplicationSubject{0}, Quantity::availability, std::nullopt, 0.95);
      REQUIRE(application);
      CHECK(application->value == Approx(0.04));
    }
  }
}

TEST_CASE("a stop that the script orders is measured") {
  const spec::Design design = testing::design_of(R"(
treefall: 1
horizon: 10s
clock_phase: 0ms
tree:
  supervisor: Root
  children:
    - {worker: A, traps_exits: true, terminate: {takes: 300ms}}
    - {supervisor: Sub, children: [{worker: B, traps_exits: true, terminate: {takes: 200ms}}]}
script: [{at: 2s, shutdown: Sub}, {at: 5s, shutdown: Root}]
)");
  const auto experiment = played(design, 2);
  CHECK(of(experiment, design, "Root", Quantity::shutdown_time).value == Approx(0.5));
  CHECK(of(experiment, design, "Sub", Quantity::shutdown_time).value == Approx(0.2));
  const auto application = experiment.measure(spec::ApplicationSubject{0}, Quantity::shutdown_time, std::nullopt, 0.95);
  REQUIRE(application);
  CHECK(application->value == Approx(0.5));
}

TEST_CASE("a replica that gets nowhere is no measurement, and nor is what lies behind it") {
  const spec::Design design = design_of(R"(
treefall: 1
name: explosion
horizon: 1h
traffic: {t: {to: A, sends: cast, at: [1s]}}
tree: {supervisor: R, children: [{worker: A, handles: {any: {casts: [{to: A, times: 2}]}}}]}
)");
  const runtime::Experiment experiment = played(design, 3);
  CHECK(experiment.replicas() == 0);
  CHECK(experiment.events() > 1'000'000);  // what takes no time is work all the same
  REQUIRE(experiment.trouble().has_value());
  CHECK(experiment.trouble()->replica == 0);
}

TEST_CASE("whoever wants to stop is heard inside a replica, though a process never pauses") {
  const spec::Design design = design_of(R"(
treefall: 1
name: busy
horizon: 1h
traffic: {t: {to: A, sends: cast, at: [1s]}}
tree: {supervisor: R, children: [{worker: A, handles: {any: {casts: [{to: A, times: 2}]}}}]}
)");
  runtime::Experiment experiment(design, 1, design.horizon.value, 1);
  const std::atomic<bool> stop = true;
  experiment.extend(1, stop);
  CHECK_FALSE(experiment.trouble().has_value());
  std::atomic<bool> later = false;
  const auto begun = std::chrono::steady_clock::now();
  std::jthread clock([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    later = true;
  });
  experiment.extend(1, later);
  CHECK(experiment.replicas() == 0);
  CHECK_FALSE(experiment.trouble().has_value());
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::milliseconds(500));
}

TEST_CASE("a process outside any tree starts, with an init that takes time, without the boot of an application") {
  const spec::Design design = design_of(R"(
treefall: 1
name: stray
horizon: 1min
tree:
  supervisor: R
  children:
    - worker: A
unsupervised:
  - {worker: U, started_by: A, linked: false, init: {takes: 1s}, crashes: {at: [10s]}}
script: [{at: 20s, kill: A}]
)");
  const runtime::Experiment experiment = played(design, 3);
  CHECK(of(experiment, design, "R", Quantity::restart_rate).value == Approx(1.0 / 60));
}
