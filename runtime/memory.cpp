#include "runtime/memory.hpp"

#include <algorithm>
#include <variant>
#include <vector>

namespace treefall::runtime {
namespace {

using spec::Duration;

enum class ClockKind { memoryless, ages, beats };

void see(Clocks& clocks, double seconds, ClockKind kind, const std::string& name) {
  if (seconds > clocks.slowest) clocks.slowest = seconds, clocks.what = name;
  if (kind != ClockKind::memoryless) clocks.memory = std::max(clocks.memory, seconds);
  if (kind == ClockKind::beats) clocks.rhythm = std::max(clocks.rhythm, seconds);
}

void see(Clocks& clocks, const spec::Distribution& distribution, const std::string& name) {
  const bool memoryless = std::holds_alternative<spec::Exponential>(distribution);
  see(clocks, spec::mean(distribution), memoryless ? ClockKind::memoryless : ClockKind::beats, name);
}

void see(Clocks& clocks, const std::vector<Duration>& times, ClockKind kind, const std::string& name) {
  for (const Duration time : times) see(clocks, spec::in_seconds(time), kind, name);
}

void see_fault(const spec::Fault& fault, Clocks& clocks) {
  if (const auto* random = std::get_if<spec::Fault::Random>(&fault.when)) {
    see(clocks, random->every, fault.name);
    see(clocks, spec::mean(random->lasts), ClockKind::beats, fault.name);
  }
  if (const auto* outages = std::get_if<std::vector<spec::Fault::Outage>>(&fault.when))
    for (const auto& outage : *outages) see(clocks, spec::in_seconds(outage.at), ClockKind::beats, fault.name);
}

bool comes_back(spec::Restart restart, const spec::ExitReason& reason) {
  using ReasonKind = spec::ExitReason::Kind;
  const bool abnormal = reason.kind == ReasonKind::error || reason.kind == ReasonKind::killed;
  return restart == spec::Restart::permanent || (restart == spec::Restart::transient && abnormal);
}

/// A process that may end for good leaves another tree behind: its clocks count as memory.
void see_worker(const spec::Node& node, const spec::Worker& worker, Clocks& clocks) {
  for (const auto& clock : worker.crashes) {
    const auto* after = std::get_if<spec::CrashClock::After>(&clock.when);
    const auto* rate = std::get_if<spec::CrashClock::Rate>(&clock.when);
    const bool memoryless =
        comes_back(node.restart.value, clock.reason) &&
        (rate != nullptr || (after != nullptr && std::holds_alternative<spec::Exponential>(after->since_start)));
    const ClockKind kind = memoryless ? ClockKind::memoryless : ClockKind::ages;
    if (rate != nullptr && rate->per_second > 0) see(clocks, 1 / rate->per_second, kind, node.name);
    if (after != nullptr) see(clocks, spec::mean(after->since_start), kind, node.name);
    if (const auto* at = std::get_if<spec::CrashClock::At>(&clock.when))
      see(clocks, at->node_times, ClockKind::ages, node.name);
  }
  for (const auto& tick : worker.ticks) see(clocks, tick.every, node.name);
}

void see_traffic(const spec::Traffic& traffic, Clocks& clocks) {
  if (const auto* renewal = std::get_if<spec::Traffic::Renewal>(&traffic.arrivals))
    see(clocks, renewal->every, traffic.name);
  if (const auto* burst = std::get_if<spec::Traffic::Burst>(&traffic.arrivals)) see(clocks, burst->every, traffic.name);
  if (const auto* at = std::get_if<spec::Traffic::At>(&traffic.arrivals))
    see(clocks, at->times, ClockKind::beats, traffic.name);
}

/// Parents come before their children.
double longest_windows(const spec::Design& design) {
  std::vector<double> down_to(design.nodes.size(), 0);
  double longest = 0;
  for (spec::NodeId id = 0; id < design.nodes.size(); ++id) {
    const auto* supervisor = spec::as_supervisor(design.nodes[id]);
    if (supervisor == nullptr) continue;
    const spec::NodeId parent = design.nodes[id].parent;
    down_to[id] = (parent == spec::no_node ? 0 : down_to[parent]) + static_cast<double>(supervisor->max_seconds.value);
    longest = std::max(longest, down_to[id]);
  }
  return longest;
}

}  // namespace

Clocks clocks_of(const spec::Design& design) {
  Clocks clocks;
  for (const spec::Fault& fault : design.faults) see_fault(fault, clocks);
  for (const spec::Node& node : design.nodes)
    if (const auto* worker = spec::as_worker(node)) see_worker(node, *worker, clocks);
  for (const spec::Traffic& traffic : design.traffic) see_traffic(traffic, clocks);
  for (const auto& event : design.script) see(clocks, spec::in_seconds(event.at), ClockKind::beats, "the script");
  clocks.windows = longest_windows(design);
  return clocks;
}

bool has_given_times(const spec::Design& design) {
  const auto given = [](const spec::Fault& fault) {
    return std::holds_alternative<std::vector<spec::Fault::Outage>>(fault.when);
  };
  const auto at = [](const spec::Traffic& traffic) {
    return std::holds_alternative<spec::Traffic::At>(traffic.arrivals);
  };
  const auto scripted = [](const spec::Node& node) {
    const auto* worker = spec::as_worker(node);
    return worker != nullptr && worker->init && !worker->init->outcomes.empty();
  };
  return !design.script.empty() || std::any_of(design.faults.begin(), design.faults.end(), given) ||
         std::any_of(design.traffic.begin(), design.traffic.end(), at) ||
         std::any_of(design.nodes.begin(), design.nodes.end(), scripted);
}

}  // namespace treefall::runtime
