// A node stops in reverse start order, so whoever was started later is gone when a process is told to stop. If it is
// linked to one of those, its exit signal is in the mailbox before the order; with no clause for `EXIT` that ends it.
// If its work calls one of those, the call fails. Both, a clause that crashes and a crash clock end it without a
// clean-up.
#include "analyzer/stopping.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <variant>
#include <vector>

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Scene {
  const Design& design;
  const Tree& tree;
  const Loads& loads;
  NodeId id;
};

bool at_once(const Design& design, NodeId parent) {
  if (parent == spec::no_node) return false;
  const auto kind = spec::as_supervisor(design.nodes[parent])->kind.value;
  return kind != spec::SupervisorKind::supervisor;
}

// Is some copy of `other` gone when this one is told to stop, or as soon?
bool stops_before(const Scene& s, NodeId other) {
  if (s.tree.position[other] >= s.tree.position[s.id]) return true;
  const NodeId shared = common_ancestor(s.design, s.tree, other, s.id);
  return shared != spec::no_node && (at_once(s.design, shared) || s.tree.copies[shared] > 1);
}

bool traps(const Design& design, NodeId id) {
  const auto* worker = spec::as_worker(design.nodes[id]);
  return worker != nullptr && worker->traps_exits.value;
}

bool is_deadly(const Scene& s, const spec::Call& call) {
  return call.on_failure.what != spec::OnFailure::Do::ignore && stops_before(s, call.to.node);
}

bool calls_the_dead(const Scene& s, const spec::Handler& handler) {
  return std::any_of(handler.calls.begin(), handler.calls.end(), [&](const auto& call) { return is_deadly(s, call); });
}

bool may_crash(const spec::Handler& handler) {
  return handler.crash_probability > 0 || handler.exits || !handler.during.empty() ||
         std::any_of(handler.tasks.begin(), handler.tasks.end(),
                     [](const auto& task) { return task.crash_probability > 0 || task.await; });
}

// Nothing but the order to stop ends or occupies this one for certain.
bool is_idle(const Scene& s, NodeId id) {
  const auto* worker = spec::as_worker(s.design.nodes[id]);
  return worker != nullptr && worker->crashes.empty() && !s.loads.of[id].loaded && worker->depends_on.empty() &&
         !worker->handle_continue;
}

// Does this linked one end before the process in question is told to stop? It takes along whom it is linked to, as far
// as they do not trap exits.
bool may_end_before(const Scene& s, NodeId linked) {
  std::vector<NodeId> reached{linked};
  for (std::size_t next = 0; next < reached.size(); ++next) {
    const NodeId at = reached[next];
    if (stops_before(s, at) || !is_idle(s, at)) return true;
    if (traps(s.design, at)) continue;
    for (const NodeId other : s.tree.linked[at])
      if (other != s.id && std::find(reached.begin(), reached.end(), other) == reached.end()) reached.push_back(other);
  }
  return false;
}

// Seconds on average, at the most.
double longest(const spec::Handler& handler) {
  double seconds = spec::mean(handler.takes);
  for (const auto& call : handler.calls)
    seconds += spec::in_seconds(call.timeout.value) * call.times *
               (call.on_failure.what == spec::OnFailure::Do::retry ? call.on_failure.retries + 1.0 : 1.0);
  for (const auto& task : handler.tasks)
    if (task.await) seconds += *task.await == spec::infinite ? infinity : spec::in_seconds(*task.await);
  return handler.during.empty() ? seconds : infinity;
}

// From the start to the stop of the node nothing happens at all, and the one that ends is stopped just before.
bool is_certain(const Scene& s, const spec::Handler* handler, const std::vector<NodeId>& ending) {
  const auto& design = s.design;
  const bool quiet = design.traffic.empty() && design.faults.empty() && design.script.empty() &&
                     std::all_of(s.tree.order.begin(), s.tree.order.end(), [&](NodeId id) {
                       return spec::as_worker(design.nodes[id]) == nullptr || is_idle(s, id);
                     });
  if (!quiet || ending.size() != 1 || s.tree.linked[s.id].size() != 1) return false;
  const NodeId other = ending.front();
  const NodeId parent = design.nodes[s.id].parent;
  if (parent == spec::no_node || design.nodes[other].parent != parent || at_once(design, parent)) return false;
  if (s.tree.copies[s.id] != 1 || s.tree.copies[other] != 1 || s.tree.rank[other] != s.tree.rank[s.id] + 1)
    return false;
  return handler == nullptr || (spec::is_constant(handler->takes) && handler->calls.empty() && handler->tasks.empty() &&
                                !may_crash(*handler));
}

void add_exits(const Scene& s, const spec::Worker& worker, BeforeCleanUp& result) {
  std::vector<NodeId> ending;
  double number = 0;
  for (const NodeId other : s.tree.linked[s.id])
    if (may_end_before(s, other)) {
      ending.push_back(other);
      number += static_cast<double>(s.tree.copies[other]);
    }
  if (ending.empty()) return;
  const Clause clause = clause_for(worker, "EXIT");
  result.certain = is_certain(s, clause.handler, ending);
  if (clause.unknown) {
    result.cut = 1;
    result.why = "processes to which it is linked end first, and with no clause for `EXIT` that ends it without";
    return;
  }
  if (clause.handler == nullptr) return;
  result.exits = number * longest(*clause.handler);
  if (may_crash(*clause.handler) || calls_the_dead(s, *clause.handler)) result.cut = 1;
  result.why = "it first handles the exits of processes to which it is linked";
}

// Work that is under way or waits when the order comes.
void add_work(const Scene& s, BeforeCleanUp& result) {
  const Load& load = s.loads.of[s.id];
  if (!load.loaded) return;
  double cut = 0;
  for (const auto& message : load.messages) {
    if (message.handler == nullptr || message.rate() == 0) continue;
    const bool sparse = load.is_poisson() && load.utilisation.said() && load.mean_wait.said();
    if (calls_the_dead(s, *message.handler))
      cut += sparse ? std::min(1.0, load.utilisation.high) : 1;
    else if (may_crash(*message.handler) &&
             (!sparse || message.handler->exits || !message.handler->tasks.empty() || !message.handler->during.empty()))
      cut += 1;
    else if (message.handler->crash_probability > 0)
      cut += message.handler->crash_probability * (1 + load.rate * (load.mean_wait.high + load.service.high));
  }
  if (!(cut > 0) && !std::isnan(cut)) return;
  result.cut = std::isnan(cut) ? 1 : std::min(1.0, result.cut + cut);
  result.certain = false;
  result.why = "its work may end it first: it crashes, or calls a process that has been stopped";
}

bool between(double time, double begin, double end) { return time >= begin && time <= end; }

// P(this clock strikes within so many seconds of the order to stop, which comes at the horizon).
double strikes(const Scene& s, const spec::Worker& worker, const spec::CrashClock& clock, double seconds) {
  const double horizon = spec::in_seconds(s.design.horizon.value);
  if (const auto* rate = std::get_if<spec::CrashClock::Rate>(&clock.when)) return rate->per_second * seconds;
  if (const auto* at = std::get_if<spec::CrashClock::At>(&clock.when))
    return std::any_of(at->node_times.begin(), at->node_times.end(),
                       [&](auto time) { return between(spec::in_seconds(time), horizon, horizon + seconds); });
  const auto& life = std::get<spec::CrashClock::After>(clock.when).since_start;
  const double mean = spec::mean(life) + (worker.init ? spec::mean(worker.init->takes) : 0);
  // Lives of one length end at its multiples, and horizons are round numbers.
  const double next = mean - std::fmod(horizon, mean);
  if (spec::is_constant(life) && (!s.design.script.empty() || next <= seconds || next >= mean - seconds)) return 1;
  return seconds / mean;
}

void add_clocks(const Scene& s, const spec::Worker& worker, double seconds, BeforeCleanUp& result) {
  for (const auto& clock : worker.crashes) {
    const double cut = strikes(s, worker, clock, seconds);
    if (!(cut > 0)) continue;
    result.cut = std::min(1.0, result.cut + cut);
    result.certain = false;
    if (*result.why == '\0') result.why = "it may crash before";
  }
}

}  // namespace

BeforeCleanUp before_clean_up(const Design& design, const Tree& tree, const Loads& loads, NodeId id, double clean_up,
                              double backlog) {
  const Scene scene{design, tree, loads, id};
  const auto& worker = *spec::as_worker(design.nodes[id]);
  BeforeCleanUp result;
  add_exits(scene, worker, result);
  add_work(scene, result);
  if (clean_up > 0) add_clocks(scene, worker, clean_up + backlog + result.exits, result);
  return result;
}

}  // namespace treefall::analyzer
