// Measurements against known answers, and that they do not depend on how many threads made them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <set>

#include "runtime/simulate.hpp"
#include "tests/runtime/support.hpp"

using namespace treefall;
using spec::Quantity;

namespace {

runtime::Experiment played(const spec::Design& design, std::uint64_t replicas, unsigned jobs = 2,
                           std::uint64_t seed = 1) {
  runtime::Experiment experiment(design, seed, design.horizon.value, jobs);
  const std::atomic<bool> stop = false;
  experiment.extend(replicas, stop);
  return experiment;
}

spec::NodeId node(const spec::Design& design, const std::string& name) {
  for (spec::NodeId id = 0; id < design.nodes.size(); ++id) {
    if (design.nodes[id].name == name) return id;
  }
  FAIL("no node " << name);
  return 0;
}

runtime::Measurement of(const runtime::Experiment& experiment, const spec::Design& design, const std::string& name,
                        Quantity quantity, double confidence = 0.999) {
  spec::Target target;
  target.node = node(design, name);
  const auto found = experiment.measure(target, quantity, std::nullopt, confidence);
  REQUIRE(found.has_value());
  return *found;
}

void contains(const runtime::Measurement& measured, double expected, double widest) {
  CAPTURE(spec::name(measured.quantity), measured.value, measured.low, measured.high, expected);
  CHECK(measured.low <= expected);
  CHECK(measured.high >= expected);
  CHECK(measured.high - measured.low <= widest * expected);
}

std::string bytes(const std::vector<runtime::Measurement>& all) {
  std::string result;
  for (const runtime::Measurement& one : all) {
    for (const double number : {one.value, one.low, one.high}) {
      char raw[sizeof number];
      std::memcpy(raw, &number, sizeof number);
      result.append(raw, sizeof raw);
    }
    result += std::to_string(one.samples) + ';';
  }
  return result;
}

const char* const queue = R"(
treefall: 1
name: queue
horizon: 20min
traffic:
  clients: {to: server, rate: 80/s, sends: call, timeout: 50ms}
tree:
  supervisor: root
  children:
    - worker: server
      handles: {any: {takes: exp(10ms)}}
)";

}  // namespace

TEST_CASE("M/M/1 has its textbook figures") {
  const spec::Design design = testing::design_of(queue);
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
  const spec::Design design = testing::design_of(queue);
  const auto experiment = played(design, 2);
  contains(of(experiment, design, "server", Quantity::utilisation), 0.8, 0.1);
  contains(of(experiment, design, "server", Quantity::mean_wait), 0.04, 0.4);
}

TEST_CASE("what is known once a replica has no interval of one, and a real one of several") {
  const spec::Design design = testing::design_of(R"(
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

TEST_CASE("the same seed gives the same bytes with any number of jobs") {
  const spec::Design design = testing::design_of(R"(
treefall: 1
name: mixed
horizon: 10min
faults:
  outage: {every: exp(3min), lasts: exp(20s)}
traffic:
  clients: {to: server, rate: 20/s, sends: call, timeout: 200ms}
  jobs: {to: session, rate: 5/s, sends: cast}
tree:
  supervisor: root
  strategy: rest_for_one
  max_restarts: 5
  max_seconds: 10
  children:
    - worker: server
      crashes: {rate: 1/min}
      handles: {any: {takes: lognormal(20ms 200ms), crashes: 0.1%, during: {outage: {crashes: 2%}}}}
    - supervisor: pool
      kind: dynamic
      reseeded: {by: server, when: started, after: exp(1s)}
      children:
        - {worker: session, count: 20, crashes: {rate: 1/min, during: outage}, handles: {any: {takes: exp(1ms)}}}
)");
  const std::string one = bytes(played(design, 40, 1).measure_all(0.95));
  CHECK(one == bytes(played(design, 40, 2).measure_all(0.95)));
  CHECK(one == bytes(played(design, 40, 7).measure_all(0.95)));
  CHECK(one != bytes(played(design, 40, 2, 2).measure_all(0.95)));

  runtime::Experiment grown(design, 1, design.horizon.value, 3);
  const std::atomic<bool> stop = false;
  for (const std::uint64_t replicas : {1U, 7U, 40U}) grown.extend(replicas, stop);
  CHECK(one == bytes(grown.measure_all(0.95)));
}

TEST_CASE("a Poisson crasher fails its supervisor as the exact chain says") {
  // The exact chain for R = 3, P = 5, 0.2/s counts 87.351 whole seconds, the failing one included; in real time the
  // failure comes about half a second before the end of that second.
  const spec::Design design = testing::design_of(R"(
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

TEST_CASE("without chance one replica says all, exactly") {
  const spec::Design design = testing::design_of(R"(
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

TEST_CASE("a callee that dies of its own timeout has not let its caller time out") {
  const spec::Design design = testing::design_of(R"(
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

TEST_CASE("a silence of calls that come late together says as little as it does") {
  // P(wait > 5 s) is 9e-6 (Pollaczek and Khinchine), but a queue that is so far behind stays there for thousands of
  // calls.
  const spec::Design design = testing::design_of(R"(
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

TEST_CASE("one experiment answers for several spans") {
  const spec::Design design = testing::design_of(R"(
treefall: 1
name: spans
horizon: 1h
tree:
  supervisor: root
  max_restarts: 0
  children:
    - {worker: w, crashes: {rate: 1/min}}
)");
  const auto experiment = played(design, 2000);
  spec::Target root;
  root.node = node(design, "root");
  for (const int seconds : {10, 60, 600}) {
    const auto measured = experiment.measure(root, Quantity::failure_probability, std::chrono::seconds(seconds), 0.999);
    REQUIRE(measured.has_value());
    CHECK(measured->within == std::chrono::seconds(seconds));
    contains(*measured, -std::expm1(-seconds / 60.0), 0.5);
  }
}

TEST_CASE("an orderly stop is measured, one child after the other or all at once") {
  const auto stop_time = [](const std::string& kind) {
    const spec::Design design = testing::design_of(R"(
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

TEST_CASE("a restart loop that never ends at one instant is reported, not played for ever") {
  const spec::Design design = testing::design_of(R"(
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
  const auto lines = testing::trace_of(design);
  CHECK(lines.back().find("\"event\": \"stopped_early\"") != std::string::npos);
}

TEST_CASE("stopping an experiment keeps the replicas before the first unfinished one") {
  const spec::Design design = testing::design_of(queue);
  runtime::Experiment experiment(design, 1, design.horizon.value, 2);
  std::atomic<bool> stop = false;
  experiment.extend(1000, stop, [&](std::uint64_t done) {
    if (done == 5) stop = true;
  });
  const std::uint64_t kept = experiment.replicas();
  CHECK(kept >= 5);
  CHECK(kept < 1000);
  CHECK(bytes(experiment.measure_all(0.95)) == bytes(played(design, kept).measure_all(0.95)));
}

TEST_CASE("every example can be played") {
  namespace fs = std::filesystem;
  std::size_t designs = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(TREEFALL_ROOT) / "examples")) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path().string());
    const spec::Design design = testing::design_of(testing::file_text(entry.path()));
    runtime::Experiment experiment(design, 1, std::min(design.horizon.value, spec::Duration(std::chrono::minutes(10))),
                                   2);
    const std::atomic<bool> stop = false;
    experiment.extend(2, stop);
    CHECK(experiment.replicas() == 2);
    CHECK_FALSE(experiment.trouble().has_value());
    for (const runtime::Measurement& measured : experiment.measure_all(0.95)) {
      INFO(spec::path(design, measured.subject) << ' ' << spec::name(measured.quantity));
      CHECK(measured.low <= measured.high);
      if (!std::isnan(measured.value)) CHECK((measured.low <= measured.value && measured.value <= measured.high));
    }
    ++designs;
  }
  CHECK(designs > 20);
}

TEST_CASE("tie_order permutes who of several falls first") {
  const auto restarts = [](const std::string& order, std::uint64_t seed) {
    const auto lines = testing::trace_of(R"(
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
    return testing::count(lines, {"restart_counted"});
  };
  CHECK(restarts("creation", 1) == 1);  // the EXITs of b and c are absorbed
  CHECK(restarts("reverse", 1) == 3);
  std::set<std::size_t> seen;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) seen.insert(restarts("random", seed));
  CHECK(seen == std::set<std::size_t>{1, 2, 3});
}

TEST_CASE("the mean of a few waits among many of none has an interval that covers it") {
  // One message in 500 waits, 2.2 ms on average: 4.82 us, Pollaczek-Khinchine.
  const auto design = testing::design_of(R"(
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

TEST_CASE("work without end at one instant is noticed and said") {
  const auto lines = testing::trace_of(R"(
treefall: 1
name: busy
horizon: 5s
clock_phase: 0ms
tree:
  supervisor: top
  children: [{worker: a, handles: {any: {casts: [{to: a}]}}}]
script: [{at: 1s, send: a, as: cast}]
)");
  REQUIRE(testing::count(lines, {"stopped_early"}) == 1);
  CHECK(
      lines.back() ==
      R"({"t_ns": 1000000000, "event": "stopped_early", "reason": "no progress: millions of events at one instant"})");
}

TEST_CASE("two processes have one link, whoever asked for it") {
  const auto lines = testing::trace_of(R"(
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
  CHECK(testing::gist(lines, {"message_lost"}) == "2s nobody message_lost 1\n");  // one EXIT, not two
}

TEST_CASE("a caller whose callee called itself has not called itself") {
  const auto lines = testing::trace_of(R"(
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
  CHECK(testing::gist(lines, {"exited"}) == "1s b exited crash:calling_self\n1s a exited crash:top/b\n");
}

TEST_CASE("a callee that ended by a timeout is no timeout of its caller") {
  const auto lines = testing::trace_of(R"(
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
  CHECK(testing::gist(lines, {"exited"}) == "1300ms a exited timeout:top/b\n1300ms b exited timeout:top/b\n");
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
    for (const std::uint64_t replicas : {1, 40}) {
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
