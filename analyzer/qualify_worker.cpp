// Workers. One whose mailbox is emptied now and then waits less, for about as long as a queue remembers its past; one
// that starts lets mail gather until its init returns (an M/G/1 queue with an exceptional first service, Welch 1964:
// each start of length I adds I^2 / 2 / (1 - utilisation) seconds of waiting per message that comes in a second).
#include <algorithm>
#include <cmath>
#include <limits>

#include "analyzer/clumps.hpp"
#include "analyzer/qualify.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::NodeId;
using spec::Quantity;

constexpr double infinity = std::numeric_limits<double>::infinity();

double squared(double x) { return x * x; }

// Starts and ends for good per second of its own life, which the node may outlive.
double lives(const DisturbedNode& c) {
  const double life = std::min(c.life, c.all.life);
  return life > 0 ? 1 / life : infinity;
}

struct Start {
  double mean = 0;
  double second_moment = 0;
};

Start start_of(const DisturbedNode& c) {
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
double first_interval(const DisturbedNode& c) {
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
  double absent = 0;      // share of time
  double blocked = 0;     // share of time in which its supervisor would not restart it at once
  double inflow = 0;      // share of messages that may not come
  double unfinished = 0;  // share of messages that an end finds in the mailbox or in service
  double filling = 0;     // relative: work that is not yet there after a start
  double emptied = 0;     // relative: what resets take from waits
  double gathered = 0;    // seconds that starts add to the mean wait
  double in_starts = 0;   // share of messages that come during one
  double busy = 0;        // share of time spent in handle_continue and terminate
  double restarts = 0;    // share of time in starts after calls that found nobody
  double unserved = 0;    // share of work that may end early
};

Effects effects_on(const DisturbedNode& c) {
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
    if (phase) e.busy = starts * spec::mean(phase->takes);
    e.in_starts = starts * start.mean / idle;
    e.gathered = starts * start.second_moment / 2 / idle;
    if (e.unserved > 0) e.restarts = e.unserved * load.rate * start.mean;
  }
  const Estimate& stop = c.stage.facts.tree.stop[c.id];
  e.busy += ends * (stop.said() ? stop.high : infinity);
  return e;
}

bool orders_by_messages(const CrashSource& source) {
  return source.kind != CrashSource::Kind::clock && source.kind != CrashSource::Kind::script;
}

// The longest that the node lives on average, as a share of the horizon.
double longest_life(const DisturbedNode& c, double horizon) {
  double share = 1;
  for (const auto& application : c.stage.design.applications) {
    if (application.root == spec::no_node || application.start.value == spec::StartType::temporary) continue;
    const Budget& budget = c.stage.facts.budgets.of[application.root];
    if (budget.relevant && budget.mean_time_to_failure.said())
      share = std::min(share, budget.mean_time_to_failure.high / horizon);
  }
  return share;
}

// After the end of the node nothing is up any more, to the horizon.
void cut_by_the_end(const DisturbedNode& c, Prediction& prediction) {
  const double horizon = spec::in_seconds(c.stage.design.horizon.value);
  const double least = std::min(1.0, c.life / horizon);
  if (std::isnan(prediction.value) || 1 - least <= not_worth_saying) return;
  if (!(least > 0)) return take_back(prediction, "how long the node lives cannot be said");
  const double most = std::max(least, longest_life(c, horizon));
  prediction.low *= least;
  prediction.high *= most;
  prediction.value *= (least + most) / 2;
  prediction.method = Method::bound;
  prediction.because += "; nothing is up any more after the end of the node, which lives " +
                        spec::seconds_text(c.life) + " of " + spec::seconds_text(horizon);
}

void qualify_crash_rate(const DisturbedNode& c, const Effects& e, Prediction& prediction) {
  double less = e.absent + e.blocked + c.all.faded;
  double more = 0;
  for (const auto& source : c.stage.facts.crashes.of[c.id])
    if (orders_by_messages(source))
      less = e.absent + e.blocked + c.all.faded + e.inflow + e.unserved, more = e.unserved;
  less += unsettled(c.stage, c.id, lives(c) + c.all.resets);
  for (const auto& source : c.stage.facts.crashes.of[c.id])
    if (const auto* poisson = std::get_if<PoissonCrashes>(&source.times); poisson != nullptr && poisson->late)
      cut_clumps(c.stage, source.guilty, prediction);
  const double renewal = renewal_error(c, c.id, c.all.resets);
  if (c.strays > 0) more += c.strays / prediction.value;
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
void add_losses(const DisturbedNode& c, const Effects& e, Prediction& prediction) {
  const double load = c.stage.facts.loads.of[c.id].rate;
  const double more = (e.absent + e.blocked) * load + c.all.resets;
  if (std::isnan(prediction.value) || more <= not_worth_saying * prediction.value) return;
  prediction.high = std::min(prediction.high + more, std::max(load, prediction.high));
  prediction.method = Method::bound;
  prediction.because += "; and what comes while it is not there";
}

void loosen_timeouts(const DisturbedNode& c, const Effects& e, Prediction& prediction) {
  if (std::isnan(prediction.value)) return;
  const double share = e.absent + e.emptied + e.unserved + c.all.missing;
  cut_clumps(c.stage, c.id, prediction);
  if (e.in_starts > not_worth_saying * prediction.value && prediction.high < 1) {
    prediction.high = std::min(1.0, prediction.high + 2 * e.in_starts);
    prediction.method = Method::bound;
    prediction.because += "; more of those that come while it starts";
  }
  loosen(prediction, share, e.unserved, c.all.why);
}

void qualify_worker_prediction(const DisturbedNode& c, const Effects& e, Prediction& prediction) {
  const double load = c.stage.facts.loads.of[c.id].rate;
  const double idle = std::max(1e-9, 1 - c.stage.facts.loads.of[c.id].utilisation.high);
  const double work = e.inflow + e.unserved;
  const std::string& why = c.all.why;
  switch (prediction.quantity) {
    case Quantity::crash_rate:
      return qualify_crash_rate(c, e, prediction);
    case Quantity::availability:
      loosen(prediction, e.absent + e.blocked + e.restarts, 0,
             why.empty() ? "calls that find nobody make it crash more often" : why);
      return cut_by_the_end(c, prediction);
    case Quantity::throughput:
      return loosen(prediction, e.absent + e.blocked + e.unfinished + work, 0, why);
    case Quantity::utilisation:
      loosen(prediction, work + e.filling, e.unserved, why);
      if (e.busy <= not_worth_saying * prediction.value || std::isnan(prediction.value)) return;
      if (!(e.busy < 0.1)) return take_back(prediction, "it is busy with its starts and clean-ups, too");
      prediction.high += 2 * e.busy;
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
      return loosen_timeouts(c, e, prediction);
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
bool follows_alone(const DisturbedNode& c) {
  return c.all.gone <= not_worth_saying &&
         !(c.outside.resets * spec::in_seconds(c.stage.design.horizon.value) > not_worth_saying);
}
}  // namespace

void qualify_timeouts(const DisturbedNode& c, Prediction& prediction) {
  if (!c.stage.facts.crashes.rehearsals[c.id])
    loosen_timeouts(c, effects_on(c), prediction);
  else if (!follows_alone(c))
    take_back(prediction, c.all.why);
}

void qualify_worker(const DisturbedNode& c, std::vector<Prediction>& list, std::size_t first) {
  const Effects effects = effects_on(c);
  const bool rehearsed = c.stage.facts.crashes.rehearsals[c.id].has_value();
  for (auto at = first; at < list.size(); ++at) {
    if (!rehearsed)
      qualify_worker_prediction(c, effects, list[at]);
    else if (!follows_alone(c))
      take_back(list[at], c.all.why);
  }
}

}  // namespace treefall::analyzer
