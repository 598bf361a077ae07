// Streams through several servers: what ticks send on, what stays of its times, and what bounds a wait that is not
// known.
#include "known.hpp"

using namespace treefall;
using analyzer::Method;
using spec::Quantity;
using tests::known;

TEST_CASE("a tick that takes time, and what it casts, comes as seldom within the horizon as its source") {
  // Observed: 8/min and 13.3 %, where the rates alone say 10/min and 16.7 %.
  const auto k = known(
      "horizon: 60s\nclock_phase: 0ms\ntree: {supervisor: R, children: [{worker: P, handles: {any: 1s}}, {worker: Q, "
      "ticks: [{every: 10s, takes: 2s, casts: [{to: P, times: 2}]}]}]}\n");
  const auto busy = k.said("P", Quantity::utilisation);
  CHECK(busy.low <= 8.0 / 60);
  CHECK(busy.high >= 8.0 / 60);
  const auto handled = k.said("P", Quantity::throughput);
  CHECK(handled.low <= 8.0 / 60);
  CHECK(handled.high >= 8.0 / 60);
  CHECK(k.said("Q", Quantity::utilisation).value == Approx(1.0 / 6));
}

TEST_CASE("over many ticks what they cast comes at a rate without error") {
  const auto k = known(
      "horizon: 24h\ntree: {supervisor: R, children: [{worker: P, handles: {any: 1s}}, {worker: Q, ticks: [{every: "
      "10s, "
      "takes: 2s, casts: [{to: P, times: 2}]}]}]}\n");
  const auto busy = k.said("P", Quantity::utilisation);
  CHECK(busy.low > 0.99 / 6);
  CHECK(busy.high < 1.01 / 6);
}

TEST_CASE("a tick that ends its worker comes again when the next incarnation's first one does") {
  const auto k = known(
      "tree: {supervisor: R, max_restarts: 50, children: [{worker: A, ticks: [{every: 10s, first: 100ms, takes: 400ms, "
      "crashes: 50%}]}]}\n");
  // Half the ticks 10.4 s after the last one, half of them 0.5 s.
  CHECK(k.facts.loads.of[k.node("A")].rate == Approx(1 / 5.45));
}

TEST_CASE("a trapping owner without work to do stops at once, whatever its tasks do") {
  const auto k = known(
      "horizon: 60s\nclock_phase: 0ms\ntree: {supervisor: R, max_restarts: 50, children: [{worker: A, ticks: [{every: "
      "1s, first: 100ms, takes: 5s, crashes: always}]}, {worker: E, traps_exits: true, ticks: [{every: 20s, tasks: "
      "[{takes: 1s, await: none, crashes: always}]}]}]}\n");
  CHECK(k.said("R", Quantity::restart_rate).value == Approx(11.0 / 60));
  CHECK(k.said("E", Quantity::throughput).value == Approx(4.0 / 60));  // EXIT and DOWN of two tasks
}

TEST_CASE("what is called and cannot be described takes its callers no longer than their timeouts") {
  const auto k = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: X, count: 4, handles: {any: {takes: exp(50ms), crashes: "
      "0.1%}}}, {worker: Y, ticks: [{every: exp(1s), takes: exp(10ms), calls: [{to: X, timeout: 100ms, on_failure: "
      "ignore}]}]}]}\ntraffic: {t: {to: X, rate: 10/s, timeout: 1s}, u: {to: X, rate: 1/s, sends: cast}}\n");
  const auto& load = k.facts.loads.of[k.node("Y")];
  CHECK(load.service.high == Approx(0.11));
  CHECK(load.rate / (1 + load.spread) <= 1 / 1.11);
  CHECK(k.said("R", Quantity::failure_probability).high < 0.005);  // observed: 0.04 % to 1.2 % of 600
  CHECK(k.said("R", Quantity::failure_probability).low > 0);
}

TEST_CASE("whoever traps exits may find one of them ahead of its tick") {
  const auto k = known(
      "horizon: 60s\ntree: {supervisor: R, max_restarts: 50, children: [{worker: W, crashes: {rate: 1/s}}, {worker: V, "
      "traps_exits: true, links: [W], handles: {any: 20ms}, ticks: [{every: exp(1s), takes: 100ms}]}]}\n");
  CHECK_FALSE(k.said("V", Quantity::mean_wait).high == 0);
}

TEST_CASE("an overloaded server whose supervisor falls at times that cannot be said does what it can at the most") {
  const auto k = known(
      "horizon: 1h\ntraffic: {reads: {to: Repo, rate: 12/s}, orders: {to: Cart, rate: 30/min}}\ntree: {supervisor: "
      "Root, "
      "children: [{worker: Repo, handles: {any: {takes: exp(100ms)}}}, {worker: Cart, handles: {any: {calls: [{to: "
      "Repo, "
      "timeout: 1s}]}}}]}\n");
  const auto done = k.said("Repo", Quantity::throughput);
  CHECK(done.low == 0);
  CHECK(done.high == Approx(10));
}
