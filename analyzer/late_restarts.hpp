// Restarts after late calls to a busy server: they come in clumps (shared_server.hpp), and so they burn a budget.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/budgets.hpp"

namespace treefall::analyzer {

/// Crashes after late calls to one process with one timeout, of all children of a supervisor that make them.
struct LateRestarts {
  spec::NodeId callee = spec::no_node;
  LateCalls calls;
  double processes = 0;   // that it ends
  double per_second = 0;  // of all of them together
  double error = 0;       // relative, of `per_second`
};

/// Sizes of clumps are told apart up to one more than the budget, or up to this; larger ones count as that large.
std::uint64_t told_apart(const Window& window);

/// Adds the late crashes of `count` equal children to those that wait for the same process as long.
void add_late(std::vector<LateRestarts>& all, spec::NodeId callee, const PoissonCrashes& crashes, double count);

/// Adds clumps to what a supervisor counts: their rate to `restarts.own`, and to `rates[n - 1]` that of those of n
/// restarts (at least `told_apart` entries). Gives the sum of their absolute errors, per second.
double add_clumps(const std::vector<LateRestarts>& all, const Window& window, Remembered& remembered,
                  Restarts& restarts, std::vector<double>& rates);

}  // namespace treefall::analyzer
