// A node of a tree: what workers and supervisors have in common, and which of the two it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "spec/boxed.hpp"
#include "spec/distribution.hpp"
#include "spec/otp.hpp"
#include "spec/setting.hpp"
#include "spec/span.hpp"
#include "spec/target.hpp"
#include "spec/worker.hpp"

namespace treefall::spec {

struct Reseeded {
  enum class When { started, noticed };
  Target by;
  When when = When::started;
  Distribution after = Constant{0};
};

struct Supervisor {
  Setting<SupervisorKind> kind;
  Setting<Strategy> strategy;
  Setting<std::uint64_t> max_restarts;
  Setting<std::uint64_t> max_seconds;
  Setting<AutoShutdown> auto_shutdown;
  Setting<std::optional<std::uint64_t>> max_children;  // nothing: infinity
  std::optional<Setting<std::uint32_t>> partitions;    // nothing written: one per scheduler, taken as 1 child set
  Boxed<Reseeded> reseeded;
  bool opaque = false;
  bool simple_one_for_one = false;  // a dynamic one of the erlang dialect
};

struct Node {
  NodeId parent = no_node;       // none: root of a tree, or unsupervised
  std::vector<NodeId> children;  // in start order
  ApplicationId application = no_application;
  std::string name;
  std::string path;  // `Shop.Supervisor/Shop.Repo`, without copy numbers
  Span span{};       // the whole entry
  Span name_span{};
  Setting<Restart> restart;
  Setting<Shutdown> shutdown;
  Setting<bool> significant;
  Setting<std::uint32_t> count;  // written count, or the partitions of the supervisor above
  bool on_demand = false;
  bool scripted = false;  // only started by a `start_child` of the script: not in its parent's `children`
  std::string source;
  std::string why;
  std::optional<bool> critical;
  std::string tenant;
  std::variant<Worker, Supervisor> role;
};

inline const Supervisor* as_supervisor(const Node& node) { return std::get_if<Supervisor>(&node.role); }
inline const Worker* as_worker(const Node& node) { return std::get_if<Worker>(&node.role); }

}  // namespace treefall::spec
