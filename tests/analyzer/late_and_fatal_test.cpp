// Calls that wait for somebody who is busy otherwise, and messages that wait for one whose handling ends the worker.
// Each case was once a prediction that execution refuted.
#include "known.hpp"

using namespace treefall;
using spec::Quantity;
using tests::known;

namespace {

bool allows(const analyzer::Prediction& prediction, double observed) {
  return std::isnan(prediction.value) || (prediction.low <= observed && observed <= prediction.high);
}

}  // namespace

TEST_CASE("calls that are never taken up are late, too") {
  // By hand: 4 bursts of 20 and 10 of the fifth are answered, and never a call again: 90 of 71,900.
  const auto k = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: S, handles: {any: 100ms}}]}\ntraffic: {t: {to: S, burst: "
      "{size: 20, every: 1s}, sends: call}}\n");
  CHECK(k.said("S", Quantity::timeout_probability).value == Approx(1 - 90.0 / 71'900).epsilon(1e-9));
  CHECK(k.of_traffic(Quantity::timeout_probability).value == Approx(1 - 90.0 / 71'900).epsilon(1e-9));
  // Two seconds of work a second.
  CHECK(k.said("S", Quantity::utilisation).value == Approx(2));
}

TEST_CASE("calls that the end of the node cuts off have failed, not timed out") {
  // Of 600 calls at once 500 are answered and 100 are late, which ends the node; 499 have called again by then.
  const auto k = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: S, ticks: [{every: 1ms, calls: [{to: X}]}], count: 600}, "
      "{worker: X, handles: {any: 10ms}}]}\n");
  CHECK(k.said("X", Quantity::timeout_probability).value == Approx(100.0 / 1099).epsilon(1e-9));
}

TEST_CASE("a supervisor that restarts a child answers no calls") {
  // Observed: R always falls, as A calls S in vain while that restarts Q for 10 s.
  const auto sure = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: A, ticks: [{every: 1s, calls: [{to: S, timeout: 100ms}]}"
      "]}, {supervisor: S, children: [{worker: Q, crashes: {after: 2s}, init: {takes: 10s}}]}]}\n");
  CHECK(allows(sure.said("R", Quantity::failure_probability), 1));
  // Observed: 4.9 crashes of A per hour, and R falls with 6.5e-5 to 9e-4.
  const auto random = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: A, ticks: [{every: exp(5s), calls: [{to: S, timeout: 1s}"
      "]}], crashes: {rate: 1/h}}, {supervisor: S, children: [{worker: X, crashes: {rate: 60/h}, init: {takes: exp(1s)}"
      "}]}]}\n");
  CHECK(allows(random.said("A", Quantity::crash_rate), 4.9 / 3600));
  CHECK(allows(random.said("R", Quantity::failure_probability), 6.5e-5));
  CHECK(allows(random.said("R", Quantity::failure_probability), 9e-4));
}

TEST_CASE("calls to a process that cleans up wait for it") {
  // Observed: 3.1 %; by hand 2 s of 60 s.
  const auto k = known(
      "horizon: 1h\ntree: {supervisor: R, strategy: rest_for_one, children: [{worker: B, handles: {any: 1ms}}, {worker:"
      " Q, crashes: {rate: 60/h}, init: {takes: 2s}}, {worker: C, traps_exits: true, terminate: {takes: 3s}, handles: "
      "{any: exp(10ms)}}, {worker: D, ticks: [{every: exp(10s), calls: [{to: B}]}]}]}\ntraffic: {t: {to: C, rate: 1/s, "
      "timeout: 1s}}\n");
  CHECK(allows(k.said("C", Quantity::timeout_probability), 0.031));
  CHECK(allows(k.of_traffic(Quantity::timeout_probability), 0.031));
}

TEST_CASE("who waits behind a message that ends the worker is never taken up") {
  // Observed: 0.75 ms on average and 1.29 ms.
  const auto rare = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: A, handles: {any: {takes: 10ms, crashes: 0.01}, rare: "
      "{takes: 1s, crashes: 0.5}}}]}\ntraffic: {t: {to: A, rate: 1/s, sends: cast}, u: {to: A, rate: 10/h, sends: cast,"
      " message: rare}}\n");
  CHECK(allows(rare.said("A", Quantity::mean_wait), 0.00075));
  CHECK(allows(rare.said("A", Quantity::p99_wait), 0.00129));
  // Observed: 12,770 to 14,630 s, as its crashes keep the distance of a task that is late.
  const auto tasks = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: A, handles: {any: {takes: 10ms, tasks: [{takes: "
      "exp(100ms), await: 300ms}]}}}]}\ntraffic: {t: {to: A, rate: 1/s, timeout: 1s}}\n");
  CHECK(allows(tasks.said("R", Quantity::mean_time_to_failure), 12'770));
  CHECK(allows(tasks.said("R", Quantity::mean_time_to_failure), 14'630));
}

TEST_CASE("deaths that come during a restart make the order to stop wait for theirs, too") {
  // Observed: 3.4 to 4.0 s.
  const auto k = known(
      "horizon: 1h\ntree: {supervisor: R, strategy: rest_for_one, children: [{worker: A, crashes: {rate: 2/min}}, "
      "{worker: B, init: {takes: 10s}}, {worker: T, traps_exits: true, terminate: {takes: 1s}, handles: {any: "
      "0ms}}]}\n");
  CHECK(allows(k.said("R", Quantity::shutdown_time), 3.4));
  CHECK(allows(k.said("R", Quantity::shutdown_time), 4.0));
}

TEST_CASE("links change nothing where one restart takes everybody along") {
  // Observed: 0.0756 % with the links and without.
  const std::string with =
      "horizon: 1h\ntree: {supervisor: R, strategy: one_for_all, children: [{worker: A, links: [B]}, {worker: B, "
      "crashes: {rate: 30/h}, init: {takes: 1s}}, {worker: C, crashes: {rate: 30/h}, links: [A], restart: "
      "transient}]}\n";
  CHECK(allows(known(with).said("R", Quantity::failure_probability), 0.000701));
}
