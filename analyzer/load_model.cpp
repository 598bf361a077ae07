// Sources first (traffic, ticks, scripts), then kind by kind what its handler sends on; the list grows as it is
// followed.
#include "analyzer/load_model.hpp"

#include <algorithm>
#include <utility>

#include "analyzer/calls.hpp"
#include "analyzer/may_fail.hpp"
#include "analyzer/service.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

std::uint32_t kind_of(LoadModel& model, NodeId node, const std::string& message) {
  auto& messages = model.loads.of.fill(node).messages;
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
  model.loads.of.fill(node).loaded = true;
  return index;
}

// A pin loads one copy more than the others; one number for all of them would be wrong.
bool is_uneven(const Design& design, const spec::Target& target) {
  return std::any_of(target.pins.begin(), target.pins.end(),
                     [&](const auto& pin) { return design.nodes[pin.node].count.value > 1; });
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

// Seconds between the messages, or bursts, of a source that sends regularly; 0 for others.
double interval_of(const spec::Traffic& traffic) {
  if (const auto* renewal = std::get_if<spec::Traffic::Renewal>(&traffic.arrivals)) return spec::mean(renewal->every);
  if (const auto* burst = std::get_if<spec::Traffic::Burst>(&traffic.arrivals)) return spec::mean(burst->every);
  return 0;
}

void add_traffic(LoadModel& model, spec::TrafficId id) {
  const auto& traffic = model.design.traffic[id];
  const NodeId node = traffic.to.node;
  auto& kind = model.kinds[kind_of(model, node, traffic.message)];
  auto& load = model.loads.of.fill(node);
  const double rate = rate_of(traffic) / static_cast<double>(model.tree.copies[node]);
  auto& regular = load.messages[kind.slot].between_sources;
  regular = std::max(regular, interval_of(traffic));
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
  const auto* worker = spec::as_worker(model.design.nodes[node]);
  if (traffic.redeliver && worker != nullptr && may_fail(*worker))
    cannot_say(load, "what `traffic:" + traffic.name + "` hands out again after a crash comes in runs");
  if (is_uneven(model.design, traffic.to))
    cannot_say(load, "`traffic:" + traffic.name + "` picks one copy: the copies are not loaded alike");
}

void add_ticks(LoadModel& model, NodeId node) {
  const auto* worker = spec::as_worker(model.design.nodes[node]);
  if (worker == nullptr || worker->ticks.empty()) return;
  auto& load = model.loads.of.fill(node);
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

// Whoever traps exits gets those of the processes to which it is linked as messages; how often is not known here.
void note_exits(LoadModel& model, NodeId node) {
  const auto* worker = spec::as_worker(model.design.nodes[node]);
  if (worker == nullptr || !worker->traps_exits.value) return;
  const auto* handler = clause_for(*worker, "EXIT").handler;
  const bool takes_time = handler != nullptr && (spec::highest(handler->takes) > 0 || !handler->calls.empty() ||
                                                 !handler->tasks.empty() || !handler->during.empty());
  if (!takes_time) return;
  const auto& linked = model.tree.linked[node];
  model.loads.of.fill(node).arrivals.exits = std::any_of(linked.begin(), linked.end(), [&](NodeId other) {
    const auto* peer = spec::as_worker(model.design.nodes[other]);
    return model.design.nodes[other].scripted || (peer != nullptr && may_fail(*peer));
  });
}

// ---- what one message makes ----

void add_flow(LoadModel& model, std::uint32_t from, const spec::Target& to, const std::string& message, double each,
              bool call, bool own = false) {
  const NodeId sender = model.kinds[from].node;
  if (spec::as_supervisor(model.design.nodes[to.node]) != nullptr) return;
  const std::uint32_t target = kind_of(model, to.node, message);
  const double share = static_cast<double>(model.tree.copies[sender]) / static_cast<double>(model.tree.copies[to.node]);
  model.kinds[from].flows.push_back({target, each * share, call});
  auto& load = model.loads.of.fill(to.node);
  if (!call) (own ? load.arrivals.tasks : load.arrivals.casts) = true;
  if (is_uneven(model.design, to))
    cannot_say(load, "`" + model.design.nodes[sender].name + "` picks one copy: the copies are not loaded alike");
}

// An awaited task leaves nothing behind; one that is not sends its result and its end, and a trapping owner also
// gets the exit signals of linked ones as messages.
void add_task_messages(LoadModel& model, std::uint32_t from, const spec::Task& task) {
  const NodeId owner = model.kinds[from].node;
  const spec::Target self{owner, {}, {}};
  const bool traps = spec::as_worker(model.design.nodes[owner])->traps_exits.value;
  if (!task.await) {
    add_flow(model, from, self, "reply", task.count * (1 - task.crash_probability), false, true);
    add_flow(model, from, self, "DOWN", task.count, false, true);
  }
  if (task.linked && traps) add_flow(model, from, self, "EXIT", task.count, false, true);
}

// With what it does while a fault lasts: that nothing is known of how often, spreads along these ways.
void follow(LoadModel& model, std::uint32_t from, const spec::Handler& handler) {
  for (const auto& call : handler.calls) add_flow(model, from, call.to, call.message, call.times, true);
  for (const auto& cast : handler.casts) add_flow(model, from, cast.to, cast.message, cast.times, false);
  for (const auto& task : handler.tasks) add_task_messages(model, from, task);
  for (const auto& during : handler.during) follow(model, from, during.handler.front());
}

void follow(LoadModel& model, std::uint32_t from) {
  const NodeId node = model.kinds[from].node;
  const auto* handler = model.loads.of[node].messages[model.kinds[from].slot].handler;
  if (handler == nullptr) return;
  follow(model, from, *handler);
  if (handler->during.empty()) return;
  const std::string& fault = model.design.faults[handler->during.front().fault].name;
  cannot_say(model.loads.of.fill(node),
             "what `" + model.design.nodes[node].name + "` does changes while `" + fault + "` lasts");
}

void note_starts(LoadModel& model, NodeId node) {
  const auto* worker = spec::as_worker(model.design.nodes[node]);
  if (worker == nullptr) return;
  for (const auto* start : {&worker->init, &worker->handle_continue})
    if (*start)
      for (const auto& call : (*start)->calls) model.loads.of.fill(call.to.node).arrivals.starts = true;
}

void note_absence(LoadModel& model, NodeId node) {
  const auto* worker = spec::as_worker(model.design.nodes[node]);
  if (worker == nullptr || !worker->init) return;
  const auto& outcomes = worker->init->outcomes;
  if (std::find(outcomes.begin(), outcomes.end(), spec::InitOutcome::ignore) != outcomes.end())
    cannot_say(model.loads.of.fill(node), "its init says `ignore`: then nobody takes messages");
}

void add_callers(LoadModel& model, NodeId callee, NodeId caller) {
  Callers callers;
  callers.node = caller;
  callers.count = model.tree.copies[caller];
  const auto& messages = model.loads.of[caller].messages;
  for (std::uint32_t slot = 0; slot < messages.size(); ++slot)
    if (messages[slot].handler != nullptr)
      for (const auto& call : messages[slot].handler->calls)
        if (call.to.node == callee) callers.calls.emplace_back(slot, &call);
  model.loads.of.fill(callee).callers.push_back(std::move(callers));
}

// Processes that may call it at the same time.
void count_callers(LoadModel& model) {
  std::vector<std::pair<NodeId, NodeId>> pairs;
  for (const auto& kind : model.kinds)
    for (const auto& flow : kind.flows)
      if (flow.call) pairs.emplace_back(model.kinds[flow.to].node, kind.node);
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  for (const auto& [callee, caller] : pairs) {
    const NodeId shared = common_ancestor(model.design, model.tree, caller, callee);
    const std::uint64_t together = shared == spec::no_node ? 1 : model.tree.copies[shared];
    model.loads.of.fill(callee).arrivals.callers += model.tree.copies[caller] / together;
    if (model.tree.copies[callee] == 1) add_callers(model, callee, caller);
  }
}

void sort_kinds(LoadModel& model) {
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

void add_scripted(LoadModel& model) {
  for (const auto& event : model.design.script)
    if (event.what == spec::ScriptedEvent::Do::send &&
        spec::as_worker(model.design.nodes[event.process.node]) != nullptr) {
      kind_of(model, event.process.node, event.message);
      model.loads.of.fill(event.process.node).arrivals.finite = true;
    }
}

}  // namespace

void cannot_say(Load& load, std::string why) {
  if (load.unsaid.empty()) load.unsaid = std::move(why);
}

LoadModel model_of(const Design& design, const Tree& tree, Loads& loads) {
  LoadModel model{design, tree, loads, {}, std::vector<std::vector<std::uint32_t>>(design.nodes.size()), {}};
  for (spec::TrafficId id = 0; id < design.traffic.size(); ++id)
    if (spec::as_worker(design.nodes[design.traffic[id].to.node]) != nullptr) add_traffic(model, id);
  for (const NodeId id : tree.order)
    add_ticks(model, id), note_exits(model, id), note_absence(model, id), note_starts(model, id);
  add_scripted(model);
  for (std::uint32_t kind = 0; kind < model.kinds.size(); ++kind) follow(model, kind);  // grows as it goes
  count_callers(model);
  sort_kinds(model);
  return model;
}

}  // namespace treefall::analyzer
