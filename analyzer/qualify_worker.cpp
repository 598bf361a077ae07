// Workers. One whose mailbox is emptied now and then waits less, for about as long as a queue remembers its past; one
// that starts lets mail gather until its init returns (an M/G/1 queue with an exceptional first service, Welch 1964:
// each start of length I adds I^2 / 2 / (1 - utilisation) seconds of waiting per message that comes in a second).
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numbers>
#include <utility>

#include "analyzer/clumps.hpp"
#include "analyzer/predict_worker.hpp"
#include "analyzer/qualify.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::NodeId;
using spec::Quantity;

constexpr double infinity = std::numeric_limits<double>::infinity();

double squared(double x) { return x * x; }

double known(double value) { return std::isnan(value) ? infinity : value; }

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
      share = std::max(share, spec::mean(renewal->every) * lives(c));
    if (const auto* burst = std::get_if<spec::Traffic::Burst>(&design.traffic[id].arrivals))
      share = std::max(share, spec::mean(burst->every) * lives(c));
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
  double shortened = 0;   // relative: what its starts and exits take from them as well
  double gathered = 0;    // seconds that starts add to the mean wait
  double in_starts = 0;   // share of messages that come during one
  double backlog = 0;     // relative: work that gathers during the starts that cut its life short
  double busy = 0;        // share of time spent in handle_continue and terminate
  double restarts = 0;    // share of time in starts after calls that found nobody
  double unserved = 0;    // share of work that may end early
};

// Its own exits per second; those that messages bring also per message.
struct Exits {
  double rate = 0;
  double per_message = 0;
};

Exits exits_of(const DisturbedNode& c) {
  Exits exits;
  for (const auto& source : c.stage.facts.crashes.of[c.id]) {
    const auto* given = std::get_if<ScheduledCrashes>(&source.times);
    const double rate =
        given != nullptr ? share_of_life(c, static_cast<double>(given->node_times.size())) : per_second(source);
    if (orders_by_messages(source)) exits.per_message += known(rate) / c.stage.facts.loads.of[c.id].rate;
    exits.rate += known(rate);
  }
  return exits;
}

// Every start and every exit empties the mailbox: waits get shorter by about how often that happens times the time in
// which a queue forgets its past, E[S^2] / E[S] / (1 - utilisation)^2; three times that has held it in every comparison
// of tests/analyzer. And what waits behind a message that ends its worker is never taken up.
double shortened(const DisturbedNode& c, double idle) {
  const auto& load = c.stage.facts.loads.of[c.id];
  const Exits exits = exits_of(c);
  const double memory = load.service.second_moment / load.service.mean / squared(idle);
  const double ahead = load.mean_wait.said() ? 1 + load.mean_wait.high / load.service.mean : 1;
  return 3 * (c.all.resets + lives(c) + exits.rate) * memory + exits.per_message * ahead;
}

// A group of callers that start together and call at intervals of `interval`.
struct InStep {
  double callers = 0;
  const spec::Distribution& interval;
  double share = 0;  // of all calls
};

// Relative: what they add to a mean wait while they call together. They fall out of step by what differs from cycle to
// cycle: differences of variance 2 v on a circle of d forget their start within d^2 / (4 pi^2 v) cycles. Intervals of a
// few values scatter no more than the answers do.
double rhythm(const DisturbedNode& c, const InStep& group, double wait) {
  if (group.callers < 2 || !(wait > 0)) return 0;
  const ServiceTime& service = c.stage.facts.loads.of[c.id].service;
  const bool few_values = spec::is_constant(group.interval) || std::holds_alternative<spec::Empirical>(group.interval);
  const double mean = service.mean;
  const double cycle = spec::mean(group.interval) + mean;
  const double variance = service.second_moment - squared(mean) + (few_values ? 0 : spec::variance(group.interval));
  const double lasts = squared(cycle / (2 * std::numbers::pi)) / variance * cycle;
  const double together = (group.callers - 1) / 2 * mean;
  return known(group.share * together / wait * lasts * (lives(c) + c.all.resets));
}

double rhythm(const DisturbedNode& c, double wait) {
  const auto& load = c.stage.facts.loads.of[c.id];
  double sum = 0;
  for (const auto& callers : load.callers)
    for (const auto& tick : spec::as_worker(c.stage.design.nodes[callers.node])->ticks)
      if (callers.paced > 0 && load.service.mean > 0)
        sum += rhythm(c,
                      {static_cast<double>(callers.count), tick.every,
                       callers.rate * static_cast<double>(callers.count) / load.rate},
                      wait);
  for (const spec::TrafficId id : load.arrivals.sources)
    if (const auto* closed = std::get_if<spec::Traffic::Closed>(&c.stage.design.traffic[id].arrivals))
      sum += rhythm(c, {static_cast<double>(closed->concurrency), closed->think, 1}, wait);
  return sum;
}

// What it waits longer in its calls while it and its like call in step, relative to all that it does.
double in_step_at_callees(const DisturbedNode& c) {
  double most = 0;
  for (const auto& edge : c.stage.facts.calls.edges) {
    if (edge.from != c.id || edge.to == c.id) continue;
    const Estimate& wait = c.stage.facts.loads.of[edge.to].mean_wait;
    if (!wait.said() || std::isinf(wait.value)) continue;
    const DisturbedNode callee{c.stage, edge.to, c.all, c.outside, c.life, c.strays, c.ended};
    most = std::max(most, rhythm(callee, wait.value));
  }
  return most;
}

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
    e.shortened = shortened(c, idle);
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
    e.backlog = (lives(c) + c.all.resets) * start.mean / idle;
    e.gathered = starts * start.second_moment / 2 / idle;
    if (e.unserved > 0) e.restarts = e.unserved * load.rate * start.mean;
  }
  const Estimate& stop = c.stage.facts.tree.stop[c.id];
  e.busy += ends * (stop.said() ? stop.high : infinity);
  return e;
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
      // A crash throws away what has gathered while it was busy with its start.
      less = e.absent + e.blocked + c.all.faded + e.inflow + e.unserved + e.busy, more = e.unserved;
  less += unsettled(c.stage, c.id, lives(c) + c.all.resets);
  for (const auto& source : c.stage.facts.crashes.of[c.id])
    if (const auto* poisson = std::get_if<PoissonCrashes>(&source.times); poisson != nullptr && poisson->late)
      cut_clumps(c.stage, source.guilty, prediction);
  const double renewal = renewal_error(c, c.id, c.all.resets);
  if (c.strays > 0) more += c.strays / prediction.value;
  loosen(prediction, less + renewal, more + renewal, c.all.why);
}

void add_gathered(const DisturbedNode& c, const Effects& e, double factor, Prediction& prediction) {
  const double more = e.gathered * factor;
  if (std::isnan(prediction.value) || more <= not_worth_saying * prediction.value || more <= 1e-9 * factor) return;
  // Other processes send what has gathered during starts of their own, all at once.
  if (const auto& from = c.stage.facts.loads.of[c.id].arrivals; from.callers > 0 || from.casts)
    return take_back(prediction, "messages that come while it starts wait for it, and others send theirs together");
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
  const double share = e.absent + e.shortened + e.unserved + c.all.missing;
  cut_clumps(c.stage, c.id, prediction);
  if (e.in_starts > not_worth_saying * prediction.value && prediction.high < 1) {
    prediction.high = std::min(1.0, prediction.high + 2 * e.in_starts);
    prediction.method = Method::bound;
    prediction.because += "; more of those that come while it starts";
  }
  loosen(prediction, share, e.unserved, c.all.why);
}

// Why a figure is taken back where nobody else disturbs the process: what changes it most, where that is much.
std::string weightiest(const DisturbedNode& c, const Effects& e) {
  constexpr double much = 0.1;
  const std::pair<double, const char*> all[] = {
      {e.absent, "it is not there for too much of the time"},
      {e.blocked, "its supervisor is busy with restarts for too much of the time"},
      {e.unserved, "too many of its calls may find nobody, or somebody who ends before the answer"},
      {c.all.missing, "too many of the messages that other processes send it may not come"},
      {e.inflow - c.all.missing, "its first messages come late for how long it lives"},
      {e.busy, "it is busy with its starts and clean-ups for too much of the time"},
      {e.filling, "it starts afresh too often for its mailbox to settle"},
      {e.shortened, "its mailbox is emptied too often for waits to settle"},
  };
  const auto* most = std::max_element(std::begin(all), std::end(all),
                                      [](const auto& a, const auto& b) { return known(a.first) < known(b.first); });
  return known(most->first) > much ? most->second : "";
}

// Whatever interrupts it: where services are new better than used, so many are done at the most (Barlow and Proschan).
void claim_capacity(const DisturbedNode& c, Prediction& prediction) {
  const Load& load = c.stage.facts.loads.of[c.id];
  const bool overloaded = load.utilisation.said() && load.utilisation.low >= 1;
  if (!std::isnan(prediction.value) || !overloaded || !has_plain_laws(load) || !(load.service.mean > 0)) return;
  if (!std::all_of(load.messages.begin(), load.messages.end(), [](const auto& message) {
        return message.rate() <= 0 || has_short_residual_life(*message.service.law);
      }))
    return;
  prediction.low = 0;
  prediction.value = prediction.high = 1 / load.service.mean;
  prediction.method = Method::bound;
  prediction.because =
      "more comes in than it can do, and that is at most one message in " + spec::seconds_text(load.service.mean);
}

void qualify_worker_prediction(const DisturbedNode& c, const Effects& e, Prediction& prediction) {
  const double load = c.stage.facts.loads.of[c.id].rate;
  const double idle = std::max(1e-9, 1 - c.stage.facts.loads.of[c.id].utilisation.high);
  const double work = e.inflow + e.unserved;
  const std::string why = c.all.why.empty() ? weightiest(c, e) : c.all.why;
  const std::string in_step = "its callers start together, and call in step for a while";
  const std::string shorter = why.empty() ? "starts and crashes empty its mailbox, so that waits are shorter" : why;
  switch (prediction.quantity) {
    case Quantity::crash_rate:
      return qualify_crash_rate(c, e, prediction);
    case Quantity::availability:
      loosen(prediction, e.absent + e.blocked + e.restarts, 0,
             why.empty() ? "calls that find nobody make it crash more often" : why);
      return cut_by_the_end(c, prediction);
    case Quantity::throughput:
      loosen(prediction, e.absent + e.blocked + e.unfinished + work, 0, why);
      return claim_capacity(c, prediction);
    case Quantity::utilisation:
      // However much it is offered, it is busy all the time at most.
      if (work + e.filling > not_worth_saying) prediction.low = std::min(prediction.low, 1.0);
      loosen(prediction, work + e.filling, e.unserved + e.backlog + in_step_at_callees(c), why);
      if (e.busy <= not_worth_saying * prediction.value || std::isnan(prediction.value)) return;
      if (!(e.busy < 0.1)) return take_back(prediction, "it is busy with its starts and clean-ups, too");
      prediction.high += 2 * e.busy;
      prediction.method = Method::bound;
      prediction.because += "; and with its starts and clean-ups";
      return;
    case Quantity::mean_wait:
      loosen(prediction, 0, rhythm(c, prediction.value), in_step);
      if (prediction.high > 0) loosen(prediction, e.shortened + work / idle, 2 * e.unserved / idle, shorter);
      return add_gathered(c, e, 1, prediction);
    case Quantity::p99_wait:
      return loosen(prediction, e.shortened + work / idle, 2 * e.unserved / idle + e.in_starts / 0.01,
                    e.in_starts > e.shortened ? "messages that come while it starts wait for it" : shorter);
    case Quantity::mailbox_length:
      loosen(prediction, 0, rhythm(c, prediction.value / load), in_step);
      if (prediction.high > 0)
        loosen(prediction, e.absent + e.shortened + 2 * work / idle, 2 * e.unserved / idle, shorter);
      return add_gathered(c, e, load, prediction);
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
  const bool rehearsed =
      c.stage.facts.crashes.rehearsals[c.id].has_value() || is_said_shared(worker_of(c.stage, c.id, list));
  for (auto at = first; at < list.size(); ++at) {
    if (!rehearsed)
      qualify_worker_prediction(c, effects, list[at]);
    else if (!follows_alone(c))
      take_back(list[at], c.all.why);
  }
}

}  // namespace treefall::analyzer
