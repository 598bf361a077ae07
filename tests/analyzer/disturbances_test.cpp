// What the rest of the tree does to the predictions of one process. Each case was once a prediction that execution
// refuted; the figures observed then stand beside them.
#include "known.hpp"

using namespace treefall;
using spec::Quantity;
using tests::known;

namespace {

bool holds(const analyzer::Prediction& prediction, double observed) {
  return std::isnan(prediction.value) || (prediction.low / 1.1 <= observed && observed <= prediction.high * 1.1);
}

}  // namespace

TEST_CASE("a sibling of one_for_all resets a clock before it strikes") {
  const auto k = known(
      "tree: {supervisor: S, strategy: one_for_all, max_restarts: 1000, max_seconds: 1, children: [{worker: Old, "
      "crashes: {after: uniform(9s 11s)}}, {worker: Young, crashes: {rate: 1/s}}]}\n");
  CHECK(std::isnan(k.said("Old", Quantity::crash_rate).value));
  CHECK(k.said("Young", Quantity::crash_rate).value == Approx(1));
}

TEST_CASE("a worker under a supervisor that is not restarted does not crash for ever") {
  const auto k = known(
      "horizon: 1h\ntree: {supervisor: Root, children: [{supervisor: Sub, restart: temporary, max_restarts: 0, "
      "children: [{worker: W, crashes: {rate: 10/min}}]}, {worker: Other, handles: {any: {takes: 1ms}}}]}\n");
  CHECK(std::isnan(k.said("W", Quantity::crash_rate).value));
  CHECK(std::isnan(k.said("Sub", Quantity::restart_rate).value));
}

TEST_CASE("an orderly exit that is restarted is no crash") {
  const auto k = known(
      "tree: {supervisor: S, max_restarts: 100, max_seconds: 1, children: [{worker: W, crashes: [{rate: 20/min}, "
      "{rate: 50/min, reason: normal}]}]}\n");
  CHECK(k.said("W", Quantity::crash_rate).value == Approx(20.0 / 60));
  CHECK(k.said("S", Quantity::restart_rate).value == Approx(70.0 / 60));
}

TEST_CASE("messages that come during a long init wait for it") {
  // Observed: 404 us, of which 291 us are the queue's own.
  const auto k = known(
      "horizon: 20min\ntraffic: {in: {to: W, sends: cast, rate: 5.24/s}}\ntree: {supervisor: S, children: [{worker: W, "
      "init: {takes: 500ms}, handles: {any: {takes: weibull(0.8 5685us)}}}]}\n");
  const auto wait = k.said("W", Quantity::mean_wait);
  REQUIRE_FALSE(std::isnan(wait.value));
  CHECK(wait.low <= 404e-6);
  CHECK(wait.high >= 404e-6);
  CHECK(wait.value == Approx(404e-6).epsilon(0.05));
}

TEST_CASE("a crash throws the rest of its burst away") {
  // Observed: 89 %; from the rate alone it would be 99.995 %.
  const auto k = known(
      "horizon: 1min\ntraffic: {in: {to: W, sends: cast, burst: {size: 10, every: erlang(5 2148ms)}}}\ntree: "
      "{supervisor: S, children: [{worker: W, handles: {any: {takes: uniform(5ms 15ms), crashes: 0.13353}}}]}\n");
  CHECK(holds(k.said("S", Quantity::failure_probability), 0.89));
}

TEST_CASE("a clock does not strike during init") {
  const auto k = known(
      "horizon: 1h\nclock_phase: 0ms\ntree: {supervisor: S, max_restarts: 10, max_seconds: 30, children: [{worker: W, "
      "init: {takes: 524ms}, crashes: {at: [700ms, 1100ms, 14500ms]}}]}\n");
  CHECK(k.said("W", Quantity::crash_rate).value * 3600 == Approx(2));
}

TEST_CASE("a temporary worker crashes once") {
  const auto k = known(
      "horizon: 1min\ntree: {supervisor: S, children: [{worker: W, restart: temporary, crashes: {at: [19s, 48s]}}]}\n");
  CHECK(holds(k.said("W", Quantity::crash_rate), 1.0 / 60));
}

TEST_CASE("few restarts with delays: how much their number varies decides") {
  // Played out by the live rule: 6.9e-5 +- 0.4e-5.
  const auto k = known(
      "horizon: 5min\ntree: {supervisor: S, children: [{worker: W, init: {takes: empirical(110579us 221159us "
      "442317us)}, crashes: {rate: 0.643/min}}]}\n");
  CHECK(holds(k.said("S", Quantity::failure_probability), 6.9e-5));
}

TEST_CASE("links between processes of two supervisors may not be made again") {
  // Observed: 0.0038 per second for the linked one.
  const auto k = known(
      "horizon: 1h\ntree: {supervisor: Root, max_restarts: 100, max_seconds: 1, children: [{supervisor: A, "
      "max_restarts: 100, max_seconds: 1, children: [{worker: W, init: {takes: 10ms}, crashes: {rate: 11.6/min}}]}, "
      "{supervisor: B, max_restarts: 100, max_seconds: 1, children: [{worker: L, links: [W]}]}]}\n");
  CHECK(std::isnan(k.said("L", Quantity::crash_rate).value));
  CHECK(std::isnan(k.said("B", Quantity::failure_probability).value));
}

TEST_CASE("what lives undisturbed keeps its exact figures") {
  const auto k = known(
      "traffic: {in: {to: W, rate: 120/s}}\ntree: {supervisor: S, children: [{worker: W, handles: {any: {takes: "
      "exp(6ms)}}}, {worker: V, crashes: {rate: 1/day}}]}\n");
  CHECK(k.said("W", Quantity::utilisation).value == Approx(0.72));
  CHECK(k.said("W", Quantity::utilisation).method == analyzer::Method::exact);
  CHECK(k.said("V", Quantity::crash_rate).value * 86400 == Approx(1));
}

TEST_CASE("a process that lives as long as its application starts as often as that ends") {
  // Observed: busy 1.017 %, waiting 172 us; against the horizon, as if it started once in 20 min, it would be 0.72 %.
  const auto k = known(R"(
horizon: 20min
application: temporary
traffic: {in: {to: W, rate: 2.56/s}}
tree:
  supervisor: S
  children:
    - {worker: Old, crashes: {rate: 18/min}}
    - {worker: W, continue: {takes: normal(93633us 23408us)}, handles: {any: {takes: normal(2803us 701us)}}}
)");
  CHECK(holds(k.said("W", Quantity::utilisation), 0.01017));
  CHECK(holds(k.said("W", Quantity::mean_wait), 172e-6));
}

TEST_CASE("a process that cleans up is busy with it") {
  // Observed: 3.34 %, of which 1.05 % are clean-ups.
  const auto k = known(R"(
horizon: 20min
tree:
  supervisor: S
  max_restarts: 2
  max_seconds: 2
  children:
    - worker: W
      restart: temporary
      traps_exits: true
      terminate: {takes: exp(498892us)}
      ticks: [{takes: weibull(1.5 17519us), every: exp(669988us)}]
    - {worker: Old, crashes: {rate: 14.7/min}}
)");
  CHECK(holds(k.said("W", Quantity::utilisation), 0.0334));
}

TEST_CASE("a node that falls soon loses less at its crashes than a mailbox holds in the long run") {
  // Observed: 3.67 messages/s; a mailbox as long as in the long run would make it 5.1.
  const auto k = known(R"(
horizon: 5min
traffic: {in: {to: W, sends: info, rate: 38.1/s}}
tree:
  supervisor: S
  max_restarts: 1
  max_seconds: 10
  children:
    - {worker: W, crashes: {rate: 57.3/min}, handles: {any: {takes: empirical(10419us 20837us 41674us)}}}
)");
  CHECK(holds(k.said("W", Quantity::lost_messages), 3.67));
}

TEST_CASE("calls that find nobody keep their caller starting") {
  // Observed: 67 %; its own clause alone would leave it up 97.5 % of the time.
  const auto k = known(R"(
horizon: 5min
tree:
  supervisor: S
  max_restarts: 10
  max_seconds: 2
  children:
    - supervisor: Sub
      restart: temporary
      children: [{worker: Gone, crashes: {rate: 20/min}}]
    - worker: W
      init: {takes: empirical(1285ms 2570ms 5139ms)}
      ticks: [{takes: 20ms, crashes: 0.00368, calls: [{to: Gone}], every: normal(3298ms 825ms)}]
)");
  CHECK(holds(k.said("W", Quantity::availability), 0.67));
}

TEST_CASE("the node lives on, without crashes, while its other trees stop") {
  const auto k = known(R"(
horizon: 5min
applications:
  - {name: a, tree: {supervisor: A, max_restarts: 2, max_seconds: 10, children: [{worker: W, crashes: {rate: 48/min}}]}}
  - {name: b, start: temporary, tree: {supervisor: B, children: [{worker: V, traps_exits: true, terminate: {takes: 1875ms}}]}}
)");
  CHECK(holds(k.said("W", Quantity::crash_rate), 0.484));
}

TEST_CASE("availability is of the whole time to the horizon, and a node that has ended is down for the rest of it") {
  const auto k = known(
      "horizon: 4s\ntree: {supervisor: S, max_restarts: 4, children: [{worker: W, init: {takes: 5ms}, "
      "crashes: {rate: 6/s}}]}\n");
  const auto up = k.said("W", Quantity::availability);
  CHECK(holds(up, 0.209));  // observed: 20.9 %
  CHECK(up.high < 0.3);
  const auto temporary = known(
      "horizon: 4s\napplication: temporary\ntree: {supervisor: S, max_restarts: 40, children: [{worker: W, init: "
      "{takes: 5ms}, crashes: {rate: 6/s}}]}\n");
  CHECK(temporary.said("W", Quantity::availability).value == Approx(1 / 1.03).epsilon(0.01));
}

TEST_CASE("an order to stop finds a start under way") {
  const auto k = known(
      "horizon: 1min\ntree: {supervisor: S, children: [{worker: W, init: {takes: exp(128ms)}, "
      "crashes: {after: 7330ms}, traps_exits: true, terminate: {takes: 18ms}}]}\n");
  const auto stop = k.said("S", Quantity::shutdown_time);
  CHECK(stop.method == analyzer::Method::bound);
  CHECK(stop.low == Approx(0.018).epsilon(0.03));
  CHECK(holds(stop, 0.03));
}

TEST_CASE("one outage may end a supervisor more than once") {
  const auto text = [](const std::string& crash) {
    return "faults: {down: {every: exp(30s), lasts: exp(17s)}}\nhorizon: 5min\n"
           "tree: {supervisor: T, children: [{supervisor: S, children: [{worker: W, crashes: {" +
           crash + ", during: down}}]}]}\n";
  };
  const auto poisson = known(text("rate: 44.8/min"));
  CHECK(poisson.said("S", Quantity::mean_time_to_failure).low < 20.3);  // observed: 20.36 s
  CHECK(poisson.said("S", Quantity::mean_time_to_failure).low > 5);
  CHECK(std::isnan(known(text("after: 1s")).said("S", Quantity::mean_time_to_failure).value));
}

TEST_CASE("crashes limited to a rare fault do not blur what comes all the time") {
  const auto k = known(R"(
faults: {down: {every: exp(30d), lasts: exp(90s)}}
tree:
  supervisor: S
  max_restarts: 1000
  max_seconds: 1
  children:
    - {worker: V, init: {takes: 40ms}, crashes: {during: down, after: exp(1s)}}
    - {worker: W, crashes: {rate: 12/min}}
)");
  const auto rate = k.said("W", Quantity::crash_rate);
  CHECK(rate.method == analyzer::Method::exact);
  CHECK(rate.value == Approx(0.2));
}

TEST_CASE("messages whose rate is not known crash a process at no known rate") {
  const auto k = known(R"(
tree:
  supervisor: S
  children:
    - {worker: W, crashes: {rate: 4/min}, handles: {any: {takes: exp(12ms), crashes: 5%}}}
    - {worker: V, handles: {any: {takes: 3ms, calls: [{to: W}]}}}
traffic:
  direct: {to: W, sends: call, rate: 3.5/s}
  other: {to: V, sends: cast, rate: 17/s}
)");
  CHECK(holds(k.said("W", Quantity::crash_rate), 1.3));
}

TEST_CASE("clean-ups and handle_continue keep a process busy") {
  // Observed: 1.02 % busy where its messages alone make 0.72 %; its application ends after half a minute, not the
  // node.
  const auto k = known(R"(
horizon: 20min
application: temporary
tree:
  supervisor: S
  children:
    - {worker: V, crashes: {rate: 18/min}}
    - {worker: W, restart: temporary, continue: {takes: normal(93ms 23ms)}, handles: {any: {takes: normal(2.8ms 0.7ms)}}}
traffic: {t: {to: W, sends: call, rate: 2.56/s}}
)");
  CHECK(holds(k.said("W", Quantity::utilisation), 0.0102));
}

TEST_CASE("an orderly exit at its known time is no crash") {
  // Observed: none, where the rehearsed exits were once counted.
  const auto k =
      known("horizon: 1h\ntree: {supervisor: S, children: [{worker: W, crashes: {after: 32s, reason: shutdown}}]}\n");
  CHECK(k.said("W", Quantity::crash_rate).value == 0);
  CHECK(k.said("S", Quantity::restart_rate).value * 3600 == Approx(112));
  const auto mixed = known(
      "horizon: 1h\nclock_phase: 0ms\ntree: {supervisor: S, children: [{worker: W, crashes: [{at: [800ms, 60s, 90s], "
      "reason: normal}, {at: [30s, 120s]}]}]}\n");
  CHECK(mixed.said("W", Quantity::crash_rate).value * 3600 == Approx(2));
}

TEST_CASE("a node whose end cannot be said leaves no time for a long queue") {
  // Observed: 35 ms, where the queue of a long life has 54 ms.
  const auto k = known(
      "horizon: 5min\ntraffic: {in: {to: W, rate: 30.7/s}}\ntree: {supervisor: S, children: [{supervisor: T, restart: "
      "transient, children: [{worker: V}]}, {worker: W, restart: transient, links: [V], crashes: {at: [700ms, 900ms, "
      "1700ms, 3300ms, 3800ms]}, handles: {any: {takes: 26251us}}}]}\n");
  CHECK(std::isnan(k.said("W", Quantity::mean_wait).value));
  CHECK(std::isnan(k.said("W", Quantity::mailbox_length).value));
}

TEST_CASE("who calls a process that is gone takes its node along, with everything else on it") {
  // Observed at W: 21.9/s of 27.4/s, as the other application stops the node; at T: no fall, its node being gone.
  const auto k = known(
      "horizon: 1min\napplications:\n"
      "  - {name: a, tree: {supervisor: S, children: [{supervisor: T, restart: temporary, max_restarts: 0, children: "
      "[{worker: V, init: {takes: 1760ms}, crashes: {rate: 40/min}, handles: {any: {}}}]}, {worker: W, handles: {any: "
      "{takes: exp(10ms)}}}, "
      "{supervisor: U, children: [{worker: X, crashes: {rate: 2/min}}]}]}}\n"
      "  - {name: b, tree: {supervisor: R, children: [{worker: C, ticks: [{every: erlang(2 3s), calls: [{to: "
      "V}]}]}]}}\n"
      "traffic: {in: {to: W, sends: info, rate: 27.4/s}}\n");
  const auto handled = k.said("W", Quantity::throughput);
  CHECK((std::isnan(handled.value) || handled.low < 22));
  CHECK(k.said("U", Quantity::failure_probability).low < 1e-4);
}

TEST_CASE("a crash in another application comes through a link") {
  // Observed: 7 restarts in an hour.
  const auto k = known(
      "horizon: 1h\nclock_phase: 0ms\napplications:\n"
      "  - {name: a, start: temporary, tree: {supervisor: S, max_restarts: 5, max_seconds: 1, children: [{worker: W, "
      "crashes: {at: [1s, 10s, 20s, 60s, 80s, 200s], reason: normal}}, {worker: V}]}}\n"
      "  - {name: b, start: temporary, tree: {supervisor: R, max_restarts: 2, max_seconds: 30, children: [{worker: L, "
      "links: [V]}, {worker: X, crashes: {rate: 3/min}}]}}\n");
  CHECK(holds(k.said("S", Quantity::restart_rate), 7.0 / 3600));
}

TEST_CASE("a fall at a known time that siblings may prevent need not come later") {
  // Observed: 49 s over a minute.
  const auto k = known(
      "horizon: 1min\ntree: {supervisor: S, strategy: one_for_all, max_restarts: 50, max_seconds: 30, children: "
      "[{supervisor: T, restart: transient, children: [{worker: W, count: 2, crashes: {at: [2900ms, 4800ms, "
      "5500ms]}}]}, "
      "{worker: V, crashes: {rate: 7/min}}]}\n");
  const auto time = k.said("T", Quantity::mean_time_to_failure);
  CHECK((std::isnan(time.value) || time.high > 49));
}

TEST_CASE("a supervisor that boots for most of its life restarts nobody meanwhile") {
  // Observed: 1.41/s.
  const auto k = known(
      "horizon: 1h\ntraffic: {in: {to: W, rate: 36.5/s}}\ntree: {supervisor: S, children: [{worker: W, handles: {any: "
      "{takes: exp(16024us), crashes: 0.10123}}}, {worker: V, init: {takes: 1894ms}}]}\n");
  CHECK(holds(k.said("S", Quantity::restart_rate), 1.41));
}

TEST_CASE("what is offered beyond all capacity keeps nobody busy before it comes") {
  // Observed: 86 %.
  const auto k = known(
      "horizon: 5min\ntraffic: {in: {to: W, burst: {size: 100, every: 566507us}}}\ntree: {supervisor: S, max_restarts: "
      "1, max_seconds: 10, children: [{worker: V, crashes: {after: erlang(3 2026ms)}}, {worker: W, handles: {any: "
      "{takes: "
      "lognormal(76ms 382ms)}}}]}\n");
  const auto busy = k.said("W", Quantity::utilisation);
  CHECK((std::isnan(busy.value) || busy.low <= 0.87));
}

TEST_CASE("what waits behind a message that ends its worker is never taken up") {
  // Observed: 2.9 us, where a queue without crashes has 46 us.
  const auto k = known(
      "horizon: 1min\ntraffic: {in: {to: W, rate: 0.633/s}}\ntree: {supervisor: S, children: [{worker: W, handles: "
      "{any: {takes: 1519us, tasks: [{takes: weibull(0.8 84254us), await: 11347us}]}}}]}\n");
  CHECK(holds(k.said("W", Quantity::mean_wait), 2.9e-6));
}

TEST_CASE("clients that start together call in step for a long time") {
  // Observed: 5.8 us, where the loop forgets its start in the long run only: 0.67 us.
  const auto k = known(
      "horizon: 1h\ntraffic: {in: {to: W, concurrency: 2, think: empirical(843157us 1686314us 3372627us)}}\ntree: "
      "{supervisor: S, children: [{worker: W, handles: {any: {takes: exp(1149us)}}}]}\n");
  CHECK(holds(k.said("W", Quantity::mean_wait), 5.8e-6));
  // Observed: 4.13 ms, and 3.42 ms in the long run.
  const auto ticks = known(
      "horizon: 259s\ntree: {supervisor: S, children: [{worker: W, handles: {any: {takes: exp(3983us)}}}, {worker: C, "
      "count: 16, ticks: [{every: 259919us, calls: [{to: W, timeout: 36278us, on_failure: ignore}]}]}, {worker: D, "
      "count: "
      "40, ticks: [{every: 649798us, calls: [{to: W, timeout: 36278us, on_failure: ignore}]}]}]}\n");
  CHECK(holds(ticks.said("W", Quantity::mean_wait), 4.13e-3));
  // Intervals that scatter forget it at once.
  const auto scattered = known(
      "horizon: 1h\ntraffic: {in: {to: W, concurrency: 2, think: exp(1686ms)}}\ntree: {supervisor: S, children: "
      "[{worker: W, handles: {any: {takes: exp(1149us)}}}]}\n");
  CHECK(scattered.said("W", Quantity::mean_wait).value > 0);
}

TEST_CASE("crashes by ticks keep their distance") {
  // Observed: 0.54 % (0.35 % to 0.79 %); as a Poisson stream it would be 2.9 %.
  const auto k = known(
      "horizon: 5min\ntree: {supervisor: S, max_restarts: 3, max_seconds: 5, children: [{worker: W, ticks: [{takes: "
      "uniform(2240us 6721us), crashes: 0.12841, every: empirical(1169890us 2339781us 4679562us)}]}]}\n");
  CHECK(holds(k.said("S", Quantity::failure_probability), 0.0054));
  CHECK(holds(k.said("S", Quantity::mean_time_to_failure), 55e3));
}

TEST_CASE("a mailbox with a bound makes waits short") {
  // Observed: 52.6 ms, and 0.698 messages.
  const auto k = known(
      "horizon: 20min\ntraffic: {in: {to: W, sends: info, rate: 14.4/s}}\ntree: {supervisor: S, children: [{worker: "
      "V}, "
      "{worker: W, mailbox: {shed_above: 3}, handles: {any: {takes: lognormal(40591us 202956us), casts: [{to: "
      "V}]}}}]}\n");
  CHECK(k.said("W", Quantity::mean_wait).value == Approx(52.6e-3).epsilon(0.02));
  CHECK(k.said("W", Quantity::mailbox_length).value == Approx(0.698).epsilon(0.02));
  CHECK(k.said("W", Quantity::throughput).value < 14.2);
  CHECK(k.said("V", Quantity::throughput).low < k.said("W", Quantity::throughput).value);
}
