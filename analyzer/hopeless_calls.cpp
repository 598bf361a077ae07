// The first start of a node has known times where the inits before it have; so the time at which a callee's `continue`
// is over at the earliest can be held against the time at which the caller's patience is at the latest.
#include "analyzer/hopeless_calls.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "analyzer/certain.hpp"
#include "analyzer/fatal_messages.hpp"
#include "analyzer/longest_times.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;
using Why = HopelessCall::Why;

// Is it still busy with its `continue` when the patience of this call is over?
bool continues(const Design& design, const Tree& tree, const CallEdge& edge) {
  const auto* callee = spec::as_worker(design.nodes[edge.to]);
  if (callee == nullptr || !callee->handle_continue || !callee->handle_continue->during.empty()) return false;
  const bool lone = tree.copies[edge.to] == 1 && tree.copies[edge.from] == 1;
  if (!lone || !is_known(tree.start[edge.to]) || !is_known(tree.boot[edge.to]) || !is_known(tree.start[edge.from]))
    return false;
  const auto& init = *spec::as_worker(design.nodes[edge.from])->init;
  const double free =
      tree.start[edge.to].value + tree.boot[edge.to].value + spec::lowest(callee->handle_continue->takes);
  double called = tree.start[edge.from].value + limit_of(init.takes, 0).seconds;
  for (const auto& call : init.calls) {
    const double retries = call.on_failure.what == spec::OnFailure::Do::retry ? call.on_failure.retries : 0;
    called += spec::in_seconds(call.timeout.value) * (retries + 1) * call.times;
    if (&call == edge.call) break;
  }
  return called < free;
}

std::optional<Why> why_hopeless(const Design& design, const Tree& tree, const CallEdge& edge) {
  const auto* callee = spec::as_worker(design.nodes[edge.to]);
  if (callee == nullptr || edge.call->on_failure.what == spec::OnFailure::Do::ignore) return std::nullopt;
  if (is_never_there(*callee)) return Why::never_there;
  if (clause_for(*callee, edge.call->message).unknown) return Why::no_clause;
  if (fails_alone(design, *edge.call) >= 1) return Why::fails;
  if (continues(design, tree, edge)) return Why::continues;
  return std::nullopt;
}

}  // namespace

bool is_made_always(const Design& design, const CallEdge& edge) {
  const auto* worker = spec::as_worker(design.nodes[edge.from]);
  if (worker == nullptr || !worker->init || edge.where != Where::init) return false;
  const auto& calls = worker->init->calls;
  return std::any_of(calls.begin(), calls.end(), [&](const spec::Call& call) { return &call == edge.call; });
}

std::vector<HopelessCall> hopeless_calls(const Design& design, const Tree& tree, const CallGraph& calls) {
  std::set<std::uint32_t> known;
  for (const auto& violation : calls.boot) known.insert(violation.edge);
  std::vector<HopelessCall> found;
  for (std::uint32_t index = 0; index < calls.edges.size(); ++index) {
    const auto& edge = calls.edges[index];
    if (known.contains(index) || !is_made_always(design, edge)) continue;
    if (!spec::as_worker(design.nodes[edge.from])->init->during.empty()) continue;
    if (const auto why = why_hopeless(design, tree, edge)) found.push_back({index, *why});
  }
  return found;
}

}  // namespace treefall::analyzer
