// More of what the rest of the design does to the predictions of one process: boots, stops, links, given times. Each
// case was once a prediction that execution refuted.
#include "known.hpp"

using namespace treefall;
using analyzer::Method;
using spec::Quantity;
using tests::known;

TEST_CASE("given times may stand in any order") {
  // Observed: nobody waits.
  const auto k = known(
      "horizon: 2min\ntraffic: {in: {to: W, at: [30s, 58s, 37s, 690ms]}}\ntree: {supervisor: S, children: [{worker: W, "
      "handles: {any: {takes: 10ms}}}]}\n");
  CHECK(k.said("W", Quantity::mean_wait).value == 0);
  CHECK(k.said("W", Quantity::timeout_probability).value == 0);
}

TEST_CASE("a temporary process takes those that it is linked to along once") {
  const auto k = known(
      "horizon: 1min\ntree: {supervisor: S, max_restarts: 1, max_seconds: 5, children: [{worker: W, restart: "
      "temporary, "
      "crashes: {at: [6800ms, 6900ms, 10700ms]}}, {worker: V, links: [W]}]}\n");
  CHECK_FALSE(k.said("S", Quantity::failure_probability).low > 0);
  const auto random = known(
      "horizon: 1min\ntree: {supervisor: S, max_restarts: 1, max_seconds: 5, children: [{worker: W, restart: "
      "temporary, "
      "crashes: {rate: 1/s}}, {worker: V, links: [W]}]}\n");
  CHECK_FALSE(random.said("S", Quantity::failure_probability).low > 0);
}

TEST_CASE("a mailbox that has almost enough room grows faster at first") {
  // Observed: 0.80/s (0.70 to 0.90), where arrivals less services make 0.59/s.
  const auto k = known(
      "horizon: 1min\ntraffic: {in: {to: W, sends: info, rate: 15.4/s}}\ntree: {supervisor: S, children: [{worker: W, "
      "handles: {any: {takes: normal(67511us 16878us)}}}]}\n");
  const auto growth = k.said("W", Quantity::mailbox_growth);
  CHECK(growth.low == Approx(0.588).epsilon(1e-3));
  CHECK(growth.value == Approx(0.80).epsilon(0.05));
  const auto far = known(
      "horizon: 1h\ntraffic: {in: {to: W, sends: info, rate: 30/s}}\ntree: {supervisor: S, children: [{worker: W, "
      "handles: {any: {takes: normal(67511us 16878us)}}}]}\n");
  CHECK(far.said("W", Quantity::mailbox_growth).method == Method::exact);
}

TEST_CASE("a fault that lasts at boot makes the boot fail") {
  // Observed: always, where only the other's chance of 0.126 was counted.
  const auto k = known(
      "faults: {down: {at: 1s, lasts: weibull(2.5 12s)}}\ntree: {supervisor: S, children: [{worker: W, count: 2, init: "
      "{takes: 590ms, fails: 0.06537}}, {worker: V, init: {takes: exp(21ms), fails: {during: down}}}]}\n");
  CHECK(k.said("S", Quantity::boot_failure_probability).high == 1);
  const auto later = known(
      "faults: {down: {at: 1min, lasts: 10s}}\ntree: {supervisor: S, children: [{worker: W, init: {takes: 590ms, "
      "fails: "
      "0.06537}}, {worker: V, init: {takes: 21ms, fails: {during: down}}}]}\n");
  CHECK(later.said("S", Quantity::boot_failure_probability).method == Method::exact);
}

TEST_CASE("a crash in the midst of a clean-up cuts it short") {
  // Observed: 0.2 % less.
  const auto k = known(
      "horizon: 1h\ntree: {supervisor: S, children: [{worker: W, restart: transient, crashes: {rate: 0.486/min}, "
      "traps_exits: true, terminate: {takes: 494ms}}]}\n");
  const auto stop = k.said("S", Quantity::shutdown_time);
  CHECK(stop.method == Method::bound);
  CHECK(stop.low < 0.494 * 0.998);
  CHECK(stop.high == Approx(0.494));
}

TEST_CASE("a process that traps exits first takes the signals of those that stop before it") {
  // Observed: 230 ms, two signals of 33 ms before a clean-up of 165 ms.
  const auto k = known(
      "tree: {supervisor: S, children: [{worker: W, traps_exits: true, terminate: {takes: 165ms}, handles: {any: "
      "{takes: "
      "33ms}}}, {worker: V, count: 2, links: [W]}]}\n");
  const auto stop = k.said("S", Quantity::shutdown_time);
  CHECK(stop.low == Approx(0.165));
  CHECK(stop.high == Approx(0.231));
}

TEST_CASE("messages at given times make others at times that are no rate") {
  // Observed: 0.016 messages, where 0 was said for a rate of 0/s.
  const auto k = known(
      "horizon: 5min\ntraffic: {in: {to: W, at: [4830ms, 770ms, 260ms]}}\ntree: {supervisor: S, children: [{worker: V, "
      "continue: {takes: exp(780ms)}}, {worker: W, handles: {any: {takes: 23ms, casts: [{to: V}]}}}]}\n");
  CHECK(std::isnan(k.said("V", Quantity::mailbox_length).value));
  CHECK(std::isnan(k.said("V", Quantity::mean_wait).value));
}

TEST_CASE("restarts that messages bring end when nobody sends any more") {
  // Observed: half as many, as its callers are gone for good after their first crash.
  const auto k = known(
      "horizon: 20min\ntraffic: {in: {to: C, sends: cast, rate: 3/s}}\ntree: {supervisor: S, children: [{supervisor: "
      "T, "
      "restart: temporary, max_restarts: 5, max_seconds: 2, children: [{worker: W, count: 3, handles: {any: {takes: "
      "23ms, "
      "crashes: 0.0013}}}, {worker: C, restart: temporary, count: 2, crashes: {rate: 1/min}, handles: {any: {takes: "
      "24ms, "
      "calls: [{to: W}]}}}]}]}\n");
  CHECK(std::isnan(k.said("T", Quantity::restart_rate).value));
}

TEST_CASE("what is certain once the node is up is not certain where its boot may fail") {
  const auto k = known(
      "horizon: 1min\ntree: {supervisor: S, max_restarts: 9, children: [{supervisor: T, max_restarts: 0, children: "
      "[{worker: W, crashes: {at: [500ms]}}]}, {worker: V, init: {takes: exp(74ms), fails: 0.00111}}]}\n");
  const auto falls = k.said("T", Quantity::failure_probability);
  CHECK((std::isnan(falls.value) || falls.low < 1));
  // Restarted after that, it lives on to the horizon.
  CHECK(k.said("T", Quantity::mean_time_to_failure).high >= 30);
}

TEST_CASE("a restart of one_for_all keeps all its children down") {
  // Observed: 9.7/min of 17.3/min, each restart taking 2.6 s.
  const auto k = known(
      "horizon: 20min\ntree: {supervisor: S, strategy: one_for_all, children: [{worker: V, init: {takes: 2520ms}}, "
      "{worker: W, init: {takes: 1ms}, crashes: {rate: 17.3/min}}]}\n");
  const auto rate = k.said("W", Quantity::crash_rate);
  CHECK((std::isnan(rate.value) || rate.low * 60 < 9.8));
}

TEST_CASE("linked processes that die together are counted together") {
  // Observed: 1.037 s, each crash bringing two restarts.
  const auto k = known(
      "horizon: 5min\ntree: {supervisor: S, max_restarts: 1, max_seconds: 5, children: [{worker: V}, {worker: W, "
      "crashes: {rate: 58/min}, links: [V]}]}\n");
  const auto time = k.said("S", Quantity::mean_time_to_failure);
  CHECK(time.low == Approx(60.0 / 58));
  CHECK(time.value < 1.1);
}

TEST_CASE("a rate that hangs on waits that cannot be said is none") {
  // Observed: 0.2 ms, where no message was said to take any time.
  const auto k = known(
      "horizon: 20min\ntree: {supervisor: S, children: [{worker: W, crashes: {rate: 7/min}, handles: {any: {takes: "
      "17290us}}}, {worker: V, ticks: [{every: exp(342ms), takes: 1ms, calls: [{to: W, on_failure: ignore}], casts: "
      "[{to: "
      "W}]}]}]}\n");
  CHECK(std::isnan(k.said("W", Quantity::mean_wait).value));
  CHECK(std::isnan(k.said("W", Quantity::mailbox_length).value));
}

TEST_CASE("a process that lives for less than its source's interval is never busy") {
  // Observed: no message ever.
  const auto k = known(
      "horizon: 20min\ntraffic: {in: {to: W, sends: cast, every: 7300ms}}\ntree: {supervisor: S, children: "
      "[{supervisor: "
      "T, restart: transient, children: [{worker: V, crashes: {after: uniform(537ms 1612ms)}}, {worker: W, handles: "
      "{any: "
      "{takes: weibull(1.5 11577us)}}}]}]}\n");
  const auto busy = k.said("W", Quantity::utilisation);
  CHECK((std::isnan(busy.value) || busy.low == 0));
}

TEST_CASE("who traps exits first finishes its handle_continue") {
  // Observed: 153 ms.
  const auto k = known(
      "horizon: 20min\ntree: {supervisor: S, max_restarts: 50, max_seconds: 2, children: [{worker: W, continue: "
      "{takes: "
      "lognormal(996ms 4980ms)}, crashes: {rate: 8.36/min}, traps_exits: true, terminate: {takes: 1ms}}]}\n");
  CHECK(k.said("S", Quantity::shutdown_time).high > 0.14);
}

TEST_CASE("a normal exit breaks links until those who made them start again") {
  // Observed: 0.052/s, where the crashes of the other come at 0.071/s.
  const auto k = known(
      "horizon: 1min\ntree: {supervisor: S, max_restarts: 50, max_seconds: 2, children: [{worker: W, crashes: {after: "
      "exp(31892ms), reason: normal}}, {worker: V, crashes: {rate: 4.24/min}, links: [W]}]}\n");
  CHECK(std::isnan(k.said("W", Quantity::crash_rate).value));
}

TEST_CASE("a crash throws away what has gathered during a handle_continue") {
  // Observed: 1.99/s of 2.43/s.
  const auto k = known(
      "horizon: 20min\ntraffic: {in: {to: W, rate: 25.6/s}}\ntree: {supervisor: S, max_restarts: 1000, max_seconds: 1, "
      "children: [{worker: W, continue: {takes: weibull(0.8 184ms)}, handles: {any: {takes: erlang(2 1401us), crashes: "
      "0.0948}}}]}\n");
  const auto rate = k.said("W", Quantity::crash_rate);
  CHECK((std::isnan(rate.value) || rate.low < 2));
}

TEST_CASE("the order to stop at the horizon may find a restart at a known time under way") {
  // Observed: 62 ms, of which 14 ms are what is left of an init.
  const auto k = known(
      "horizon: 20min\nclock_phase: 214ms\ntree: {supervisor: S, max_restarts: 50, max_seconds: 30, children: "
      "[{worker: "
      "W, init: {takes: 92995us}, crashes: {after: 939639us}}, {worker: V, traps_exits: true, terminate: {takes: "
      "47971us}}]}\n");
  CHECK(k.said("S", Quantity::shutdown_time).high >= 0.0617);
}

TEST_CASE("whose clients wait for their answers has a mailbox to work off before it stops") {
  // Observed: 158 ms, most of it a call to a process that is still starting.
  const auto k = known(
      "horizon: 5min\ntraffic: {in: {to: W, concurrency: 5, think: erlang(3 141ms)}}\ntree: {supervisor: S, children: "
      "[{worker: V, continue: {takes: 936ms}}, {worker: W, traps_exits: true, terminate: {takes: exp(26ms)}, handles: "
      "{any: {takes: exp(1885us), calls: [{to: V}]}}}]}\n");
  CHECK(k.said("S", Quantity::shutdown_time).high > 0.15);
}

TEST_CASE("of boots that the end of the node may cut off only the short ones are seen") {
  // Observed: 1.84 s, where all inits together take 2.85 s on average.
  const auto k = known(
      "horizon: 20min\napplications:\n"
      "  - {name: a, tree: {supervisor: S, children: [{worker: W, crashes: {after: exp(822ms)}}]}}\n"
      "  - {name: b, start: temporary, tree: {supervisor: T, children: [{worker: V, init: {takes: lognormal(2232ms "
      "11162ms)}}]}}\n");
  const auto boot = k.said("T", Quantity::boot_time);
  CHECK(boot.low == 0);
  CHECK(boot.method == Method::bound);
}
