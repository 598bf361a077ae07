// What the script does to one of several copies happens once, not to each.
#include "known.hpp"

using namespace treefall;
using spec::Quantity;
using tests::known;

namespace {

std::string killed(const std::string& children, const std::string& script) {
  return "horizon: 60s\nclock_phase: 0ms\ntree: {supervisor: R, children: [" + children + "]}\nscript: [" + script +
         "]\n";
}

}  // namespace

TEST_CASE("a kill of one of four copies is one restart") {
  for (const char* const target : {"X", "\"X[1]\""}) {
    const auto k = known(killed("{worker: X, count: 4}", std::string("{at: 20s, kill: ") + target + "}"));
    INFO(target);
    CHECK(k.said("R", Quantity::failure_probability).value == 0);
    CHECK(k.said("R", Quantity::restart_rate).value == Approx(1 / 60.0));
  }
}

TEST_CASE("a kill of one partition does not end the partition supervisor") {
  const auto k = known(
      killed("{supervisor: P, kind: partition, partitions: 4, children: [{worker: X}]}", "{at: 20s, kill: \"X[1]\"}"));
  CHECK(k.said("P", Quantity::failure_probability).value == 0);
  CHECK(k.said("R", Quantity::failure_probability).value == 0);
}

TEST_CASE("four kills of copies at one instant are four restarts") {
  std::string script;
  for (const char* const copy : {"0", "1", "2", "3"})
    script += std::string(script.empty() ? "" : ", ") + "{at: 20s, kill: \"X[" + copy + "]\"}";
  const auto k = known(killed("{worker: X, count: 4}", script));
  CHECK(k.said("R", Quantity::failure_probability).value == 1);
  CHECK(k.said("R", Quantity::mean_time_to_failure).value == Approx(20));
}

TEST_CASE("a kill below one of several supervisors of a node is not said of each") {
  const auto k = known(
      killed("{supervisor: P, count: 2, max_restarts: 0, children: [{worker: X}]}", "{at: 20s, kill: \"P[0]/X\"}"));
  CHECK(std::isnan(k.said("P", Quantity::failure_probability).value));
}

TEST_CASE("an interval from never to surely is no prediction") {
  const auto k = known(
      "horizon: 60s\ntree: {supervisor: R, children: [{supervisor: P, max_restarts: 0, children: [{worker: X, crashes: "
      "{at: [25s]}}]}, {worker: Y, crashes: {rate: 10/s}}]}\n");
  for (const auto& p : k.facts.predictions)
    CHECK_FALSE((p.low <= 0 && p.high >= 1 && p.quantity == Quantity::failure_probability));
}
