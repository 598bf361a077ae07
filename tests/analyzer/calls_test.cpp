// Rings of calls, cuts, and calls that a starting process makes too early.
#include "known.hpp"

using namespace treefall;
using analyzer::BootViolation;
using tests::known;

namespace {

std::string workers(const std::string& children) { return "tree:\n  supervisor: Root\n  children:\n" + children; }

std::vector<std::string> names(const tests::Known& k, const analyzer::CallCycle& cycle) {
  std::vector<std::string> list;
  for (const auto edge : cycle.edges) list.push_back(k.design->nodes[k.facts.calls.edges[edge].from].name);
  return list;
}

}  // namespace

TEST_CASE("a ring of calls is found once, in calling order") {
  const auto k = known(workers(R"(
    - {worker: A, handles: {any: {calls: [{to: B}]}}}
    - {worker: B, handles: {any: {calls: [{to: C}]}}}
    - {worker: C, handles: {any: {calls: [{to: A}, {to: D}]}}}
    - {worker: D}
)"));
  REQUIRE(k.facts.calls.cycles.size() == 1);
  CHECK(names(k, k.facts.calls.cycles.front()) == std::vector<std::string>{"A", "B", "C"});
  CHECK(k.facts.calls.cuts == std::vector<spec::NodeId>{k.node("C")});
  CHECK(k.facts.calls.callers[k.node("D")] == 3);
}

TEST_CASE("a process that calls itself is a ring of one") {
  const auto k = known(workers("    - {worker: A, handles: {any: {calls: [{to: A}]}}}\n"));
  REQUIRE(k.facts.calls.cycles.size() == 1);
  CHECK(names(k, k.facts.calls.cycles.front()) == std::vector<std::string>{"A"});
}

TEST_CASE("calls down a chain are no ring, and casts never are") {
  const auto k = known(workers(R"(
    - {worker: A, handles: {any: {calls: [{to: B}]}}}
    - {worker: B, handles: {any: {casts: [{to: A}]}}}
)"));
  CHECK(k.facts.calls.cycles.empty());
}

TEST_CASE("an init may call what is up, and nothing else") {
  const auto k = known(workers(R"(
    - {worker: Early, handles: {any: {calls: [{to: Asks}]}}}
    - {worker: Fine, init: {calls: [{to: Plain}]}}
    - worker: Plain
    - {worker: Asks, init: {calls: [{to: Root, timeout: 5s}]}}
    - {worker: Back, init: {calls: [{to: Loop}]}}
    - worker: Loop
)"));
  const auto& calls = k.facts.calls;
  const auto kind = [&](std::string_view name) -> std::optional<BootViolation::Kind> {
    for (const auto& violation : calls.boot)
      if (calls.edges[violation.edge].from == k.node(name)) return violation.kind;
    return std::nullopt;
  };
  CHECK(kind("Fine") == BootViolation::Kind::not_started_yet);
  CHECK(kind("Asks") == BootViolation::Kind::own_supervisor);
  CHECK(kind("Back") == BootViolation::Kind::not_started_yet);
}

TEST_CASE("an init that is called back while it waits") {
  const auto k = known(workers(R"(
    - {worker: Early, handles: {hello: {calls: [{to: Late}]}, any: {}}}
    - {worker: Late, init: {calls: [{to: Early, message: hello}]}}
    - {worker: Careful, init: {calls: [{to: Early, message: other}]}}
)"));
  REQUIRE(k.facts.calls.boot.size() == 1);
  CHECK(k.facts.calls.boot.front().kind == BootViolation::Kind::calls_back);
  CHECK(k.said("Root", spec::Quantity::boot_failure_probability).value == 1);
}

TEST_CASE("a dynamic population is not there while the static tree starts") {
  const auto k = known(R"(
tree:
  supervisor: Root
  children:
    - {supervisor: Pool, kind: dynamic, children: [{worker: Session, count: 5}]}
    - {worker: Asks, init: {calls: [{to: Session}]}}
)");
  REQUIRE(k.facts.calls.boot.size() == 1);
  CHECK(k.facts.calls.boot.front().kind == BootViolation::Kind::not_started_yet);
}

TEST_CASE("a call tried again meets what its late try has left behind") {
  // Late with 4/11. Were the tries independent, it would end 41 times a minute (4/11 twice, 5 times a second); executed
  // for an hour, 400 times: 0.925 to 1.01 a second.
  const auto k = known(
      "horizon: 1h\ntraffic: {t: {to: A, rate: 5/s, timeout: 1s}}\ntree: {supervisor: R, max_restarts: 4, max_seconds: "
      "60, children: [{worker: B, handles: {any: {takes: uniform(1ms 12ms)}}}, {worker: A, handles: {any: {takes: 0ms, "
      "calls: [{to: B, timeout: 8ms, on_failure: {retry: 1}}]}}}]}\n");
  const auto rate = k.said("A", spec::Quantity::crash_rate);
  CHECK((std::isnan(rate.value) || (rate.low <= 0.925 && rate.high >= 1.01)));
}
