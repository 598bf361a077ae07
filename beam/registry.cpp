// Elixir's Registry is a Supervisor (3 restarts in 5 s; one_for_all where keys are unique, else one_for_one) over
// permanent partitions that trap exits and do nothing about the ends of those registered (lib/registry.ex). A design
// says that with workers of `kind: registry` below such a supervisor. What is anything else in any respect, is asked to
// end with a reason of its own, or is linked to before it is started (a Registry would raise), is played as it stands,
// with gen_servers.
#include "beam/registry.hpp"

#include <algorithm>

namespace treefall::beam {
namespace {

bool only_looks_away(const std::vector<spec::NamedHandler>& handles) {
  if (handles.size() != 1 || handles.front().message != "EXIT") return false;
  const spec::Handler& handler = handles.front().handler;
  const auto* takes = std::get_if<spec::Constant>(&handler.takes);
  return takes != nullptr && takes->seconds == 0 && handler.crash_probability == 0 && !handler.exits &&
         handler.calls.empty() && handler.casts.empty() && handler.tasks.empty() && handler.during.empty();
}

bool is_told_to_exit(const spec::Design& design, spec::NodeId id) {
  return std::any_of(design.script.begin(), design.script.end(), [id](const spec::ScriptedEvent& event) {
    return event.process.node == id && event.what == spec::ScriptedEvent::Do::exit;
  });
}

/// Nodes are numbered in the order of their start.
bool is_linked_to_too_early(const spec::Design& design, spec::NodeId id) {
  for (spec::NodeId other = 0; other < id; ++other) {
    const spec::Worker* worker = spec::as_worker(design.nodes[other]);
    if (worker == nullptr) continue;
    if (std::any_of(worker->links.begin(), worker->links.end(), [id](const auto& link) { return link.node == id; }))
      return true;
  }
  return false;
}

bool is_partition(const spec::Design& design, spec::NodeId id) {
  const spec::Node& node = design.nodes[id];
  const spec::Worker* worker = spec::as_worker(node);
  if (worker == nullptr || worker->kind.value != spec::WorkerKind::registry || !worker->traps_exits.value) return false;
  const bool as_elixirs = node.count.value == 1 && node.restart.value == spec::Restart::permanent &&
                          node.shutdown.value.how == spec::Shutdown::How::within && !node.on_demand;
  const bool does_nothing = !worker->init && !worker->handle_continue && worker->handles &&
                            only_looks_away(*worker->handles) && worker->ticks.empty() && worker->crashes.empty() &&
                            worker->links.empty() && !worker->terminate && !worker->mailbox.shed_above;
  return as_elixirs && does_nothing && !is_told_to_exit(design, id) && !is_linked_to_too_early(design, id);
}

}  // namespace

bool is_registry(const spec::Design& design, spec::NodeId id) {
  const spec::Node& node = design.nodes[id];
  const spec::Supervisor* supervisor = spec::as_supervisor(node);
  if (supervisor == nullptr || node.parent == spec::no_node || node.children.empty()) return false;
  const spec::Supervisor* above = spec::as_supervisor(design.nodes[node.parent]);
  return design.dialect.value == spec::Dialect::elixir && above->kind.value == spec::SupervisorKind::supervisor &&
         supervisor->kind.value == spec::SupervisorKind::supervisor && !supervisor->opaque &&
         supervisor->strategy.value != spec::Strategy::rest_for_one && supervisor->max_restarts.value == 3 &&
         supervisor->max_seconds.value == 5 && supervisor->auto_shutdown.value == spec::AutoShutdown::never &&
         std::all_of(node.children.begin(), node.children.end(),
                     [&](spec::NodeId child) { return is_partition(design, child); });
}

std::optional<std::uint32_t> partition_number(const spec::Design& design, spec::NodeId id) {
  const spec::NodeId parent = design.nodes[id].parent;
  if (parent == spec::no_node || !is_registry(design, parent)) return std::nullopt;
  const std::vector<spec::NodeId>& all = design.nodes[parent].children;
  return static_cast<std::uint32_t>(std::find(all.begin(), all.end(), id) - all.begin());
}

std::vector<Home> homes(const spec::Design& design, const spec::Worker& worker) {
  std::vector<Home> all;
  for (const spec::Target& link : worker.links) {
    if (const auto number = partition_number(design, link.node))
      all.push_back({design.nodes[design.nodes[link.node].parent].children.size(), *number});
  }
  return all;
}

}  // namespace treefall::beam
