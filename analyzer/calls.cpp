// The graph of synchronous calls. The only file that includes Boost.Graph: strongly connected components (Tarjan)
// give the rings in which everybody waits for everybody, articulation points (Hopcroft and Tarjan) the processes
// whose loss separates callers from callees.
#include "analyzer/calls.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/biconnected_components.hpp>
#include <boost/graph/strong_components.hpp>
#include <limits>
#include <queue>
#include <set>
#include <utility>

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

constexpr std::uint32_t many_callers = 64;      // counting stops here
constexpr std::size_t farthest_search = 1'000;  // clauses followed from one call of an init

void add_calls(CallGraph& graph, NodeId from, Where where, const spec::Handler& handler) {
  for (const auto& call : handler.calls) graph.edges.push_back({from, call.to.node, where, &call});
  for (const auto& during : handler.during) add_calls(graph, from, where, during.handler.front());
}

void add_calls(CallGraph& graph, NodeId from, Where where, const spec::Init& init) {
  for (const auto& call : init.calls) graph.edges.push_back({from, call.to.node, where, &call});
  for (const auto& during : init.during) add_calls(graph, from, where, during.init.front());
}

void collect_edges(const Design& design, const Tree& tree, CallGraph& graph) {
  for (const NodeId id : tree.order) {
    const auto* worker = spec::as_worker(design.nodes[id]);
    if (worker == nullptr) continue;
    if (worker->init) add_calls(graph, id, Where::init, *worker->init);
    if (worker->handle_continue) add_calls(graph, id, Where::handle_continue, *worker->handle_continue);
    if (worker->handles)
      for (const auto& named : *worker->handles) add_calls(graph, id, Where::handler, named.handler);
    for (const auto& tick : worker->ticks) add_calls(graph, id, Where::tick, tick.handler);
  }
}

// Only what a process does between two messages can close a ring: an init is over once it is over.
bool is_recurrent(const CallEdge& edge) { return edge.where == Where::handler || edge.where == Where::tick; }

using EdgesByNode = std::vector<std::vector<std::uint32_t>>;

EdgesByNode edges_out(const CallGraph& graph, std::size_t nodes) {
  EdgesByNode out(nodes);
  for (std::uint32_t edge = 0; edge < graph.edges.size(); ++edge)
    if (is_recurrent(graph.edges[edge])) out[graph.edges[edge].from].push_back(edge);
  return out;
}

// A shortest way from `start` back to itself inside its component.
CallCycle shortest_ring(const CallGraph& graph, const EdgesByNode& out, const std::vector<int>& component, NodeId start,
                        std::vector<std::uint32_t>& came_by) {
  constexpr auto none = std::numeric_limits<std::uint32_t>::max();
  std::queue<NodeId> reached;
  std::vector<NodeId> touched;
  reached.push(start);
  while (!reached.empty()) {
    const NodeId at = reached.front();
    reached.pop();
    for (const auto edge : out[at]) {
      const NodeId to = graph.edges[edge].to;
      if (to == at || component[to] != component[start] || came_by[to] != none) continue;
      came_by[to] = edge;
      touched.push_back(to);
      if (to == start) break;
      reached.push(to);
    }
    if (came_by[start] != none) break;
  }
  CallCycle ring;
  for (NodeId at = start; ring.edges.empty() || at != start; at = graph.edges[came_by[at]].from)
    ring.edges.push_back(came_by[at]);
  std::reverse(ring.edges.begin(), ring.edges.end());
  for (const NodeId node : touched) came_by[node] = none;
  return ring;
}

void find_cycles(const Design& design, const Tree& tree, CallGraph& graph) {
  const std::size_t size = design.nodes.size();
  const auto out = edges_out(graph, size);
  boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS> calls(size);
  for (const auto& edge : graph.edges)
    if (is_recurrent(edge)) boost::add_edge(edge.from, edge.to, calls);
  std::vector<int> component(size);
  const auto number = static_cast<std::size_t>(boost::strong_components(
      calls, boost::make_iterator_property_map(component.begin(), boost::get(boost::vertex_index, calls))));
  std::vector<std::uint32_t> members(number, 0);
  for (const int index : component) ++members[static_cast<std::size_t>(index)];
  std::vector<bool> done(number, false);
  std::vector<std::uint32_t> came_by(size, std::numeric_limits<std::uint32_t>::max());
  for (const NodeId id : tree.order) {
    for (const auto edge : out[id])
      if (graph.edges[edge].to == id) graph.cycles.push_back({{edge}});
    const auto index = static_cast<std::size_t>(component[id]);
    if (members[index] < 2 || done[index]) continue;
    done[index] = true;
    graph.cycles.push_back(shortest_ring(graph, out, component, id, came_by));
  }
}

void find_cuts(const Design& design, CallGraph& graph) {
  boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS> calls(design.nodes.size());
  std::set<std::pair<NodeId, NodeId>> pairs;
  for (const auto& edge : graph.edges)
    if (is_recurrent(edge) && edge.from != edge.to) pairs.insert(std::minmax(edge.from, edge.to));
  for (const auto& [a, b] : pairs) boost::add_edge(a, b, calls);
  boost::articulation_points(calls, std::back_inserter(graph.cuts));
  std::sort(graph.cuts.begin(), graph.cuts.end());
}

void count_callers(const Design& design, CallGraph& graph) {
  const std::size_t size = design.nodes.size();
  std::vector<std::vector<NodeId>> in(size);
  for (const auto& edge : graph.edges)
    if (is_recurrent(edge)) in[edge.to].push_back(edge.from);
  for (auto& callers : in) {
    std::sort(callers.begin(), callers.end());
    callers.erase(std::unique(callers.begin(), callers.end()), callers.end());
  }
  graph.callers.assign(size, 0);
  std::vector<NodeId> seen_from(size, spec::no_node);
  std::vector<NodeId> stack;
  for (NodeId id = 0; id < size; ++id) {
    if (in[id].empty()) continue;
    stack.assign(1, id);
    while (!stack.empty() && graph.callers[id] < many_callers) {
      const NodeId at = stack.back();
      stack.pop_back();
      for (const NodeId caller : in[at]) {
        if (seen_from[caller] == id || graph.callers[id] == many_callers) continue;
        seen_from[caller] = id;
        ++graph.callers[id];
        stack.push_back(caller);
      }
    }
  }
}

// ---- calls while starting ----

// Is `to` not there yet when `from` starts? A dynamic population starts after everything else.
bool starts_later(const Design& design, const Tree& tree, NodeId from, NodeId to) {
  const auto populated_later = [&](NodeId id) {
    for (NodeId at = id; design.nodes[at].parent != spec::no_node; at = design.nodes[at].parent) {
      const auto kind = spec::as_supervisor(design.nodes[design.nodes[at].parent])->kind.value;
      if (kind == spec::SupervisorKind::dynamic || kind == spec::SupervisorKind::task) return true;
    }
    return false;
  };
  const bool late_from = populated_later(from);
  const bool late_to = populated_later(to);
  if (late_from != late_to) return late_to;
  return tree.position[to] > tree.position[from];
}

std::optional<BootViolation::Kind> violation(const Design& design, const Tree& tree, NodeId starting,
                                             const spec::Call& call) {
  const NodeId to = call.to.node;
  if (to == starting) return BootViolation::Kind::itself;
  if (is_within(tree, starting, to)) return BootViolation::Kind::own_supervisor;
  if (starts_later(design, tree, starting, to)) return BootViolation::Kind::not_started_yet;
  // Follow the clauses that take the call, and those that take their calls.
  std::vector<const spec::Call*> follow{&call};
  std::set<const spec::Handler*> seen;
  while (!follow.empty() && seen.size() < farthest_search) {
    const spec::Call& at = *follow.back();
    follow.pop_back();
    const auto* callee = spec::as_worker(design.nodes[at.to.node]);
    if (callee == nullptr) continue;
    const auto* handler = clause_for(*callee, at.message).handler;
    if (handler == nullptr || !seen.insert(handler).second) continue;
    for (const auto& next : handler->calls) {
      if (next.to.node == starting) return BootViolation::Kind::calls_back;
      follow.push_back(&next);
    }
  }
  return std::nullopt;
}

void find_boot_violations(const Design& design, const Tree& tree, CallGraph& graph) {
  for (std::uint32_t index = 0; index < graph.edges.size(); ++index) {
    const auto& edge = graph.edges[index];
    if (edge.where != Where::init) continue;
    if (const auto kind = violation(design, tree, edge.from, *edge.call)) graph.boot.push_back({index, *kind});
  }
}

}  // namespace

Clause clause_for(const spec::Worker& worker, std::string_view message) {
  if (!worker.handles) return {};
  const spec::Handler* any = nullptr;
  for (const auto& named : *worker.handles) {
    if (named.message == message) return {&named.handler, false};
    if (named.message == "any") any = &named.handler;
  }
  return {any, any == nullptr};
}

CallGraph calls_of(const Design& design, const Tree& tree) {
  CallGraph graph;
  collect_edges(design, tree, graph);
  find_cycles(design, tree, graph);
  find_cuts(design, graph);
  count_callers(design, graph);
  find_boot_violations(design, tree, graph);
  return graph;
}

std::vector<NodeId> callees_first(const Tree& tree, const CallGraph& calls, std::size_t nodes) {
  std::vector<std::uint32_t> open(nodes, 0);
  std::vector<std::vector<NodeId>> callers(nodes);
  for (const auto& edge : calls.edges)
    if (edge.where == Where::handler || edge.where == Where::tick) {
      ++open[edge.from];
      callers[edge.to].push_back(edge.from);
    }
  std::vector<NodeId> list;
  for (const NodeId id : tree.order)
    if (open[id] == 0) list.push_back(id);
  for (std::size_t i = 0; i < list.size(); ++i)
    for (const NodeId caller : callers[list[i]])
      if (--open[caller] == 0) list.push_back(caller);
  return list;
}

}  // namespace treefall::analyzer
