// What every supervisor's restart intensity meets: the restarts it will count, and when that is too many.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/crashes.hpp"
#include "analyzer/estimate.hpp"
#include "analyzer/fate.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// What one child node adds to the restarts that its supervisor counts (all copies together).
struct Share {
  spec::NodeId child = spec::no_node;
  double per_second = 0;  // NaN: cannot be said
};

struct Budget {
  std::uint64_t max_restarts = 0;
  std::uint64_t max_seconds = 0;
  std::vector<Share> shares;      // children that add something, in start order
  double counted = 0;             // restarts per second while up; NaN: cannot be said
  std::optional<Fate> fate;       // where all counted restarts are deterministic (and there are some)
  Estimate mean_time_to_failure;  // of one incarnation, seconds
  Estimate failure_probability;   // that it gives up at least once within the horizon
  Estimate tolerates;             // crashes per second over all children for `tolerated` within the horizon
  std::string unsaid;             // why nothing is said; empty if it is
  bool relevant = false;          // something describes crashes below it
};
inline constexpr double tolerated = 0.001;

struct Budgets {
  std::vector<Budget> of;  // by node; of a worker: empty
};

Budgets budgets_of(const spec::Design& design, const Tree& tree, const Crashes& crashes);

/// P(gives up at least once within so many seconds), by the same method as in `of`.
Estimate failure_within(const spec::Design& design, const Budgets& budgets, spec::NodeId supervisor, double seconds);

/// Crashes of one leaf that it takes, at the least, until `top` gives up, when every level between burns its whole
/// budget: the product of (intensity + 1). Saturates at 2^53.
double crashes_to_exhaust(const spec::Design& design, spec::NodeId leaf, spec::NodeId top);

}  // namespace treefall::analyzer
