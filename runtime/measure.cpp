// Which total is a subject's, and which quantities it has.
#include "runtime/measure.hpp"

#include <algorithm>
#include <limits>

namespace treefall::runtime {
namespace {

std::uint32_t copies_of(const Model& model, std::uint32_t tally) {
  return tally < model.node_tallies ? std::max<std::uint32_t>(model.nodes[tally].slots.count, 1) : 1;
}

/// How long after its start a supervisor's risk of giving up has become what it stays: its window is full, and those of
/// the supervisors below it. Infinite where processes age.
double settles(const Model& model, std::uint32_t id) {
  const NodeInfo& node = model.nodes[id];
  if (!node.supervisor) {
    for (std::uint32_t i = 0; i < node.crashes.count; ++i) {
      const CrashEntry& entry = model.crashes[node.crashes.first + i];
      if (entry.at_times || entry.after.kind != Sampler::Kind::exponential)
        return std::numeric_limits<double>::infinity();
    }
    return 0;
  }
  double below = 0;
  for (const std::uint32_t child : node.children) below = std::max(below, settles(model, child));
  return below + static_cast<double>(node.max_seconds) + 1;
}

std::uint32_t node_of(const Model& model, const spec::Subject& subject) {
  if (const auto* application = std::get_if<spec::ApplicationSubject>(&subject))
    return model.places[model.applications[application->application].root].node;
  return std::get<spec::Target>(subject).node;
}

/// Where the calls of a source wait: in its callee's mailbox. Null: in its own.
const Total* queue_of(const Sums& sums, const spec::Subject& subject) {
  const auto* traffic = std::get_if<spec::TrafficSubject>(&subject);
  if (traffic == nullptr) return nullptr;
  const Destination& to = sums.model.destinations[sums.model.traffic[traffic->traffic].to];
  const Slot slot = to.first != no_slot ? to.first : sums.model.slots_of_node[sums.model.nodes[to.node].slots.first];
  return &sums.totals[sums.model.tally_of_slot[slot]];
}

bool applies(const Model& model, const spec::Subject& subject, spec::Quantity quantity) {
  const spec::QuantityInfo& info = spec::info(quantity);
  if (std::holds_alternative<spec::ApplicationSubject>(subject)) return info.of_application;
  if (std::holds_alternative<spec::TrafficSubject>(subject)) return info.of_traffic;
  const bool supervisor = model.nodes[std::get<spec::Target>(subject).node].supervisor;
  return supervisor ? info.of_supervisor : info.of_worker;
}

void append(const Sums& sums, const spec::Subject& subject, double confidence, std::vector<Measurement>& to) {
  for (const spec::QuantityInfo& info : spec::quantities()) {
    const std::optional<Measurement> found = measure(sums, subject, info.quantity, std::nullopt, confidence);
    if (found) to.push_back(*found);
  }
}

}  // namespace

std::uint32_t tally_of(const Model& model, const spec::Subject& subject) {
  if (const auto* traffic = std::get_if<spec::TrafficSubject>(&subject)) return model.traffic[traffic->traffic].tally;
  if (const auto* application = std::get_if<spec::ApplicationSubject>(&subject)) {
    return model.applications[application->application].tally;
  }
  const auto& target = std::get<spec::Target>(subject);
  const NodeInfo& node = model.nodes[target.node];
  if (!model.told_apart[target.node] || target.pins.empty()) return node.id;
  for (std::uint32_t i = 0; i < node.slots.count; ++i) {
    const Slot slot = model.slots_of_node[node.slots.first + i];
    const spec::Target own = target_of(model, slot);
    const bool same = std::all_of(target.pins.begin(), target.pins.end(), [&](const spec::Pin& pin) {
      return std::any_of(own.pins.begin(), own.pins.end(),
                         [&](const spec::Pin& other) { return other.node == pin.node && other.copy == pin.copy; });
    });
    if (same) return model.tally_of_slot[slot];
  }
  return node.id;
}

double settling_time(const Model& model, const spec::Subject& subject) {
  return settles(model, node_of(model, subject));
}

bool lives_once(const Model& model, const spec::Subject& subject) {
  const NodeInfo& node = model.nodes[node_of(model, subject)];
  return node.supervisor && node.parent == none;
}

double risk_settles(const Model& model, const spec::Subject& subject, Time until) {
  constexpr double beats_of_a_replica = 20;
  if (static_cast<double>(until) * 1e-9 < beats_of_a_replica * model.rhythm_s)
    return std::numeric_limits<double>::infinity();
  return settling_time(model, subject);
}

std::optional<Measurement> measure(const Sums& sums, const spec::Subject& subject, spec::Quantity quantity,
                                   std::optional<spec::Duration> within, double confidence) {
  if (!applies(sums.model, subject, quantity)) return std::nullopt;
  const std::uint32_t tally = tally_of(sums.model, subject);
  Extent extent;
  extent.copies = copies_of(sums.model, tally);
  extent.replicas = sums.replicas;
  extent.until = sums.until;
  extent.ends = &sums.ends;
  extent.random = sums.model.random;
  extent.only_phase = sums.model.only_phase;
  extent.queue = queue_of(sums, subject);
  if (quantity == spec::Quantity::mean_time_to_failure) {
    extent.settles_s = risk_settles(sums.model, subject, sums.until);
    extent.lives_once = lives_once(sums.model, subject);
  }
  return estimate(sums.totals[tally], extent, subject, quantity, within, confidence);
}

std::vector<Measurement> measure_all(const Sums& sums, double confidence) {
  std::vector<Measurement> result;
  for (std::uint32_t id = 0; id < sums.model.nodes.size(); ++id) {
    const NodeInfo& node = sums.model.nodes[id];
    if (!sums.model.told_apart[id]) {
      spec::Target target;
      target.node = id;
      append(sums, target, confidence, result);
      continue;
    }
    for (std::uint32_t i = 0; i < node.slots.count; ++i) {
      append(sums, target_of(sums.model, sums.model.slots_of_node[node.slots.first + i]), confidence, result);
    }
  }
  for (std::uint32_t i = 0; i < sums.model.applications.size(); ++i) {
    append(sums, spec::ApplicationSubject{i}, confidence, result);
  }
  for (std::uint32_t i = 0; i + 1 < sums.model.traffic.size(); ++i) {
    append(sums, spec::TrafficSubject{i}, confidence, result);
  }
  return result;
}

}  // namespace treefall::runtime
