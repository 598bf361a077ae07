// Copies that tick together against one server: figures by hand, and where nothing may be said.
#include "analyzer/shared_rehearsal.hpp"

#include "analyzer/crash_clock.hpp"
#include "known.hpp"

using namespace treefall;
using analyzer::Certainty;
using spec::Quantity;
using tests::known;

namespace {

std::string pollers(const std::string& keys, const std::string& root = "") {
  return "horizon: 1h\ntree:\n  supervisor: R\n" + root +
         "  children:\n    - {worker: W, handles: {any: 100ms}}\n    - {worker: C, " + keys + "}\n";
}

const std::string call_in_half_a_second = "ticks: [{every: 10s, calls: [{to: W, timeout: 500ms}]}]";

}  // namespace

TEST_CASE("of 20 at once 5 are answered in half a second, and 15 deaths are more than 3 restarts") {
  const auto k = known(pollers("count: 20, " + call_in_half_a_second));
  const auto& fate = k.facts.budgets.of[k.node("R")].fate;
  REQUIRE(fate);
  CHECK(fate->certainty == Certainty::certain);
  CHECK(*fate->first == Approx(10.5));
  CHECK(k.said("R", Quantity::failure_probability).value == 1);
  CHECK(k.said("R", Quantity::mean_time_to_failure).value == Approx(10.5));
  CHECK(k.said("W", Quantity::timeout_probability).value == Approx(0.75));
  CHECK(k.said("W", Quantity::mean_wait).value == Approx(0.25));  // 0 to 400 ms, and the first that is stale
  CHECK(k.said("W", Quantity::throughput).value == Approx(5 / 10.5));
}

TEST_CASE("those that are answered tick again at other times: never more than one in a while") {
  const auto k = known(pollers("count: 6, " + call_in_half_a_second));
  const auto* shared = k.facts.crashes.shared_with(k.node("W"));
  REQUIRE(shared != nullptr);
  CHECK(shared->complete());
  CHECK(shared->largest == 6);
  CHECK(shared->late_at_once == 1);
  CHECK(shared->callers.front().died == 1);
  CHECK(k.said("R", Quantity::failure_probability).value == 0);
}

TEST_CASE("starts that take time spread the ticks of copies: nobody waits") {
  const auto k = known(
      pollers("count: 20, init: {takes: 100ms}, ticks: [{every: 10s, first: 10s, calls: [{to: W, timeout: 500ms}]}]"));
  const auto* shared = k.facts.crashes.shared_with(k.node("W"));
  REQUIRE(shared != nullptr);
  CHECK(shared->largest == 1);
  CHECK(shared->timed_out == 0);
}

TEST_CASE("two kinds of callers share the server, and failures that are ignored cost nothing") {
  const auto k = known(R"(
horizon: 1h
tree:
  supervisor: R
  children:
    - {worker: W, handles: {any: 100ms}}
    - {worker: C, count: 4, ticks: [{every: 10s, calls: [{to: W, timeout: 500ms, on_failure: ignore}]}]}
    - {worker: D, count: 4, ticks: [{every: 10s, calls: [{to: W, timeout: 500ms}]}]}
)");
  const auto* shared = k.facts.crashes.shared_with(k.node("C"));
  REQUIRE(shared != nullptr);
  CHECK(shared->largest == 8);
  CHECK(shared->late_at_once == 3);
  CHECK(shared->callers.back().died == 3);
  CHECK(k.said("R", Quantity::failure_probability).value == 0);
}

TEST_CASE("what is not known is not said: chance, other messages, a server that is taken along") {
  const auto rehearsed = [](const std::string& text) {
    const auto k = known(text);
    return k.facts.crashes.shared_with(k.node("W")) != nullptr;
  };
  CHECK(rehearsed(pollers("count: 20, " + call_in_half_a_second)));
  CHECK_FALSE(rehearsed(pollers("count: 20, crashes: {rate: 1/min}, " + call_in_half_a_second)));
  CHECK_FALSE(rehearsed(pollers("count: 20, ticks: [{every: exp(10s), calls: [{to: W, timeout: 500ms}]}]")));
  CHECK_FALSE(rehearsed(pollers("count: 20, " + call_in_half_a_second, "  strategy: one_for_all\n")));
  CHECK_FALSE(rehearsed(pollers("count: 20, " + call_in_half_a_second) + "traffic: {t: {to: W, rate: 1/s}}\n"));
  CHECK_FALSE(rehearsed(pollers("count: 20, links: W, " + call_in_half_a_second)));
}

TEST_CASE("callers that can never be late leave what else is certain below their supervisor as it is") {
  const auto k = known(R"(
horizon: 1h
tree:
  supervisor: R
  children:
    - {worker: W, handles: {any: 1ms}}
    - {worker: C, count: 3, ticks: [{every: 10s, calls: [{to: W}, {to: W}]}]}
    - {worker: D, ticks: [{every: 5s, calls: [{to: W}]}]}
    - {worker: V, crashes: {after: 1s}}
)");
  CHECK(k.said("R", Quantity::mean_time_to_failure).value == Approx(4));
}
