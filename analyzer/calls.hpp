// Who calls whom and waits: cycles, bottlenecks, cuts, and calls that a starting process makes too early.
// Pointers go into the design, which must outlive these facts.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// The clause that takes a message: nothing with `unknown` false where the worker has no `handles`.
struct Clause {
  const spec::Handler* handler = nullptr;
  bool unknown = false;  // `handles` has neither the message nor `any`: it crashes the worker
};
Clause clause_for(const spec::Worker& worker, std::string_view message);

enum class Where { handler, tick, init, handle_continue };

struct CallEdge {
  spec::NodeId from = spec::no_node;
  spec::NodeId to = spec::no_node;
  Where where = Where::handler;
  const spec::Call* call = nullptr;
};

/// A ring of synchronous calls; one of length 1 is a process that calls itself.
struct CallCycle {
  std::vector<std::uint32_t> edges;  // into CallGraph::edges, each ends where the next begins
};

/// A call from init (or, for a cycle, from both ends) that cannot be answered while the tree starts.
struct BootViolation {
  enum class Kind {
    not_started_yet,  // a later sibling, or one below a later sibling: noproc, the start fails
    own_supervisor,   // a supervisor above: waits for itself
    itself,           // calling_self
    calls_back,       // whoever it calls calls it back, which is still starting: both wait for the timeout
  };
  std::uint32_t edge = 0;  // into CallGraph::edges
  Kind kind = Kind::not_started_yet;
};

struct CallGraph {
  std::vector<CallEdge> edges;         // by caller in start order, then as written
  std::vector<CallCycle> cycles;       // a shortest ring per strongly connected component; handlers and ticks
  std::vector<BootViolation> boot;     // by edge
  std::vector<spec::NodeId> cuts;      // processes without which callers and callees fall apart
  std::vector<std::uint32_t> callers;  // by node: how many nodes reach it by calls, directly or not (capped at 64)
};

CallGraph calls_of(const spec::Design& design, const Tree& tree);

/// Callees before callers; nodes on a ring of calls, or behind one, are left out.
std::vector<spec::NodeId> callees_first(const Tree& tree, const CallGraph& calls, std::size_t nodes);

}  // namespace treefall::analyzer
