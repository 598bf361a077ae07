// A subtree is certain when every process in it starts and stops in a known time and crashes at known ones, without
// faults, reseeding or a script that stops and starts children.
#include "analyzer/certain.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

bool is_certain(const CrashSource& source) {
  if (source.during) return false;
  if (const auto* life = std::get_if<LifeTime>(&source.times)) return spec::is_constant(life->since_start);
  if (const auto* schedule = std::get_if<ScheduledCrashes>(&source.times)) return schedule->complete;
  return false;
}

bool is_populated_later(const spec::Supervisor& supervisor) {
  return supervisor.kind.value == spec::SupervisorKind::dynamic || supervisor.kind.value == spec::SupervisorKind::task;
}

bool starts_surely(const spec::Worker& worker) {
  if (!worker.init) return true;
  const auto& init = *worker.init;
  const bool all_ok = std::all_of(init.outcomes.begin(), init.outcomes.end(),
                                  [](auto outcome) { return outcome == spec::InitOutcome::ok; });
  return init.failure_probability == 0 && !init.fails_during && all_ok;
}

// What the script does to one of several copies: any of them is as good as another where their supervisor is one
// process, restarts them alone, and they start in no time, so that all are there.
bool is_the_same_for_any(const Design& design, const Tree& tree, NodeId worker, const CrashSource& source) {
  if (source.only == nullptr) return true;
  const spec::Node& node = design.nodes[worker];
  if (tree.copies[worker] != node.count.value || node.parent == spec::no_node) return false;
  const auto& above = *spec::as_supervisor(design.nodes[node.parent]);
  const bool alone = above.strategy.value == spec::Strategy::one_for_one;
  return !source.only->pins.empty() || (alone && source.counted && tree.boot[worker].high == 0);
}

// Under rest_for_one it depends on who of those that die together is seen to die first.
bool dies_in_open_order(const Design& design, NodeId worker, const CrashSource& source) {
  const NodeId above = design.nodes[worker].parent;
  return source.kind == CrashSource::Kind::link && above != spec::no_node &&
         spec::as_supervisor(design.nodes[above])->strategy.value == spec::Strategy::rest_for_one;
}

// Is it the same whenever it starts? Not where crashes come at node times, or where the clock's phase is given.
bool may_start_whenever(const Design& design, const Crashes& crashes, NodeId worker) {
  const auto& list = crashes.of[worker];
  return list.empty() || (!design.clock_phase && std::none_of(list.begin(), list.end(), [](const auto& source) {
           return std::holds_alternative<ScheduledCrashes>(source.times);
         }));
}

}  // namespace

bool is_known(const Estimate& time) {
  return time.said() && time.method == Method::deterministic && std::isfinite(time.value);
}

std::vector<bool> certain_subtrees(const Design& design, const Tree& tree, const Crashes& crashes) {
  std::vector<bool> certain(design.nodes.size(), false);
  std::vector<bool> disturbed(design.nodes.size(), false);
  using Do = spec::ScriptedEvent::Do;
  for (const auto& event : design.script)
    if (event.what != Do::send && spec::as_worker(design.nodes[event.process.node]) == nullptr)
      disturbed[event.process.node] = true;
  for (const auto& event : design.script)
    if (event.what == Do::terminate_child || event.what == Do::restart_child || event.what == Do::delete_child)
      disturbed[event.process.node] = true;
  for (auto id = tree.order.rbegin(); id != tree.order.rend(); ++id) {
    const spec::Node& node = design.nodes[*id];
    if (disturbed[*id] || !is_known(tree.boot[*id]) || !is_known(tree.stop[*id])) continue;
    if (const auto* worker = spec::as_worker(node)) {
      const auto& list = crashes.of[*id];
      certain[*id] = starts_surely(*worker) && std::all_of(list.begin(), list.end(), is_certain) &&
                     std::all_of(list.begin(), list.end(),
                                 [&](const auto& source) { return is_the_same_for_any(design, tree, *id, source); }) &&
                     std::none_of(list.begin(), list.end(),
                                  [&](const auto& source) { return dies_in_open_order(design, *id, source); }) &&
                     (is_known(tree.start[*id]) || may_start_whenever(design, crashes, *id));
      continue;
    }
    const auto* supervisor = spec::as_supervisor(node);
    certain[*id] =
        !supervisor->opaque && !supervisor->reseeded && (!is_populated_later(*supervisor) || is_known(tree.booted)) &&
        std::all_of(node.children.begin(), node.children.end(), [&](NodeId child) { return certain[child]; });
  }
  return certain;
}

}  // namespace treefall::analyzer
