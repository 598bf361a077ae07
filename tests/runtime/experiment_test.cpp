// A set of replicas: how it grows, stops and answers, and that all this does not depend on how many threads made it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "runtime/simulate.hpp"
#include "tests/runtime/support.hpp"

using namespace treefall;
using spec::Quantity;
using namespace treefall::testing;

namespace {

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

}  // namespace

TEST_CASE("the same seed gives the same bytes with any number of jobs") {
  const spec::Design design = design_of(R"(
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

TEST_CASE("one experiment answers for several spans") {
  const spec::Design design = design_of(R"(
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
  root.node = node_named(design, "root");
  for (const int seconds : {10, 60, 600}) {
    const auto measured = experiment.measure(root, Quantity::failure_probability, std::chrono::seconds(seconds), 0.999);
    REQUIRE(measured.has_value());
    CHECK(measured->within == std::chrono::seconds(seconds));
    contains(*measured, -std::expm1(-seconds / 60.0), 0.5);
  }
}

TEST_CASE("stopping an experiment keeps the replicas before the first unfinished one") {
  const spec::Design design = design_of(queue);
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
    const spec::Design design = design_of(file_text(entry.path()));
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
