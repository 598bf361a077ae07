// Workers: crashes, load, waits, lost messages. All of it holds while the worker's supervisors are up, which is also
// what execution measures. Three ways: a rehearsal where nothing is random; the crashing queue where messages come as
// Poisson streams and crashes do, too; else what rates alone tell.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "analyzer/crashing_queue.hpp"
#include "analyzer/least_load.hpp"
#include "analyzer/predict_worker.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::NodeId;
using spec::Quantity;

constexpr double hardly_ever = 1e-6;

// ---- what it is made of ----

bool is_restarted_alone(const PredictedWorker& s) {
  const auto& design = s.stage.design;
  for (NodeId at = s.id; design.nodes[at].parent != spec::no_node; at = design.nodes[at].parent) {
    const auto& above = *spec::as_supervisor(design.nodes[design.nodes[at].parent]);
    if (above.strategy.value == spec::Strategy::one_for_one) continue;
    for (const NodeId sibling : design.nodes[design.nodes[at].parent].children)
      if (sibling != at && (!s.stage.facts.crashes.of[sibling].empty() || s.stage.facts.budgets.of[sibling].relevant))
        return false;
  }
  return true;
}

// How much of the crashes the worker's own clauses cause, per message of a kind; nothing where that is not all.
std::optional<CrashingQueue> crashing_queue_of(const PredictedWorker& s) {
  if (!s.load.is_poisson() || !s.load.unsaid.empty() || !s.load.service.unsaid.empty() || !has_plain_laws(s.load))
    return std::nullopt;
  CrashingQueue queue;
  for (const auto& source : s.sources) {
    const auto* poisson = std::get_if<PoissonCrashes>(&source.times);
    const bool by_handler =
        source.kind == CrashSource::Kind::handler || source.kind == CrashSource::Kind::unknown_message;
    const bool by_clock =
        poisson != nullptr && (source.kind == CrashSource::Kind::clock || source.kind == CrashSource::Kind::link);
    if (source.during || !source.counted || (!by_handler && !by_clock)) return std::nullopt;
    if (by_clock) queue.clock += poisson->per_second;
  }
  for (const auto& message : s.load.messages) {
    if (message.rate() <= 0) continue;
    const double crash = message.unknown ? 1 : message.handler == nullptr ? 0 : message.handler->crash_probability;
    queue.kinds.push_back({message.rate(), *message.service.law, crash, message.sent / message.rate()});
  }
  if (s.worker.init) {
    if (!s.worker.init->calls.empty() || s.worker.init->failure_probability > 0) return std::nullopt;
    queue.start = s.worker.init->takes;
  }
  if (s.worker.handle_continue || s.worker.mailbox.shed_above) return std::nullopt;
  return queue;
}

// How long the node or what is above the worker lasts on average: waits start from an empty mailbox again.
double run_length(const PredictedWorker& s) {
  const auto& design = s.stage.design;
  double shortest = spec::in_seconds(design.horizon.value);
  for (NodeId at = design.nodes[s.id].parent; at != spec::no_node; at = design.nodes[at].parent) {
    const Budget& budget = s.stage.facts.budgets.of[at];
    if (budget.relevant && budget.mean_time_to_failure.said())
      shortest = std::min(shortest, budget.mean_time_to_failure.value);
  }
  return shortest;
}

// Rates of a process count its starts, too; those of the crashing queue the time up only.
double up_share(const PredictedWorker& s, const CrashingQueueFigures& figures) {
  return 1 / (1 + figures.crash_rate * start_time(s));
}

// ---- crashes ----

// A crash is an exit that is not orderly; a clock may as well end a process in an orderly way.
bool ends_orderly(const CrashSource& source) { return is_orderly(source.reason); }

std::string no_lasting_rate(const PredictedWorker& s) {
  std::string all;
  bool only_known = true;
  for (const auto& source : s.sources) {
    all += (all.empty() ? "" : "; ") + source.what;
    only_known = only_known && !std::holds_alternative<PoissonCrashes>(source.times);
  }
  return (only_known ? "it crashes at known times, not at a rate: " : "some of its crashes are no rate: ") + all;
}

void say_crashes(const PredictedWorker& s, const std::optional<CrashingQueueFigures>& figures) {
  if (s.sources.empty()) return;
  const bool some_orderly = std::any_of(s.sources.begin(), s.sources.end(), ends_orderly);
  if (figures && !some_orderly) {
    std::string why;
    for (const auto& source : s.sources) why += (why.empty() ? "" : "; ") + source.what;
    return s.say(Quantity::crash_rate, exactly(figures->crash_rate * up_share(s, *figures), why));
  }
  std::string because;
  double rate = 0;
  double orderly = 0;
  double error = 0;
  for (const auto& source : s.sources) {
    because += (because.empty() ? "" : "; ") + source.what;
    if (source.during) return s.say(Quantity::crash_rate, unsaid(because + ", while a fault lasts"));
    if (!source.counted) return s.say(Quantity::crash_rate, unsaid("it is not restarted after some of its exits"));
    const auto* poisson = std::get_if<PoissonCrashes>(&source.times);
    const auto* life = std::get_if<LifeTime>(&source.times);
    const auto* unknown = std::get_if<UnsaidCrashes>(&source.times);
    if (unknown != nullptr && std::isnan(unknown->per_second)) return s.say(Quantity::crash_rate, unsaid(unknown->why));
    if (unknown != nullptr) return s.say(Quantity::crash_rate, unsaid(unknown->why));
    if (std::holds_alternative<ScheduledCrashes>(source.times) || (life != nullptr && s.sources.size() > 1) ||
        (life != nullptr && spec::is_constant(life->since_start)))
      return s.say(Quantity::crash_rate, unsaid(no_lasting_rate(s)));
    rate += per_second(source);
    if (ends_orderly(source)) orderly += per_second(source);
    if (poisson != nullptr) error = std::max(error, poisson->error);
  }
  // While it starts nothing strikes; a life time counts from its start's end.
  const double start = start_time(s);
  if (std::isnan(start)) return s.say(Quantity::crash_rate, unsaid(s.stage.facts.tree.boot[s.id].because));
  rate = (rate - orderly) / (1 + rate * start);
  if (orderly > 0) because += ", of which only those are crashes that are not orderly";
  if (start > 0) because += ", less while it starts";
  if (error > 0) return s.say(Quantity::crash_rate, about(rate, error, because));
  s.say(Quantity::crash_rate, exactly(rate, because));
}

void say_availability(const PredictedWorker& s) {
  const double rate = s.stage.facts.crashes.rate[s.id];
  const double start = start_time(s);
  if (!(rate > 0) || !(start > 0) || s.worker.init->failure_probability > 0) return;
  for (const auto& source : s.sources)
    if (!std::holds_alternative<PoissonCrashes>(source.times) || source.during) return;
  if (!is_restarted_alone(s)) return;
  const double share = 1 / (1 + rate * start);
  // It is not up either while the tree starts and stops around it.
  NodeId root = s.id;
  while (s.stage.design.nodes[root].parent != spec::no_node) root = s.stage.design.nodes[root].parent;
  const Estimate& boot = s.stage.facts.tree.boot[root];
  const Estimate& stop = s.stage.facts.tree.stop[root];
  if (!boot.said() || !stop.said()) return;
  const double outside = std::min(1.0, 2 * (boot.high + stop.high) / run_length(s));
  s.say(Quantity::availability,
        between(share * (1 - outside), share * (1 - outside / 2), share,
                spec::rate_text(rate, "crashes") + ", each followed by an init of " + spec::seconds_text(start)));
}

// ---- load ----

double ticks_per_second(const Load& load) {
  double rate = 0;
  for (const auto& message : load.messages)
    if (message.tick != nullptr) rate += message.rate();
  return rate;
}

// Crashes take messages away: what is said of the load without them holds up to the share of messages lost.
void widen_for_crashes(const PredictedWorker& s, Estimate& estimate) {
  if (s.sources.empty() || !estimate.said()) return;
  estimate = unsaid("crashes throw away part of its messages, how many cannot be said");
}

void say_load(const PredictedWorker& s, const std::optional<CrashingQueueFigures>& figures) {
  Estimate busy = s.load.utilisation;
  if (figures) {
    const std::string because = busy.because + "; crashes throw away part of it";
    s.say(Quantity::utilisation, exactly(figures->busy_share, because));
    s.say(Quantity::throughput, exactly(figures->handled_rate * up_share(s, *figures), because));
    return;
  }
  if (std::isnan(s.load.turned_away)) {
    const Estimate why = unsaid("it turns messages away when its mailbox is full, how many cannot be said");
    s.say(Quantity::utilisation, why);
    return s.say(Quantity::throughput, why);
  }
  const bool overloaded = busy.said() && busy.low >= 1;
  Estimate handled = unsaid(busy.because);
  if (busy.said() && !overloaded && busy.high < 1) {
    const double rate = std::max(0.0, s.load.rate - ticks_per_second(s.load)) * (1 - s.load.turned_away);
    handled = exactly(rate, "all that comes in, as it is never overloaded: " + spec::rate_text(rate));
    if (s.load.turned_away > 0) handled.because = "what is not turned away: " + spec::rate_text(rate);
    const double off = busy.value > 0 ? std::max(busy.high / busy.value - 1, 1 - busy.low / busy.value) : s.load.spread;
    if (off > 0) handled = between(std::max(0.0, rate * (1 - off)), rate, rate * (1 + off), handled.because);
  } else if (overloaded && s.load.service.mean > 0 && !s.load.arrivals.ticks) {
    handled = exactly(1 / s.load.service.mean,
                      "it is busy all the time, " + spec::seconds_text(s.load.service.mean) + " each");
  }
  if (!s.sources.empty()) {
    widen_for_crashes(s, busy);
    widen_for_crashes(s, handled);
  }
  s.say(Quantity::utilisation, busy);
  const bool only_ticks = ticks_per_second(s.load) >= s.load.rate;
  if (!only_ticks) s.say(Quantity::throughput, handled);
}

void say_growth(const PredictedWorker& s) {
  s.say(Quantity::mean_wait, unsaid(s.load.mean_wait.because));
  if (!s.sources.empty() || s.load.arrivals.ticks || s.load.arrivals.callers > 0 || s.worker.mailbox.shed_above) return;
  const double done = 1 / s.load.service.mean;
  std::string because =
      spec::rate_text(s.load.rate, "messages") + " come in and " + spec::rate_text(done) + " can be done";
  const double retried = s.load.arrivals.retried;
  const double drift = s.load.rate - done;
  if (retried <= 0) {
    // It starts empty and cannot be shorter than that: a random walk reflected at zero gains v / 2 d in all, v its
    // variance and d its drift per second, and on average no more than its own spread, sqrt(2 v t / pi).
    const double time = run_length(s);
    const double scatter = s.load.service.second_moment / (s.load.service.mean * s.load.service.mean);
    const double more = std::min(s.load.rate * scatter / (2 * drift * time),
                                 std::sqrt(2 * s.load.rate * scatter / std::numbers::pi / time));
    if (!(more > 1e-3 * drift)) return s.say(Quantity::mailbox_growth, exactly(drift, std::move(because)));
    because += "; a little more at first, when it is empty now and then";
    return s.say(Quantity::mailbox_growth, between(drift, drift + more, drift + more, std::move(because)));
  }
  // In the long run every call is late, and tried as often as it may be; at first none is.
  because += "; up to " + spec::rate_text(retried, "messages") + " more are calls tried again after their timeouts";
  const double most = s.load.rate + retried - done;
  s.say(Quantity::mailbox_growth, between(s.load.rate - done, most, most, std::move(because)));
}

// What open sources alone bring is too much, whatever else comes.
void say_least_growth(const PredictedWorker& s) {
  const auto least = least_load(s.stage.design, s.stage.facts.tree, s.stage.facts.crashes, s.id);
  if (!least || !(least->growth > 0)) return;
  s.say(Quantity::mailbox_growth,
        between(least->growth, least->growth, std::numeric_limits<double>::infinity(),
                spec::rate_text(least->rate, "messages") + " come in at the least, which take " +
                    spec::seconds_text(least->busy / least->rate) + " each: " + spec::share_text(least->busy) +
                    " of the time that there is"));
}

// Some messages come at given times only, others do not.
void say_beside_given_times(const PredictedWorker& s) {
  const Estimate why = unsaid("some of its messages come at given times only, beside what is not known so");
  s.say(Quantity::utilisation, why);
  s.say(Quantity::throughput, why);
  say_least_growth(s);
}

// While a process that traps exits works off its mailbox and cleans up, mail gathers that nobody takes.
bool gathers_at_stops(const PredictedWorker& s) {
  const Estimate& stop = s.stage.facts.tree.stop[s.id];
  return !stop.said() || stop.high / run_length(s) > 1e-3;
}

void say_waits(const PredictedWorker& s) {
  const Estimate& wait = s.load.mean_wait;
  if (wait.said() && std::isinf(wait.value)) return say_growth(s);
  const bool calm = wait.said() && s.load.utilisation.said() && s.load.utilisation.high < 1;
  if (s.load.arrivals.callers > 0 && !s.load.present.known() && s.stage.callers_crash[s.id])
    return s.say(Quantity::mean_wait, unsaid("callers that crash leave their requests behind"));
  s.say(Quantity::mean_wait, wait);
  if (!calm) return;
  if (s.load.is_poisson() && has_plain_laws(s.load) && s.load.service.mean > 0 && s.load.turned_away == 0)
    s.say(Quantity::p99_wait, wait_quantile(classes_of(s.load)));
  if (gathers_at_stops(s)) return;
  Estimate length = wait;
  const double taken_in = s.load.rate * (1 - s.load.turned_away);
  length.value *= taken_in;
  length.low *= taken_in;
  length.high *= taken_in;
  length.because = "messages come at " + spec::rate_text(taken_in) + " and wait " + spec::seconds_text(wait.value) +
                   " on average (Little)";
  s.say(Quantity::mailbox_length, length);
}

// ---- lost messages ----

bool gets_casts(const Load& load) {
  return std::any_of(load.messages.begin(), load.messages.end(),
                     [](const auto& message) { return message.tick == nullptr && message.sent > 0; });
}

double casts_per_second(const Load& load) {
  double rate = 0;
  for (const auto& message : load.messages)
    if (message.tick == nullptr) rate += message.sent;
  return rate;
}

// The falls of what is above it discard its mailbox as well, and what is cast before it is up again; between nothing
// and the whole boot of that supervisor passes until then. A mailbox holds a little less after a start than in the long
// run.
Estimate with_falls(const PredictedWorker& s, const CrashingQueueFigures& figures, std::string because) {
  constexpr double negligible = 0.01;
  const auto& design = s.stage.design;
  double falls = 0;
  double starting = 0;
  for (NodeId at = design.nodes[s.id].parent; at != spec::no_node; at = design.nodes[at].parent) {
    const Budget& budget = s.stage.facts.budgets.of[at];
    const Estimate& boot = s.stage.facts.tree.boot[at];
    const bool root = design.nodes[at].parent == spec::no_node;
    double rate = root ? 1 / spec::in_seconds(design.horizon.value) : 0;
    if (budget.relevant && budget.failure_probability.said() && budget.failure_probability.high > hardly_ever) {
      if (!budget.mean_time_to_failure.said()) return unsaid("how often its supervisors give up cannot be said");
      falls += 1 / budget.mean_time_to_failure.value;
      rate += 1 / budget.mean_time_to_failure.value;
    }
    if (!boot.said()) return unsaid("how long its supervisors take to start cannot be said");
    starting += rate * boot.value * casts_per_second(s.load);
  }
  const double most = figures.lost_rate + falls * figures.lost_per_crash * 1.05 + starting;
  if (most <= figures.lost_rate * (1 + negligible)) return exactly(figures.lost_rate, std::move(because));
  // A fall that its own crash sets off finds the mailbox gone already.
  const double least = figures.lost_rate;
  return between(least, (least + most) / 2, most, because + "; starts and falls of its supervisors add theirs");
}

void say_losses(const PredictedWorker& s, const std::optional<CrashingQueueFigures>& figures) {
  if (s.sources.empty() || !gets_casts(s.load)) return;
  if (!figures || !is_restarted_alone(s)) {
    const Estimate why = unsaid("its arrivals or crashes are no Poisson streams, or others take it along");
    s.say(Quantity::lost_messages, why);
    return s.say(Quantity::lost_per_crash, why);
  }
  const std::string because = "at a crash all that waits is gone, and what is in service if it comes from outside: " +
                              spec::rate_text(s.load.rate, "messages") + ", busy " +
                              spec::share_text(figures->busy_share) + ", " +
                              spec::rate_text(figures->crash_rate, "crashes");
  s.say(Quantity::lost_messages, with_falls(s, *figures, because));
  s.say(Quantity::lost_per_crash, exactly(figures->lost_per_crash, because));
}

// ---- closed loops ----

// The only thing that loads it, exponential services, and nobody ever loses patience: machine repair, in product form
// (exact for any law of the thinking time).
bool say_closed(const PredictedWorker& s) {
  const auto& from = s.load.arrivals;
  const bool alone = from.sources.size() == 1 && from.poisson == 0 && from.callers == 0 && !from.ticks && !from.casts &&
                     !from.tasks && s.load.messages.size() == 1;
  if (!alone || !s.sources.empty() || s.stage.facts.tree.copies[s.id] != 1) return false;
  const auto& traffic = s.stage.design.traffic[from.sources.front()];
  const auto* closed = std::get_if<spec::Traffic::Closed>(&traffic.arrivals);
  if (closed == nullptr || traffic.during || traffic.sends != spec::Sends::call) return false;
  const auto* handler = s.load.messages.front().handler;
  const auto* service = handler == nullptr ? nullptr : std::get_if<spec::Exponential>(&handler->takes);
  if (s.worker.mailbox.shed_above && closed->concurrency > *s.worker.mailbox.shed_above) return false;
  if (service == nullptr || !handler->calls.empty() || !handler->tasks.empty() || !handler->during.empty())
    return false;
  const double longest = service->mean * static_cast<double>(closed->concurrency);
  if (longest > spec::in_seconds(traffic.timeout.value) / 20) return false;
  const auto loop = closed_loop({closed->concurrency, spec::mean(closed->think), service->mean});
  s.say(Quantity::utilisation, loop.utilisation);
  s.say(Quantity::throughput, loop.throughput);
  s.say(Quantity::mean_wait, loop.mean_wait);
  s.say(Quantity::mailbox_length, loop.mean_mailbox_length);
  return true;
}

}  // namespace

double start_time(const PredictedWorker& s) {
  const Estimate& boot = s.stage.facts.tree.boot[s.id];
  return boot.said() ? boot.value : std::numeric_limits<double>::quiet_NaN();
}

PredictedWorker worker_of(const Stage& stage, NodeId id, std::vector<Prediction>& list) {
  return {stage, id, *spec::as_worker(stage.design.nodes[id]), stage.facts.loads.of[id], stage.facts.crashes.of[id],
          list};
}

void predict_worker(const Stage& stage, NodeId id, std::vector<Prediction>& list) {
  const auto& design = stage.design;
  for (NodeId at = id; at != spec::no_node; at = design.nodes[at].parent)
    if (stage.boot_fails[at] >= 1) return;
  const PredictedWorker s = worker_of(stage, id, list);
  const bool rehearsed = stage.facts.crashes.rehearsals[id].has_value();
  if (rehearsed) return say_rehearsed(s);
  if (say_shared(s)) return;
  std::optional<CrashingQueueFigures> figures;
  if (const auto queue = crashing_queue_of(s); queue && is_restarted_alone(s)) figures = figures_of(*queue);
  say_crashes(s, figures);
  say_availability(s);
  if (!s.load.loaded) return;
  if (s.load.arrivals.finite) return say_beside_given_times(s);
  if (say_closed(s)) return;
  if (!say_retried(s)) {
    say_load(s, figures);
    if (!s.load.utilisation.said()) say_least_growth(s);
    say_waits(s);
  }
  say_losses(s, figures);
  say_timeouts(s);
}

}  // namespace treefall::analyzer
