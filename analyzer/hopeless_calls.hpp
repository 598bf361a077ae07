// Calls that a starting process makes to somebody who is there, or should be, but surely does not answer in time: every
// such start fails.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/calls.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

struct HopelessCall {
  enum class Why {
    never_there,  // the callee's init always says `ignore`
    no_clause,    // the message crashes the callee
    fails,        // its handler crashes, or takes longer than the timeout
    continues,    // the callee is still in its `continue` when the timeout is over
  };
  std::uint32_t edge = 0;  // into CallGraph::edges
  Why why = Why::never_there;
};

/// Calls from init, made at every start, whose failing fails the start. Without those in CallGraph::boot.
std::vector<HopelessCall> hopeless_calls(const spec::Design& design, const Tree& tree, const CallGraph& calls);

/// Is this call one of an init, and made while no fault lasts?
bool is_made_always(const spec::Design& design, const CallEdge& edge);

}  // namespace treefall::analyzer
