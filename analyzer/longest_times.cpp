// Sums of the parts' limits; the probabilities with which parts are longer add up (Boole's inequality).
#include "analyzer/longest_times.hpp"

#include <algorithm>
#include <cmath>

#include "analyzer/certain.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

bool is_populated_later(const spec::Supervisor& supervisor) {
  return supervisor.kind.value == spec::SupervisorKind::dynamic || supervisor.kind.value == spec::SupervisorKind::task;
}

Limit longest_calls(const std::vector<spec::Call>& calls) {
  Limit all;
  for (const auto& call : calls) {
    const double retries = call.on_failure.what == spec::OnFailure::Do::retry ? call.on_failure.retries : 0;
    all.seconds += call.times * (retries + 1) * spec::in_seconds(call.timeout.value);
  }
  return all;
}

Limit longest_init(const spec::Init& init, double overlong) {
  Limit longest = limit_of(init.takes, overlong) + longest_calls(init.calls);
  for (const auto& during : init.during) longest = longer(longest, longest_init(during.init.front(), overlong));
  if (init.timeout && spec::in_seconds(*init.timeout) < longest.seconds) return {spec::in_seconds(*init.timeout), 0};
  return longest;
}

double shutdown_limit(const spec::Node& node) {
  switch (node.shutdown.value.how) {
    case spec::Shutdown::How::brutal_kill:
      return 0;
    case spec::Shutdown::How::infinity:
      return std::numeric_limits<double>::infinity();
    case spec::Shutdown::How::within:
      break;
  }
  return spec::in_seconds(node.shutdown.value.limit);
}

Limit children(const Design& design, const Tree& tree, NodeId supervisor, double overlong,
               Limit (*longest)(const Design&, const Tree&, NodeId, double)) {
  Limit all;
  for (const NodeId child : design.nodes[supervisor].children)
    all = all + static_cast<double>(design.nodes[child].count.value) * longest(design, tree, child, overlong);
  return all;
}

}  // namespace

Limit operator+(const Limit& a, const Limit& b) { return {a.seconds + b.seconds, a.missed + b.missed}; }

Limit operator*(double number, const Limit& limit) {
  return number > 0 ? Limit{number * limit.seconds, number * limit.missed} : Limit{};
}

Limit longer(const Limit& a, const Limit& b) { return {std::max(a.seconds, b.seconds), std::max(a.missed, b.missed)}; }

Limit limit_of(const spec::Distribution& law, double overlong) {
  const double most = spec::highest(law);
  if (std::isfinite(most)) return {most, 0};
  if (overlong <= 0) return no_limit;
  double high = spec::mean(law) + 1e-9;
  while (1 - spec::cumulative(law, high) > overlong && high < 1e9) high *= 2;
  double low = 0;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (1 - spec::cumulative(law, middle) > overlong ? low : high) = middle;
  }
  return {high, overlong};
}

Limit longest_handling(const spec::Handler& handler, double overlong) {
  Limit longest = limit_of(handler.takes, overlong) + longest_calls(handler.calls);
  for (const auto& task : handler.tasks)
    if (task.await) longest.seconds += task.count * spec::in_seconds(*task.await);
  for (const auto& during : handler.during)
    longest = longer(longest, longest_handling(during.handler.front(), overlong));
  return longest;
}

Limit longest_start(const Design& design, const Tree& tree, NodeId node, double overlong) {
  if (const auto* worker = spec::as_worker(design.nodes[node]))
    return worker->init ? longest_init(*worker->init, overlong) : Limit{};
  const auto& supervisor = *spec::as_supervisor(design.nodes[node]);
  if (supervisor.opaque || is_populated_later(supervisor)) return {};
  return children(design, tree, node, overlong, longest_start);
}

Limit longest_stop(const Design& design, const Tree& tree, NodeId node, double overlong) {
  if (is_known(tree.stop[node])) return {tree.stop[node].value, 0};
  const double limit = design.nodes[node].parent == spec::no_node ? std::numeric_limits<double>::infinity()
                                                                  : shutdown_limit(design.nodes[node]);
  if (spec::as_worker(design.nodes[node]) != nullptr) {
    // It works off its mailbox first, unless it has nothing to do: then its clean-up has a law.
    const auto& worker = *spec::as_worker(design.nodes[node]);
    const bool idle = !worker.handles && worker.ticks.empty() && !worker.handle_continue;
    if (!idle || !worker.terminate) return {limit, 0};
    const Limit clean_up = limit_of(*worker.terminate, overlong);
    return clean_up.seconds < limit ? clean_up : Limit{limit, 0};
  }
  if (spec::as_supervisor(design.nodes[node])->opaque) return no_limit;
  const Limit all = children(design, tree, node, overlong, longest_stop);
  return all.seconds < limit ? all : Limit{limit, 0};
}

Limit longest_restart(const Design& design, const Tree& tree, NodeId supervisor, double overlong) {
  const auto& above = *spec::as_supervisor(design.nodes[supervisor]);
  if (is_populated_later(above) || above.strategy.value == spec::Strategy::one_for_one) {
    Limit longest;
    for (const NodeId child : design.nodes[supervisor].children)
      longest = longer(longest, longest_start(design, tree, child, overlong));
    return longest;
  }
  return children(design, tree, supervisor, overlong, longest_stop) +
         children(design, tree, supervisor, overlong, longest_start);
}

}  // namespace treefall::analyzer
