// Measurements against known answers.
#include <catch2/catch.hpp>
#include <cmath>

#include "runtime/simulate.hpp"
#include "tests/runtime/support.hpp"

using namespace treefall;
using spec::Quantity;
using namespace treefall::testing;

TEST_CASE("M/M/1 has its textbook figures") {
  const spec::Design design = design_of(queue);
  const auto experiment = played(design, 40);
  contains(of(experiment, design, "server", Quantity::utilisation), 0.8, 0.02);
  contains(of(experiment, design, "server", Quantity::throughput), 80, 0.01);
  contains(of(experiment, design, "server", Quantity::mean_wait), 0.04, 0.05);      // rho / (mu - lambda)
  contains(of(experiment, design, "server", Quantity::mailbox_length), 3.2, 0.05);  // rho^2 / (1 - rho)
  contains(of(experiment, design, "server", Quantity::p99_wait), std::log(0.8 / 0.01) / 20, 0.1);
  contains(of(experiment, design, "server", Quantity::timeout_probability), std::exp(-20 * 0.05), 0.04);
  const auto traffic = experiment.measure(spec::TrafficSubject{0}, Quantity::timeout_probability, std::nullopt, 0.999);
  REQUIRE(traffic.has_value());
  contains(*traffic, std::exp(-20 * 0.05), 0.04);
  CHECK(of(experiment, design, "server", Quantity::crash_rate).value == 0);
  CHECK(of(experiment, design, "root", Quantity::failure_probability).value == 0);
}

TEST_CASE("a few replicas are measured by batches") {
  const spec::Design design = design_of(queue);
  const auto experiment = played(design, 2);
  contains(of(experiment, design, "server", Quantity::utilisation), 0.8, 0.1);
  contains(of(experiment, design, "server", Quantity::mean_wait), 0.04, 0.4);
}

TEST_CASE("what is known once a replica has no interval of one, and a real one of several") {
  const spec::Design design = design_of(R"(
treefall: 1
name: overloaded
horizon: 1min
traffic:
  clients: {to: server, rate: 120/s, sends: cast}
tree:
  supervisor: root
  children:
    - worker: server
      init: {takes: exp(1s)}
      handles: {any: {takes: exp(10ms)}}
    - worker: closer
      traps_exits: true
      shutdown: infinity
      terminate: {takes: exp(1s)}
)");
  const runtime::Experiment once = played(design, 1);
  const runtime::Experiment often = played(design, 20);
  // Of the mailbox's growth and the time of a stop a replica's batches know nothing, and of its boot only the first.
  const std::pair<std::string, Quantity> known_once[] = {
      {"server", Quantity::mailbox_growth}, {"root", Quantity::shutdown_time}, {"root", Quantity::boot_time}};
  for (const auto& [name, quantity] : known_once) {
    const runtime::Measurement one = of(once, design, name, quantity);
    CAPTURE(name, spec::name(quantity), one.value, one.low, one.high);
    CHECK(one.low == 0);
    CHECK(std::isinf(one.high));
    const runtime::Measurement many = of(often, design, name, quantity);
    CAPTURE(many.value, many.low, many.high);
    CHECK(many.low < many.value);
    CHECK(many.value < many.high);
    CHECK(many.high < 10 * many.value);
    CHECK(many.high - many.low > 0.05 * many.value);  // 20 replicas do not tell it better
  }
  contains(of(often, design, "root", Quantity::boot_time), 1, 3);
  contains(of(often, design, "root", Quantity::shutdown_time), 1, 3);
}

TEST_CASE("a Poisson crasher fails its supervisor as the exact chain says") {
  // The exact chain for R = 3, P = 5, 0.2/s counts 87.351 whole seconds, the failing one included; in real time the
  // failure comes about half a second before the end of that second.
  const spec::Design design = design_of(R"(
treefall: 1
name: crasher
horizon: 20min
tree:
  supervisor: root
  children:
    - {worker: w, crashes: {rate: 0.2/s}}
)");
  const auto experiment = played(design, 4000);
  contains(of(experiment, design, "root", Quantity::mean_time_to_failure), 86.95, 0.13);
  contains(of(experiment, design, "w", Quantity::crash_rate), 0.2, 0.03);
  const auto application =
      experiment.measure(spec::ApplicationSubject{0}, Quantity::mean_time_to_failure, std::nullopt, 0.999);
  REQUIRE(application.has_value());
  CHECK(application->value == Approx(of(experiment, design, "root", Quantity::mean_time_to_failure).value));
  CHECK(experiment.first_failure(spec::ApplicationSubject{0}) == 0u);
}

TEST_CASE("where hardly a replica is cut off, a root's life is known well") {
  // The fifth crash ends it, and comes within the window but for one execution in a million: Erlang's law of 5 stages.
  const spec::Design design = testing::design_of(R"(
treefall: 1
name: brief
horizon: 4s
tree:
  supervisor: root
  max_restarts: 4
  children:
    - {worker: w, crashes: {rate: 6/s}}
)");
  contains(of(played(design, 10'000), design, "root", Quantity::mean_time_to_failure), 5.0 / 6, 0.04);
}

TEST_CASE("replicas hardly longer than a window see too few failures, and say so") {
  // The three-segment scan for R = 5, P = 30, 3.63/min: 820 s. In a minute's replicas half of the time is before the
  // window can be full: time over failures is 1190 s.
  const spec::Design design = testing::design_of(R"(
treefall: 1
name: short
horizon: 1min
tree:
  supervisor: root
  max_restarts: 5
  max_seconds: 30
  children:
    - {worker: w, crashes: {rate: 3.63/min}}
)");
  const auto time = of(played(design, 40'000), design, "root", Quantity::mean_time_to_failure);
  CHECK(time.value > 1000);
  CHECK(time.low <= 800);
  CHECK(time.high >= 830);
}

TEST_CASE("without chance one replica says all, exactly") {
  const spec::Design design = design_of(R"(
treefall: 1
name: certain
horizon: 1min
clock_phase: 0ms
tree:
  supervisor: root
  children:
    - {worker: w, init: {takes: 100ms}, crashes: {after: 1500ms}}
    - {worker: v, init: {takes: 30ms}}
)");
  const auto experiment = played(design, 1);
  const auto failure = of(experiment, design, "root", Quantity::mean_time_to_failure);
  CHECK(failure.value == Approx(0.1 + 1.5 + 3 * 1.6));
  CHECK(failure.low == failure.high);
  const auto boot = of(experiment, design, "root", Quantity::boot_time);
  CHECK(boot.value == Approx(0.13));
  CHECK(boot.low == boot.high);
  const auto probability = of(experiment, design, "root", Quantity::failure_probability);
  CHECK((probability.low == 1 && probability.high == 1));
}

TEST_CASE("a silence of calls that come late together says as little as it does") {
  // P(wait > 5 s) is 9e-6 (Pollaczek and Khinchine), but a queue that is so far behind stays there for thousands of
  // calls.
  const spec::Design design = design_of(R"(
treefall: 1
name: heaviest
horizon: 1h
traffic:
  reads: {to: Server, message: read, rate: 100/s}
  writes: {to: Server, message: write, rate: 8/s}
tree:
  supervisor: Root
  children:
    - worker: Server
      handles: {read: {takes: 1ms}, write: {takes: 100ms}}
)");
  const runtime::Experiment experiment = played(design, 20);
  const auto late = of(experiment, design, "Server", Quantity::timeout_probability);
  CAPTURE(late.value, late.low, late.high);
  CHECK(late.low <= 9e-6);
  CHECK(late.high >= 9e-6);
  const auto reads = experiment.measure(spec::TrafficSubject{0}, Quantity::timeout_probability, std::nullopt, 0.95);
  REQUIRE(reads);
  CHECK(reads->high >= 9e-6);
}

TEST_CASE("an orderly stop is measured, one child after the other or all at once") {
  const auto stop_time = [](const std::string& kind) {
    const spec::Design design = design_of(R"(
treefall: 1
name: stop
horizon: 1min
clock_phase: 0ms
tree:
  supervisor: root
  children:
    - supervisor: pool)" + kind + R"(
      children:
        - {worker: w, count: 3, traps_exits: true, terminate: {takes: 300ms}}
        - {worker: stuck, traps_exits: true, terminate: {takes: 1h}, shutdown: 400ms}
)");
    return of(played(design, 1), design, "root", Quantity::shutdown_time).value;
  };
  CHECK(stop_time("") == Approx(1.3));
  CHECK(stop_time("\n      kind: dynamic") == Approx(0.4));
}

TEST_CASE("the mean of a few waits among many of none has an interval that covers it") {
  // One message in 500 waits, 2.2 ms on average: 4.82 us, Pollaczek-Khinchine.
  const auto design = design_of(R"(
treefall: 1
name: calm
horizon: 10s
traffic: {in: {to: W, sends: cast, rate: 0.64/s}}
tree: {supervisor: S, children: [{worker: W, handles: {any: {takes: empirical(1467us 2934us 5867us)}}}]}
)");
  int covered = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const auto wait = of(played(design, 100, 1, seed), design, "W", Quantity::mean_wait, 0.95);
    covered += wait.low <= 4.82e-6 && 4.82e-6 <= wait.high;
  }
  CHECK(covered >= 54);
}
