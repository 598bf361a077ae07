// A worker whose mailbox is emptied now and then waits less, for about as long as a queue remembers its past; one that
// starts lets mail gather until its init returns (an M/G/1 queue with an exceptional first service, Welch 1964: each
// start of length I adds I^2 / 2 / (1 - utilisation) seconds of waiting per message that comes in a second).
#include "analyzer/worker_effects.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "analyzer/predict_worker.hpp"
#include "analyzer/service.hpp"
#include "analyzer/survey.hpp"

namespace treefall::analyzer {

namespace {

using spec::NodeId;

constexpr double infinity = std::numeric_limits<double>::infinity();

double squared(double x) { return x * x; }

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

// Its first tick and the first of a regular stream come an interval after the start, or when they are told to.
double first_interval(const DisturbedNode& c) {
  const bool ticks = !spec::as_worker(c.stage.design.nodes[c.id])->ticks.empty();
  const double seconds = until_first(c.stage, c.id);
  return seconds > 0 ? seconds * (lives(c) + (ticks ? c.all.resets : 0)) : 0;
}

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

// Of the time that messages wait for one in service, rate E[S^2] / 2, the share behind those that end their worker: who
// waits for them is never taken up. A task that is late ends it after all that it is waited for.
double behind_the_fatal(const DisturbedNode& c) {
  const Load& load = c.stage.facts.loads.of[c.id];
  if (!(load.service.second_moment > 0)) return 0;
  double fatal = 0;
  for (const auto& source : c.stage.facts.crashes.of[c.id]) {
    if (!source.message || source.during || *source.message >= load.messages.size()) continue;
    const MessageLoad& message = load.messages[*source.message];
    if (message.handler == nullptr || !(message.rate() > 0)) continue;
    const double longest = spec::mean(message.handler->takes) + longest_await(*message.handler);
    fatal += message.rate() * source.probability * std::max(message.service.second_moment, squared(longest));
  }
  return fatal / (load.rate * load.service.second_moment);
}

// Every start and every exit empties the mailbox: waits get shorter by about how often that happens times the time in
// which a queue forgets its past, E[S^2] / E[S] / (1 - utilisation)^2; three times that has held it in every comparison
// of tests/analyzer. And what waits behind a message that ends its worker is never taken up.
double shortened(const DisturbedNode& c, double idle) {
  const auto& load = c.stage.facts.loads.of[c.id];
  const Exits exits = exits_of(c);
  const double memory = load.service.second_moment / load.service.mean / squared(idle);
  const double ahead = load.mean_wait.said() ? 1 + load.mean_wait.high / load.service.mean : 1;
  return 3 * (c.all.resets + lives(c) + exits.rate) * memory + exits.per_message * ahead + behind_the_fatal(c);
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

}  // namespace

double lives(const DisturbedNode& c) {
  const double life = std::min(c.life, c.all.life);
  return life > 0 ? 1 / life : infinity;
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
  if (overloaded && !c.stage.facts.crashes.of[c.id].empty())
    // Its mailbox grows from one crash to the next; the first life is as young as any, and the last is cut short.
    e.growing = ends / c.stage.facts.crashes.rate[c.id];
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
  e.stopping = ends * (stop.said() ? stop.high : infinity);
  e.left_behind = stop.said() ? ends * squared(stop.high) / 2 : infinity;
  e.busy += ends * (stop.said() ? stop.high : infinity);
  return e;
}

}  // namespace treefall::analyzer
