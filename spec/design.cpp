#include "spec/design.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace treefall::spec {

namespace {

bool has_copies(const Design& design, const Node& node) {
  if (node.count.value > 1) return true;
  const Supervisor* above = node.parent == no_node ? nullptr : as_supervisor(design.nodes[node.parent]);
  return above != nullptr && above->kind.value == SupervisorKind::partition && above->partitions.has_value();
}

const Pin* pin_of(const Target& target, NodeId node) {
  const auto found =
      std::find_if(target.pins.begin(), target.pins.end(), [&](const Pin& pin) { return pin.node == node; });
  return found == target.pins.end() ? nullptr : &*found;
}

std::string path_of(const Design& design, const Target& target) {
  std::string path;
  NodeId top = target.node;
  for (NodeId id = target.node; id != no_node; id = design.nodes[id].parent) {
    const Node& node = design.nodes[id];
    std::string part = node.name;
    if (has_copies(design, node)) {
      const Pin* pin = pin_of(target, id);
      part += fmt::format("[{}]", pin != nullptr ? pin->copy : 0);
    }
    path = path.empty() ? part : part + "/" + path;
    top = id;
  }
  // Where roots share a name, the path of a root starts with its application.
  const Node& root = design.nodes[top];
  const std::string prefix = root.path.substr(0, root.path.size() - root.name.size());
  return prefix + path;
}

}  // namespace

std::string_view name(TieOrder order) {
  switch (order) {
    case TieOrder::creation:
      return "creation";
    case TieOrder::reverse:
      return "reverse";
    case TieOrder::random:
      return "random";
  }
  return {};
}

std::uint64_t copies(const Design& design, NodeId node) {
  std::uint64_t product = 1;
  for (; node != no_node; node = design.nodes[node].parent)
    if (__builtin_mul_overflow(product, design.nodes[node].count.value, &product))
      return std::numeric_limits<std::uint64_t>::max();
  return product;
}

std::string path(const Design& design, const Subject& subject) {
  if (const auto* traffic = std::get_if<TrafficSubject>(&subject))
    return "traffic:" + design.traffic[traffic->traffic].name;
  if (const auto* application = std::get_if<ApplicationSubject>(&subject))
    return design.applications[application->application].name;
  return path_of(design, std::get<Target>(subject));
}

std::uint64_t copies(const Design& design, const Subject& subject) {
  const Target* target = std::get_if<Target>(&subject);
  if (target == nullptr) return 1;
  std::uint64_t product = 1;
  for (NodeId id = target->node; id != no_node; id = design.nodes[id].parent) {
    if (pin_of(*target, id) == nullptr) product *= design.nodes[id].count.value;
  }
  return product;
}

}  // namespace treefall::spec
