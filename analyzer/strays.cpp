// What a process that is taken down does to others, along calls, casts and links: work that does not come, calls that
// find nobody, exit signals. Every figure is an upper bound, as in disturbances.cpp.
#include <algorithm>
#include <cmath>
#include <limits>

#include "analyzer/stop_signals.hpp"
#include "analyzer/survey.hpp"

namespace treefall::analyzer {

namespace {

using spec::NodeId;

constexpr double infinity = std::numeric_limits<double>::infinity();

// Seconds for which it takes no message after it has started.
double busy_at_start(const Survey& s, NodeId id) {
  const auto* worker = spec::as_worker(s.node(id));
  if (worker == nullptr || !worker->handle_continue) return 0;
  const spec::Init& start = *worker->handle_continue;
  return start.calls.empty() && start.during.empty() && !start.retry_after ? spec::mean(start.takes) : infinity;
}

// The share of a process's work that its own end or others' takes away.
double share_lost(const Survey& s, const Disturbance& d, NodeId id, double life) {
  const auto& load = s.stage.facts.loads.of[id];
  const double stops = d.resets + (s.stage.facts.crashes.of[id].empty() ? 0 : known(s.stage.facts.crashes.rate[id]));
  const double waiting = load.mean_wait.said() && !std::isinf(load.mean_wait.value) ? load.mean_wait.value : infinity;
  const double each =
      1 / std::max(load.rate, 1e-12) + waiting + upper(s.stage.facts.tree.boot[id]) + busy_at_start(s, id);
  const double unfinished = load.service.mean > 0 ? waiting + load.service.mean : 0;
  const double start = life > 0 ? (d.late + begins_later(s.stage, id) + unfinished) / life : 1;
  return at_most_one(start + d.gone + times(d.resets, d.away) + times(stops, each));
}

// Restarts per second by which a supervisor keeps calls waiting, and the seconds that they all together take in one.
struct Busy {
  double restarts = 0;
  double share = 0;  // of time
};

Busy busy_restarting(const Survey& s, NodeId id, double patience) {
  constexpr double hardly_late = 20;  // times as long as a restart takes on average: nobody is late
  const auto& supervisor = *spec::as_supervisor(s.node(id));
  const bool alone = supervisor.kind.value == spec::SupervisorKind::dynamic ||
                     supervisor.strategy.value == spec::Strategy::one_for_one;
  const auto takes = [&](NodeId child) {
    const auto& tree = s.stage.facts.tree;
    return times(alone ? 1 : s.count(child), upper(tree.boot[child]) + upper(tree.stop[child]));
  };
  double all = 0;
  for (const NodeId child : s.node(id).children) all += takes(child);
  Busy busy;
  for (const NodeId child : s.node(id).children) {
    const double each = alone ? takes(child) : all;
    const double rate = restarts(s, child);
    if (!(each > 0) || !(rate > 0) || each * hardly_late <= patience) continue;
    busy.restarts += rate;
    busy.share += rate * each;
  }
  return busy;
}

// The share of calls to a process that find nobody, or somebody who ends before the answer.
double share_absent(const Survey& s, const Disturbance& d, NodeId id, double patience) {
  if (spec::as_worker(s.node(id)) == nullptr) return at_most_one(d.gone + times(d.resets, d.away));
  const auto& load = s.stage.facts.loads.of[id];
  const double crashes = exits(s, id, true);
  const double waiting = load.mean_wait.said() && !std::isinf(load.mean_wait.value) ? load.mean_wait.value : infinity;
  const double answer = std::min(waiting + known(load.service.mean), patience);
  const double start = upper(s.stage.facts.tree.boot[id]);
  return at_most_one(d.gone + times(d.resets, d.away + answer) + times(crashes, start + answer));
}

double patience_of(const spec::Call& call) {
  return call.timeout.value == spec::infinite ? infinity : spec::in_seconds(call.timeout.value);
}

// By node: seconds that its callers wait for it at the most.
std::vector<double> patience_of(const Stage& stage) {
  std::vector<double> longest(stage.design.nodes.size(), 0);
  for (const auto& edge : stage.facts.calls.edges)
    longest[edge.to] = std::max(longest[edge.to], patience_of(*edge.call));
  return longest;
}

// The same at the least.
std::vector<double> impatience_of(const Stage& stage) {
  std::vector<double> shortest(stage.design.nodes.size(), infinity);
  for (const auto& edge : stage.facts.calls.edges)
    shortest[edge.to] = std::min(shortest[edge.to], patience_of(*edge.call));
  return shortest;
}

struct Flow {
  NodeId from;
  NodeId to;
  bool called;
  bool crashes_caller;
};

std::vector<Flow> flows_of(const Stage& stage) {
  std::vector<Flow> flows;
  for (const auto& edge : stage.facts.calls.edges)
    flows.push_back({edge.from, edge.to, true, edge.call->on_failure.what != spec::OnFailure::Do::ignore});
  const auto add = [&](NodeId from, const spec::Handler& handler) {
    for (const auto& cast : handler.casts) flows.push_back({from, cast.to.node, false, false});
  };
  for (NodeId id = 0; id < stage.design.nodes.size(); ++id) {
    const auto* worker = spec::as_worker(stage.design.nodes[id]);
    if (worker == nullptr) continue;
    if (worker->handles)
      for (const auto& named : *worker->handles) add(id, named.handler);
    for (const auto& tick : worker->ticks) add(id, tick.handler);
  }
  return flows;
}

}  // namespace

void spread(Survey& s, double life) {
  constexpr int most_rounds = 16;
  const auto flows = flows_of(s.stage);
  if (flows.empty()) return;
  std::vector<double> lost(s.of.size());
  std::vector<double> absent(s.of.size());
  const auto patience = patience_of(s.stage);
  const auto shortest = impatience_of(s.stage);
  std::vector<Busy> busy(s.of.size());
  for (NodeId id = 0; id < s.of.size(); ++id)
    if (patience[id] > 0 && spec::as_supervisor(s.node(id)) != nullptr) busy[id] = busy_restarting(s, id, shortest[id]);
  for (NodeId id = 0; id < s.of.size(); ++id) absent[id] = share_absent(s, s.of[id], id, patience[id]);
  for (NodeId id = 0; id < s.of.size(); ++id)
    lost[id] = spec::as_worker(s.node(id)) == nullptr ? 0 : share_lost(s, s.of[id], id, life);
  for (int round = 0; round < most_rounds; ++round) {
    bool settled = true;
    std::vector<double> missing(s.of.size(), 0);
    std::vector<double> unserved(s.of.size(), 0);
    for (const Flow& flow : flows) {
      const Disturbance& from = s.of[flow.from];
      const Disturbance& to = s.of[flow.to];
      const double late = life > 0 ? std::max(0.0, to.late - from.late) / life : to.late > from.late ? 1 : 0;
      missing[flow.to] = std::max(missing[flow.to], at_most_one(lost[flow.from] + from.missing + from.unserved));
      // Of its calls those that come while it restarts, and for each restart one more where they come in step with it.
      const Busy& restarting = busy[flow.to];
      const double rate = std::max(s.stage.facts.loads.of[flow.from].rate, 1e-12);
      const double delayed = restarting.share + times(restarting.restarts, 1 / rate);
      if (flow.called)
        unserved[flow.from] = at_most_one(unserved[flow.from] + late + absent[flow.to] + delayed + to.unserved);
    }
    for (NodeId id = 0; id < s.of.size(); ++id) {
      if (missing[id] > s.of[id].missing * 1.001 || unserved[id] > s.of[id].unserved * 1.001) settled = false;
      s.of[id].missing = round + 1 < most_rounds ? missing[id] : missing[id] > 0 ? 1 : 0;
      s.of[id].unserved = round + 1 < most_rounds ? unserved[id] : unserved[id] > 0 ? 1 : 0;
    }
    if (settled) return;
  }
}

namespace {

// Restarts per second of those behind `elder`, up to `last`, that stop `last` and not `elder`, without those that
// stop_signals.cpp knows: the falls of supervisors and what nobody foresees.
double unforeseen_stops(const Survey& s, NodeId elder, NodeId last) {
  const NodeId above = s.node(elder).parent;
  if (above == spec::no_node || spec::as_supervisor(s.node(above))->strategy.value != spec::Strategy::rest_for_one)
    return 0;
  constexpr std::uint32_t most_between = 1'000;
  const auto& children = s.node(above).children;
  const auto& rank = s.stage.facts.tree.rank;
  if (rank[last] <= rank[elder]) return 0;
  if (rank[last] - rank[elder] > most_between || rank[last] >= children.size()) return infinity;
  double sum = 0;
  for (auto at = rank[elder] + 1; at < rank[last]; ++at) {
    const NodeId between = children[at];
    const bool again = s.node(between).restart.value != spec::Restart::temporary;
    const bool worker = spec::as_worker(s.node(between)) != nullptr;
    sum += worker ? (again ? s.strays[between] : 0) : restarts(s, between);
  }
  return known(sum);
}

// The signal of a process that is taken down with others goes through its links, too.
void add_signals(const Survey& s, std::vector<double>& strays) {
  for (NodeId id = 0; id < s.of.size(); ++id) {
    const auto* worker = spec::as_worker(s.node(id));
    if (worker == nullptr || (worker->traps_exits.value && !may_end_by_exit_message(*worker))) continue;
    for (const NodeId other : s.stage.facts.tree.linked[id])
      strays[id] += s.node(other).parent == s.node(id).parent
                        ? unforeseen_stops(s, id, other)
                        : known(s.of[other].resets) + s.of[other].gone / s.horizon;
  }
}

// Who dies unforeseen takes those along that are linked to it.
void spread_along_links(const Survey& s, std::vector<double>& strays) {
  std::vector<bool> seen(s.of.size());
  for (NodeId id = 0; id < s.of.size(); ++id) {
    if (seen[id] || s.stage.facts.tree.linked[id].empty()) continue;
    std::vector<NodeId> group{id};
    seen[id] = true;
    double sum = 0;
    for (std::size_t next = 0; next < group.size(); ++next) {
      sum += strays[group[next]];
      for (const NodeId other : s.stage.facts.tree.linked[group[next]]) {
        if (!seen[other]) group.push_back(other);
        seen[other] = true;
      }
    }
    for (const NodeId member : group) strays[member] = known(sum);
  }
}

}  // namespace

// Callers that crash because nobody is there: calls to processes that others take down.
std::vector<double> strays_of(const Survey& s) {
  std::vector<double> strays(s.of.size(), 0);
  for (const auto& edge : s.stage.facts.calls.edges) {
    if (edge.call->on_failure.what == spec::OnFailure::Do::ignore || strays[edge.from] > 0) continue;
    strays[edge.from] =
        times(s.count(edge.from), times(s.stage.facts.loads.of[edge.from].rate, s.of[edge.from].unserved));
  }
  add_signals(s, strays);
  spread_along_links(s, strays);
  for (auto at = s.stage.facts.tree.order.rbegin(); at != s.stage.facts.tree.order.rend(); ++at)
    if (const NodeId above = s.node(*at).parent; above != spec::no_node) {
      if (s.node(*at).restart.value == spec::Restart::temporary) continue;
      const bool worker = spec::as_worker(s.node(*at)) != nullptr;
      strays[above] += known(worker ? strays[*at] : stray_falls(strays[*at], s.budget(*at)));
    }
  return strays;
}

}  // namespace treefall::analyzer
