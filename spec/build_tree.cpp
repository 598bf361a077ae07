// Nodes, their names and their settings.
#include <algorithm>

#include "spec/build.hpp"
#include "spec/check.hpp"

namespace treefall::spec {

namespace {

std::string path_of(const Design& design, const Node& node) {
  if (node.parent != no_node) return design.nodes[node.parent].path + "/" + node.name;
  return node.name;
}

void common(Node& node, const Mapping& mapping) {
  node.span = mapping.span();
  node.name_span = mapping.place(mapping.type() == ObjectType::supervisor ? "supervisor" : "worker");
  node.on_demand = mapping.boolean("on_demand").value_or(false);
  node.source = mapping.text("source").value_or("");
  node.why = mapping.text("why").value_or("");
  node.critical = mapping.boolean("critical");
  node.tenant = mapping.text("tenant").value_or("");
}

/// How many there are: as written, or as many as the partitions of the supervisor above.
Setting<std::uint32_t> count_of(const Design& design, const Node& node, const Mapping& mapping) {
  if (node.parent != no_node) {
    const Supervisor* above = as_supervisor(design.nodes[node.parent]);
    if (above != nullptr && above->kind.value == SupervisorKind::partition && above->partitions)
      return *above->partitions;
  }
  return mapping.setting<std::uint32_t>("count", mapping.count("count"), 1, Origin::language_default, node.name_span);
}

Supervisor supervisor_of(const Design& design, const Node& node, const Mapping& mapping) {
  Supervisor s;
  const Span at = node.name_span;
  const bool erlang = design.dialect.value == Dialect::erlang;
  s.kind = mapping.setting("kind", mapping.word<SupervisorKind>("kind"), SupervisorKind::supervisor,
                           Origin::language_default, at);
  s.strategy = mapping.setting("strategy", mapping.word<Strategy>("strategy"), Strategy::one_for_one,
                               Origin::language_default, at);
  s.max_restarts = mapping.setting<std::uint64_t>("max_restarts", mapping.whole("max_restarts"), erlang ? 1 : 3,
                                                  Origin::dialect_default, at);
  std::optional<std::uint64_t> seconds;
  if (const auto found = mapping.find("max_seconds"); found && found->value.is_scalar()) {
    const auto parsed = parse_duration(found->value.text(), std::chrono::seconds(1));
    if (parsed) seconds = static_cast<std::uint64_t>(*parsed / std::chrono::seconds(1));
  }
  s.max_seconds = mapping.setting<std::uint64_t>("max_seconds", seconds, 5, Origin::dialect_default, at);
  s.auto_shutdown = mapping.setting("auto_shutdown", mapping.word<AutoShutdown>("auto_shutdown"), AutoShutdown::never,
                                    Origin::language_default, at);
  std::optional<std::optional<std::uint64_t>> most;
  if (const auto written = mapping.whole("max_children")) most = written;
  if (mapping.text("max_children") == "infinity") most.emplace(std::nullopt);
  s.max_children =
      mapping.setting<std::optional<std::uint64_t>>("max_children", most, std::nullopt, Origin::language_default, at);
  if (const auto partitions = mapping.count("partitions")) {
    s.partitions = mapping.setting<std::uint32_t>("partitions", partitions, 1, Origin::written, at);
  }
  s.opaque = mapping.boolean("opaque").value_or(false);
  s.simple_one_for_one = erlang && s.kind.value == SupervisorKind::dynamic;
  return s;
}

Setting<WorkerKind> worker_kind(const Design& design, const Node& node, const Mapping& mapping) {
  const Supervisor* above = node.parent == no_node ? nullptr : as_supervisor(design.nodes[node.parent]);
  const bool task = above != nullptr && above->kind.value == SupervisorKind::task;
  return mapping.setting("kind", mapping.word<WorkerKind>("kind"), task ? WorkerKind::task : WorkerKind::gen_server,
                         task ? Origin::kind_default : Origin::language_default, node.name_span);
}

}  // namespace

NodeId grow(Design& design, const yaml::Cursor& entry, NodeId parent, ApplicationId application, bool scripted,
            std::vector<NodeSource>& sources) {
  const Mapping mapping(child_type(entry), entry);
  const bool supervises = mapping.type() == ObjectType::supervisor;
  const auto id = static_cast<NodeId>(design.nodes.size());
  Node node;
  node.parent = parent;
  node.application = application;
  node.name = mapping.text(supervises ? "supervisor" : "worker").value_or("");
  node.scripted = scripted;
  node.path = path_of(design, node);
  common(node, mapping);
  node.count = count_of(design, node, mapping);
  if (supervises) {
    node.role = supervisor_of(design, node, mapping);
  } else {
    Worker worker;
    worker.kind = worker_kind(design, node, mapping);
    node.role = std::move(worker);
  }
  design.nodes.push_back(std::move(node));
  sources.push_back({mapping.type(), entry});
  if (!supervises) return id;
  for (const yaml::Cursor& child : mapping.items("children")) {
    if (!child.is_mapping()) continue;
    const NodeId below = grow(design, child, id, application, scripted, sources);
    design.nodes[id].children.push_back(below);
  }
  return id;
}

NodeId grow_unsupervised(Design& design, const yaml::Cursor& entry, std::vector<NodeSource>& sources) {
  const Mapping mapping(ObjectType::unsupervised, entry);
  const auto id = static_cast<NodeId>(design.nodes.size());
  Node node;
  node.name = mapping.text("worker").value_or("");
  node.path = node.name;
  common(node, mapping);
  node.count = count_of(design, node, mapping);
  Worker worker;
  worker.kind = worker_kind(design, node, mapping);
  node.role = std::move(worker);
  design.nodes.push_back(std::move(node));
  sources.push_back({mapping.type(), entry});
  return id;
}

void fill_settings(Node& node, const Mapping& mapping) {
  const Worker* worker = as_worker(node);
  // Nobody restarts an unsupervised worker.
  const bool supervised = mapping.type() != ObjectType::unsupervised;
  const bool temporary = !supervised || (worker != nullptr && worker->kind.value == WorkerKind::task);
  node.restart =
      mapping.setting("restart", mapping.word<Restart>("restart"), temporary ? Restart::temporary : Restart::permanent,
                      temporary ? Origin::kind_default : Origin::language_default, node.name_span);
  std::optional<Shutdown> shutdown;
  const auto text = mapping.text("shutdown");
  if (text == "brutal_kill") {
    shutdown = Shutdown{Shutdown::How::brutal_kill, {}};
  } else if (const auto limit = mapping.milliseconds("shutdown")) {
    shutdown = *limit == infinite ? Shutdown{Shutdown::How::infinity, {}} : Shutdown{Shutdown::How::within, *limit};
  }
  const Shutdown otherwise = worker != nullptr ? Shutdown{Shutdown::How::within, std::chrono::seconds(5)}
                                               : Shutdown{Shutdown::How::infinity, {}};
  node.shutdown = mapping.setting("shutdown", shutdown, otherwise, Origin::kind_default, node.name_span);
  node.significant =
      mapping.setting("significant", mapping.boolean("significant"), false, Origin::language_default, node.name_span);
}

void fill_supervisor(Supervisor& supervisor, const Mapping& mapping, const References& references) {
  const auto reseeded = mapping.find("reseeded");
  if (!reseeded || !reseeded->value.is_mapping()) return;
  const Mapping inner(ObjectType::reseeded, reseeded->value);
  const auto by = inner.find("by");
  const auto target = by ? references.process(by->value) : std::nullopt;
  if (!target) return;
  supervisor.reseeded = Reseeded{*target, inner.word<Reseeded::When>("when").value_or(Reseeded::When::started),
                                 inner.distribution("after").value_or(Constant{0})};
}

}  // namespace treefall::spec
