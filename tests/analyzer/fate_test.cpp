// Deterministic fates through the levels, against OTP's own figures and a brute-force reading of the rule.
#include <deque>
#include <random>

#include "analyzer/crash_clock.hpp"
#include "known.hpp"

using namespace treefall;
using analyzer::Certainty;
using tests::known;

namespace {

std::string nested(int levels, const std::string& life, const std::string& horizon) {
  std::string text = "dialect: erlang\nhorizon: " + horizon + "\ntree:\n";
  std::string indent = "  ";
  for (int level = levels; level >= 1; --level) {
    text += indent + (level == levels ? "" : "- ") + "supervisor: L" + std::to_string(level) + "\n";
    indent += level == levels ? "" : "  ";
    text += indent + "strategy: one_for_one\n" + indent + "children:\n";
    indent += "  ";
  }
  return text + indent + "- {worker: W, crashes: {after: " + life + "}}\n";
}

const analyzer::Fate& fate(const tests::Known& k, std::string_view name) {
  const auto& found = k.facts.budgets.of[k.node(name)].fate;
  REQUIRE(found.has_value());
  return *found;
}

}  // namespace

TEST_CASE("a crash every second under 1 in 5 s: 2, 4 and 8 s for three levels, as OTP 25 has it") {
  const auto k = known(nested(3, "1s", "60s"));
  CHECK(*fate(k, "L1").first == Approx(2));
  CHECK(*fate(k, "L2").first == Approx(4));
  CHECK(*fate(k, "L3").first == Approx(8));
  CHECK(fate(k, "L3").certainty == Certainty::certain);
}

TEST_CASE("slow crashes stop at a level, as OTP 25 has it") {
  const auto cycles = known(nested(3, "2400ms", "60s"));
  CHECK(fate(cycles, "L1").certainty == Certainty::certain);
  CHECK(fate(cycles, "L3").certainty == Certainty::never);
  const auto first = known(nested(3, "3s", "60s"));
  CHECK(fate(first, "L1").certainty == Certainty::certain);
  CHECK(fate(first, "L2").certainty == Certainty::never);
  CHECK(fate(known(nested(3, "6100ms", "60s")), "L1").certainty == Certainty::never);
}

TEST_CASE("a crash every 1.4 s: the third level falls after 8 or 12 starts, by phase") {
  const auto k = known(nested(3, "1400ms", "60s"));
  CHECK(*fate(k, "L3").first == Approx(11.2));
  CHECK(*fate(k, "L3").last >= 16.7);
}

TEST_CASE("one regular source: the same answer as the crash clock's own mathematics") {
  for (const int milliseconds : {1600, 1700, 1800, 1950, 2000, 2050, 999, 1}) {
    CAPTURE(milliseconds);
    const auto k = known("horizon: 7300ms\ntree: {supervisor: S, children: [{worker: W, crashes: {after: " +
                         std::to_string(milliseconds) + "ms}}]}\n");
    const spec::Duration gap = std::chrono::milliseconds(milliseconds);
    const auto expected = analyzer::outcome_of_regular({3, 5}, gap, gap, std::chrono::milliseconds(7300));
    CHECK(fate(k, "S").probability == Approx(expected.fraction).margin(1e-9));
  }
}

TEST_CASE("random schedules: the sweep over phases against many phases one by one") {
  const auto seed = Catch::rngSeed() == 0 ? 20251122u : Catch::rngSeed();
  std::mt19937 random(seed);
  for (int trial = 0; trial < 60; ++trial) {
    std::vector<int> times;
    for (int i = 0; i < 8; ++i) times.push_back(static_cast<int>(random() % 12'000) + 1);
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
    std::string list;
    for (const int time : times) list += (list.empty() ? "" : ", ") + std::to_string(time) + "ms";
    const std::string text =
        "horizon: 20s\ntree: {supervisor: S, max_restarts: 2, max_seconds: 3, children: "
        "[{worker: W, crashes: {at: [" +
        list + "]}}]}\n";
    INFO("seed " << seed << "\n" << text);
    const auto k = known(text);
    int falls = 0;
    constexpr int phases = 1000;
    for (int phase = 0; phase < phases; ++phase) {
      std::deque<int> stamps;
      bool fell = false;
      for (const int time : times) {
        const int stamp = (time + phase) / 1000;
        while (!stamps.empty() && stamps.front() < stamp - 3) stamps.pop_front();
        stamps.push_back(stamp);
        if (stamps.size() > 2) {
          fell = true;
          break;
        }
      }
      falls += fell ? 1 : 0;
    }
    CHECK(fate(k, "S").probability == Approx(falls / 1000.0).margin(1e-9));
  }
}

TEST_CASE("one_for_all restarts clocks of siblings; rest_for_one those behind") {
  // Both live 3 s. Under one_for_one they die side by side, 2 stamps each time: the third and fourth come at 6 s.
  const auto apart = known(R"(
horizon: 30s
tree: {supervisor: S, max_restarts: 3, max_seconds: 5, children: [{worker: A, crashes: {after: 3s}}, {worker: B, crashes: {after: 3s}}]}
)");
  CHECK(*fate(apart, "S").first == Approx(6));
  const auto together = known(R"(
horizon: 30s
tree:
  supervisor: S
  strategy: one_for_all
  max_restarts: 3
  max_seconds: 5
  children: [{worker: A, crashes: {after: 3s}}, {worker: B, crashes: {after: 3s}}]
)");
  CHECK(fate(together, "S").certainty == Certainty::never);
}

TEST_CASE("init time is part of the gap, and a busy supervisor stamps late") {
  // 1 s of life and 1 s of init: stamps every 2 s, so never 4 of them within 5 s.
  const auto k = known(R"(
horizon: 60s
tree: {supervisor: S, children: [{worker: W, init: {takes: 1s}, crashes: {after: 1050ms}}]}
)");
  CHECK(fate(k, "S").certainty == Certainty::never);
  // The figure of OTP 25: two deaths 30 ms apart, intensity 1 in 1 s, a new init of 2.3 s between the stamps.
  const auto blocked = known(R"(
dialect: erlang
horizon: 8s
tree:
  supervisor: S
  max_restarts: 1
  max_seconds: 1
  children: [{worker: A, init: {takes: 2300ms}, crashes: {at: [5s]}}, {worker: B, crashes: {at: [5030ms]}}]
)");
  CHECK(fate(blocked, "S").certainty == Certainty::never);
}

TEST_CASE("a transient supervisor's end is not counted above") {
  const auto k = known(R"(
horizon: 60s
tree:
  supervisor: Root
  max_restarts: 0
  children: [{supervisor: Quiet, restart: transient, children: [{worker: W, crashes: {after: 100ms}}]}]
)");
  CHECK(fate(k, "Quiet").certainty == Certainty::certain);
  CHECK(fate(k, "Root").certainty == Certainty::never);
}

TEST_CASE("a set phase has one outcome") {
  const auto k = known(
      "horizon: 7300ms\nclock_phase: 900ms\ntree: {supervisor: S, children: [{worker: W, crashes: "
      "{after: 1800ms}}]}\n");
  CHECK((fate(k, "S").probability == 0.0 || fate(k, "S").probability == 1.0));
}

TEST_CASE("given times count from the start of the node, not of the tree") {
  const auto applications = [](const std::string& first_init) {
    return "horizon: 1min\napplications:\n"
           "  - {name: a, tree: {supervisor: A, children: [{worker: X, init: {takes: " +
           first_init +
           "}}]}}\n"
           "  - {name: b, start: temporary, tree: {supervisor: B, max_restarts: 0, max_seconds: 5, children: "
           "[{worker: Y, crashes: {at: [1s]}}]}}\n";
  };
  // Y starts at 2 s: nothing strikes it any more.
  CHECK(fate(known(applications("2s")), "B").certainty == Certainty::never);
  CHECK(*fate(known(applications("0.5s")), "B").first == Approx(1));
  // Y starts some time before or after 1 s.
  const auto random = known(applications("exp(1s)"));
  CHECK_FALSE(random.facts.budgets.of[random.node("B")].fate.has_value());
}

TEST_CASE("a loop below a start of unknown length is as certain as any, but later") {
  const auto k = known(
      "horizon: 1min\ntree: {supervisor: T, children: [{worker: X, init: {takes: exp(500ms)}}, "
      "{supervisor: S, children: [{worker: Y, crashes: {after: 1s}}]}]}\n");
  CHECK(fate(k, "S").from_start);
  CHECK(fate(k, "S").certainty == Certainty::certain);
  const auto probability = k.said("S", spec::Quantity::failure_probability);
  CHECK(probability.method == analyzer::Method::bound);
  CHECK(probability.high == 1);
  CHECK(probability.low > 0.9);  // T falls through S only
}

TEST_CASE("clocks of one process count from its own start") {
  // W starts at 600 ms and crashes 500 ms after each start, and at 1.7 s: 1.1, 1.6, 1.7, 2.2 s.
  const auto k = known(
      "tree: {supervisor: S, children: [{worker: V, count: 3, init: {takes: 200ms}}, "
      "{worker: W, crashes: [{at: [1700ms]}, {after: 500ms}]}]}\n");
  CHECK(*fate(k, "S").first == Approx(2.2));
  const auto life = k.said("S", spec::Quantity::mean_time_to_failure);
  CHECK(life.method == analyzer::Method::deterministic);
  CHECK(life.value == Approx(2.2));
}

TEST_CASE("a rehearsal holds only while its restarts come at once") {
  // W ends at 2.5 s and at once again at 2.7 s; where V is being restarted from 1.95 s to 2.95 s, it is not there then.
  const auto text = [](const std::string& v) {
    return "horizon: 1min\ntree: {supervisor: S, children: [" + v +
           "{worker: W, handles: {any: 1ms, stop: {exits: boom}}}]}\n"
           "traffic: {t: {to: W, message: stop, sends: cast, at: [2500ms, 2700ms]}}\n";
  };
  CHECK(fate(known(text("")), "S").restarts == 2);
  const auto late = known(text("{worker: V, init: {takes: 1s}, crashes: {at: [1950ms]}}, "));
  CHECK_FALSE(late.facts.budgets.of[late.node("S")].fate.has_value());
}
