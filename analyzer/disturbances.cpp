// From the root down: what takes a supervisor away takes everything below it, too. Every figure is an upper bound by
// Markov's and Boole's inequalities (rate times time, sums over causes), which is enough to tell what may be stated.
#include "analyzer/disturbances.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace treefall::analyzer {

namespace {

using spec::NodeId;

constexpr double infinity = std::numeric_limits<double>::infinity();

double known(double value) { return std::isnan(value) ? infinity : value; }

double upper(const Estimate& estimate) { return estimate.said() ? known(estimate.high) : infinity; }

double times(double a, double b) { return a <= 0 || b <= 0 ? 0 : a * b; }

double at_most_one(double value) { return std::min(1.0, known(value)); }

struct Survey {
  const Stage& stage;
  double horizon;
  std::vector<Disturbance> of;
  std::vector<Disturbance> outside;

  const spec::Node& node(NodeId id) const { return stage.design.nodes[id]; }
  double count(NodeId id) const { return static_cast<double>(node(id).count.value); }
  const Budget& budget(NodeId id) const { return stage.facts.budgets.of[id]; }
};

// Gives up within the horizon.
double falls(const Survey& s, NodeId id) {
  const Budget& budget = s.budget(id);
  if (!budget.relevant) return 0;
  return at_most_one(upper(budget.failure_probability));
}

double falls_per_second(const Survey& s, NodeId id) {
  const Budget& budget = s.budget(id);
  if (!budget.relevant) return 0;
  const double probability = upper(budget.failure_probability);
  if (probability < 0.5) return -std::log1p(-probability) / s.horizon;
  const Estimate& life = budget.mean_time_to_failure;
  return life.said() && life.low > 0 ? 1 / life.low : infinity;
}

// The share of the horizon that a fault lasts, on average.
double share_of_fault(const spec::Fault& fault, double horizon) {
  if (const auto* random = std::get_if<spec::Fault::Random>(&fault.when))
    return at_most_one(spec::mean(random->lasts) / spec::mean(random->every));
  double lasts = 0;
  for (const auto& outage : std::get<std::vector<spec::Fault::Outage>>(fault.when)) lasts += spec::mean(outage.lasts);
  return at_most_one(lasts / horizon);
}

double rate_of(const Survey& s, const CrashSource& source) {
  if (const auto* schedule = std::get_if<ScheduledCrashes>(&source.times))
    return static_cast<double>(schedule->node_times.size()) /
           static_cast<double>(std::max<std::size_t>(1, schedule->of_copy.size())) / s.horizon;
  const double rate = known(per_second(source));
  return source.during ? times(rate, share_of_fault(s.stage.design.faults[*source.during], s.horizon)) : rate;
}

// Exits that its supervisor answers with a restart (or does not), per second and process.
double exits(const Survey& s, NodeId worker, bool counted) {
  double rate = 0;
  for (const auto& source : s.stage.facts.crashes.of[worker])
    if (source.counted == counted) rate += rate_of(s, source);
  return rate;
}

// Restarts of one child, all copies together.
double restarts(const Survey& s, NodeId child) {
  if (spec::as_worker(s.node(child)) != nullptr) return times(s.count(child), exits(s, child, true));
  return s.node(child).restart.value == spec::Restart::permanent ? times(s.count(child), falls_per_second(s, child))
                                                                 : 0;
}

double restart_time(const Survey& s, NodeId child) {
  return times(s.count(child), upper(s.stage.facts.tree.boot[child]) + upper(s.stage.facts.tree.stop[child]));
}

// What it does itself: ends for good, or (a supervisor) takes its children along.
void add_own(Survey& s, NodeId id) {
  Disturbance& d = s.of[id];
  const auto& node = s.node(id);
  if (spec::as_worker(node) != nullptr) {
    const double silent = at_most_one(times(exits(s, id, false), s.horizon));
    if (silent > 0) d.why = "it is not restarted after some of its exits";
    if (silent > 0) d.life = std::min(d.life, 1 / known(exits(s, id, false)));
    d.gone = at_most_one(d.gone + silent);
    return;
  }
  const double falling = falls(s, id);
  if (falling <= 0) return;
  const bool root = node.parent == spec::no_node;
  const bool ends_node = root && node.application != spec::no_application &&
                         s.stage.design.applications[node.application].start.value != spec::StartType::temporary;
  if (ends_node) return;
  if (root || node.restart.value != spec::Restart::permanent) {
    const Estimate& until = s.budget(id).mean_time_to_failure;
    d.gone = at_most_one(d.gone + falling);
    d.life = std::min(d.life, until.said() ? until.low : 0);
    d.why = root ? "its application may end" : "`" + node.name + "` is not restarted when it gives up";
    return;
  }
  d.resets += falls_per_second(s, id);
  d.away = std::max(d.away, restart_time(s, id));
  d.why = "`" + node.name + "` may give up and start again";
}

bool may_end_by_itself(const Survey& s, NodeId supervisor) {
  if (spec::as_supervisor(s.node(supervisor))->auto_shutdown.value == spec::AutoShutdown::never) return false;
  return std::any_of(s.node(supervisor).children.begin(), s.node(supervisor).children.end(),
                     [&](NodeId child) { return s.node(child).significant.value; });
}

// Siblings' restarts that take a child along.
struct Siblings {
  double before = 0;
  double all = 0;
  double restart_time = 0;
  double busy = 0;  // share of time in which the supervisor restarts them
};

void visit_child(const Survey& s, const Siblings& siblings, NodeId above, NodeId child, Disturbance& d) {
  const auto& supervisor = *spec::as_supervisor(s.node(above));
  const bool dynamic = supervisor.kind.value == spec::SupervisorKind::dynamic;
  double with_others = 0;
  if (!dynamic && supervisor.strategy.value == spec::Strategy::one_for_all)
    with_others = siblings.all - restarts(s, child) / s.count(child);
  if (!dynamic && supervisor.strategy.value == spec::Strategy::rest_for_one)
    with_others = siblings.before + restarts(s, child) * (1 - 1 / s.count(child));
  with_others = known(with_others);
  if (dynamic && d.resets > 0) {
    d.gone = at_most_one(d.gone + times(d.resets, s.horizon));
    d.why = "what a dynamic supervisor has started is gone when it is restarted";
  }
  if (with_others <= 0) return;
  if (s.node(child).restart.value == spec::Restart::temporary) {
    d.gone = at_most_one(d.gone + times(with_others, s.horizon));
    d.why = "a temporary child is not started again when a sibling takes it along";
  }
  d.resets += with_others;
  d.away = std::max(d.away, siblings.restart_time);
  d.why = "restarts of its siblings take it along";
}

void visit_children(Survey& s, NodeId above) {
  const auto& children = s.node(above).children;
  const auto& supervisor = *spec::as_supervisor(s.node(above));
  const bool dynamic = supervisor.kind.value == spec::SupervisorKind::dynamic;
  Siblings siblings;
  for (const NodeId child : children) {
    siblings.all += restarts(s, child);
    siblings.restart_time += restart_time(s, child);
    if (children.size() > 1) siblings.busy += times(restarts(s, child), restart_time(s, child));
  }
  double late = s.of[above].late;
  if (dynamic) late += upper(s.stage.facts.tree.boot[s.stage.facts.tree.order.front()]);
  for (const NodeId child : children) {
    Disturbance& d = s.of[child];
    d = s.of[above];
    d.late = late;
    d.booted = s.of[above].late + upper(s.stage.facts.tree.boot[above]);
    d.blocked = siblings.busy;
    visit_child(s, siblings, above, child, d);
    if (may_end_by_itself(s, above)) d.gone = 1, d.why = "its supervisor may shut down by itself";
    if (d.gone > 0 && s.node(child).on_demand) d.gone = 1;
    late += times(s.count(child), upper(s.stage.facts.tree.boot[child]));
    siblings.before += restarts(s, child);
  }
}

// Boot is over for a worker when its own init is.
void add_own_starts(Survey& s) {
  for (NodeId id = 0; id < s.of.size(); ++id)
    if (spec::as_worker(s.node(id)) != nullptr) s.of[id].late += times(s.count(id), upper(s.stage.facts.tree.boot[id]));
}

double node_life(const Survey& s) {
  double shortest = s.horizon;
  for (const auto& application : s.stage.design.applications) {
    if (application.root == spec::no_node || application.start.value == spec::StartType::temporary) continue;
    const Budget& budget = s.budget(application.root);
    if (!budget.relevant) continue;
    if (falls(s, application.root) < 1e-3) continue;
    const Estimate& life = budget.mean_time_to_failure;
    const double low = life.said() ? life.low : 0;
    // Until it falls or the horizon comes, were its end memoryless.
    if (low < 1e3 * s.horizon) shortest = std::min(shortest, low > 0 ? -low * std::expm1(-s.horizon / low) : 0);
  }
  return shortest;
}

// Exits that come through links and calls stop when those who send them have ended for good.
void add_faded(Survey& s) {
  for (NodeId id = 0; id < s.of.size(); ++id)
    for (const auto& source : s.stage.facts.crashes.of[id])
      if (source.guilty != spec::no_node && source.guilty != id)
        s.of[id].faded = std::max(s.of[id].faded, s.of[source.guilty].gone);
}

// ---- along messages ----

// The share of a process's work that its own end or others' takes away.
double share_lost(const Survey& s, const Disturbance& d, NodeId id, double life) {
  const auto& load = s.stage.facts.loads.of[id];
  const double stops = d.resets + (s.stage.facts.crashes.of[id].empty() ? 0 : known(s.stage.facts.crashes.rate[id]));
  const double waiting = load.mean_wait.said() && !std::isinf(load.mean_wait.value) ? load.mean_wait.value : infinity;
  const double each = 1 / std::max(load.rate, 1e-12) + waiting + upper(s.stage.facts.tree.boot[id]);
  const double unfinished = load.service.mean > 0 ? waiting + load.service.mean : 0;
  const double start = life > 0 ? (d.late + unfinished) / life : 1;
  return at_most_one(start + d.gone + times(d.resets, d.away) + times(stops, each));
}

// The share of calls to a process that find nobody, or somebody who ends before the answer.
double share_absent(const Survey& s, const Disturbance& d, NodeId id) {
  if (spec::as_worker(s.node(id)) == nullptr) return at_most_one(d.gone + times(d.resets, d.away));
  const auto& load = s.stage.facts.loads.of[id];
  const double crashes = exits(s, id, true);
  const double waiting = load.mean_wait.said() && !std::isinf(load.mean_wait.value) ? load.mean_wait.value : infinity;
  const double answer = waiting + known(load.service.mean);
  const double start = upper(s.stage.facts.tree.boot[id]);
  return at_most_one(d.gone + times(d.resets, d.away + answer) + times(crashes, start + answer));
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

void spread(Survey& s, double life) {
  constexpr int most_rounds = 16;
  const auto flows = flows_of(s.stage);
  if (flows.empty()) return;
  std::vector<double> lost(s.of.size());
  std::vector<double> absent(s.of.size());
  for (NodeId id = 0; id < s.of.size(); ++id) absent[id] = share_absent(s, s.of[id], id);
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
      if (flow.called) unserved[flow.from] = at_most_one(unserved[flow.from] + late + absent[flow.to] + to.unserved);
    }
    for (NodeId id = 0; id < s.of.size(); ++id) {
      if (missing[id] > s.of[id].missing * 1.001 || unserved[id] > s.of[id].unserved * 1.001) settled = false;
      s.of[id].missing = round + 1 < most_rounds ? missing[id] : missing[id] > 0 ? 1 : 0;
      s.of[id].unserved = round + 1 < most_rounds ? unserved[id] : unserved[id] > 0 ? 1 : 0;
    }
    if (settled) return;
  }
}

// The signal of a process that is taken down with others goes through its links, too.
void add_signals(const Survey& s, std::vector<double>& strays) {
  for (NodeId id = 0; id < s.of.size(); ++id) {
    const auto* worker = spec::as_worker(s.node(id));
    if (worker == nullptr || worker->traps_exits.value) continue;
    for (const NodeId other : s.stage.facts.tree.linked[id])
      if (s.node(other).parent != s.node(id).parent) strays[id] += known(s.of[other].resets);
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
      // It takes R + 1 of them to make a supervisor one of its own supervisor's restarts.
      const bool worker = spec::as_worker(s.node(*at)) != nullptr;
      const double needed = worker ? 1 : static_cast<double>(s.budget(*at).window.restarts + 1);
      strays[above] += known(strays[*at]) / needed;
    }
  return strays;
}

std::vector<double> gone_below(const Survey& s) {
  std::vector<double> most(s.of.size(), 0);
  for (auto at = s.stage.facts.tree.order.rbegin(); at != s.stage.facts.tree.order.rend(); ++at)
    if (const NodeId above = s.node(*at).parent; above != spec::no_node)
      most[above] = std::max({most[above], most[*at], s.of[*at].gone, s.of[*at].faded});
  return most;
}

// Of a supervisor's restarts those whose source has ended for good, weighted as they come.
std::vector<double> faded_restarts(const Survey& s) {
  std::vector<double> faded(s.of.size(), 0);
  for (auto at = s.stage.facts.tree.order.rbegin(); at != s.stage.facts.tree.order.rend(); ++at) {
    if (spec::as_supervisor(s.node(*at)) == nullptr) continue;
    double all = 0;
    double sum = 0;
    double most = 0;
    for (const Share& share : s.budget(*at).shares) {
      const Disturbance& d = s.of[share.child];
      const double gone = std::max({d.gone, d.faded, faded[share.child]});
      all += share.per_second;
      sum += share.per_second * gone;
      most = std::max(most, gone);
    }
    faded[*at] = all > 0 && !std::isinf(all) ? sum / all : most;
  }
  return faded;
}

}  // namespace

Disturbances disturbances_of(const Stage& stage) {
  Survey s{stage, spec::in_seconds(stage.design.horizon.value), {}, {}};
  s.of.resize(stage.design.nodes.size());
  s.outside.resize(stage.design.nodes.size());
  double late = 0;
  for (const auto& application : stage.design.applications)
    if (application.root != spec::no_node) {
      s.of[application.root].late = late;
      late += upper(stage.facts.tree.boot[application.root]);
    }
  for (const NodeId id : stage.facts.tree.order) {
    s.outside[id] = s.of[id];
    add_own(s, id);
    if (spec::as_supervisor(s.node(id)) != nullptr) visit_children(s, id);
  }
  add_own_starts(s);
  add_faded(s);
  const double life = node_life(s);
  spread(s, life);
  auto strays = strays_of(s);
  auto gone = gone_below(s);
  auto faded = faded_restarts(s);
  return {std::move(s.of), std::move(s.outside), std::move(gone), std::move(faded), std::move(strays), life};
}

}  // namespace treefall::analyzer
