#include "spec/references.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <set>

#include "spec/check.hpp"
#include "spec/nearest.hpp"

namespace treefall::spec {

namespace {

constexpr std::size_t listed = 6;  // candidates that a message names

/// Is `end` the last parts of `path`?
bool ends_path(std::string_view path, std::string_view end) {
  return path == end || (path.size() > end.size() && path.ends_with(end) && path[path.size() - end.size() - 1] == '/');
}

}  // namespace

References::References(const Design& design, const yaml::Tree& tree, std::vector<Diagnostic>& out)
    : design_(&design), tree_(&tree), out_(&out) {
  for (FaultId id = 0; id < design.faults.size(); ++id) faults_.emplace(design.faults[id].name, id);
}

References::Parts References::split(std::string_view text) {
  Parts parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('/', at), text.size());
    std::string_view part = text.substr(at, end - at);
    std::optional<std::uint32_t> pick;
    const std::size_t open = part.rfind('[');
    if (open != std::string_view::npos && part.ends_with(']')) {
      std::uint32_t copy = 0;
      const auto [stop, error] = std::from_chars(part.data() + open + 1, part.data() + part.size() - 1, copy);
      if (error == std::errc{} && stop == part.data() + part.size() - 1) {
        pick = copy;
        part = part.substr(0, open);
      }
    }
    if (!parts.plain.empty() || at > 0) parts.plain += '/';
    parts.plain += part;
    parts.picks.push_back(pick);
    at = end + 1;
  }
  return parts;
}

std::string References::qualified(NodeId node) const {
  const ApplicationId application = design_->nodes[node].application;
  if (application == no_application) return design_->nodes[node].path;
  return design_->applications[application].name + "/" + design_->nodes[node].path;
}

const std::vector<NodeId>& References::candidates(const std::string& plain) const {
  const auto [found, fresh] = found_.try_emplace(plain);
  if (fresh) found->second = find(plain);
  return found->second;
}

std::vector<NodeId> References::find(std::string_view plain) const {
  const std::size_t slash = plain.rfind('/');
  const auto name = [&](NodeId id) -> std::string_view { return design_->nodes[id].name; };
  if (!by_name_) {
    by_name_.emplace(design_->nodes.size());
    std::iota(by_name_->begin(), by_name_->end(), NodeId{0});
    std::ranges::stable_sort(*by_name_, {}, name);
  }
  std::vector<NodeId> whole, partial;
  const std::string_view last = slash == std::string_view::npos ? plain : plain.substr(slash + 1);
  for (auto at = std::ranges::lower_bound(*by_name_, last, {}, name); at != by_name_->end() && name(*at) == last;
       ++at) {
    const NodeId id = *at;
    if (design_->nodes[id].path == plain) {
      whole.push_back(id);
    } else if (ends_path(design_->nodes[id].path, plain) || qualified(id) == plain) {
      partial.push_back(id);
    }
  }
  std::vector<NodeId>& result = whole.empty() ? partial : whole;
  // A child that only the script starts may carry the name of one in the tree, which then is the one meant.
  const auto in_tree = [&](NodeId id) { return !design_->nodes[id].scripted; };
  if (std::any_of(result.begin(), result.end(), in_tree))
    std::erase_if(result, [&](NodeId id) { return !in_tree(id); });
  // Siblings of one name are reported as such, not once more as ambiguous.
  std::set<NodeId> parents;
  std::erase_if(result, [&](NodeId id) {
    const NodeId parent = design_->nodes[id].parent;
    return parent != no_node && !parents.insert(parent).second;
  });
  return result;
}

std::optional<Target> References::target(NodeId node, const Parts& parts, const yaml::Cursor& name) const {
  Target result{node, {}, name.span()};
  NodeId at = node;
  for (auto pick = parts.picks.rbegin(); pick != parts.picks.rend() && at != no_node; ++pick) {
    const Node& n = design_->nodes[at];
    if (*pick && **pick >= n.count.value) {
      complain(
          *out_, name, "unknown-reference",
          n.count.value == 1 ? fmt::format("`{}` is one process, there is no `[{}]`", n.name, **pick)
                             : fmt::format("`{}` has no copy `[{}]`", n.name, **pick),
          n.count.value == 1 ? "leave the number out" : fmt::format("its copies are [0] to [{}]", n.count.value - 1));
      return std::nullopt;
    }
    if (*pick && n.count.value > 1) result.pins.push_back({at, **pick});
    at = n.parent;
  }
  std::reverse(result.pins.begin(), result.pins.end());
  return result;
}

bool References::may_be_left_out(std::string_view name) const {
  constexpr std::size_t most_searched = 20'000;  // where more was left out, it may hold any name
  if (tree_->left_out.empty()) return false;
  if (tree_->left_out.size() > most_searched) return true;
  const std::string plain = split(name).plain;
  const std::size_t slash = plain.rfind('/');
  if (slash == std::string::npos) return tree_->left_out.find(plain) != std::string::npos;
  return !tree_->complete || tree_->left_out.find(plain.substr(slash + 1)) != std::string::npos;
}

void References::unknown(const yaml::Cursor& name, std::string_view what, std::size_t count,
                         const std::function<std::vector<std::string_view>()>& names) const {
  constexpr std::size_t most_comparisons = 500'000;  // in a large file the first mistakes get suggestions
  if (may_be_left_out(name.text())) return;
  Diagnostic& d = complain(*out_, name, "unknown-reference", fmt::format("there is no {} `{}`", what, name.text()));
  if (count > listed && count * out_->size() > most_comparisons) return;
  std::vector<std::string_view> known = names();
  std::erase(known, std::string_view());  // nameless for another mistake
  if (known.empty()) {
    d.help = fmt::format("the file has no {}", what);
    return;
  }
  if (known.size() <= listed) d.help = fmt::format("the file has: {}", fmt::join(known, ", "));
  if (const auto near = nearest(name.text(), known)) d.label = fmt::format("did you mean `{}`?", *near);
}

std::optional<Target> References::process(const yaml::Cursor& name) const {
  if (!name.is_scalar() || name.text().empty()) return std::nullopt;
  const Parts parts = split(name.text());
  const std::vector<NodeId>& found = candidates(parts.plain);
  if (found.size() == 1) return target(found.front(), parts, name);
  if (!found.empty()) {
    ambiguous(name, found);
    return std::nullopt;
  }
  const bool by_path = parts.plain.find('/') != std::string::npos;
  unknown(name, "process", design_->nodes.size(), [&] {
    std::vector<std::string_view> known;
    for (const Node& node : design_->nodes) known.push_back(by_path ? node.path : node.name);
    return known;
  });
  return std::nullopt;
}

void References::ambiguous(const yaml::Cursor& name, const std::vector<NodeId>& found) const {
  std::vector<std::string> paths;
  for (const NodeId id : found) {
    if (paths.size() == listed) break;
    const std::string& path = design_->nodes[id].path;
    const bool enough = std::count_if(found.begin(), found.end(),
                                      [&](NodeId other) { return design_->nodes[other].path == path; }) == 1;
    paths.push_back(enough ? path : qualified(id));
  }
  Diagnostic& d = complain(
      *out_, name, "ambiguous-reference", fmt::format("`{}` can be any of {} processes", name.text(), found.size()),
      fmt::format("write one of {}{}", fmt::join(paths, ", "), found.size() > listed ? ", …" : ""));
  for (std::size_t i = 0; i < std::min<std::size_t>(found.size(), 3); ++i) {
    d.labels.push_back({design_->nodes[found[i]].name_span, "this one?"});
  }
}

std::optional<FaultId> References::fault(const yaml::Cursor& name) const {
  if (!name.is_scalar()) return std::nullopt;
  if (const auto found = faults_.find(name.text()); found != faults_.end()) return found->second;
  unknown(name, "fault", design_->faults.size(), [&] {
    std::vector<std::string_view> known;
    for (const Fault& fault : design_->faults) known.push_back(fault.name);
    return known;
  });
  return std::nullopt;
}

std::optional<Subject> References::subject(const yaml::Cursor& name) const {
  if (!name.is_scalar()) return std::nullopt;
  constexpr std::string_view prefix = "traffic:";
  if (name.text().starts_with(prefix)) {
    const std::string_view source = name.text().substr(prefix.size());
    for (TrafficId id = 0; id < design_->traffic.size(); ++id) {
      if (design_->traffic[id].name == source) return TrafficSubject{id};
    }
    unknown(name, "traffic source", design_->traffic.size(), [&] {
      std::vector<std::string_view> known;
      for (const Traffic& traffic : design_->traffic) known.push_back(traffic.name);
      return known;
    });
    return std::nullopt;
  }
  if (candidates(split(name.text()).plain).empty()) {
    for (ApplicationId id = 0; id < design_->applications.size(); ++id) {
      if (design_->applications[id].name == name.text()) return ApplicationSubject{id};
    }
  }
  if (auto target = process(name)) return Subject{*std::move(target)};
  return std::nullopt;
}

}  // namespace treefall::spec
