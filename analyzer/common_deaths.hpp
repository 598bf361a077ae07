// How many of a supervisor's children one crash costs: those it ends through links and through pending calls die with
// it, at once.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "analyzer/crashes.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// A child's part in an event: how often it dies by it.
struct Death {
  CrashId of;             // an entry of Crashes::of, or the failure of a supervisor
  double per_second = 0;  // all copies together
  double error = 0;       // relative
};

/// Events that cost equally many children.
struct DeathsTogether {
  double per_second = 0;
  double error = 0;
  std::uint64_t deaths = 1;
  std::uint64_t restarts = 1;  // that the supervisor counts for them
  bool order_is_open = false;  // who of them is seen to die first
};

/// By the crash that begins it: the deaths of one event among the children of one supervisor.
using DeathsByEvent = std::map<CrashId, std::vector<Death>>;
/// Restarts per second that begin with a death of this child, of the `counted` that its deaths bring. Where one restart
/// takes all along, deaths that follow a sibling's begin none: nobody dies through a link while the other one starts.
double begun_by(const spec::Design& design, const Crashes& crashes, spec::NodeId child, double counted);
/// The events told apart by how far they reach.
std::vector<DeathsTogether> deaths_together(const spec::Design& design, const Tree& tree, const Crashes& crashes,
                                            spec::NodeId supervisor, const DeathsByEvent& events);

}  // namespace treefall::analyzer
