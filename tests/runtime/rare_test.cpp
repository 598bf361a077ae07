// Failures that hardly ever happen, against exact values of the restart-intensity chain (whole-second rule) and against
// what plain replicas show where both can.
#include "runtime/rare.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "runtime/simulate.hpp"
#include "spec/read.hpp"

namespace {

using namespace treefall;

spec::Design design_of(const std::string& text) {
  const auto reading = spec::read(spec::Source("rare.yaml", text));
  REQUIRE(reading.design);
  return *reading.design;
}

std::string supervisor(const std::string& restarts, const std::string& seconds, const std::string& clock,
                       const std::string& more = "") {
  return "treefall: 1\nname: rare\nhorizon: 1h\n" + more + "tree:\n  supervisor: S\n  max_restarts: " + restarts +
         "\n  max_seconds: " + seconds + "\n  children:\n    - {worker: W, crashes: " + clock + "}\n";
}

const std::string two_levels = R"(treefall: 1
name: rare
horizon: 1h
tree:
  supervisor: Root
  max_restarts: 3
  max_seconds: 60
  children:
    - {supervisor: A, max_restarts: 3, max_seconds: 5, children: [{worker: a, crashes: {rate: 0.1/s}}]}
    - {supervisor: B, max_restarts: 3, max_seconds: 5, children: [{worker: b, crashes: {rate: 0.1/s}}]}
    - {supervisor: C, max_restarts: 3, max_seconds: 5, children: [{worker: c, crashes: {rate: 0.1/s}}]}
    - {supervisor: D, max_restarts: 3, max_seconds: 5, children: [{worker: d, crashes: {rate: 0.1/s}}]}
)";

std::optional<runtime::RareFailure> find(const std::string& text, double precision = 0.05, unsigned jobs = 1) {
  runtime::RareEffort effort;
  effort.precision = precision;
  const std::atomic<bool> stop{false};
  return runtime::rare_failures(design_of(text), {spec::ApplicationSubject{0}}, 7, jobs, effort, stop)[0];
}

/// Within four standard errors, and these small.
void is_about(const std::optional<runtime::RareFailure>& found, double per_second) {
  REQUIRE(found);
  INFO("found " << found->per_second << " +- " << found->standard_error << " with " << found->trials << " trials");
  CHECK(found->doubt.empty());
  CHECK(found->standard_error <= 0.05 * found->per_second);
  CHECK(std::abs(found->per_second - per_second) <= 4 * found->standard_error);
}

}  // namespace

TEST_CASE("splitting finds what the exact chain says, however rare") {
  is_about(find(supervisor("5", "10", "{rate: 0.0026/s}")), 1 / 3.11865e12);
  // The same supervisor with crashes a hundred thousand times as rare as its windows are long.
  is_about(find(supervisor("5", "10", "{rate: 0.00001/s}")), 1.07148e-27);
  // Clocks of processes are told apart from those of nodes; both are memoryless.
  is_about(find(supervisor("5", "10", "{after: exp(100000s)}")), 1.07148e-27);
}

TEST_CASE("tilting the crash rate says the same as splitting and as the exact whole-second scan") {
  // 1 / mean time to failure: the exact chain; for 10 in 60 s two segments with their bracket (treefall predict).
  for (const auto& [restarts, seconds, rate, hazard] :
       {std::tuple{"3", "5", "0.002", 4.41212731912e-10}, std::tuple{"5", "10", "0.0026", 1 / 3.11865e12},
        std::tuple{"10", "60", "0.01", 9.3521521e-12}, std::tuple{"10", "10", "0.02", 7.5582205e-16}}) {
    CAPTURE(restarts, seconds, rate);
    const auto found = find(supervisor(restarts, seconds, std::string("{rate: ") + rate + "/s}"));
    is_about(found, hazard);
    REQUIRE(found->tilting);
    INFO("tilting " << found->tilting->per_second << " +- " << found->tilting->standard_error);
    CHECK(found->tilting->standard_error <= 0.05 * hazard);
    CHECK(std::abs(found->tilting->per_second - hazard) <= 4 * found->tilting->standard_error);
  }
  // Where restarts take time clocks rest meanwhile; neighbours' ones run on.
  const auto slow = find(
      "treefall: 1\nname: rare\nhorizon: 1h\ntree:\n  supervisor: S\n  max_restarts: 3\n  max_seconds: 5\n  "
      "children:\n    - {worker: A, init: {takes: 300ms}, crashes: {rate: 0.005/s}}\n    - {worker: B, crashes: "
      "{after: "
      "exp(500s)}}\n");
  REQUIRE(slow);
  REQUIRE(slow->tilting);
  CHECK(slow->doubt.empty());
  CHECK(std::abs(slow->tilting->per_second - slow->per_second) <=
        4 * std::hypot(slow->tilting->standard_error, slow->standard_error));
  CHECK_FALSE(find(two_levels, 0.2)->tilting);
}

TEST_CASE("splitting agrees with plain replicas where these see failures, across two levels") {
  const auto design = design_of(two_levels);
  const std::atomic<bool> stop{false};
  runtime::Experiment experiment(design, 1, std::chrono::hours(24), 2);
  experiment.extend(400, stop);
  const auto plain = experiment.measure(spec::ApplicationSubject{0}, spec::Quantity::mean_time_to_failure, {}, 0.9999);
  REQUIRE(plain);
  REQUIRE(plain->samples > 200);
  const auto found = find(two_levels);
  REQUIRE(found);
  INFO("splitting " << 1 / found->per_second << " s, plain " << plain->low << " .. " << plain->high);
  CHECK(1 / (found->per_second + 4 * found->standard_error) < plain->high);
  CHECK(1 / (found->per_second - 4 * found->standard_error) > plain->low);
}

TEST_CASE("splitting sees falls that no crash clock brings about") {
  // Crashes of handlers: nothing to force. 0.02 crashes/s in windows of 5 s, as a clock would ring.
  const std::string handled =
      "treefall: 1\nname: rare\nhorizon: 1h\ntraffic:\n  t: {to: W, sends: cast, rate: 2/s}\ntree:\n  supervisor: S\n"
      "  max_restarts: 3\n  max_seconds: 5\n  children:\n    - {worker: W, handles: {any: {takes: 0ms, crashes: "
      "1%}}}\n";
  const auto by_clock = find(supervisor("3", "5", "{rate: 0.02/s}"));
  const auto by_message = find(handled, 0.1);
  REQUIRE(by_clock);
  REQUIRE(by_message);
  const double error = std::hypot(by_clock->standard_error, by_message->standard_error);
  INFO(by_clock->per_second << " by a clock, " << by_message->per_second << " by messages");
  CHECK(std::abs(by_clock->per_second - by_message->per_second) <= 4 * error);
}

TEST_CASE("splitting gives the same for any number of threads") {
  const auto one = find(two_levels, 0.2, 1);
  const auto three = find(two_levels, 0.2, 3);
  REQUIRE(one);
  REQUIRE(three);
  CHECK(one->per_second == three->per_second);
  CHECK(one->standard_error == three->standard_error);
  CHECK(one->events == three->events);
}

TEST_CASE("splitting says nothing of designs whose risk depends on how long ago they started") {
  CHECK_FALSE(find(supervisor("3", "5", "{at: [10s, 20s]}")));
  CHECK_FALSE(find(supervisor("3", "5", "{after: uniform(1h 3h)}")));
  CHECK_FALSE(find(supervisor("3", "5", "{rate: 1/h}", "script: [{at: 5s, kill: W}]\n")));
  CHECK_FALSE(find(supervisor("3", "5", "{rate: 0/s}")));
}

TEST_CASE("what splitting found becomes a probability and a mean time with their intervals") {
  runtime::RareFailure failure;
  failure.per_second = 1e-12;
  failure.standard_error = 1e-13;
  failure.repetitions = 20;
  failure.trials = 500;
  failure.steps = 4;
  const auto within = runtime::probability_of(failure, spec::ApplicationSubject{0}, std::chrono::hours(1), 0.95);
  CHECK(within.value == Approx(3.6e-9));
  CHECK(within.low == Approx(3600 * (1e-12 - 2.0930 * 1e-13)).epsilon(1e-4));  // Student's t, 19 degrees of freedom
  CHECK(within.samples == 10'000);
  CHECK(within.splitting == "splitting: 20 repetitions of 500 trials at each of 4 steps");
  const auto time = runtime::mean_time_of(failure, spec::ApplicationSubject{0}, 0.95);
  CHECK(time.value == Approx(1e12));
  CHECK(time.high > time.value);
}
