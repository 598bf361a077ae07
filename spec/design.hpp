// A supervision design, as plain values: what one spec file says, every default filled in, every reference resolved.
// Read-only once the reader has made it. Knows no rule, no graph, no clock. Its parts are in headers of their own:
// nodes, workers, handlers, what surrounds the tree.
//
// Processes are *nodes* of a flat array: an entry of `children`, the root of a tree, an unsupervised worker. A node
// with `count: 500` is one node that stands for 500 processes; whoever executes a design expands it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "spec/node.hpp"
#include "spec/otp.hpp"
#include "spec/quantity.hpp"
#include "spec/setting.hpp"
#include "spec/span.hpp"
#include "spec/surroundings.hpp"
#include "spec/target.hpp"
#include "spec/time.hpp"

namespace treefall::spec {

enum class TieOrder { creation, reverse, random };
std::string_view name(TieOrder order);  // as it is written

struct Application {
  std::string name;
  Setting<StartType> start;
  NodeId root = no_node;
  Span span{};
};

struct Unsupervised {
  NodeId worker = no_node;
  std::optional<Target> started_by;
  bool linked = false;
};

struct QuantityPromise {
  Subject subject;
  Quantity quantity = Quantity::failure_probability;
  std::optional<Duration> within;
  bool at_most = true;  // else at_least
  double bound = 0;     // base units
};
struct SurvivalPromise {
  FaultId fault = 0;
  Duration lasting{};
  Target survives;
};
struct Promise {
  std::variant<QuantityPromise, SurvivalPromise> what;
  Span span{};
};

/// `# treefall: ignore RULE -- reason`; holds for findings that start inside `scope`.
struct Suppression {
  std::vector<std::string> rules;
  std::string reason;
  Span comment{};
  Span scope{};  // the YAML node that starts on the comment's line, or on the line below
};

struct Design {
  std::string file;
  std::string name;
  Setting<Dialect> dialect;
  Setting<std::uint32_t> otp;  // the release, oldest_otp to newest_otp
  Setting<Duration> horizon;
  std::optional<Duration> grace_period;
  std::optional<Duration> clock_phase;  // nothing: random in each replica
  Setting<TieOrder> tie_order;
  std::vector<Application> applications;  // in start order; a lone `tree` is one, named as the design
  std::vector<Node> nodes;                // each tree in start order, parents before children
  std::vector<Unsupervised> unsupervised;
  std::vector<Fault> faults;
  std::vector<Traffic> traffic;
  std::vector<ScriptedEvent> script;  // by time, then as written
  std::vector<Promise> promises;
  std::vector<Suppression> suppressions;
};

/// Of how many processes a node stands for: its count times those of all nodes above it; at most 2^64 - 1.
std::uint64_t copies(const Design& design, NodeId node);
/// How a subject is named in every output: the path with `[i]` on each level that has copies (`[0]` where not pinned),
/// `traffic:NAME`, or the application's name.
std::string path(const Design& design, const Subject& subject);
/// How many processes that name stands for (1 unless copies are left open).
std::uint64_t copies(const Design& design, const Subject& subject);

}  // namespace treefall::spec
