#include "spec/build.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "spec/check.hpp"
#include "spec/combinations.hpp"
#include "spec/siblings.hpp"

namespace treefall::spec {

namespace {

std::string stem(std::string_view file) {
  const std::size_t slash = file.rfind('/');
  if (slash != std::string_view::npos) file.remove_prefix(slash + 1);
  const std::size_t dot = file.find('.');
  return std::string(dot == std::string_view::npos || dot == 0 ? file : file.substr(0, dot));
}

void read_settings(Design& design, const Mapping& file, std::string_view name) {
  const Span at = file.place("treefall");
  design.file = std::string(name);
  design.name = file.text("name").value_or(stem(name));
  design.dialect =
      file.setting("dialect", file.word<Dialect>("dialect"), Dialect::elixir, Origin::language_default, at);
  design.otp = file.setting<std::uint32_t>("otp", file.count("otp"), newest_otp, Origin::language_default, at);
  design.horizon =
      file.setting<Duration>("horizon", file.duration("horizon"), std::chrono::hours(24), Origin::language_default, at);
  design.grace_period = file.duration("grace_period");
  design.clock_phase = file.duration("clock_phase");
  design.tie_order =
      file.setting("tie_order", file.word<TieOrder>("tie_order"), TieOrder::creation, Origin::language_default, at);
}

void grow_application(Design& design, std::string name, const Setting<StartType>& start, const Mapping& holder,
                      std::vector<NodeSource>& sources) {
  const auto tree = holder.find("tree");
  if (!tree || !tree->value.is_mapping()) return;
  const auto id = static_cast<ApplicationId>(design.applications.size());
  design.applications.push_back(
      {std::move(name), start, no_node, holder.type() == ObjectType::file ? tree->value.span() : holder.span()});
  design.applications[id].root = grow(design, tree->value, no_node, id, false, sources);
}

void grow_applications(Design& design, const Mapping& file, std::vector<NodeSource>& sources) {
  const auto lone = file.setting("application", file.word<StartType>("application"), StartType::permanent,
                                 Origin::language_default, file.place("tree"));
  grow_application(design, design.name, lone, file, sources);
  for (const yaml::Cursor& item : file.items("applications")) {
    if (!item.is_mapping()) continue;
    const Mapping mapping(ObjectType::application, item);
    const auto start = mapping.setting("start", mapping.word<StartType>("start"), StartType::permanent,
                                       Origin::language_default, mapping.place("name"));
    grow_application(design, mapping.text("name").value_or(""), start, mapping, sources);
  }
}

/// So many entries of children stand in the text; those that come through aliases count once.
std::size_t children_written(const yaml::Tree& tree) {
  std::size_t count = 0;
  for (yaml::ValueId id = 0; id < tree.values.size(); ++id) {
    if (tree.values[id].kind != yaml::Kind::mapping) continue;
    const auto parts = tree.parts_of(id);
    for (std::size_t i = 0; i < parts.size(); i += 2) {
      if (tree.values[parts[i]].kind != yaml::Kind::scalar) continue;
      const std::string_view key = tree.text(parts[i]);
      if (key == "worker" || key == "supervisor") ++count;
    }
  }
  return count;
}

/// Where roots share a name, their application's name goes in front of every path below them.
void tell_roots_apart(Design& design) {
  std::map<std::string, int> roots;
  for (const Application& application : design.applications) ++roots[design.nodes[application.root].name];
  for (Node& node : design.nodes) {
    if (node.application == no_application) continue;
    const Application& application = design.applications[node.application];
    if (roots[design.nodes[application.root].name] > 1) node.path = application.name + "/" + node.path;
  }
}

/// The child of `under` that has this name already. A dynamic supervisor knows no names: each start is another child.
std::optional<NodeId> known_child(const Design& design, NodeId under, const std::string& name) {
  const SupervisorKind kind = as_supervisor(design.nodes[under])->kind.value;
  if (kind == SupervisorKind::dynamic || kind == SupervisorKind::task) return std::nullopt;
  for (NodeId id = 0; id < design.nodes.size(); ++id)
    if (design.nodes[id].parent == under && design.nodes[id].name == name) return id;
  return std::nullopt;
}

/// A name is a child's id: `start_child` of one that is known means that child, as it was described.
std::optional<NodeId> started_again(const Design& design, NodeId under, const yaml::Cursor& child,
                                    std::vector<Diagnostic>& out) {
  const Mapping mapping(child_type(child), child);
  const std::string name = mapping.text("worker").value_or(mapping.text("supervisor").value_or(""));
  const auto known = known_child(design, under, name);
  if (known && child.entries().size() > 1)
    complain(out, child, "bad-combination",
             fmt::format("`{}` already has a child `{}`, which is described there", design.nodes[under].name, name),
             "leave the other keys out, or choose another name");
  return known;
}

/// The children that only the script starts, one per entry; grown below the supervisor they are started under.
std::vector<NodeId> grow_scripted(Design& design, const Mapping& file, const References& references,
                                  std::vector<NodeSource>& sources, std::vector<Diagnostic>& out) {
  struct Start {
    std::size_t entry;
    NodeId under;
    yaml::Cursor child;
  };
  std::vector<Start> starts;
  const auto entries = file.items("script");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].is_mapping()) continue;
    const Mapping mapping(ObjectType::scripted_event, entries[i]);
    const auto child = mapping.find("child");
    const auto under = mapping.find("start_child");
    if (!child || !under || !child->value.is_mapping()) continue;
    const auto target = references.process(under->value);
    if (target && as_supervisor(design.nodes[target->node]) != nullptr)
      starts.push_back({i, target->node, child->value});
  }
  std::vector<NodeId> result(entries.size(), no_node);
  for (const Start& start : starts) {
    const auto known = started_again(design, start.under, start.child, out);
    result[start.entry] =
        known ? *known : grow(design, start.child, start.under, design.nodes[start.under].application, true, sources);
  }
  return result;
}

void fill_unsupervised(Design& design, const std::vector<NodeSource>& sources, const References& references) {
  for (NodeId id = 0; id < sources.size(); ++id) {
    if (sources[id].type != ObjectType::unsupervised) continue;
    const Mapping mapping = sources[id].mapping();
    Unsupervised entry;
    entry.worker = id;
    if (const auto by = mapping.find("started_by")) entry.started_by = references.process(by->value);
    entry.linked = mapping.boolean("linked").value_or(false);
    design.unsupervised.push_back(std::move(entry));
  }
}

}  // namespace

Design build(const yaml::Cursor& root, const yaml::Tree& tree, std::string_view file_name,
             std::vector<Diagnostic>& out) {
  const Mapping file(ObjectType::file, root);
  Design design;
  std::vector<NodeSource> sources;
  design.nodes.reserve(children_written(tree));
  sources.reserve(design.nodes.capacity());
  read_settings(design, file, file_name);
  grow_applications(design, file, sources);
  for (const yaml::Cursor& item : file.items("unsupervised")) {
    if (item.is_mapping()) grow_unsupervised(design, item, sources);
  }
  tell_roots_apart(design);
  std::vector<Diagnostic> again;  // the same references are resolved once more below
  const std::vector<NodeId> started = grow_scripted(design, file, References(design, tree, again), sources, out);
  read_faults(design, file);
  name_traffic(design, file);

  const References references(design, tree, out);
  for (NodeId id = 0; id < sources.size(); ++id) {
    const Mapping mapping = sources[id].mapping();
    Node& node = design.nodes[id];
    fill_settings(node, mapping);
    if (auto* supervisor = std::get_if<Supervisor>(&node.role)) fill_supervisor(*supervisor, mapping, references);
    if (auto* worker = std::get_if<Worker>(&node.role)) fill_worker(*worker, mapping, references);
  }
  fill_unsupervised(design, sources, references);
  read_traffic(design, file, references);
  read_script(design, file, started, references, out);
  read_promises(design, file, references, out);
  for (NodeId id = 0; id < sources.size(); ++id) {
    if (design.nodes[id].scripted && design.nodes[id].parent != no_node &&
        !design.nodes[design.nodes[id].parent].scripted)
      check_started(sources[design.nodes[id].parent].mapping(), sources[id].mapping(), file, out);
  }
  check_combinations(root, tree.complete, out);
  check_siblings(design, sources, out);
  return design;
}

}  // namespace treefall::spec
