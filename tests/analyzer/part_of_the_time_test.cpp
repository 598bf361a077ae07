// What goes on for a part of the horizon only: processes that the script starts and stops, traffic that begins late,
// starts that say `ignore`, mailboxes that grow from one crash to the next. A figure of the long run is none of these.
#include "known.hpp"

using namespace treefall;
using analyzer::Method;
using spec::Quantity;
using tests::known;

namespace {

// Nothing is said, or it holds with so much.
bool allows(const analyzer::Prediction& prediction, double observed) {
  return std::isnan(prediction.value) || (prediction.low <= observed && observed <= prediction.high);
}

constexpr double hour = 3600;

}  // namespace

TEST_CASE("no rate of crashes lasts where the script stops or starts the process") {
  // Observed: 1.4 to 2 crashes of A per hour, as it is gone after ten minutes.
  const auto stopped = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: A, crashes: {rate: 10/h}}, {worker: B, crashes: {rate: "
      "10/h}}]}\nscript: [{at: 10min, terminate_child: A}, {at: 20min, delete_child: A}]\n");
  CHECK(allows(stopped.said("A", Quantity::crash_rate), 1.6 / hour));
  CHECK_THAT(stopped.said("A", Quantity::crash_rate).because, Catch::Matchers::Contains("the script"));
  CHECK(stopped.said("B", Quantity::crash_rate).value == Approx(10 / hour));
  // Observed: 1.4 per minute.
  const auto started = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: A, crashes: {rate: 10/h}}]}\nscript: [{at: 10min, "
      "start_child: R, child: {worker: N, crashes: {rate: 100/h}}}]\n");
  CHECK(allows(started.said("N", Quantity::crash_rate), 1.4 / 60));
  CHECK(started.said("A", Quantity::crash_rate).value == Approx(10 / hour));
  // Observed: 3.4 per hour.
  const auto below = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{supervisor: S, children: [{worker: A, crashes: {rate: 20/h}, "
      "handles: {any: 1ms}}]}, {worker: B, crashes: {rate: 20/h}, handles: {any: 1ms}}]}\ntraffic: {t: {to: A, rate: "
      "1/s}}\nscript: [{at: 10min, terminate_child: S}]\n");
  CHECK(allows(below.said("A", Quantity::crash_rate), 3.4 / hour));
}

TEST_CASE("what begins late is not the load of the whole horizon") {
  // Observed: 25 % and 5/s.
  const auto traffic = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: B, handles: {any: exp(50ms)}}]}\ntraffic: {t: {to: B, "
      "every: exp(100ms), first: 30min}}\n");
  CHECK(allows(traffic.said("B", Quantity::utilisation), 0.25));
  CHECK(allows(traffic.said("B", Quantity::throughput), 5));
  // Observed: 9.5 %.
  const auto ticks = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: B, ticks: [{every: 1s, first: 30min, takes: 100ms}], "
      "handles: {any: {takes: 50ms}}}]}\ntraffic: {t: {to: B, rate: 1/s, sends: cast}}\n");
  CHECK(allows(ticks.said("B", Quantity::utilisation), 0.095));
  // Nor of whom they send on to.
  const auto onward = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: C, handles: {any: exp(10ms)}}, {worker: B, handles: "
      "{any: {casts: [{to: C}]}}}]}\ntraffic: {t: {to: B, every: exp(100ms), first: 30min, sends: cast}}\n");
  CHECK(allows(onward.said("C", Quantity::utilisation), 0.05));
  // Nor the crashes that it brings.
  const auto crashes = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: B, handles: {any: {crashes: 0.001}}}]}\ntraffic: {t: "
      "{to: B, every: exp(100ms), first: 30min, sends: cast}}\n");
  CHECK(allows(crashes.said("B", Quantity::crash_rate), 0.005));
  CHECK(allows(crashes.said("R", Quantity::restart_rate), 0.005));
}

TEST_CASE("a process whose init says ignore is not restarted after it") {
  // Observed: 2 crashes per hour.
  const auto k = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: A, crashes: {rate: 60/h}, init: {outcomes: [ok, ok, "
      "ignore, ok]}}]}\n");
  CHECK(allows(k.said("A", Quantity::crash_rate), 2 / hour));
  const auto never = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: A, crashes: {rate: 60/h}, init: {outcomes: [ok, ok, "
      "ok]}}]}\n");
  CHECK(never.said("A", Quantity::crash_rate).value == Approx(60 / hour));
}

TEST_CASE("an overloaded mailbox loses what has gathered since the last crash, which may be the start") {
  // By hand: 50 more a second than it can do, times E[last crash] / 1 h = exp(-1): 18.4/s.
  const auto k = known(
      "horizon: 1h\ntree: {supervisor: R, children: [{worker: S, handles: {any: 20ms}, crashes: {rate: 1/h}}]}\n"
      "traffic: {t: {to: S, rate: 100/s, sends: cast}}\n");
  CHECK(allows(k.said("S", Quantity::lost_messages), 18.4));
  CHECK(allows(k.said("S", Quantity::lost_per_crash), 63'600));
  CHECK(k.said("S", Quantity::crash_rate).value == Approx(1 / hour));
}

TEST_CASE("one of several supervisors alike may not come to its fall before the others end the node") {
  // Observed: 47 to 67 %, as the node lives for about six minutes.
  const auto k = known(
      "horizon: 1h\ntree: {supervisor: R, max_restarts: 1, max_seconds: 60, children: [{supervisor: S, count: 4, "
      "max_restarts: 1, max_seconds: 10, children: [{worker: A, crashes: {rate: 1/min}}]}]}\n");
  CHECK(allows(k.said("S", Quantity::failure_probability), 0.5));
}

TEST_CASE("supervisors that are fewer than a budget seldom use it up") {
  // By splitting simulation: 1.3e-5 of two, 6.06 to 6.9 % of six.
  const auto of = [](int copies) {
    return known(
               "horizon: 1h\ntree: {supervisor: R, children: [{supervisor: S, max_restarts: 1, max_seconds: 60, "
               "count: " +
               std::to_string(copies) + ", children: [{worker: A, crashes: {rate: 1/min}}]}]}\n")
        .said("R", Quantity::failure_probability);
  };
  CHECK(allows(of(2), 1.3e-5));
  CHECK(of(2).value < 5e-5);
  CHECK(allows(of(6), 0.0606));
  CHECK(allows(of(6), 0.069));
  CHECK(of(6).low > 0.04);  // it still says something
}

TEST_CASE("messages at regular times crash it at most so often") {
  // Four crashes in six seconds cannot come of one message in 20 s.
  const std::string tree =
      "tree: {supervisor: R, children: [{worker: A, handles: {any: {takes: 1ms, crashes: 0.5}}}]}\n";
  const auto far = known("horizon: 1h\ntraffic: {t: {to: A, every: 20s, sends: cast}}\n" + tree);
  CHECK(far.said("R", Quantity::failure_probability).high == 0);
  const auto near = known("horizon: 1h\ntraffic: {t: {to: A, every: 1s, sends: cast}}\n" + tree);
  CHECK_FALSE(near.said("R", Quantity::failure_probability).high == 0);
  // Ticks do the same; of two copies there are twice as many.
  const auto ticks = [](const std::string& more) {
    return known(
               "horizon: 1h\ntree: {supervisor: R, max_restarts: 1, max_seconds: 5, children: [{worker: A, ticks: "
               "[{every: 20s, crashes: 0.5}]" +
               more + "}]}\n")
        .said("R", Quantity::failure_probability);
  };
  CHECK(ticks("").high == 0);
  CHECK_FALSE(ticks(", count: 2").high == 0);
}
