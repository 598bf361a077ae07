// The supervision trees as ranges: who is above whom, who is restarted with whom, who falls with whom.
// Everything that would be a list per process is a range or computed on demand, so that 100,000 processes cost
// n log n.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/estimate.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

struct Tree {
  std::vector<spec::NodeId> order;      // pre-order = start order; applications in turn, then everything outside
  std::vector<std::uint32_t> position;  // by node: where it stands in `order`
  std::vector<std::uint32_t> end;       // by node: its subtree is order[position, end), itself included
  std::vector<std::uint32_t> depth;     // 0: a root
  std::vector<std::uint32_t> rank;      // place among its siblings
  std::vector<std::uint64_t> copies;    // how many processes the node stands for
  std::vector<std::uint64_t> size;      // processes in the subtree of one copy, itself included
  std::vector<std::uint64_t> before;    // processes in the subtrees of its earlier siblings
  std::vector<std::vector<spec::NodeId>> linked;  // by node: the other ends of its links, whoever made them
  std::vector<Estimate> boot;   // seconds from start_link to its return, all below included; see times.hpp
  std::vector<Estimate> stop;   // seconds from the supervisor's order to the exit, all below included
  std::vector<Estimate> start;  // seconds of node time until it is started for the first time, if no start fails
  Estimate booted;              // seconds of node time until all applications are up
};

Tree tree_of(const spec::Design& design);

/// Is `ancestor` the node itself or above it?
bool is_within(const Tree& tree, spec::NodeId node, spec::NodeId ancestor);
/// The lowest node above (or equal to) both; no_node across trees.
spec::NodeId common_ancestor(const spec::Design& design, const Tree& tree, spec::NodeId a, spec::NodeId b);

/// Who is restarted when one process of a node is: the ranks [first, last) among the children of `supervisor`.
struct RestartScope {
  spec::NodeId supervisor = spec::no_node;
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};
RestartScope restart_scope(const spec::Design& design, const Tree& tree, spec::NodeId node);
/// Processes that stop and start again when one process of `node` is restarted, itself and all below included.
std::uint64_t restarted_with(const spec::Design& design, const Tree& tree, spec::NodeId node);

enum class End {
  node_stops,         // an application that the node does not outlive
  application_stops,  // a temporary application: gone for good, the node lives on
  silently_gone,      // a transient or temporary supervisor on the way: its subtree is gone for good
};
/// What happens when the supervisor `first` gives up and every supervisor above gives up in turn.
struct Escalation {
  std::vector<spec::NodeId> falls;  // supervisors that fall, lowest first
  End end = End::node_stops;
  spec::NodeId survivor = spec::no_node;  // the supervisor that lives on above a silent loss
  std::uint64_t processes = 0;            // that are gone at the end (of one copy of `falls.back()`)
};
Escalation escalation(const spec::Design& design, const Tree& tree, spec::NodeId first);

/// No crash: normal, shutdown.
bool is_orderly(const spec::ExitReason& reason);
/// Does a worker's exit with this reason make its supervisor stamp a restart?
bool is_counted(spec::Restart restart, const spec::ExitReason& reason);

/// One way in which the death of another process ends `node`, too.
struct Killer {
  enum class How { ancestor, sibling_strategy, link, task };
  spec::NodeId by = spec::no_node;  // for `task` the owner itself
  How how = How::ancestor;
};
std::vector<Killer> killers(const spec::Design& design, const Tree& tree, spec::NodeId node);

}  // namespace treefall::analyzer
