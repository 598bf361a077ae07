// Supervisors that surely give up, or surely never do, although something random takes part.
#include "analyzer/sure_falls.hpp"

#include "known.hpp"

using namespace treefall;
using analyzer::Method;
using spec::Quantity;
using tests::known;

namespace {

analyzer::Prediction failure(const std::string& text, std::string_view supervisor = "R") {
  return known("horizon: 1h\n" + text).said(supervisor, Quantity::failure_probability);
}

analyzer::Prediction mean_time(const std::string& text) {
  return known("horizon: 1h\n" + text).said("R", Quantity::mean_time_to_failure);
}

std::string beside(const std::string& crashing, const std::string& sibling, const std::string& more = "") {
  return "tree: {supervisor: R, " + more + " children: [{worker: A, " + crashing + "}, {worker: C, " + sibling +
         "}]}\n";
}

const std::string by_chance = "crashes: {rate: 1/h}";

}  // namespace

TEST_CASE("a child that never lives long enough ends its supervisor, whatever comes by chance beside it") {
  // Observed: after 4 s in 800 of 800 runs.
  const auto found = failure(beside("crashes: {after: 1s}", by_chance));
  CHECK(found.low == 1);
  CHECK(found.high == 1);
  const auto time = mean_time(beside("crashes: {after: 1s}", by_chance));
  CHECK(time.high == Approx(4));
  CHECK(time.low == 0);
  CHECK(failure(beside("crashes: {after: uniform(0ms 1500ms)}", by_chance)).low == 1);
}

TEST_CASE("gaps count up to the budget's seconds, the time of restarts included") {
  // R (D + L) <= P: 3 x 1.6 s fits into 5 s, 3 x 1.7 s does not.
  CHECK(failure(beside("crashes: {after: 1600ms}", by_chance)).low == 1);
  CHECK_FALSE(failure(beside("crashes: {after: 1700ms}", by_chance)).low > 0.5);
  // A sibling's init keeps the supervisor busy: 3 x (1 + 0.6) s fits, 3 x (1 + 0.7) s does not.
  CHECK(failure(beside("crashes: {after: 1s}", by_chance + ", init: {takes: 600ms}")).low == 1);
  CHECK_FALSE(failure(beside("crashes: {after: 1s}", by_chance + ", init: {takes: 700ms}")).low > 0.5);
  // Under one_for_all both are started again at each restart.
  const std::string both = "init: {takes: 400ms}, ";
  CHECK(failure(beside(both + "crashes: {after: 1s}", both + by_chance)).low == 1);
  CHECK_FALSE(failure(beside(both + "crashes: {after: 1s}", both + by_chance, "strategy: one_for_all,")).low > 0.5);
  CHECK(failure(beside("crashes: {after: 1s}", by_chance, "strategy: one_for_all,")).low == 1);
}

TEST_CASE("nothing is sure of a child that may end without a restart, or never be there") {
  CHECK_FALSE(
      failure(beside("restart: transient, crashes: [{after: 1s}, {rate: 1/h, reason: normal}]", by_chance)).low > 0.5);
  CHECK_FALSE(failure(beside("restart: temporary, crashes: {after: 1s}", by_chance)).low > 0.5);
  CHECK_FALSE(failure(beside("init: {outcomes: [ok, ignore]}, crashes: {after: 1s}", by_chance)).low > 0.5);
}

TEST_CASE("starts without a longest time leave a little to chance") {
  const auto found = failure(
      "tree: {supervisor: R, children: [{worker: A, init: {takes: exp(50ms)}, crashes: {after: "
      "1s}}]}\n");
  CHECK(found.low > 0.9999);
  CHECK(found.low < 1);
  CHECK_FALSE(
      failure("tree: {supervisor: R, children: [{worker: A, init: {takes: exp(2s)}, crashes: {after: 1s}}]}\n").low >
      0.99);
}

TEST_CASE("messages that kill and come regularly are a clock") {
  const std::string fatal = "handles: {any: {takes: 1ms, crashes: always}}";
  CHECK(failure("traffic: {t: {to: A, every: 1s, sends: cast}}\n" + beside(fatal, by_chance)).low == 1);
  CHECK_FALSE(failure("traffic: {t: {to: A, every: 2s, sends: cast}}\n" + beside(fatal, by_chance)).low > 0.5);
  // Of a sibling's tick.
  CHECK(failure(beside(fatal, "ticks: [{every: 1s, casts: [{to: A}]}]")).low == 1);
  CHECK(failure(beside("handles: {p: 1ms}", "ticks: [{every: 1s, casts: [{to: A, message: q}]}]")).low == 1);
  // A task that crashes takes its owner along when it does, not when its owner would have stopped waiting.
  CHECK(failure(beside("ticks: [{every: 1s, tasks: [{takes: exp(1ms), crashes: always}]}]", by_chance)).low > 0.999);
  // Something else may keep it busy.
  const std::string busy = "handles: {bad: {takes: 1ms, crashes: always}, good: 10s}";
  CHECK_FALSE(
      failure("traffic: {t: {to: A, every: 1s, message: bad, sends: cast}, u: {to: A, rate: 1/s, message: good, "
              "sends: cast}}\n" +
              beside(busy, by_chance))
          .low > 0.5);
}

TEST_CASE("one message in a few that kill, regularly: sure in the long run") {
  // Observed: 800 of 800.
  const auto found = failure(
      "tree: {supervisor: R, children: [{worker: A, ticks: [{every: 1s, calls: [{to: B, timeout: "
      "100ms}]}]}, {worker: B, handles: {any: exp(200ms)}}]}\n");
  CHECK(found.low > 0.9999);
}

TEST_CASE("a fall is a crash for the level above") {
  const std::string inner =
      "{supervisor: S, children: [{worker: A, crashes: {after: 100ms}}, {worker: C, crashes: {rate: 1/h}}]}";
  CHECK(failure("tree: {supervisor: R, children: [" + inner + "]}\n").low == 1);
  CHECK_FALSE(failure("tree: {supervisor: R, max_seconds: 1, children: [" + inner + "]}\n").low > 0.5);
}

TEST_CASE("a supervisor that shuts down with a significant child is restarted for it") {
  const auto tree = [](const std::string& how, const std::string& children) {
    return "tree: {supervisor: R, children: [{supervisor: S, auto_shutdown: " + how + ", children: [" + children +
           "]}]}\n";
  };
  const std::string temporary = "restart: temporary, significant: true";
  const std::string once = "{worker: A, " + temporary + ", crashes: {after: 1s}}";
  const auto certain = failure(tree("any_significant", once));
  CHECK(certain.value == 1);
  CHECK(certain.method == Method::deterministic);
  CHECK(mean_time(tree("any_significant", once)).value == Approx(4));
  CHECK(failure(tree("any_significant", once), "S").value == 0);
  // Of two that are all needed, the later one decides: 3 x 2 s is too slow.
  const std::string later = ", {worker: B, " + temporary + ", crashes: {after: 2s}}";
  CHECK(failure(tree("all_significant", once + later)).value == 0);
  CHECK(failure(tree("any_significant", once + later)).value == 1);
  // With something random below it, at the least.
  CHECK(failure(tree("any_significant", once + ", {worker: C, crashes: {rate: 1/h}}")).low == 1);
  // By chance alone: a Poisson stream of 30/min, observed to give up after 11 s on average.
  const auto random = mean_time(tree("any_significant", "{worker: A, " + temporary + ", crashes: {rate: 30/min}}"));
  CHECK(random.value == Approx(11.2).epsilon(0.01));
}

TEST_CASE("crashes that are too far apart never use up a budget, whatever chance does") {
  const auto polled = [](const std::string& every, const std::string& more) {
    return "tree: {supervisor: R, " + more + " children: [{worker: A, ticks: [{every: " + every +
           ", calls: [{to: B, timeout: 100ms}]}]}, {worker: B, handles: {any: exp(50ms)}}]}\n";
  };
  const auto found = failure(polled("10s", ""));
  CHECK(found.value == 0);
  CHECK(found.high == 0);
  CHECK_FALSE(failure(polled("10s", "max_restarts: 0,")).high == 0);
  // Four may be within less than 6 s where they are 1.9 s apart, three where they are 2 s apart.
  CHECK(failure(polled("2s", "")).high == 0);
  CHECK_FALSE(failure(polled("1900ms", "")).high == 0);
  const std::string first =
      "tree: {supervisor: R, children: [{worker: A, ticks: [{every: 10s, first: 10ms, calls: [{to: "
      "B, timeout: 100ms}]}]}, {worker: B, handles: {any: exp(50ms)}}]}\n";
  CHECK_FALSE(failure(first).high == 0);
}

TEST_CASE("what is not followed to the horizon is not said to survive it") {
  const auto facts = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: D, restart: transient, crashes: {after: 5s, reason: "
      "normal}, handles: {any: 1ms}}, {worker: E, ticks: [{every: 1s, calls: [{to: D}]}]}]}\n");
  const auto probability = facts.said("R", Quantity::failure_probability);
  const auto time = facts.said("R", Quantity::mean_time_to_failure);
  REQUIRE(std::isnan(probability.value));
  CHECK(time.because == probability.because);
}

TEST_CASE("starts that surely fail, and those that only a fault makes fail") {
  const auto boot = [](const std::string& text) {
    return known("horizon: 1h\n" + text).said("R", Quantity::boot_failure_probability).value;
  };
  const auto calling = [](const std::string& callee) {
    return "tree: {supervisor: R, children: [{worker: B, " + callee + "}, {worker: A, init: {calls: [{to: B}]}}]}\n";
  };
  CHECK(boot(calling("init: {outcomes: [ignore]}")) == 1);
  CHECK(boot(calling("continue: {takes: 10s}")) == 1);
  CHECK(boot(calling("handles: {foo: 1ms}")) == 1);
  CHECK(boot(calling("handles: {any: 6s}")) == 1);
  CHECK_FALSE(boot(calling("handles: {any: 4s}")) == 1);
  CHECK_FALSE(boot(calling("continue: {takes: 4s}")) == 1);
  const auto meanwhile = [](const std::string& when) {
    return "faults: {f: {" + when +
           ", lasts: 1min}}\ntree: {supervisor: R, children: [{worker: A, init: {during: {f: "
           "{calls: [{to: B}]}}}}, {worker: B}]}\n";
  };
  CHECK_FALSE(boot(meanwhile("every: exp(1h)")) > 0);
  CHECK_FALSE(boot(meanwhile("at: 0s")) == 1);
}

TEST_CASE("open sources alone may be too much, whatever else comes") {
  const auto growth = [](const std::string& traffic, const std::string& handles) {
    return known("horizon: 1h\nfaults: {f: {every: 1h, lasts: 1min}}\ntraffic: {t: {to: S, rate: 100/s, sends: cast}" +
                 traffic + "}\ntree: {supervisor: R, children: [{worker: S, handles: {any: " + handles + "}}]}\n")
        .said("S", Quantity::mailbox_growth);
  };
  const std::string closed = ", u: {to: S, concurrency: 1, think: 10s}";
  CHECK(growth(closed, "20ms").low == Approx(50).epsilon(0.001));
  CHECK(std::isinf(growth(closed, "20ms").high));
  CHECK_FALSE(growth(closed, "9ms").low > 0);
  CHECK(growth(", u: {to: S, at: [1s], sends: cast}", "20ms").low == Approx(50).epsilon(0.001));
  CHECK(growth("", "{takes: 20ms, during: {f: {takes: 30ms}}}").low == Approx(50).epsilon(0.001));
  CHECK_FALSE(growth("", "{takes: 20ms, during: {f: {takes: 1ms}}}").low > 0);
}

TEST_CASE("a supervisor that shuts down has no restarts of its own that last") {
  // Observed: 54/h until it shuts down after 10 min.
  const auto found =
      known(
          "horizon: 1h\ntree: {supervisor: R, auto_shutdown: any_significant, children: [{worker: A, "
          "restart: temporary, significant: true, crashes: {after: 10min}}, {worker: B, crashes: {after: "
          "1min}}]}\n")
          .said("R", Quantity::restart_rate);
  CHECK(std::isnan(found.value));
}
