// The restarts that one supervisor will count, from all that ends its children, and why they cannot be said where they
// cannot: chance that is not Poisson, subtrees that are not described, populations that nobody starts again.
#pragma once

#include <set>
#include <vector>

#include "analyzer/budgets.hpp"
#include "analyzer/common_deaths.hpp"
#include "analyzer/late_restarts.hpp"
#include "analyzer/remembered.hpp"

namespace treefall::analyzer {

struct Collection {
  const spec::Design& design;
  const Tree& tree;
  const Crashes& crashes;
  const Budgets& budgets;
  Remembered& remembered;
  spec::NodeId id;
  Budget budget;
  // An exit signal that goes on through links, or ends a pending call, makes one event with several deaths.
  DeathsByEvent events;
  std::vector<LateRestarts> late;
  std::set<spec::FaultId> faults;
  double retried = 0;  // probability that a restart's init fails
  std::size_t crashing_children = 0;
  std::size_t ageing = 0;
  bool one_restart_for_several = false;   // deaths of one event
  double counted = 0;                     // restarts per second of all events together
  double most_together = 0;               // restarts within one window, at the most
  std::uint64_t population_failures = 0;  // of dynamic children that come back empty
};

/// Adds what comes from each of its children, and how long its restarts take; `interrupted`: ends by others per second.
void collect(Collection& c, double interrupted);

}  // namespace treefall::analyzer
