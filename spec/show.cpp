#include "spec/show.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "spec/show_parts.hpp"
#include "spec/units.hpp"

namespace treefall::spec {

namespace {

/// Where a default came from, for the comment behind it.
std::string origin(const Design& design, Origin from, std::string_view kind) {
  switch (from) {
    case Origin::written:
      return "";
    case Origin::language_default:
      return std::string(by_default);
    case Origin::dialect_default:
      return fmt::format("default ({})", word_text(ObjectType::file, "dialect", design.dialect.value));
    case Origin::kind_default:
      return std::string(kind);
  }
  return "";
}

std::string shutdown_text(const Shutdown& shutdown) {
  switch (shutdown.how) {
    case Shutdown::How::brutal_kill:
      return "brutal_kill";
    case Shutdown::How::infinity:
      return "infinity";
    case Shutdown::How::within:
      break;
  }
  return written_duration(shutdown.limit);
}

void show_supervisor(YamlWriter& out, const Design& design, const Supervisor& s) {
  constexpr ObjectType type = ObjectType::supervisor;
  const auto from = [&](Origin o) { return origin(design, o, "default"); };
  out.entry("kind", word_text(type, "kind", s.kind.value), from(s.kind.origin));
  out.entry("strategy", word_text(type, "strategy", s.strategy.value), from(s.strategy.origin));
  out.entry("max_restarts", fmt::to_string(s.max_restarts.value), from(s.max_restarts.origin));
  out.entry("max_seconds", fmt::to_string(s.max_seconds.value), from(s.max_seconds.origin));
  out.entry("auto_shutdown", word_text(type, "auto_shutdown", s.auto_shutdown.value), from(s.auto_shutdown.origin));
  if (s.kind.value == SupervisorKind::dynamic) {
    const auto& most = s.max_children;
    out.entry("max_children", most.value ? fmt::to_string(*most.value) : "infinity", from(most.origin));
  }
  if (s.partitions) out.entry("partitions", fmt::to_string(s.partitions->value));
  if (s.reseeded) {
    out.block("reseeded", [&] {
      out.entry("by", reference_text(design, s.reseeded->by));
      out.entry("when", word_text(ObjectType::reseeded, "when", s.reseeded->when));
      out.entry("after", to_text(s.reseeded->after));
    });
  }
  if (s.opaque) out.entry("opaque", "true");
}

/// What both kinds of children have.
void show_settings(YamlWriter& out, const Design& design, const Node& node) {
  const bool works = as_worker(node) != nullptr;
  const auto from = [&](Origin o, std::string_view kind) { return origin(design, o, kind); };
  out.entry("restart", word_text(ObjectType::worker, "restart", node.restart.value),
            from(node.restart.origin, "follows from kind: task"));
  out.entry("shutdown", shutdown_text(node.shutdown.value),
            from(node.shutdown.origin, works ? "default for a worker" : "default for a supervisor"));
  out.entry("significant", node.significant.value ? "true" : "false", from(node.significant.origin, ""));
  if (node.on_demand) out.entry("on_demand", "true");
}

/// The copies of a partition supervisor's child are counted there.
bool counted_above(const Design& design, const Node& node) {
  const Supervisor* above = node.parent == no_node ? nullptr : as_supervisor(design.nodes[node.parent]);
  return above != nullptr && above->kind.value == SupervisorKind::partition;
}

void show_common(YamlWriter& out, const Design& design, const Node& node) {
  if (!counted_above(design, node))
    out.entry("count", fmt::to_string(node.count.value), origin(design, node.count.origin, ""));
  if (!node.source.empty()) out.entry("source", scalar_text(node.source));
  if (!node.why.empty()) out.entry("why", scalar_text(node.why));
  if (node.critical) out.entry("critical", *node.critical ? "true" : "false");
  if (!node.tenant.empty()) out.entry("tenant", scalar_text(node.tenant));
}

void show_worker_kind(YamlWriter& out, const Design& design, const Worker& worker) {
  out.entry("kind", word_text(ObjectType::worker, "kind", worker.kind.value),
            origin(design, worker.kind.origin, "follows from kind: task of its supervisor"));
}

void show_settings_of_file(YamlWriter& out, const Design& design) {
  const auto from = [&](Origin o) { return origin(design, o, ""); };
  out.entry("treefall", "1");
  out.entry("name", scalar_text(design.name));
  out.entry("dialect", word_text(ObjectType::file, "dialect", design.dialect.value), from(design.dialect.origin));
  out.entry("otp", std::to_string(design.otp.value), from(design.otp.origin));
  out.entry("horizon", written_duration(design.horizon.value), from(design.horizon.origin));
  if (design.grace_period) out.entry("grace_period", written_duration(*design.grace_period));
  if (design.clock_phase) {
    out.entry("clock_phase", written_duration(*design.clock_phase));
  } else {
    out.comment("clock_phase: random in each replica (default)");
  }
  out.entry("tie_order", word_text(ObjectType::file, "tie_order", design.tie_order.value),
            from(design.tie_order.origin));
}

void show_applications(YamlWriter& out, const Design& design) {
  const auto start = [&](std::string_view key, const Application& a) {
    out.entry(key, word_text(ObjectType::application, "start", a.start.value), origin(design, a.start.origin, ""));
  };
  const auto tree = [&](const Application& a) { out.block("tree", [&] { show_child(out, design, a.root); }); };
  if (design.applications.size() == 1 && design.applications.front().name == design.name) {
    start("application", design.applications.front());
    return tree(design.applications.front());
  }
  out.block("applications", [&] {
    for (const Application& a : design.applications) {
      out.item([&] {
        out.entry("name", scalar_text(a.name));
        start("start", a);
        tree(a);
      });
    }
  });
}

void show_unsupervised(YamlWriter& out, const Design& design, const Unsupervised& entry) {
  const Node& node = design.nodes[entry.worker];
  out.entry("worker", scalar_text(node.name));
  show_worker_kind(out, design, *as_worker(node));
  if (entry.started_by) out.entry("started_by", reference_text(design, *entry.started_by));
  out.entry("linked", entry.linked ? "true" : "false");
  show_common(out, design, node);
  show_worker(out, design, *as_worker(node));
}

template <class T>
void show_list(YamlWriter& out, std::string_view key, const std::vector<T>& values,
               const std::function<void(const T&)>& one) {
  if (values.empty()) return;
  out.block(key, [&] {
    for (const T& value : values) out.item([&] { one(value); });
  });
}

}  // namespace

std::string reason_text(const ExitReason& reason) {
  switch (reason.kind) {
    case ExitReason::Kind::normal:
      return "normal";
    case ExitReason::Kind::shutdown:
      return "shutdown";
    case ExitReason::Kind::shutdown_with:
      return scalar_text("shutdown:" + reason.term);
    case ExitReason::Kind::killed:
      return "killed";
    case ExitReason::Kind::error:
      break;
  }
  return reason.term.empty() ? "error" : scalar_text(reason.term);
}

std::string fault_name(const Design& design, FaultId fault) { return scalar_text(design.faults[fault].name); }

std::string reference_text(const Design& design, const Target& target) {
  std::string text;
  NodeId id = target.node;
  for (;;) {
    const Node& node = design.nodes[id];
    const auto pin = std::find_if(target.pins.begin(), target.pins.end(), [&](const Pin& p) { return p.node == id; });
    const std::string part = pin == target.pins.end() ? node.name : fmt::format("{}[{}]", node.name, pin->copy);
    text = text.empty() ? part : part + "/" + text;
    if (node.parent == no_node) return scalar_text(node.path.substr(0, node.path.size() - node.name.size()) + text);
    id = node.parent;
  }
}

void show_child(YamlWriter& out, const Design& design, NodeId id) {
  const Node& node = design.nodes[id];
  const Supervisor* supervisor = as_supervisor(node);
  out.entry(supervisor != nullptr ? "supervisor" : "worker", scalar_text(node.name));
  if (supervisor != nullptr) {
    show_supervisor(out, design, *supervisor);
  } else {
    show_worker_kind(out, design, *as_worker(node));
  }
  show_settings(out, design, node);
  show_common(out, design, node);
  if (supervisor == nullptr) return show_worker(out, design, *as_worker(node));
  if (node.children.empty()) return out.entry("children", "[]");
  out.block("children", [&] {
    for (const NodeId child : node.children) out.item([&] { show_child(out, design, child); });
  });
}

std::string show(const Design& design) {
  YamlWriter out;
  show_settings_of_file(out, design);
  if (!design.faults.empty()) {
    out.block("faults", [&] {
      for (const Fault& fault : design.faults) show_fault(out, fault);
    });
  }
  if (!design.traffic.empty()) {
    out.block("traffic", [&] {
      for (const Traffic& t : design.traffic) out.block(scalar_text(t.name), [&] { show_traffic(out, design, t); });
    });
  }
  show_applications(out, design);
  show_list<Unsupervised>(out, "unsupervised", design.unsupervised,
                          [&](const auto& e) { show_unsupervised(out, design, e); });
  show_list<ScriptedEvent>(out, "script", design.script, [&](const auto& e) { show_event(out, design, e); });
  show_list<Promise>(out, "expect", design.promises, [&](const auto& p) { show_promise(out, design, p); });
  return out.text();
}

}  // namespace treefall::spec
