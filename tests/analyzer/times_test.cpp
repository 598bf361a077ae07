// Start and stop times, by OTP's orders of doing it.
#include "known.hpp"

using namespace treefall;
using analyzer::Method;
using spec::Quantity;
using tests::known;

TEST_CASE("inits add up, depth first: 50 + (60 + 70) + 80 ms") {
  const auto k = known(R"(
tree:
  supervisor: Root
  children:
    - {worker: A, init: {takes: 50ms}}
    - {supervisor: Sub, children: [{worker: B, init: {takes: 60ms}}, {worker: C, init: {takes: 70ms}}]}
    - {worker: D, init: {takes: 80ms}}
)");
  const auto boot = k.said("Root", Quantity::boot_time);
  CHECK(boot.value == Approx(0.26));
  CHECK(boot.method == Method::deterministic);
}

TEST_CASE("stops add up under limits: 250 + 0 + 400 (of 600) + 0 ms") {
  const auto k = known(R"(
tree:
  supervisor: Root
  children:
    - {worker: A, traps_exits: true, terminate: {takes: 250ms}}
    - {worker: B, terminate: {takes: 300ms}}
    - {worker: C, traps_exits: true, terminate: {takes: 600ms}, shutdown: 400ms}
    - {worker: D, traps_exits: true, terminate: {takes: 300ms}, shutdown: brutal_kill}
)");
  CHECK(k.said("Root", Quantity::shutdown_time).value == Approx(0.65));
}

TEST_CASE("the exit of a linked process that stops first is handled before the order to stop") {
  const std::string linked = R"(
tree:
  supervisor: Root
  children:
    - {worker: A, traps_exits: true, terminate: {takes: 300ms}, links: B, handles: {CLAUSE: 5ms}}
    - {worker: B, traps_exits: true, terminate: {takes: 300ms}}
)";
  const auto with = [&](const std::string& clause, const std::string& beside = "") {
    std::string text = linked;
    return known(text.replace(text.find("CLAUSE"), 6, clause) + beside).said("Root", Quantity::shutdown_time);
  };
  const auto handled = with("EXIT");
  CHECK(handled.value == Approx(0.605));
  CHECK(handled.method == Method::deterministic);
  CHECK(with("any").value == Approx(0.605));
  const auto unknown = with("x");  // function_clause: A is gone before it is told to stop
  CHECK(unknown.value == Approx(0.3));
  CHECK(unknown.method == Method::deterministic);
  const auto busy = with("any", "traffic: {t: {to: A, rate: 1/s, sends: cast}}\n");
  CHECK(busy.method == Method::bound);
  CHECK(busy.low <= 0.6);
  CHECK(busy.high >= 0.605);
}

TEST_CASE("what calls a process that stops first may end without its clean-up") {
  const auto k = known(R"(
traffic: {t: {to: A, burst: {size: 5, every: 30s}, sends: cast}}
tree:
  supervisor: Root
  children:
    - {worker: A, traps_exits: true, terminate: {takes: 300ms}, handles: {any: {takes: exp(50ms), calls: [{to: B}]}}}
    - {worker: B, handles: {any: exp(50ms)}}
)");
  const auto stop = k.said("Root", Quantity::shutdown_time);
  CHECK(stop.method == Method::bound);
  CHECK(stop.low == 0);
  CHECK(stop.high >= 0.3);
}

TEST_CASE("a dynamic supervisor starts empty and stops all at once") {
  const auto k = known(R"(
tree:
  supervisor: Pool
  kind: dynamic
  children: [{worker: W, count: 5, traps_exits: true, init: {takes: 1s}, terminate: {takes: 400ms}}]
)");
  CHECK(std::isnan(k.said("Pool", Quantity::boot_time).value));  // nothing to say: it takes no time
  CHECK(k.said("Pool", Quantity::shutdown_time).value == Approx(0.4));
}

TEST_CASE("the slowest of many exponential clean-ups is a harmonic sum") {
  const auto k = known(R"(
tree:
  supervisor: Pool
  kind: dynamic
  children: [{worker: W, count: 4, traps_exits: true, shutdown: infinity, terminate: {takes: exp(120ms)}}]
)");
  CHECK(k.said("Pool", Quantity::shutdown_time).value == Approx(0.12 * (1 + 1. / 2 + 1. / 3 + 1. / 4)).epsilon(1e-4));
}

TEST_CASE("an init that calls takes as long as the answer does") {
  const auto k = known(R"(
tree:
  supervisor: Root
  children:
    - {worker: Store, handles: {any: {takes: 30ms}}}
    - {worker: Asks, init: {takes: 10ms, calls: [{to: Store, times: 2}]}}
)");
  CHECK(k.said("Root", Quantity::boot_time).value == Approx(0.07));
}

TEST_CASE("starts that fail") {
  const auto some = known("tree: {supervisor: Root, children: [{worker: W, count: 2, init: {fails: 10%}}]}\n");
  CHECK(some.said("Root", Quantity::boot_failure_probability).value == Approx(0.19));
  const auto sure = known("tree: {supervisor: Root, children: [{worker: W, init: {outcomes: [fail, ok]}}]}\n");
  CHECK(sure.said("Root", Quantity::boot_failure_probability).value == 1);
}

TEST_CASE("an init that takes longer than its start timeout fails the boot for certain") {
  const auto late = known("tree: {supervisor: R, children: [{worker: A, init: {takes: 100ms, timeout: 50ms}}]}\n");
  CHECK(late.said("R", spec::Quantity::boot_failure_probability).value == 1);
  const auto in_time = known("tree: {supervisor: R, children: [{worker: A, init: {takes: 40ms, timeout: 50ms}}]}\n");
  CHECK(std::isnan(in_time.said("R", spec::Quantity::boot_failure_probability).value));
  const auto now_and_then =
      known("tree: {supervisor: R, children: [{worker: A, init: {takes: exp(50ms), timeout: 50ms}}]}\n");
  CHECK(now_and_then.said("R", spec::Quantity::boot_failure_probability).value == Approx(std::exp(-1)));
}
