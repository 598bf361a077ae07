// The deaths of one event form a tree: a link takes another process along whenever the death at its other end happens,
// a pending call only when there is one. So processes that always die together are a group, groups hang together by
// calls, and the event reaches as far as one of its groups with that group's rate less the rates of those that hang on
// it (a callee serves one call at a time, so these exclude each other).
//
// Callees are seen to die before their callers. Under one_for_one each death is a restart; under one_for_all the first
// restart takes the others along; under rest_for_one it does so with those that stand behind it, so that a death counts
// if it stands before all that were counted already.
#include "analyzer/common_deaths.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

namespace treefall::analyzer {

namespace {

using spec::NodeId;

struct Group {
  double per_second = 0;  // with all that hang on it
  double apart = 0;       // without
  double error = 0;
  std::set<NodeId> children;
};
using Groups = std::map<CrashId, Group>;  // by the death that the others follow through links

const CrashSource* source_of(const Crashes& crashes, const CrashId& id) {
  return id.second < crashes.of[id.first].size() ? &crashes.of[id.first][id.second] : nullptr;
}

CrashId stem(const Crashes& crashes, CrashId id) {
  for (const auto* source = source_of(crashes, id);
       source != nullptr && source->kind == CrashSource::Kind::link && source->follows; source = source_of(crashes, id))
    id = *source->follows;
  return id;
}

// The group that this one hangs on, if one of this supervisor's children is in it or above it.
std::optional<CrashId> above(const Crashes& crashes, const Groups& groups, CrashId id) {
  for (const auto* source = source_of(crashes, id); source != nullptr && source->follows;
       source = source_of(crashes, id)) {
    id = stem(crashes, *source->follows);
    if (groups.contains(id)) return id;
  }
  return std::nullopt;
}

std::vector<const Group*> path_of(const Crashes& crashes, const Groups& groups, const CrashId& last) {
  std::vector<const Group*> path;
  for (std::optional<CrashId> at = last; at; at = above(crashes, groups, *at)) path.push_back(&groups.at(*at));
  std::reverse(path.begin(), path.end());
  return path;
}

std::uint64_t restarts_of(const Tree& tree, spec::Strategy strategy, const std::vector<const Group*>& path,
                          std::uint64_t deaths) {
  switch (strategy) {
    case spec::Strategy::one_for_one:
      return deaths;
    case spec::Strategy::one_for_all:
      return 1;
    case spec::Strategy::rest_for_one:
      break;
  }
  std::uint64_t counted = 0;
  auto first = std::numeric_limits<std::uint32_t>::max();
  for (const auto* group : path)
    for (const NodeId child : group->children)
      if (tree.rank[child] < first) first = tree.rank[child], ++counted;
  return counted;
}

Groups groups_of(const Crashes& crashes, const std::vector<Death>& event) {
  Groups groups;
  for (const auto& death : event) {
    auto& group = groups[stem(crashes, death.of)];
    group.per_second = std::max(group.per_second, death.per_second);
    group.error = std::max(group.error, death.error);
    group.children.insert(death.of.first);
  }
  for (auto& [id, group] : groups) group.apart = group.per_second;
  for (const auto& [id, group] : groups)
    if (const auto callee = above(crashes, groups, id)) groups.at(*callee).apart -= group.per_second;
  return groups;
}

void add_event(const Tree& tree, const Crashes& crashes, spec::Strategy strategy, const std::vector<Death>& event,
               std::vector<DeathsTogether>& all) {
  const auto groups = groups_of(crashes, event);
  for (const auto& [id, group] : groups) {
    if (group.apart <= 0) continue;
    const auto path = path_of(crashes, groups, id);
    DeathsTogether together{group.apart, 0, 0, 0, false};
    for (const auto* part : path) {
      together.deaths += part->children.size();
      together.error = std::max(together.error, part->error);
      together.order_is_open = together.order_is_open || part->children.size() > 1;
    }
    together.restarts = restarts_of(tree, strategy, path, together.deaths);
    all.push_back(together);
  }
}

}  // namespace

double begun_by(const spec::Design& design, const Crashes& crashes, NodeId child, double counted) {
  const NodeId supervisor = design.nodes[child].parent;
  const bool together = spec::as_supervisor(design.nodes[supervisor])->strategy.value == spec::Strategy::one_for_all;
  if (!together || spec::as_worker(design.nodes[child]) == nullptr) return counted;
  double rate = 0;
  for (const auto& source : crashes.of[child]) {
    const bool follows = source.follows && design.nodes[source.follows->first].parent == supervisor;
    if (source.counted && !source.during && !follows) rate += per_second(source);
  }
  return rate * static_cast<double>(design.nodes[child].count.value);
}

std::vector<DeathsTogether> deaths_together(const spec::Design& design, const Tree& tree, const Crashes& crashes,
                                            NodeId supervisor, const DeathsByEvent& events) {
  const auto strategy = spec::as_supervisor(design.nodes[supervisor])->strategy.value;
  std::vector<DeathsTogether> all;
  for (const auto& [cause, event] : events) add_event(tree, crashes, strategy, event, all);
  return all;
}

}  // namespace treefall::analyzer
