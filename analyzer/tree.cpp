// The trees as pre-order ranges: a subtree is a range of `order`, siblings are a range of ranks, and prefix sums of
// subtree sizes answer "how many processes" for any range in constant time.
#include "analyzer/tree.hpp"

#include <algorithm>
#include <utility>

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::Node;
using spec::NodeId;

// Iterative, for trees of any depth.
void walk(const Design& design, NodeId root, Tree& tree) {
  std::vector<std::pair<NodeId, std::size_t>> path{{root, 0}};
  const auto enter = [&](NodeId id) {
    tree.position[id] = static_cast<std::uint32_t>(tree.order.size());
    tree.order.push_back(id);
  };
  enter(root);
  while (!path.empty()) {
    const auto [id, next] = path.back();
    const auto& children = design.nodes[id].children;
    if (next == children.size()) {
      tree.end[id] = static_cast<std::uint32_t>(tree.order.size());
      path.pop_back();
      continue;
    }
    ++path.back().second;
    const NodeId child = children[next];
    tree.rank[child] = static_cast<std::uint32_t>(next);
    enter(child);
    path.emplace_back(child, 0);
  }
}

void count_processes(const Design& design, Tree& tree) {
  for (const NodeId id : tree.order) {
    const Node& node = design.nodes[id];
    const bool top = node.parent == spec::no_node;
    tree.depth[id] = top ? 0 : tree.depth[node.parent] + 1;
    tree.copies[id] = node.count.value * (top ? 1 : tree.copies[node.parent]);
  }
  for (auto id = tree.order.rbegin(); id != tree.order.rend(); ++id) {
    std::uint64_t below = 0;
    for (const NodeId child : design.nodes[*id].children) {
      tree.before[child] = below;
      below += design.nodes[child].count.value * tree.size[child];
    }
    tree.size[*id] = 1 + below;
  }
}

void join_links(const Design& design, Tree& tree) {
  const auto connect = [&](NodeId a, NodeId b) {
    tree.linked[a].push_back(b);
    if (a != b) tree.linked[b].push_back(a);
  };
  for (NodeId id = 0; id < design.nodes.size(); ++id)
    if (const auto* worker = spec::as_worker(design.nodes[id]))
      for (const auto& link : worker->links) connect(id, link.node);
  for (const auto& stray : design.unsupervised)
    if (stray.linked && stray.started_by) connect(stray.worker, stray.started_by->node);
  for (auto& ends : tree.linked) {
    std::sort(ends.begin(), ends.end());
    ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  }
}

bool ends_its_supervisor(const Design& design, NodeId id) {
  const Node& node = design.nodes[id];
  if (!node.significant.value) return false;
  const Node& above = design.nodes[node.parent];
  switch (spec::as_supervisor(above)->auto_shutdown.value) {
    case spec::AutoShutdown::never:
      return false;
    case spec::AutoShutdown::any_significant:
      return true;
    case spec::AutoShutdown::all_significant:
      break;
  }
  return node.count.value == 1 && std::none_of(above.children.begin(), above.children.end(), [&](NodeId sibling) {
           return sibling != id && design.nodes[sibling].significant.value;
         });
}

}  // namespace

Tree tree_of(const Design& design) {
  const std::size_t size = design.nodes.size();
  Tree tree;
  tree.order.reserve(size);
  tree.position.assign(size, 0);
  tree.end.assign(size, 0);
  tree.depth.assign(size, 0);
  tree.rank.assign(size, 0);
  tree.copies.assign(size, 1);
  tree.size.assign(size, 1);
  tree.before.assign(size, 0);
  tree.linked.resize(size);
  tree.boot.resize(size);
  tree.stop.resize(size);
  for (const auto& application : design.applications)
    if (application.root != spec::no_node) walk(design, application.root, tree);
  for (const auto& stray : design.unsupervised) walk(design, stray.worker, tree);
  for (NodeId id = 0; id < size; ++id)
    if (design.nodes[id].scripted) {
      walk(design, id, tree);
      if (design.nodes[id].parent != spec::no_node)
        tree.rank[id] = static_cast<std::uint32_t>(design.nodes[design.nodes[id].parent].children.size());
    }
  count_processes(design, tree);
  join_links(design, tree);
  return tree;
}

bool is_within(const Tree& tree, NodeId node, NodeId ancestor) {
  return tree.position[ancestor] <= tree.position[node] && tree.position[node] < tree.end[ancestor];
}

NodeId common_ancestor(const Design& design, const Tree& tree, NodeId a, NodeId b) {
  while (a != spec::no_node && !is_within(tree, b, a)) a = design.nodes[a].parent;
  return a;
}

RestartScope restart_scope(const Design& design, const Tree& tree, NodeId node) {
  const NodeId above = design.nodes[node].parent;
  if (above == spec::no_node) return {};
  const auto rank = tree.rank[node];
  const auto all = static_cast<std::uint32_t>(design.nodes[above].children.size());
  switch (spec::as_supervisor(design.nodes[above])->strategy.value) {
    case spec::Strategy::one_for_one:
      return {above, rank, rank + 1};
    case spec::Strategy::rest_for_one:
      return {above, rank, std::max(all, rank + 1)};
    case spec::Strategy::one_for_all:
      break;
  }
  return {above, 0, std::max(all, rank + 1)};
}

std::uint64_t restarted_with(const Design& design, const Tree& tree, NodeId node) {
  const NodeId above = design.nodes[node].parent;
  if (above == spec::no_node) return tree.size[node];
  switch (spec::as_supervisor(design.nodes[above])->strategy.value) {
    case spec::Strategy::one_for_one:
      return tree.size[node];
    case spec::Strategy::rest_for_one:
      return tree.size[above] - 1 - tree.before[node];
    case spec::Strategy::one_for_all:
      break;
  }
  return tree.size[above] - 1;
}

Escalation escalation(const Design& design, const Tree& tree, NodeId first) {
  Escalation path;
  for (NodeId id = first;;) {
    path.falls.push_back(id);
    const Node& node = design.nodes[id];
    if (node.parent == spec::no_node) break;
    const bool passes = node.restart.value == spec::Restart::permanent || ends_its_supervisor(design, id);
    if (!passes) {
      path.end = End::silently_gone;
      path.survivor = node.parent;
      path.processes = tree.size[id];
      return path;
    }
    id = node.parent;
  }
  const NodeId top = path.falls.back();
  const auto owner = design.nodes[top].application;
  if (owner != spec::no_application && design.applications[owner].start.value == spec::StartType::temporary) {
    path.end = End::application_stops;
    path.processes = tree.size[top];
    return path;
  }
  path.end = End::node_stops;
  for (const auto& application : design.applications)
    if (application.root != spec::no_node) path.processes += tree.size[application.root];
  for (const auto& stray : design.unsupervised) path.processes += tree.copies[stray.worker];
  return path;
}

bool is_orderly(const spec::ExitReason& reason) {
  switch (reason.kind) {
    case spec::ExitReason::Kind::normal:
    case spec::ExitReason::Kind::shutdown:
    case spec::ExitReason::Kind::shutdown_with:
      return true;
    case spec::ExitReason::Kind::killed:
    case spec::ExitReason::Kind::error:
      break;
  }
  return false;
}

bool is_counted(spec::Restart restart, const spec::ExitReason& reason) {
  switch (restart) {
    case spec::Restart::permanent:
      return true;
    case spec::Restart::temporary:
      return false;
    case spec::Restart::transient:
      break;
  }
  return !is_orderly(reason);
}

std::vector<Killer> killers(const Design& design, const Tree& tree, NodeId node) {
  std::vector<Killer> list;
  for (NodeId id = design.nodes[node].parent; id != spec::no_node; id = design.nodes[id].parent)
    list.push_back({id, Killer::How::ancestor});
  // A sibling of any process above ends it, too, where that one is in the sibling's restart scope.
  for (NodeId id = node; design.nodes[id].parent != spec::no_node; id = design.nodes[id].parent)
    for (const NodeId sibling : design.nodes[design.nodes[id].parent].children) {
      if (design.nodes[sibling].restart.value == spec::Restart::temporary) continue;
      const auto scope = restart_scope(design, tree, sibling);
      const bool copies_too = sibling != id || design.nodes[id].count.value > 1;
      if (copies_too && scope.last - scope.first > 1 && scope.first <= tree.rank[id] && tree.rank[id] < scope.last)
        list.push_back({sibling, Killer::How::sibling_strategy});
    }
  const auto* worker = spec::as_worker(design.nodes[node]);
  if (worker == nullptr || worker->traps_exits.value) return list;
  for (const NodeId other : tree.linked[node]) list.push_back({other, Killer::How::link});
  const auto has_linked_task = [](const spec::Handler& handler) {
    return std::any_of(handler.tasks.begin(), handler.tasks.end(), [](const auto& task) { return task.linked; });
  };
  bool tasks = std::any_of(worker->ticks.begin(), worker->ticks.end(),
                           [&](const auto& tick) { return has_linked_task(tick.handler); });
  if (worker->handles)
    for (const auto& named : *worker->handles) tasks = tasks || has_linked_task(named.handler);
  if (tasks) list.push_back({node, Killer::How::task});
  return list;
}

}  // namespace treefall::analyzer
