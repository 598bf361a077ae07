// Message rates through the whole design. Unknown are the rates of all kinds of messages at all workers; a message
// handled makes others by calls, casts and tasks, so the rates solve lambda = outside + lambda G, with G the
// messages of one kind that one message of another makes. Kinds are swept in topological order, so that a design
// without message rings needs one sweep; rings need several, or never settle: then messages multiply without end.
// All rates are per process of a node: a flow from 10 processes into 2 copies counts five times at each.
#include "analyzer/loads.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "analyzer/load_model.hpp"
#include "analyzer/service.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

constexpr double unknown_rate = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr int most_sweeps = 10'000;
constexpr int most_rounds = 200;
constexpr double settled = 1e-13;

void find_call_rates(LoadModel& model) {
  for (auto& load : model.loads.of)
    for (auto& callers : load.callers) {
      callers.rate = callers.paced = 0;
      for (const auto& [slot, call] : callers.calls) {
        const auto& message = model.loads.of[callers.node].messages[slot];
        callers.rate += message.rate() * call->times;
        if (message.tick != nullptr) callers.paced += message.rate() * call->times;
      }
      if (callers.rate > 0) callers.paced /= callers.rate;
    }
}

// P(this handler ends its worker before the next tick is set): a crash of its own, or an awaited task.
double ends_its_worker(const spec::Handler& handler) {
  if (handler.exits) return 1;
  double survives = 1 - handler.crash_probability;
  for (const auto& task : handler.tasks) {
    if (!task.await) continue;
    const bool deadly = task.on_timeout == spec::Task::OnTimeout::exit;
    const double in_time = deadly ? spec::cumulative(task.takes, spec::in_seconds(*task.await)) : 1;
    survives *= std::pow((1 - task.crash_probability) * in_time, task.count);
  }
  return 1 - survives;
}

// From the end of one tick to when the next is due: an interval, or a start and the first one.
double pause(const LoadModel& model, NodeId node, const spec::Tick& tick) {
  const double every = spec::mean(tick.every);
  const double ends = ends_its_worker(tick.handler);
  if (ends <= 0) return every;
  const auto& init = spec::as_worker(model.design.nodes[node])->init;
  const double again = (init ? spec::mean(init->takes) : 0) + spec::mean(tick.first.value_or(tick.every));
  return (1 - ends) * every + ends * again;
}

// How often a tick comes: the next is set when this one has been handled.
double tick_rate(const LoadModel& model, NodeId node, const MessageLoad& tick) {
  const Estimate& wait = model.loads.of[node].mean_wait;
  return 1 / (pause(model, node, *tick.tick) + (wait.said() ? wait.value : 0) + tick.service.mean);
}

MessageLoad& message(LoadModel& model, const Kind& kind) { return model.loads.of.fill(kind.node).messages[kind.slot]; }

// True where the rates settle.
bool solve_rates(LoadModel& model) {
  std::vector<double> called(model.kinds.size(), 0);
  std::vector<double> sent(model.kinds.size(), 0);
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    double change = 0;
    std::vector<double> next_called(model.kinds.size(), 0);
    std::vector<double> next_sent(model.kinds.size(), 0);
    for (const auto index : model.order) {
      const auto& kind = model.kinds[index];
      auto& load = message(model, kind);
      const double before = load.rate();
      const double own = load.tick == nullptr ? kind.outside_sent : tick_rate(model, kind.node, load);
      // What comes from behind in the order (a ring) is the last sweep's.
      load.called = kind.outside_called + std::max(called[index], next_called[index]);
      load.sent = own + std::max(sent[index], next_sent[index]);
      change = std::max(change, std::abs(load.rate() - before) / std::max(load.rate(), 1e-300));
      for (const auto& flow : kind.flows) (flow.call ? next_called : next_sent)[flow.to] += load.rate() * flow.each;
    }
    called = std::move(next_called);
    sent = std::move(next_sent);
    if (change < settled) return true;
  }
  return false;
}

// Seconds in which a server is through with what it gets in an interval of its sources, were it to come all at once.
double works_off(const Load& load, const MessageLoad& message) {
  if (load.mean_wait.said()) return load.mean_wait.high + message.service.high;
  const double busy = load.rate * load.service.high;  // of the last round
  return busy < 1 ? message.apart * busy / (1 - busy) + message.service.high : infinity;
}

// Waits that are only bounded make ticks come at a rate that is only bounded.
void find_spread_of_tick(const LoadModel& model, const Kind& kind, MessageLoad& tick) {
  const Load& load = model.loads.of[kind.node];
  const double every = pause(model, kind.node, *tick.tick);
  const double wait = load.mean_wait.said() ? load.mean_wait.high : 0;
  const double least = every + tick.service.low;
  const double most = every + wait + tick.service.high;
  tick.loose = tick.service.loose;
  if (most > least * (1 + settled)) tick.spread = most / least - 1;
  tick.apart = most;
}

// And all that follows from them.
void find_spreads(LoadModel& model) {
  for (auto& load : model.loads.of)
    for (auto& kind : load.messages) kind.spread = kind.behind = 0, kind.apart = kind.between_sources;
  for (const auto& kind : model.kinds)
    if (auto& load = message(model, kind); load.tick != nullptr) find_spread_of_tick(model, kind, load);
  for (const auto index : model.order) {
    const auto& from = message(model, model.kinds[index]);
    const Load& sender = model.loads.of[model.kinds[index].node];
    for (const auto& flow : model.kinds[index].flows) {
      auto& target = message(model, model.kinds[flow.to]);
      const double spread = std::max(from.spread, sender.turned_away / (1 - sender.turned_away));
      if (spread > target.spread) target.loose = from.loose;
      target.spread = std::max(target.spread, spread);
      if (!(from.apart > 0)) continue;
      target.apart = std::max(target.apart, from.apart);
      target.behind = std::max(target.behind, from.behind + works_off(sender, from));
    }
  }
}

// Of all its messages: rates r off by s each make a sum that is off by no more than their mean, weighted with r.
void sum_up_spread(Load& load) {
  double off = 0;
  double rate = 0;
  double most = 0;
  for (const auto& kind : load.messages) {
    if (!(kind.rate() > 0)) continue;
    rate += kind.rate();
    off += kind.rate() * kind.spread;
    if (kind.rate() * kind.spread > most) load.loose = kind.loose, most = kind.rate() * kind.spread;
  }
  load.spread = rate > 0 ? off / rate : 0;
}

// The first cause: the tick whose handler takes nobody knows how long.
std::string why_unknown(const LoadModel& model, const MessageLoad& kind) {
  if (kind.tick != nullptr) return "when its next tick is due depends on the last one: " + kind.service.unsaid;
  for (const auto& other : model.kinds) {
    const auto& from = model.loads.of[other.node].messages[other.slot];
    if (from.tick != nullptr && std::isnan(from.rate()))
      return "when `" + model.design.nodes[other.node].name + "` sends to it cannot be said: " + from.service.unsaid;
  }
  return "how often its messages come depends on waits that cannot be said";
}

void sum_up(LoadModel& model, bool settles) {
  find_spreads(model);
  find_call_rates(model);
  for (auto& load : model.loads.of) {
    if (!load.loaded) continue;
    if (!settles) cannot_say(load, "messages multiply in a ring of casts or calls without end");
    load.rate = 0;
    for (const auto& kind : load.messages) load.rate += kind.rate();
    sum_up_spread(load);
    for (const auto& kind : load.messages)
      if (std::isnan(kind.rate())) cannot_say(load, why_unknown(model, kind));
    if (!load.unsaid.empty()) load.rate = unknown_rate;
  }
}

// What cannot be said at a worker cannot be said of anything that it makes either.
void spread_ignorance(LoadModel& model) {
  for (int sweep = 0; sweep < 2; ++sweep)
    for (const auto index : model.order) {
      const auto& kind = model.kinds[index];
      const auto& from = model.loads.of[kind.node];
      for (const auto& flow : kind.flows) {
        auto& to = model.loads.of.fill(model.kinds[flow.to].node);
        to.arrivals.finite = to.arrivals.finite || from.arrivals.finite;
        if (!from.unsaid.empty()) cannot_say(to, from.unsaid);
      }
    }
}

std::vector<double> tick_rates(const LoadModel& model) {
  std::vector<double> rates;
  for (const auto& load : model.loads.of)
    for (const auto& kind : load.messages)
      if (kind.tick != nullptr) rates.push_back(kind.rate());
  return rates;
}

bool agree(const std::vector<double>& a, const std::vector<double>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::abs(a[i] - b[i]) > settled * std::abs(a[i])) return false;
  return true;
}

}  // namespace

Loads loads_of(const Design& design, const Tree& tree, const CallGraph& calls) {
  Loads loads;
  loads.of = Sparse<Load>(design.nodes.size());
  LoadModel model = model_of(design, tree, loads);
  spread_ignorance(model);
  // Rates of ticks depend on the time they take, and that on the rates: a fixed point, found by repetition.
  for (int round = 0; round < most_rounds; ++round) {
    const auto before = tick_rates(model);
    const bool settles = solve_rates(model);
    sum_up(model, settles);
    find_service_times(design, tree, calls, loads);
    if (!settles || before.empty() || agree(before, tick_rates(model))) break;
  }
  // What is turned away does not go on to others.
  if (std::any_of(loads.of.begin(), loads.of.end(), [](const Load& load) { return load.turned_away != 0; })) {
    sum_up(model, true);
    find_service_times(design, tree, calls, loads);
  }
  return loads;
}

}  // namespace treefall::analyzer
