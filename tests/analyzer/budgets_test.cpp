// Which formula a supervisor gets, what goes into it, and when nothing is said.
#include "known.hpp"

using namespace treefall;
using analyzer::Method;
using spec::Quantity;
using tests::known;

namespace {

std::string one(const std::string& worker) {
  return "tree: {supervisor: S, max_restarts: 3, max_seconds: 5, children: [" + worker + "]}\n";
}

}  // namespace

TEST_CASE("crash rates add up over clocks, copies and children: 87 s of the table") {
  for (const char* const children :
       {"{worker: W, crashes: {rate: 12/min}}", "{worker: W, count: 4, crashes: {rate: 3/min}}",
        "{worker: W, crashes: [{rate: 6/min}, {after: exp(20s)}]}, {worker: V, crashes: {rate: 3/min}}"}) {
    const auto time = known(one(children)).said("S", Quantity::mean_time_to_failure);
    CHECK(time.value == Approx(86.93).epsilon(2e-3));
    CHECK(time.method == Method::exact);
  }
}

TEST_CASE("temporary children and orderly ends of transient ones use no budget") {
  const auto k = known(one("{worker: W, restart: temporary, crashes: {rate: 12/min}}"));
  CHECK(k.said("S", Quantity::failure_probability).value == 0);
  const auto t = known(one("{worker: W, restart: transient, crashes: {rate: 12/min, reason: shutdown}}"));
  CHECK(std::isnan(t.said("W", Quantity::crash_rate).value));
}

TEST_CASE("a clause without which a message crashes is a crash source at the message's rate") {
  const auto k = known("traffic: {in: {to: W, sends: info, message: other, rate: 0.2/s}}\n" +
                       one("{worker: W, handles: {known: {}}}"));
  CHECK(k.said("S", Quantity::mean_time_to_failure).value == Approx(86.93).epsilon(2e-3));
}

TEST_CASE("linked siblings cost two restarts a crash, and one under one_for_all") {
  const std::string pair = "{worker: A, crashes: {rate: 1/min}}, {worker: B, links: [A]}";
  const auto apart = known("tree: {supervisor: S, max_restarts: 3, max_seconds: 5, children: [" + pair + "]}\n");
  const auto halved = known(
      "tree: {supervisor: S, max_restarts: 1, max_seconds: 5, children: [{worker: A, crashes: "
      "{rate: 1/min}}]}\n");
  CHECK(apart.said("S", Quantity::mean_time_to_failure).value ==
        Approx(halved.said("S", Quantity::mean_time_to_failure).value).epsilon(0.01));
  const auto together = known(
      "tree: {supervisor: S, strategy: one_for_all, max_restarts: 3, max_seconds: 5, children: "
      "[" +
      pair + "]}\n");
  const auto plain = known(one("{worker: A, crashes: {rate: 1/min}}"));
  CHECK(together.said("S", Quantity::mean_time_to_failure).value ==
        Approx(plain.said("S", Quantity::mean_time_to_failure).value).epsilon(1e-9));
}

TEST_CASE("a callee that crashes in a call takes its caller along: two restarts at once") {
  const std::string traffic = "horizon: 1h\ntraffic: {in: {to: A, rate: 2/s, sends: cast}}\n";
  const auto tree = [](const std::string& head, const std::string& call) {
    return "tree: {supervisor: S, " + head + ", max_seconds: 5, children: [{worker: A, handles: {any: {calls: [{to: C" +
           call + "}]}}}, {worker: C, handles: {any: {crashes: 0.5%}}}]}\n";
  };
  const auto singly = known(
      "horizon: 1h\ntree: {supervisor: S, max_restarts: 1, max_seconds: 5, children: [{worker: A, "
      "crashes: {rate: 0.01/s}}]}\n");
  const double mean = singly.said("S", Quantity::mean_time_to_failure).value;
  for (const char* const head :
       {"max_restarts: 3", "strategy: one_for_all, max_restarts: 1", "strategy: rest_for_one, max_restarts: 3"}) {
    const auto k = known(traffic + tree(head, ""));
    INFO(head);
    CHECK(k.facts.budgets.of[k.node("S")].mean_time_to_failure.value == Approx(mean).epsilon(0.01));
  }
  const auto ignored = known(traffic + tree("max_restarts: 1", ", on_failure: ignore"));
  CHECK(ignored.said("S", Quantity::mean_time_to_failure).value == Approx(mean).epsilon(0.01));
}

TEST_CASE("behind a callee that crashes its caller is restarted with it, not once more") {
  const auto k = known(
      "horizon: 1h\ntraffic: {in: {to: A, rate: 2/s, sends: cast}}\n"
      "tree: {supervisor: S, strategy: rest_for_one, max_restarts: 3, max_seconds: 5, children: ["
      "{worker: C, handles: {any: {crashes: 0.5%}}}, {worker: A, handles: {any: {calls: [{to: C}]}}}]}\n");
  CHECK(k.said("S", Quantity::restart_rate).value == Approx(0.01).epsilon(0.05));
  CHECK(k.said("A", Quantity::crash_rate).value == Approx(0.01).epsilon(0.05));
}

TEST_CASE("an exit signal stops at a process that traps") {
  const auto k =
      known(one("{worker: A, crashes: {rate: 1/min}}, {worker: B, links: [A], traps_exits: true}, "
                "{worker: C, links: [B]}"));
  CHECK(k.facts.crashes.of[k.node("B")].empty());
  CHECK(k.facts.crashes.of[k.node("C")].empty());
}

TEST_CASE("init time makes giving up rarer, by the renewal formula") {
  const auto k = known(one("{worker: W, init: {takes: 500ms}, crashes: {rate: 0.2/s}}"));
  const auto time = k.said("S", Quantity::mean_time_to_failure);
  CHECK(time.value > 150);  // 87 s without it
  CHECK(time.low <= time.value);
}

TEST_CASE("a fault that may end it widens the bar by its rate") {
  const auto k = known(R"(
faults: {down: {every: exp(1h), lasts: exp(1min)}}
tree:
  supervisor: S
  children:
    - {worker: W, crashes: {rate: 12/min}}
    - {worker: V, init: {fails: {during: down}}, crashes: {during: down, after: exp(1s)}}
)");
  const auto time = k.said("S", Quantity::mean_time_to_failure);
  CHECK(time.method == Method::bound);
  CHECK(time.high == Approx(86.93).epsilon(0.01));
  CHECK(time.low == Approx(1 / (1 / time.high + 1.0 / 3600)));
}

TEST_CASE("of what is beside something that is not described, only a lower bound is said") {
  const auto k = known(R"(
tree:
  supervisor: S
  children: [{supervisor: Lib, opaque: true}, {worker: W, crashes: {rate: 12/min}}]
)");
  const auto failure = k.said("S", Quantity::failure_probability);
  CHECK(failure.method == Method::bound);
  CHECK(failure.low > 0.99);
  CHECK(failure.high == 1);
  CHECK(failure.because.find("Lib") != std::string::npos);
  CHECK(std::isnan(k.said("S", Quantity::mean_time_to_failure).value));
  CHECK(k.facts.budgets.of[k.node("S")].unsaid.find("Lib") != std::string::npos);
}

TEST_CASE("tolerances of a tree without numbers") {
  const auto k = known("tree: {supervisor: S, max_restarts: 3, max_seconds: 5, children: [{worker: W}]}\n");
  REQUIRE(k.facts.tolerances.size() == 1);
  const auto& tolerance = k.facts.tolerances.front();
  CHECK(tolerance.simultaneous == 3);
  REQUIRE(tolerance.at_most.has_value());
  // What it says must hold: at that rate the probability is the stated one.
  const auto back = analyzer::failure_probability(analyzer::Window{3, 5}, *tolerance.at_most, 86400);
  CHECK(back.value == Approx(0.001).epsilon(0.01));
}

TEST_CASE("failure probability grows with the span and the rate") {
  double last = 0;
  for (const char* const rate : {"1/h", "1/min", "3/min", "6/min", "12/min"}) {
    const auto k = known("horizon: 1h\n" + one("{worker: W, crashes: {rate: " + std::string(rate) + "}}"));
    const double now = k.said("S", Quantity::failure_probability).value;
    CHECK(now > last);
    last = now;
    const auto id = k.node("S");
    CHECK(analyzer::failure_within(*k.design, k.facts.budgets, id, 60).value < now);
  }
}
