// Every time must be constant, nothing may crash by itself, and nobody else may take part: a server with one copy to
// which only calls come, and callers with one tick that call nobody else. Each must be restarted alone, at a known
// start.
#include "analyzer/shared_rehearsable.hpp"

#include <algorithm>
#include <limits>

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

bool is_restarted_alone(const Design& design, NodeId id) {
  const NodeId parent = design.nodes[id].parent;
  if (parent == spec::no_node || design.nodes[id].scripted) return false;
  const auto& above = *spec::as_supervisor(design.nodes[parent]);
  return above.kind.value == spec::SupervisorKind::supervisor && above.strategy.value == spec::Strategy::one_for_one;
}

bool starts_surely(const Tree& tree, const spec::Worker& worker, NodeId id) {
  const auto known = [](const Estimate& time) { return time.said() && time.method == Method::deterministic; };
  if (!known(tree.start[id]) || !known(tree.boot[id]) || worker.handle_continue) return false;
  if (!worker.init) return true;
  const auto& init = *worker.init;
  return spec::is_constant(init.takes) && init.failure_probability == 0 && !init.fails_during && init.calls.empty() &&
         init.outcomes.empty() && init.during.empty() && !init.timeout;
}

bool stands_alone(const Design& design, const Tree& tree, NodeId id) {
  const auto* worker = spec::as_worker(design.nodes[id]);
  return worker != nullptr && worker->crashes.empty() && worker->depends_on.empty() && tree.linked[id].empty() &&
         !worker->mailbox.shed_above && is_restarted_alone(design, id) && starts_surely(tree, *worker, id);
}

bool is_plain(const spec::Handler& handler) {
  return spec::is_constant(handler.takes) && handler.crash_probability == 0 && !handler.exits &&
         handler.tasks.empty() && handler.during.empty();
}

bool only_calls_come(const Load& load) {
  const auto& from = load.arrivals;
  return from.poisson == 0 && from.sources.empty() && !from.ticks && !from.casts && !from.tasks && !from.finite;
}

bool only_ticks_come(const Load& load) {
  const auto& from = load.arrivals;
  return from.poisson == 0 && from.sources.empty() && from.callers == 0 && !from.casts && !from.tasks && !from.finite;
}

bool serves(const spec::Worker& worker, const Load& load) {
  return worker.ticks.empty() && only_calls_come(load) &&
         std::all_of(load.messages.begin(), load.messages.end(), [](const auto& message) {
           return !message.unknown &&
                  (message.handler == nullptr || (is_plain(*message.handler) && message.handler->calls.empty()));
         });
}

// With one tick there is never a second in the mailbox: each is set when the one before has been handled.
bool calls_only(const spec::Worker& worker, NodeId server) {
  return worker.ticks.size() == 1 && std::all_of(worker.ticks.begin(), worker.ticks.end(), [&](const spec::Tick& tick) {
           return spec::is_constant(tick.every) && spec::mean(tick.every) > 0 &&
                  (!tick.first || spec::is_constant(*tick.first)) && is_plain(tick.handler) &&
                  std::all_of(tick.handler.calls.begin(), tick.handler.calls.end(), [&](const spec::Call& call) {
                    return call.to.node == server && call.to.pins.empty() && call.timeout.value != spec::infinite;
                  });
         });
}

}  // namespace

bool is_shared_rehearsable(const Design& design, const Tree& tree, const Loads& loads, NodeId server) {
  const auto* worker = spec::as_worker(design.nodes[server]);
  const Load& load = loads.of[server];
  if (worker == nullptr || !design.script.empty() || design.tie_order.value != spec::TieOrder::creation) return false;
  if (tree.copies[server] != 1 || load.callers.empty() || load.rate == 0) return false;
  if (!stands_alone(design, tree, server) || !serves(*worker, load)) return false;
  return std::all_of(load.callers.begin(), load.callers.end(), [&](const Callers& callers) {
    const NodeId id = callers.node;
    return stands_alone(design, tree, id) && tree.copies[id] == design.nodes[id].count.value &&
           tree.start[id].value >= tree.start[server].value && only_ticks_come(loads.of[id]) &&
           calls_only(*spec::as_worker(design.nodes[id]), server);
  });
}

// Nobody calls twice before the answer, so at most all of them are waiting.
bool is_never_late(const Design& design, const Tree& tree, const Loads& loads, NodeId server) {
  double all = 0;
  double patience = std::numeric_limits<double>::infinity();
  for (const auto& callers : loads.of[server].callers) {
    double longest = 0;
    for (const auto& tick : spec::as_worker(design.nodes[callers.node])->ticks)
      for (const auto& call : tick.handler.calls) {
        const Clause clause = clause_for(*spec::as_worker(design.nodes[server]), call.message);
        longest = std::max(longest, clause.handler == nullptr ? 0 : spec::mean(clause.handler->takes));
        patience = std::min(patience, spec::in_seconds(call.timeout.value));
      }
    all += longest * static_cast<double>(tree.copies[callers.node]);
  }
  return all <= patience;
}

}  // namespace treefall::analyzer
