// Each of these was a death that execution showed and a prediction left out. Whether a process may die at all is asked
// of the design and not of the crashes that are found so far: one that depends on another may itself be depended on.
#include "analyzer/open_crashes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "analyzer/may_fail.hpp"
#include "analyzer/stop_signals.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;
using Kind = CrashSource::Kind;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double hardly_ever = 1e-6;  // a share of starts that nobody sees fail

std::string quoted(const Design& design, NodeId id) { return "`" + design.nodes[id].name + "`"; }

CrashSource open_source(Kind kind, NodeId guilty, const spec::Span& span, std::string what, std::string why) {
  CrashSource source;
  source.kind = kind;
  source.times = UnsaidCrashes{nan, std::move(why)};
  source.reason = an_error;
  source.guilty = guilty;
  source.span = span;
  source.what = std::move(what);
  return source;
}

bool may_fail_to_start(const spec::Init& start) {
  return start.failure_probability > 0 || start.fails_during || !start.calls.empty() || start.timeout ||
         !start.during.empty() || std::any_of(start.outcomes.begin(), start.outcomes.end(), [](auto outcome) {
           return outcome != spec::InitOutcome::ok;
         });
}

// Other than by clocks of a constant rate.
bool may_die_by_more_than_rates(const SoFar& scene, const Tree& tree, NodeId id) {
  const spec::Node& node = scene.design.nodes[id];
  const auto* worker = spec::as_worker(node);
  const bool ended_by_script =
      std::any_of(scene.design.script.begin(), scene.design.script.end(), [&](const spec::ScriptedEvent& event) {
        return event.process.node == id && event.what != spec::ScriptedEvent::Do::send;
      });
  if (node.scripted || ended_by_script) return true;
  if (worker == nullptr) return false;
  const bool stale = std::any_of(worker->depends_on.begin(), worker->depends_on.end(),
                                 [](const auto& one) { return one.uses != spec::Dependency::Uses::name; });
  const bool by_message =
      worker->handles && (std::any_of(worker->handles->begin(), worker->handles->end(),
                                      [](const auto& named) { return may_fail(named.handler); }) ||
                          std::any_of(scene.loads.of[id].messages.begin(), scene.loads.of[id].messages.end(),
                                      [](const auto& message) { return message.unknown; }));
  return stale || by_message || !tree.linked[id].empty() || (worker->init && may_fail_to_start(*worker->init)) ||
         (worker->handle_continue && may_fail_to_start(*worker->handle_continue)) ||
         std::any_of(worker->ticks.begin(), worker->ticks.end(),
                     [](const auto& tick) { return may_fail(tick.handler); }) ||
         std::any_of(worker->crashes.begin(), worker->crashes.end(), [](const auto& clock) {
           return clock.during || !std::holds_alternative<spec::CrashClock::Rate>(clock.when);
         });
}

double clock_rate(const spec::Worker& worker) {
  double rate = 0;
  for (const auto& clock : worker.crashes)
    if (const auto* poisson = std::get_if<spec::CrashClock::Rate>(&clock.when)) rate += poisson->per_second;
  return rate;
}

bool may_die(const SoFar& scene, const Tree& tree, NodeId id) {
  const auto* worker = spec::as_worker(scene.design.nodes[id]);
  return may_die_by_more_than_rates(scene, tree, id) || (worker != nullptr && !worker->crashes.empty());
}

bool any_below_may_die(const SoFar& scene, const Tree& tree, NodeId top) {
  for (auto at = tree.position[top]; at < tree.end[top]; ++at)
    if (may_die(scene, tree, tree.order[at])) return true;
  return false;
}

// The child of `above` in whose subtree the node stands.
NodeId branch_of(const Design& design, NodeId id, NodeId above) {
  while (design.nodes[id].parent != above) id = design.nodes[id].parent;
  return id;
}

// Everything whose death may end and replace a process without ending `beside`: the branch in which it stands, and
// the siblings of that branch where they are restarted together.
bool may_be_replaced_without(const SoFar& scene, const Tree& tree, NodeId id, NodeId beside) {
  const Design& design = scene.design;
  const NodeId shared = common_ancestor(design, tree, id, beside);
  if (shared == spec::no_node) return true;
  if (shared == id || shared == beside) return any_below_may_die(scene, tree, shared);
  const NodeId branch = branch_of(design, id, shared);
  if (spec::as_supervisor(design.nodes[shared])->strategy.value == spec::Strategy::one_for_one)
    return any_below_may_die(scene, tree, branch);
  const RestartScope scope = restart_scope(design, tree, branch);
  const auto rank = tree.rank[branch_of(design, beside, shared)];
  const bool together = scope.supervisor == shared && scope.first <= rank && rank < scope.last;
  if (together && branch == id) return false;
  return any_below_may_die(scene, tree, shared);
}

// ---- what makes a process end now and then ----

void add_during(const SoFar& scene, NodeId id, const spec::Handler& handler, const std::string& name,
                std::vector<CrashSource>& list) {
  for (const auto& during : handler.during) {
    if (!may_fail(during.handler.front())) continue;
    const std::string fault = "`" + scene.design.faults[during.fault].name + "`";
    list.push_back(open_source(Kind::handler, id, during.handler.front().span,
                               name + " may end it while " + fault + " lasts",
                               "how often " + name + " ends it while " + fault + " lasts is not followed"));
    return;
  }
}

void add_all_during(const SoFar& scene, NodeId id, std::vector<CrashSource>& list) {
  for (const auto& message : scene.loads.of[id].messages)
    if (message.handler != nullptr)
      add_during(scene, id, *message.handler, message.tick != nullptr ? "its tick" : "`" + message.message + "`", list);
}

void add_stale(const SoFar& scene, const Tree& tree, NodeId id, std::vector<CrashSource>& list) {
  const auto& worker = *spec::as_worker(scene.design.nodes[id]);
  if (scene.loads.of[id].messages.empty() && worker.ticks.empty()) return;
  for (const auto& dependency : worker.depends_on) {
    using Uses = spec::Dependency::Uses;
    if (dependency.uses != Uses::pid && dependency.uses != Uses::table) continue;
    if (!may_be_replaced_without(scene, tree, dependency.on.node, id)) continue;
    const std::string what = dependency.uses == Uses::pid ? "the pid" : "the table";
    const std::string on = what + " of " + quoted(scene.design, dependency.on.node);
    list.push_back(open_source(Kind::link, dependency.on.node, dependency.on.span, on + ", which it keeps, goes stale",
                               "it crashes after each restart of " + quoted(scene.design, dependency.on.node) +
                                   ", when next it needs " + what + ": such pairs are not followed"));
  }
}

// The longest that its clause keeps a caller waiting, but for what nobody sees; infinite where that is not plain.
double plainly_served_within(const SoFar& scene, const spec::Call& call) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto* worker = spec::as_worker(scene.design.nodes[call.to.node]);
  if (worker == nullptr) return infinity;
  const Clause clause = clause_for(*worker, call.message);
  if (clause.unknown) return infinity;
  double service = 0;
  if (clause.handler != nullptr) {
    const auto& handler = *clause.handler;
    if (!handler.during.empty() || !handler.calls.empty() || may_fail(handler)) return infinity;
    const double limit = spec::in_seconds(call.timeout.value);
    if (!(1 - spec::cumulative(handler.takes, std::isinf(limit) ? 1e9 : limit / 20) < hardly_ever)) return infinity;
    service = spec::mean(handler.takes);
  }
  const Load& load = scene.loads.of[call.to.node];
  if (!load.loaded && worker->ticks.empty()) return service;
  return load.mean_wait.said() ? load.mean_wait.high + service : infinity;
}

// Is it as good as certain that this call, made when the caller starts, is answered?
bool is_surely_answered(const SoFar& scene, const Tree& tree, NodeId caller, const spec::Call& call) {
  const NodeId callee = call.to.node;
  const double served = plainly_served_within(scene, call);
  if (!(served <= spec::in_seconds(call.timeout.value) / 20)) return false;
  if (why_calls_may_fail(scene.design, callee, spec::in_seconds(call.timeout.value))) return false;
  if (!may_be_replaced_without(scene, tree, callee, caller)) return true;
  if (scene.design.nodes[callee].parent != scene.design.nodes[caller].parent) return false;
  const auto& worker = *spec::as_worker(scene.design.nodes[callee]);
  const double away = worker.init ? spec::mean(worker.init->takes) : 0;
  return !may_die_by_more_than_rates(scene, tree, callee) && clock_rate(worker) * (served + away) < hardly_ever;
}

void add_calls_at_start(const SoFar& scene, const Tree& tree, NodeId id, const spec::Init& start, bool continues,
                        std::vector<CrashSource>& list) {
  for (const auto& call : start.calls) {
    if (call.on_failure.what == spec::OnFailure::Do::ignore || is_surely_answered(scene, tree, id, call)) continue;
    const std::string to = quoted(scene.design, call.to.node);
    const std::string where = continues ? "its handle_continue" : "its init";
    list.push_back(open_source(continues ? Kind::handle_continue : Kind::call, call.to.node, call.span,
                               "the call to " + to + " in " + where + " may fail",
                               "how often the call to " + to + " in " + where +
                                   " fails cannot be said, and each failure makes restarts come in runs"));
  }
}

void add_linked_supervisors(const SoFar& scene, const Tree& tree, NodeId id, std::vector<CrashSource>& list) {
  const auto& worker = *spec::as_worker(scene.design.nodes[id]);
  if (worker.traps_exits.value && !may_end_by_exit_message(worker)) return;
  for (const NodeId other : tree.linked[id]) {
    if (spec::as_supervisor(scene.design.nodes[other]) == nullptr) continue;
    if (!may_be_replaced_without(scene, tree, other, id)) continue;
    const std::string name = quoted(scene.design, other);
    const auto link = std::find_if(worker.links.begin(), worker.links.end(),
                                   [&](const spec::Target& target) { return target.node == other; });
    list.push_back(open_source(Kind::link, other, link == worker.links.end() ? spec::Span{} : link->span,
                               name + ", to which it is linked, may give up",
                               "whenever the supervisor " + name + " ends, so does what is linked to it"));
  }
}

}  // namespace

std::optional<std::string> why_calls_may_fail(const Design& design, NodeId callee, double timeout) {
  const auto* worker = spec::as_worker(design.nodes[callee]);
  if (worker == nullptr) return std::nullopt;
  const std::string name = quoted(design, callee);
  if (worker->init)
    for (const auto outcome : worker->init->outcomes)
      if (outcome == spec::InitOutcome::ignore) return "the init of " + name + " says `ignore`: then nobody answers";
  if (!worker->handle_continue) return std::nullopt;
  const spec::Init& start = *worker->handle_continue;
  if (!start.calls.empty() || !start.during.empty() || start.retry_after ||
      !(1 - spec::cumulative(start.takes, timeout / 2) < hardly_ever))
    return name + " answers nobody until its handle_continue is over";
  return std::nullopt;
}

void add_open_crashes(const SoFar& scene, const Tree& tree, NodeId id, std::vector<CrashSource>& list) {
  const auto& worker = *spec::as_worker(scene.design.nodes[id]);
  add_all_during(scene, id, list);
  add_stale(scene, tree, id, list);
  if (worker.init) add_calls_at_start(scene, tree, id, *worker.init, false, list);
  if (worker.handle_continue) add_calls_at_start(scene, tree, id, *worker.handle_continue, true, list);
  if (worker.handle_continue)
    for (const auto& during : worker.handle_continue->during)
      if (may_fail_to_start(during.init.front()))
        list.push_back(open_source(Kind::handle_continue, id, during.init.front().span,
                                   "its handle_continue may fail while a fault lasts",
                                   "how often its handle_continue fails while `" +
                                       scene.design.faults[during.fault].name + "` lasts is not followed"));
  add_linked_supervisors(scene, tree, id, list);
}

bool ends_its_copies(const Design& design, const Tree& tree, const std::vector<NodeId>& reached) {
  const NodeId first = reached.front();
  if (design.nodes[first].count.value == 1) return false;
  const auto& linked = tree.linked[first];
  return reached.size() > 1 || std::binary_search(linked.begin(), linked.end(), first);
}

}  // namespace treefall::analyzer
