// Message rates and service times through the whole graph.
#include "known.hpp"

using namespace treefall;
using spec::Quantity;
using tests::known;

TEST_CASE("rates follow calls and casts through copies") {
  const auto k = known(R"(
traffic: {in: {to: Front, rate: 60/s}}
tree:
  supervisor: Root
  children:
    - {worker: Front, count: 3, handles: {any: {takes: 1ms, casts: [{to: Log, times: 2}], calls: [{to: Store}]}}}
    - {worker: Store, count: 2, handles: {any: {takes: 2ms}}}
    - worker: Log
)");
  CHECK(k.facts.loads.of[k.node("Front")].rate == Approx(20));
  CHECK(k.facts.loads.of[k.node("Store")].rate == Approx(30));
  CHECK(k.facts.loads.of[k.node("Log")].rate == Approx(120));
}

TEST_CASE("a ring of casts that dies out has a rate, one that does not cannot be said") {
  const auto calm = known(R"(
traffic: {in: {to: A, sends: cast, rate: 10/s}}
tree:
  supervisor: Root
  children:
    - {worker: A, handles: {again: {}, any: {casts: [{to: B}]}}}
    - {worker: B, handles: {any: {casts: [{to: A, message: again}]}}}
)");
  CHECK(calm.facts.loads.of[calm.node("A")].rate == Approx(20));
  const auto wild = known(R"(
traffic: {in: {to: A, sends: cast, rate: 10/s}}
tree:
  supervisor: Root
  children:
    - {worker: A, handles: {any: {casts: [{to: B}]}}}
    - {worker: B, handles: {any: {casts: [{to: A}]}}}
)");
  CHECK(std::isnan(wild.facts.loads.of[wild.node("A")].rate));
  CHECK(std::isnan(wild.said("A", Quantity::utilisation).value));
}

TEST_CASE("a tick comes again when it has been handled") {
  const auto k = known(R"(
tree:
  supervisor: Root
  children:
    - {worker: Poller, ticks: [{every: exp(900ms), takes: exp(60ms), calls: [{to: Store}]}]}
    - {worker: Store, handles: {any: {takes: exp(40ms)}}}
)");
  CHECK(k.facts.loads.of[k.node("Poller")].rate == Approx(1));
  CHECK(k.said("Poller", Quantity::utilisation).value == Approx(0.1));
  CHECK(k.said("Store", Quantity::utilisation).value == Approx(0.04));
  CHECK(k.said("Store", Quantity::mean_wait).value == 0);
}

TEST_CASE("Pollaczek and Khinchine, by hand") {
  const auto k = known(R"(
traffic: {in: {to: S, rate: 50/s}}
tree: {supervisor: Root, children: [{worker: S, handles: {any: {takes: 10ms}}}]}
)");
  CHECK(k.said("S", Quantity::utilisation).value == Approx(0.5));
  CHECK(k.said("S", Quantity::mean_wait).value == Approx(0.005));  // rho s / 2 (1 - rho)
  CHECK(k.said("S", Quantity::mailbox_length).value == Approx(0.25));
  CHECK(k.said("S", Quantity::throughput).value == Approx(50));
}

TEST_CASE("several callers are at most one behind the other") {
  const auto k = known(R"(
tree:
  supervisor: Root
  children:
    - {worker: Caller, count: 4, ticks: [{every: exp(1s), calls: [{to: Store}]}]}
    - {worker: Store, handles: {any: {takes: 10ms}}}
)");
  const auto wait = k.said("Store", Quantity::mean_wait);
  CHECK(wait.method == analyzer::Method::bound);
  CHECK(wait.low == 0);
  CHECK(wait.high == Approx(0.03));
}

TEST_CASE("overload: a mailbox that grows, and a wait that is not said") {
  const auto k = known(R"(
traffic: {in: {to: S, sends: cast, rate: 120/s}}
tree: {supervisor: Root, children: [{worker: S, handles: {any: {takes: 10ms}}}]}
)");
  CHECK(k.said("S", Quantity::utilisation).value == Approx(1.2));
  CHECK(k.said("S", Quantity::mailbox_growth).value == Approx(20));
  CHECK(k.said("S", Quantity::throughput).value == Approx(100));
  CHECK(std::isnan(k.said("S", Quantity::mean_wait).value));
}

TEST_CASE("what loads copies unequally is not said of all of them") {
  const auto k = known(R"(
traffic: {in: {to: "S[1]", rate: 5/s}}
tree: {supervisor: Root, children: [{worker: S, count: 2, handles: {any: {takes: 10ms}}}]}
)");
  CHECK(std::isnan(k.said("S", Quantity::utilisation).value));
}

TEST_CASE("a caller in a ring of calls has no service time") {
  const auto k = known(R"(
traffic: {in: {to: A, rate: 5/s}}
tree:
  supervisor: Root
  children:
    - {worker: A, handles: {any: {calls: [{to: B}]}}}
    - {worker: B, handles: {any: {calls: [{to: A}]}}}
)");
  CHECK(std::isnan(k.said("A", Quantity::utilisation).value));
}
