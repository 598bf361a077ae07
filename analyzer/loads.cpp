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

#include "analyzer/service.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

constexpr double unknown_rate = std::numeric_limits<double>::quiet_NaN();
constexpr int most_sweeps = 10'000;
constexpr int most_rounds = 200;
constexpr double settled = 1e-13;

struct Flow {
  std::uint32_t to = 0;  // kind
  double each = 0;       // messages per message handled, in per-process rates
  bool call = false;
};

struct Kind {
  NodeId node = spec::no_node;
  std::uint32_t slot = 0;  // in Load::messages
  double outside_called = 0;
  double outside_sent = 0;
  std::vector<Flow> flows;
};

struct Model {
  const Design& design;
  const Tree& tree;
  Loads& loads;
  std::vector<Kind> kinds;
  std::vector<std::vector<std::uint32_t>> at;  // by node: kinds, in the order of Load::messages
  std::vector<std::uint32_t> order;            // callers before callees, but for rings
};

std::uint32_t kind_of(Model& model, NodeId node, const std::string& message) {
  auto& messages = model.loads.of[node].messages;
  for (std::uint32_t slot = 0; slot < messages.size(); ++slot)
    if (messages[slot].tick == nullptr && messages[slot].message == message) return model.at[node][slot];
  MessageLoad load;
  load.message = message;
  if (const auto* worker = spec::as_worker(model.design.nodes[node])) {
    const Clause clause = clause_for(*worker, message);
    load.handler = clause.handler;
    load.unknown = clause.unknown;
  }
  const auto index = static_cast<std::uint32_t>(model.kinds.size());
  model.kinds.push_back({node, static_cast<std::uint32_t>(messages.size()), 0, 0, {}});
  model.at[node].push_back(index);
  messages.push_back(std::move(load));
  model.loads.of[node].loaded = true;
  return index;
}

// A pin loads one copy more than the others; one number for all of them would be wrong.
bool is_uneven(const Design& design, const spec::Target& target) {
  return std::any_of(target.pins.begin(), target.pins.end(),
                     [&](const auto& pin) { return design.nodes[pin.node].count.value > 1; });
}

void cannot_say(Load& load, std::string why) {
  if (load.unsaid.empty()) load.unsaid = std::move(why);
}

// ---- sources ----

// Messages per second of one source in the long run; NaN where there is no such number.
double rate_of(const spec::Traffic& traffic) {
  struct Rate {
    double operator()(const spec::Traffic::Poisson& poisson) const { return poisson.per_second; }
    double operator()(const spec::Traffic::Renewal& renewal) const { return 1 / spec::mean(renewal.every); }
    double operator()(const spec::Traffic::Burst& burst) const {
      return static_cast<double>(burst.size) / spec::mean(burst.every);
    }
    double operator()(const spec::Traffic::At&) const { return 0; }
    double operator()(const spec::Traffic::Closed&) const { return 0; }  // depends on the answers
  };
  return std::visit(Rate{}, traffic.arrivals);
}

void add_traffic(Model& model, spec::TrafficId id) {
  const auto& traffic = model.design.traffic[id];
  const NodeId node = traffic.to.node;
  auto& kind = model.kinds[kind_of(model, node, traffic.message)];
  auto& load = model.loads.of[node];
  const double rate = rate_of(traffic) / static_cast<double>(model.tree.copies[node]);
  (traffic.sends == spec::Sends::call ? kind.outside_called : kind.outside_sent) += rate;
  if (traffic.sends == spec::Sends::call && traffic.retries) {
    load.arrivals.retried += rate * *traffic.retries;
    load.arrivals.patience = std::min(load.arrivals.patience, spec::in_seconds(traffic.timeout.value));
  }
  const bool plain = std::holds_alternative<spec::Traffic::Poisson>(traffic.arrivals) && !traffic.during;
  if (plain) load.arrivals.poisson += rate;
  if (!plain) load.arrivals.sources.push_back(id);
  if (std::holds_alternative<spec::Traffic::At>(traffic.arrivals)) load.arrivals.finite = true;
  if (std::holds_alternative<spec::Traffic::Closed>(traffic.arrivals))
    cannot_say(load, "`traffic:" + traffic.name + "` sends when it has its answer: a closed loop");
  if (traffic.during) cannot_say(load, "`traffic:" + traffic.name + "` sends only while a fault lasts");
  if (is_uneven(model.design, traffic.to))
    cannot_say(load, "`traffic:" + traffic.name + "` picks one copy: the copies are not loaded alike");
}

void add_ticks(Model& model, NodeId node) {
  const auto* worker = spec::as_worker(model.design.nodes[node]);
  if (worker == nullptr) return;
  auto& load = model.loads.of[node];
  for (const auto& tick : worker->ticks) {
    MessageLoad message;
    message.tick = &tick;
    message.handler = &tick.handler;
    model.at[node].push_back(static_cast<std::uint32_t>(model.kinds.size()));
    model.kinds.push_back({node, static_cast<std::uint32_t>(load.messages.size()), 0, 0, {}});
    load.messages.push_back(std::move(message));
    load.loaded = true;
    load.arrivals.ticks = true;
  }
}

// ---- what one message makes ----

void add_flow(Model& model, std::uint32_t from, const spec::Target& to, const std::string& message, double each,
              bool call, bool own = false) {
  const NodeId sender = model.kinds[from].node;
  if (spec::as_supervisor(model.design.nodes[to.node]) != nullptr) return;
  const std::uint32_t target = kind_of(model, to.node, message);
  const double share = static_cast<double>(model.tree.copies[sender]) / static_cast<double>(model.tree.copies[to.node]);
  model.kinds[from].flows.push_back({target, each * share, call});
  auto& load = model.loads.of[to.node];
  if (!call) (own ? load.arrivals.tasks : load.arrivals.casts) = true;
  if (is_uneven(model.design, to))
    cannot_say(load, "`" + model.design.nodes[sender].name + "` picks one copy: the copies are not loaded alike");
}

// An awaited task leaves nothing behind; one that is not sends its result and its end, and a trapping owner also
// gets the exit signals of linked ones as messages.
void add_task_messages(Model& model, std::uint32_t from, const spec::Task& task) {
  const NodeId owner = model.kinds[from].node;
  const spec::Target self{owner, {}, {}};
  const bool traps = spec::as_worker(model.design.nodes[owner])->traps_exits.value;
  if (!task.await) {
    add_flow(model, from, self, "reply", task.count * (1 - task.crash_probability), false, true);
    add_flow(model, from, self, "DOWN", task.count, false, true);
  }
  if (task.linked && traps) add_flow(model, from, self, "EXIT", task.count, false, true);
}

void follow(Model& model, std::uint32_t from) {
  const auto* handler = model.loads.of[model.kinds[from].node].messages[model.kinds[from].slot].handler;
  if (handler == nullptr) return;
  for (const auto& call : handler->calls) add_flow(model, from, call.to, call.message, call.times, true);
  for (const auto& cast : handler->casts) add_flow(model, from, cast.to, cast.message, cast.times, false);
  for (const auto& task : handler->tasks) add_task_messages(model, from, task);
  if (handler->during.empty()) return;
  const std::string why = "what `" + model.design.nodes[model.kinds[from].node].name + "` does changes while `" +
                          model.design.faults[handler->during.front().fault].name + "` lasts";
  cannot_say(model.loads.of[model.kinds[from].node], why);
}

void add_callers(Model& model, NodeId callee, NodeId caller) {
  Callers callers;
  callers.node = caller;
  callers.count = model.tree.copies[caller];
  const auto& messages = model.loads.of[caller].messages;
  for (std::uint32_t slot = 0; slot < messages.size(); ++slot)
    if (messages[slot].handler != nullptr)
      for (const auto& call : messages[slot].handler->calls)
        if (call.to.node == callee) callers.calls.emplace_back(slot, &call);
  model.loads.of[callee].callers.push_back(std::move(callers));
}

void find_call_rates(Model& model) {
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

// Processes that may call it at the same time.
void count_callers(Model& model) {
  std::vector<std::pair<NodeId, NodeId>> pairs;
  for (const auto& kind : model.kinds)
    for (const auto& flow : kind.flows)
      if (flow.call) pairs.emplace_back(model.kinds[flow.to].node, kind.node);
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  for (const auto& [callee, caller] : pairs) {
    const NodeId shared = common_ancestor(model.design, model.tree, caller, callee);
    const std::uint64_t together = shared == spec::no_node ? 1 : model.tree.copies[shared];
    model.loads.of[callee].arrivals.callers += model.tree.copies[caller] / together;
    if (model.tree.copies[callee] == 1) add_callers(model, callee, caller);
  }
}

// ---- solving ----

void sort_kinds(Model& model) {
  enum : std::uint8_t { fresh, open, closed };
  std::vector<std::uint8_t> state(model.kinds.size(), fresh);
  std::vector<std::pair<std::uint32_t, std::size_t>> path;
  for (std::uint32_t root = 0; root < model.kinds.size(); ++root) {
    if (state[root] != fresh) continue;
    path.emplace_back(root, 0);
    state[root] = open;
    while (!path.empty()) {
      const auto [at, next] = path.back();
      if (next == model.kinds[at].flows.size()) {
        state[at] = closed;
        model.order.push_back(at);
        path.pop_back();
        continue;
      }
      ++path.back().second;
      const auto to = model.kinds[at].flows[next].to;
      if (state[to] == fresh) {
        state[to] = open;
        path.emplace_back(to, 0);
      }
    }
  }
  std::reverse(model.order.begin(), model.order.end());
}

// How often a tick comes: the next is set when this one has been handled.
double tick_rate(const Load& load, const MessageLoad& tick) {
  const double wait = load.mean_wait.said() ? load.mean_wait.value : 0;
  return 1 / (spec::mean(tick.tick->every) + wait + tick.service.mean);
}

MessageLoad& message(Model& model, const Kind& kind) { return model.loads.of[kind.node].messages[kind.slot]; }

// True where the rates settle.
bool solve_rates(Model& model) {
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
      const double own = load.tick == nullptr ? kind.outside_sent : tick_rate(model.loads.of[kind.node], load);
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

// Waits that are only bounded make ticks come at a rate that is only bounded, and all that follows from them.
void find_spreads(Model& model) {
  for (auto& load : model.loads.of)
    for (auto& kind : load.messages) {
      kind.spread = 0;
      if (kind.tick == nullptr) continue;
      const double every = spec::mean(kind.tick->every);
      const double wait = load.mean_wait.said() ? load.mean_wait.high : 0;
      const double least = every + kind.service.low;
      const double most = every + wait + kind.service.high;
      if (most > least * (1 + settled)) kind.spread = most / least - 1;
    }
  for (const auto index : model.order) {
    const double away = model.loads.of[model.kinds[index].node].turned_away;
    for (const auto& flow : model.kinds[index].flows) {
      auto& target = message(model, model.kinds[flow.to]);
      target.spread = std::max({target.spread, message(model, model.kinds[index]).spread, away / (1 - away)});
    }
  }
}

void sum_up(Model& model, bool settles) {
  find_spreads(model);
  find_call_rates(model);
  for (auto& load : model.loads.of) {
    if (!load.loaded) continue;
    if (!settles) cannot_say(load, "messages multiply in a ring of casts or calls without end");
    load.rate = 0;
    load.spread = 0;
    for (const auto& kind : load.messages) {
      load.rate += kind.rate();
      if (kind.rate() > 0) load.spread = std::max(load.spread, kind.spread);
    }
    if (std::isnan(load.rate)) cannot_say(load, "how often its messages come depends on waits that cannot be said");
    if (!load.unsaid.empty()) load.rate = unknown_rate;
  }
}

// What cannot be said at a worker cannot be said of anything that it makes either.
void spread_ignorance(Model& model) {
  for (int sweep = 0; sweep < 2; ++sweep)
    for (const auto index : model.order) {
      const auto& kind = model.kinds[index];
      const auto& from = model.loads.of[kind.node];
      for (const auto& flow : kind.flows) {
        auto& to = model.loads.of[model.kinds[flow.to].node];
        to.arrivals.finite = to.arrivals.finite || from.arrivals.finite;
        if (!from.unsaid.empty()) cannot_say(to, from.unsaid);
      }
    }
}

std::vector<double> tick_rates(const Model& model) {
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
  loads.of.resize(design.nodes.size());
  Model model{design, tree, loads, {}, std::vector<std::vector<std::uint32_t>>(design.nodes.size()), {}};
  for (spec::TrafficId id = 0; id < design.traffic.size(); ++id)
    if (spec::as_worker(design.nodes[design.traffic[id].to.node]) != nullptr) add_traffic(model, id);
  for (const NodeId id : tree.order) add_ticks(model, id);
  for (const auto& event : design.script)
    if (event.what == spec::ScriptedEvent::Do::send && spec::as_worker(design.nodes[event.process.node]) != nullptr) {
      kind_of(model, event.process.node, event.message);
      loads.of[event.process.node].arrivals.finite = true;
    }
  for (std::uint32_t kind = 0; kind < model.kinds.size(); ++kind) follow(model, kind);  // grows as it goes
  count_callers(model);
  sort_kinds(model);
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
