// How far a disturbance carries into each quantity. A process that is not there for a share of the time makes what is
// counted per time of the node that much smaller; one whose mailbox is emptied now and then waits less, for about as
// long as a queue remembers its past; one that starts lets mail gather until its init returns (an M/G/1 queue with an
// exceptional first service, Welch 1964: each start of length I adds I^2 / 2 / (1 - utilisation) seconds of waiting per
// message that comes in a second). Up to a fifth the figure is kept with a wider error bar, beyond it is taken back.
#include <algorithm>
#include <cmath>
#include <limits>

#include "analyzer/disturbances.hpp"

namespace treefall::analyzer {

namespace {

using spec::NodeId;
using spec::Quantity;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_worth_saying = 1e-3;
constexpr double too_much = 0.2;

struct Case {
  const Stage& stage;
  NodeId id;
  const Disturbance& all;      // its own silent end included
  const Disturbance& outside;  // without it
  double life;                 // of the node
  double strays;               // crashes below it that nobody counts, per second
};

void take_back(Prediction& prediction, const std::string& why) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  prediction.value = prediction.low = prediction.high = nan;
  prediction.because = why;
}

// The truth may be less by the share `less`, or more by the share `more`.
void loosen(Prediction& prediction, double less, double more, const std::string& why) {
  if (std::isnan(prediction.value) || (less <= not_worth_saying && more <= not_worth_saying)) return;
  if (!(less <= too_much) || !(more <= too_much))
    return take_back(prediction, why.empty() ? "it is not there for too much of the time" : why);
  prediction.low *= 1 - less;
  prediction.high *= 1 + more;
  prediction.value *= 1 + (more - less) / 2;
  if (prediction.method != Method::bound) prediction.method = Method::approximation;
  if (!why.empty()) prediction.because += "; " + why;
}

double share_of_life(const Case& c, double seconds) {
  return c.life > 0 ? seconds / c.life : seconds > 0 ? infinity : 0;
}

// Starts and ends for good per second of its own life, which the node may outlive.
double lives(const Case& c) {
  const double life = std::min(c.life, c.all.life);
  return life > 0 ? 1 / life : infinity;
}

// Ends by others; they come to nothing for what knows its own start.
double ends(const Case& c, const Disturbance& d) {
  const double horizon = spec::in_seconds(c.stage.design.horizon.value);
  return d.gone + (d.resets > 0 ? d.resets * horizon : 0) + (1 - c.life / horizon);
}

double absent(const Case& c, const Disturbance& d) {
  const double reset = d.resets > 0 && d.away > 0 ? d.resets * d.away : 0;
  return share_of_life(c, d.late) + d.gone + reset;
}

// ---- workers ----

double squared(double x) { return x * x; }

struct Start {
  double mean = 0;
  double second_moment = 0;
};

Start start_of(const Case& c) {
  const auto& worker = *spec::as_worker(c.stage.design.nodes[c.id]);
  Start start;
  double variance = 0;
  for (const auto* phase : {&worker.init, &worker.handle_continue}) {
    if (!*phase) continue;
    start.mean += spec::mean((*phase)->takes);
    variance += spec::variance((*phase)->takes);
    if (!(*phase)->calls.empty()) start.mean = infinity;
  }
  start.second_moment = variance + squared(start.mean);
  return start;
}

// Its first tick and the first of a regular stream come an interval after the start.
double first_interval(const Case& c) {
  const auto& design = c.stage.design;
  double share = 0;
  for (const auto& tick : spec::as_worker(design.nodes[c.id])->ticks)
    share = std::max(share, spec::mean(tick.every) * (lives(c) + c.all.resets));
  for (const spec::TrafficId id : c.stage.facts.loads.of[c.id].arrivals.sources) {
    if (const auto* renewal = std::get_if<spec::Traffic::Renewal>(&design.traffic[id].arrivals))
      share = std::max(share, share_of_life(c, spec::mean(renewal->every)));
    if (const auto* burst = std::get_if<spec::Traffic::Burst>(&design.traffic[id].arrivals))
      share = std::max(share, share_of_life(c, spec::mean(burst->every)));
  }
  return share;
}

struct Effects {
  double absent = 0;       // share of time
  double blocked = 0;      // share of time in which its supervisor would not restart it at once
  double inflow = 0;       // share of messages that may not come
  double unfinished = 0;   // share of messages that an end finds in the mailbox or in service
  double filling = 0;      // relative: work that is not yet there after a start
  double emptied = 0;      // relative: what resets take from waits
  double gathered = 0;     // seconds that starts add to the mean wait
  double in_starts = 0;    // share of messages that come during one
  double busy_starts = 0;  // share of time spent in handle_continue and in clean-ups
  double unserved = 0;     // share of work that may end early
  double restarts = 0;     // share of time in starts after calls that found nobody
};

Effects effects_on(const Case& c) {
  Effects e;
  const auto& load = c.stage.facts.loads.of[c.id];
  e.absent = absent(c, c.all);
  if (!c.stage.facts.crashes.of[c.id].empty()) e.blocked = share_of_life(c, c.all.booted) + c.all.blocked;
  e.unserved = c.all.unserved;
  e.inflow = c.all.missing + first_interval(c);
  const double idle = load.utilisation.said() ? std::max(1 - load.utilisation.high, 1e-9) : 1;
  const double ends = c.all.resets + lives(c);
  const bool overloaded = load.utilisation.said() && load.utilisation.low >= 1;
  if (load.loaded && load.service.mean > 0 && !overloaded) {
    // A crash makes a queue forget its past, too.
    const double crashes = c.stage.facts.crashes.of[c.id].empty() ? 0 : c.stage.facts.crashes.rate[c.id];
    const double settles = load.service.second_moment / load.service.mean / squared(idle);
    const double memory = crashes > 0 ? 1 / (1 / settles + crashes) : settles;
    if (c.all.resets > 0) e.emptied = 3 * c.all.resets * memory;
    e.filling = ends * memory;
    if (load.mean_wait.said() && !std::isinf(load.mean_wait.value))
      e.unfinished = ends * (load.mean_wait.value + load.service.mean);
  }
  const Start start = start_of(c);
  if (start.mean > 0) {
    const auto& crashes = c.stage.facts.crashes;
    double starts = lives(c) + c.all.resets + (crashes.of[c.id].empty() ? 0 : crashes.rate[c.id]);
    for (const auto& source : crashes.of[c.id])
      if (const auto* given = std::get_if<ScheduledCrashes>(&source.times))
        starts += share_of_life(c, static_cast<double>(given->node_times.size()));
    const auto& phase = spec::as_worker(c.stage.design.nodes[c.id])->handle_continue;
    if (phase) e.busy_starts = starts * spec::mean(phase->takes);
    e.in_starts = starts * start.mean / idle;
    e.gathered = starts * start.second_moment / 2 / idle;
    if (e.unserved > 0) e.restarts = e.unserved * load.rate * start.mean;
  }
  const Estimate& stop = c.stage.facts.tree.stop[c.id];
  e.busy_starts += ends * (stop.said() ? stop.high : infinity);
  return e;
}

bool orders_by_messages(const CrashSource& source) {
  return source.kind != CrashSource::Kind::clock && source.kind != CrashSource::Kind::script;
}

// How far the number of renewals is from time / mean: the first cycles, and cycles cut short.
double renewal_error(const Case& c, NodeId worker, double resets) {
  double error = 0;
  for (const auto& source : c.stage.facts.crashes.of[worker]) {
    const auto* life = std::get_if<LifeTime>(&source.times);
    if (life == nullptr) continue;
    const double mean = spec::mean(life->since_start);
    const double scatter = spec::variance(life->since_start) / squared(mean);
    error =
        std::max(error, std::abs(scatter - 1) / 2 * share_of_life(c, mean) + resets * mean * std::max(1.0, scatter));
  }
  return error;
}

void qualify_crash_rate(const Case& c, const Effects& e, Prediction& prediction) {
  double less = e.absent + e.blocked + c.all.faded;
  double more = 0;
  for (const auto& source : c.stage.facts.crashes.of[c.id])
    if (orders_by_messages(source))
      less = e.absent + e.blocked + c.all.faded + e.inflow + e.unserved, more = e.unserved;
  const double renewal = renewal_error(c, c.id, c.all.resets);
  loosen(prediction, less + renewal, more + renewal, c.all.why);
}

void add_gathered(const Effects& e, double factor, Prediction& prediction) {
  const double more = e.gathered * factor;
  if (std::isnan(prediction.value) || more <= not_worth_saying * prediction.value || more <= 1e-9 * factor) return;
  if (std::isinf(more))
    return take_back(prediction, "messages wait for its starts, and how long these take is not known");
  prediction.value += more;
  prediction.high += 2 * more;
  prediction.method = prediction.method == Method::bound ? Method::bound : Method::approximation;
  prediction.because += "; messages that come while it starts wait for it";
}

// What comes while it is not there is lost, too.
void add_losses(const Case& c, const Effects& e, Prediction& prediction) {
  const double load = c.stage.facts.loads.of[c.id].rate;
  const double more = (e.absent + e.blocked) * load + c.all.resets;
  if (std::isnan(prediction.value) || more <= not_worth_saying * prediction.value) return;
  prediction.high = std::min(prediction.high + more, std::max(load, prediction.high));
  prediction.method = Method::bound;
  prediction.because += "; and what comes while it is not there";
}

void qualify_timeouts(const Case& c, const Effects& e, Prediction& prediction) {
  if (std::isnan(prediction.value)) return;
  const double share = e.absent + e.emptied + e.unserved + c.all.missing;
  if (e.in_starts > not_worth_saying * prediction.value && prediction.high < 1) {
    prediction.high = std::min(1.0, prediction.high + 2 * e.in_starts);
    prediction.method = Method::bound;
    prediction.because += "; more of those that come while it starts";
  }
  loosen(prediction, share, e.unserved, c.all.why);
}

void qualify_worker_prediction(const Case& c, const Effects& e, Prediction& prediction) {
  const double load = c.stage.facts.loads.of[c.id].rate;
  const double idle = std::max(1e-9, 1 - c.stage.facts.loads.of[c.id].utilisation.high);
  const double work = e.inflow + e.unserved;
  const std::string& why = c.all.why;
  switch (prediction.quantity) {
    case Quantity::crash_rate:
      return qualify_crash_rate(c, e, prediction);
    case Quantity::availability:
      return loosen(prediction, e.absent + e.blocked + e.restarts, 0, why);
    case Quantity::throughput:
      return loosen(prediction, e.absent + e.blocked + e.unfinished + work, 0, why);
    case Quantity::utilisation:
      loosen(prediction, work + e.filling, e.unserved, why);
      if (e.busy_starts <= not_worth_saying * prediction.value || std::isnan(prediction.value)) return;
      if (!(e.busy_starts < 0.1)) return take_back(prediction, "it is busy with its starts and clean-ups, too");
      prediction.high += 2 * e.busy_starts;
      prediction.method = Method::bound;
      prediction.because += "; and with its starts and clean-ups";
      return;
    case Quantity::mean_wait:
      loosen(prediction, e.emptied + work / idle, 2 * e.unserved / idle, why);
      return add_gathered(e, 1, prediction);
    case Quantity::p99_wait:
      return loosen(prediction, e.emptied + work / idle, 2 * e.unserved / idle + e.in_starts / 0.01,
                    why.empty() ? "messages that come while it starts wait for it" : why);
    case Quantity::mailbox_length:
      loosen(prediction, e.absent + e.emptied + 2 * work / idle, 2 * e.unserved / idle, why);
      return add_gathered(e, load, prediction);
    case Quantity::lost_messages:
      loosen(prediction, e.absent + e.blocked + e.emptied + e.filling + work, 0, why);
      return add_losses(c, e, prediction);
    case Quantity::lost_per_crash:
      return loosen(prediction, e.emptied + e.filling + work, e.unserved, why);
    case Quantity::mailbox_growth:
      return loosen(prediction, e.absent + work, 0, why);
    case Quantity::timeout_probability:
      return qualify_timeouts(c, e, prediction);
    case Quantity::failure_probability:
    case Quantity::mean_time_to_failure:
    case Quantity::restart_rate:
    case Quantity::boot_time:
    case Quantity::shutdown_time:
    case Quantity::boot_failure_probability:
      return;
  }
}

// What is rehearsed knows its own start and end; not what others do to it.
bool follows_alone(const Case& c) {
  return c.all.gone <= not_worth_saying &&
         !(c.outside.resets * spec::in_seconds(c.stage.design.horizon.value) > not_worth_saying);
}

// ---- supervisors ----

// Fails less often by the share `less`, more often by the share `more`.
void widen(Prediction& prediction, double less, double more) {
  if (prediction.quantity == Quantity::failure_probability) {
    prediction.low *= 1 - less;
    prediction.high = std::min(1.0, prediction.high * (1 + more));
  } else {
    prediction.low /= 1 + more;
    prediction.high = less < 1 ? prediction.high / (1 - less) : infinity;
  }
  prediction.method = Method::bound;
}

// An ageing child lives from the end of its start: how much longer that makes its gaps.
double slowed(const Case& c) {
  const auto& gap = c.stage.facts.budgets.of[c.id].restarts.gap;
  if (!gap) return 0;
  double start = 0;
  for (const NodeId child : c.stage.design.nodes[c.id].children) {
    const Estimate& boot = c.stage.facts.tree.boot[child];
    start = std::max(start, boot.said() ? boot.high : infinity);
  }
  return start / spec::mean(*gap);
}

// What a dynamic supervisor has started is gone with its first incarnation.
bool loses_its_children(const Case& c) {
  const auto& supervisor = *spec::as_supervisor(c.stage.design.nodes[c.id]);
  return supervisor.kind.value == spec::SupervisorKind::dynamic && !supervisor.reseeded &&
         c.stage.design.nodes[c.id].parent != spec::no_node;
}

// While it starts its children it restarts none.
double share_of_own_life(const Case& c) {
  const Budget& budget = c.stage.facts.budgets.of[c.id];
  const Estimate& boot = c.stage.facts.tree.boot[c.id];
  const Estimate& life = budget.mean_time_to_failure;
  const double seconds = boot.said() ? boot.high : infinity;
  if (seconds == 0) return 0;
  return life.said() ? seconds / std::min(life.low, spec::in_seconds(c.stage.design.horizon.value)) : infinity;
}

void qualify_failure(const Case& c, double faded, Prediction& prediction) {
  if (std::isnan(prediction.value)) return;
  const bool certain = prediction.quantity == Quantity::failure_probability && prediction.low >= 1;
  const Budget& budget = c.stage.facts.budgets.of[c.id];
  const double times_restarts = static_cast<double>(budget.window.restarts + 1);
  const double stray = budget.counted > 0 ? c.strays / budget.counted * times_restarts : c.strays > 0 ? infinity : 0;
  const bool may_stray = c.strays * spec::in_seconds(c.stage.design.horizon.value) > not_worth_saying;
  if (may_stray && !certain && !(stray <= too_much))
    return take_back(prediction, "calls and links to processes that are taken down end others below it");
  if (may_stray && !certain) widen(prediction, 0, stray);
  if (prediction.high == 0) return;
  // A fate knows the starts and the ends of everything below.
  const bool fated = c.stage.facts.budgets.of[c.id].fate.has_value();
  const double inside = fated ? 0 : share_of_life(c, c.outside.late) + share_of_own_life(c) + times_restarts * faded;
  const double window = static_cast<double>(c.stage.facts.budgets.of[c.id].window.seconds + 1);
  if (prediction.quantity == Quantity::mean_time_to_failure && loses_its_children(c)) widen(prediction, 1, 0);
  const double less =
      std::min(1.0, times_restarts * slowed(c) + std::max(inside, c.outside.gone) + c.outside.resets * window);
  if (!(less > not_worth_saying)) return;
  widen(prediction, less, 0);
  prediction.method = Method::bound;
  if (!c.outside.why.empty()) prediction.because += "; " + c.outside.why;
}

void qualify_supervisor_prediction(const Case& c, double gone, double faded, double renewal, Prediction& prediction) {
  switch (prediction.quantity) {
    case Quantity::failure_probability:
    case Quantity::mean_time_to_failure:
      return qualify_failure(c, faded, prediction);
    case Quantity::restart_rate: {
      const double stray = prediction.value > 0 ? c.strays / prediction.value : c.strays > 0 ? infinity : 0;
      const double more = renewal + stray;
      if (c.stage.facts.budgets.of[c.id].fate) return loosen(prediction, ends(c, c.outside), stray, c.outside.why);
      return loosen(prediction, absent(c, c.all) + share_of_life(c, c.all.booted) + faded + renewal + slowed(c), more,
                    c.all.why.empty() ? "not all below it lives on undisturbed" : c.all.why);
    }
    case Quantity::shutdown_time:
      if (gone <= not_worth_saying || std::isnan(prediction.value)) return;
      prediction.low *= 1 - gone;
      prediction.method = Method::bound;
      prediction.because += "; less where some of them have ended for good";
      return;
    case Quantity::crash_rate:
    case Quantity::availability:
    case Quantity::throughput:
    case Quantity::utilisation:
    case Quantity::mean_wait:
    case Quantity::p99_wait:
    case Quantity::mailbox_length:
    case Quantity::lost_messages:
    case Quantity::lost_per_crash:
    case Quantity::mailbox_growth:
    case Quantity::timeout_probability:
    case Quantity::boot_time:
    case Quantity::boot_failure_probability:
      return;
  }
}

}  // namespace

void qualify_traffic(const Stage& stage, const Disturbances& disturbances, NodeId to, Prediction& prediction) {
  const Case c{stage, to, disturbances.of[to], disturbances.outside[to], disturbances.node_life, 0};
  if (!stage.facts.crashes.rehearsals[to])
    qualify_timeouts(c, effects_on(c), prediction);
  else if (!follows_alone(c))
    take_back(prediction, c.all.why);
}

void qualify(const Stage& stage, const Disturbances& disturbances, NodeId id, std::vector<Prediction>& list,
             std::size_t first) {
  const Case c{
      stage, id, disturbances.of[id], disturbances.outside[id], disturbances.node_life, disturbances.strays[id]};
  if (first == list.size()) return;
  if (spec::as_worker(stage.design.nodes[id]) != nullptr) {
    const Effects effects = effects_on(c);
    const bool rehearsed = stage.facts.crashes.rehearsals[id].has_value();
    for (auto at = first; at < list.size(); ++at) {
      if (!rehearsed)
        qualify_worker_prediction(c, effects, list[at]);
      else if (!follows_alone(c))
        take_back(list[at], c.all.why);
    }
    return;
  }
  const double gone = disturbances.gone_below[id];
  double renewal = 0;
  for (const NodeId child : stage.design.nodes[id].children)
    if (spec::as_worker(stage.design.nodes[child]) != nullptr)
      renewal = std::max(renewal, renewal_error(c, child, disturbances.of[child].resets));
  for (auto at = first; at < list.size(); ++at)
    qualify_supervisor_prediction(c, gone, disturbances.faded[id], renewal, list[at]);
}

}  // namespace treefall::analyzer
