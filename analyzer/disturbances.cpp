// From the root down: what takes a supervisor away takes everything below it, too. Every figure is an upper bound by
// Markov's and Boole's inequalities (rate times time, sums over causes), which is enough to tell what may be stated.
#include "analyzer/disturbances.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analyzer/survey.hpp"

namespace treefall::analyzer {

namespace {

using spec::NodeId;

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

double known(double value) { return std::isnan(value) ? infinity : value; }

double upper(const Estimate& estimate) { return estimate.said() ? known(estimate.high) : infinity; }

double times(double a, double b) { return a <= 0 || b <= 0 ? 0 : a * b; }

double at_most_one(double value) { return std::min(1.0, known(value)); }

namespace {

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

}  // namespace

double exits(const Survey& s, NodeId worker, bool counted) {
  double rate = 0;
  for (const auto& source : s.stage.facts.crashes.of[worker])
    if (source.counted == counted) rate += rate_of(s, source);
  return rate;
}

// Each takes R + 1 restarts, one of them a stray.
double stray_falls(double strays, const Budget& budget) {
  if (strays <= 0) return 0;
  const double others = budget.relevant ? known(budget.counted) : 0;
  return std::min(strays, (strays + others) / static_cast<double>(budget.window.restarts + 1));
}

namespace {

double stray_falls(const Survey& s, NodeId id) { return analyzer::stray_falls(s.strays[id], s.budget(id)); }

// Gives up within the horizon.
double falls(const Survey& s, NodeId id) {
  const Budget& budget = s.budget(id);
  const double foreseen = budget.relevant ? upper(budget.failure_probability) : 0;
  return at_most_one(foreseen + times(stray_falls(s, id), s.horizon));
}

double foreseen_falls_per_second(const Survey& s, NodeId id) {
  const Budget& budget = s.budget(id);
  if (!budget.relevant) return 0;
  const double probability = upper(budget.failure_probability);
  if (probability < 0.5) return -std::log1p(-probability) / s.horizon;
  const Estimate& life = budget.mean_time_to_failure;
  return life.said() && life.low > 0 ? 1 / life.low : infinity;
}

double falls_per_second(const Survey& s, NodeId id) { return foreseen_falls_per_second(s, id) + stray_falls(s, id); }

}  // namespace

double restarts(const Survey& s, NodeId child) {
  if (spec::as_worker(s.node(child)) != nullptr) {
    const bool again = s.node(child).restart.value != spec::Restart::temporary;
    return times(s.count(child), exits(s, child, true)) + (again ? s.strays[child] : 0);
  }
  return s.node(child).restart.value == spec::Restart::permanent ? times(s.count(child), falls_per_second(s, child))
                                                                 : 0;
}

namespace {

double restart_time(const Survey& s, NodeId child) {
  return times(s.count(child), upper(s.stage.facts.tree.boot[child]) + upper(s.stage.facts.tree.stop[child]));
}

// What it does itself: ends for good, or (a supervisor) takes its children along.
void add_own(Survey& s, NodeId id) {
  Disturbance& d = s.of[id];
  const auto& node = s.node(id);
  if (spec::as_worker(node) != nullptr) {
    if (const double ignored = ignores(s, id); ignored > 0) {
      d.why = "it is not restarted once its init says `ignore`";
      d.gone = at_most_one(d.gone + ignored);
    }
    const bool temporary = node.restart.value == spec::Restart::temporary;
    const double rate = known(exits(s, id, false)) + (temporary ? s.strays[id] : 0);
    const double silent = at_most_one(times(rate, s.horizon));
    if (silent > 0) d.why = "it is not restarted after some of its exits";
    if (silent > 0) d.life = std::min(d.life, 1 / rate);
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
    const double foreseen = !s.budget(id).relevant ? infinity : until.said() ? until.low : 0;
    d.gone = at_most_one(d.gone + falling);
    d.life = std::min({d.life, foreseen, 1 / stray_falls(s, id)});
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
  const bool alone = dynamic || supervisor.strategy.value == spec::Strategy::one_for_one;
  for (const NodeId child : children) {
    siblings.all += restarts(s, child);
    siblings.restart_time += restart_time(s, child);
  }
  for (const NodeId child : children) {
    const double takes = alone ? restart_time(s, child) : siblings.restart_time;
    if (children.size() > 1) siblings.busy += times(restarts(s, child), takes);
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

// Until the first of them or the horizon, on average, were they to come as early as they can: E[min(T, H)] is the
// integral of P(T > t), and P(T <= t) at most rate t.
double life_with(double rate, double horizon) {
  return rate * horizon > 1 ? 1 / (2 * rate) : horizon * (1 - rate * horizon / 2);
}

bool ends_node(const spec::Application& application) {
  return application.root != spec::no_node && application.start.value != spec::StartType::temporary;
}

// Stray falls per second that end the node.
double stray_ends(const Survey& s) {
  double rate = 0;
  for (const auto& application : s.stage.design.applications)
    if (ends_node(application)) rate += stray_falls(s, application.root);
  return rate;
}

double node_life(const Survey& s) {
  double shortest = s.horizon;
  for (const auto& application : s.stage.design.applications) {
    if (!ends_node(application)) continue;
    const Budget& budget = s.budget(application.root);
    if (!budget.relevant) continue;
    if (upper(budget.failure_probability) < 1e-3) continue;
    const Estimate& life = budget.mean_time_to_failure;
    const double low = life.said() ? life.low : 0;
    // Until it falls or the horizon comes, were its end memoryless.
    if (low < 1e3 * s.horizon) shortest = std::min(shortest, low > 0 ? -low * std::expm1(-s.horizon / low) : 0);
  }
  return shortest * life_with(stray_ends(s), s.horizon) / s.horizon;
}

// Exits that come through links and calls stop when those who send them have ended for good.
void add_faded(Survey& s) {
  for (NodeId id = 0; id < s.of.size(); ++id)
    for (const auto& source : s.stage.facts.crashes.of[id])
      if (source.guilty != spec::no_node && source.guilty != id)
        s.of[id].faded = std::max(s.of[id].faded, s.of[source.guilty].gone);
}

std::vector<double> gone_below(const Survey& s) {
  std::vector<double> most(s.of.size(), 0);
  for (auto at = s.stage.facts.tree.order.rbegin(); at != s.stage.facts.tree.order.rend(); ++at)
    if (const NodeId above = s.node(*at).parent; above != spec::no_node)
      most[above] = std::max({most[above], most[*at], s.of[*at].gone, s.of[*at].faded});
  return most;
}

// Of a supervisor's restarts those whose source has ended for good, weighted as they come.
std::vector<double> faded_restarts(const Survey& s, double life) {
  std::vector<double> faded(s.of.size(), 0);
  for (auto at = s.stage.facts.tree.order.rbegin(); at != s.stage.facts.tree.order.rend(); ++at) {
    if (spec::as_supervisor(s.node(*at)) == nullptr) continue;
    double all = 0;
    double sum = 0;
    double most = 0;
    for (const Share& share : s.budget(*at).shares) {
      const Disturbance& d = s.of[share.child];
      const auto& sources = s.stage.facts.crashes.of[share.child];
      const bool by_messages = std::any_of(sources.begin(), sources.end(), orders_by_messages);
      const double unsent =
          by_messages ? at_most_one(d.missing + d.unserved + begins_later(s.stage, share.child) / life) : 0;
      const double gone = std::max({d.gone, d.faded, faded[share.child], unsent});
      all += share.per_second;
      sum += share.per_second * gone;
      most = std::max(most, gone);
    }
    faded[*at] = all > 0 && !std::isinf(all) ? sum / all : most;
  }
  return faded;
}

// What the rest of the tree does to each, if so many strays come.
Survey survey(const Stage& stage, const std::vector<double>& strays) {
  Survey s{stage, spec::in_seconds(stage.design.horizon.value), strays, {}, {}};
  s.of.resize(stage.design.nodes.size());
  s.outside.resize(stage.design.nodes.size());
  double late = 0;
  for (const auto& application : stage.design.applications)
    if (application.root != spec::no_node) {
      s.of[application.root].late = late;
      // Where its boot fails, the node goes on without it.
      if (!ends_node(application)) s.of[application.root].gone = at_most_one(stage.boot_fails[application.root]);
      late += upper(stage.facts.tree.boot[application.root]);
    }
  const auto away = kept_away(s);
  for (const NodeId id : stage.facts.tree.order) {
    if (!away[id].empty()) s.of[id].gone = 1, s.of[id].why = away[id];
    s.outside[id] = s.of[id];
    add_own(s, id);
    if (!away[id].empty()) s.of[id].why = away[id];
    if (spec::as_supervisor(s.node(id)) != nullptr) visit_children(s, id);
  }
  add_own_starts(s);
  add_faded(s);
  spread(s, node_life(s));
  return s;
}

// Strays take processes down, whose callers become strays in turn: round by round, until no more come.
Survey settled_survey(const Stage& stage) {
  constexpr int most_rounds = 8;  // then what still grows is taken to grow without end
  std::vector<double> strays(stage.design.nodes.size(), 0);
  for (int round = 1;; ++round) {
    Survey s = survey(stage, strays);
    bool settled = true;
    const auto next = strays_of(s);
    for (NodeId id = 0; id < next.size(); ++id) {
      if (known(next[id]) <= strays[id] * 1.001) continue;
      settled = false;
      strays[id] = round < most_rounds ? known(next[id]) : infinity;
    }
    if (settled) return s;
  }
}

}  // namespace

Disturbances disturbances_of(const Stage& stage) {
  Survey s = settled_survey(stage);
  const double life = node_life(s);
  const double ended = at_most_one(times(stray_ends(s), s.horizon));
  auto gone = gone_below(s);
  auto faded = faded_restarts(s, life);
  return {std::move(s.of), std::move(s.outside), std::move(gone), std::move(faded), std::move(s.strays), life, ended};
}

}  // namespace treefall::analyzer
