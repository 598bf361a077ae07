// How long one restart keeps a supervisor busy, and which crashes fall into that time: they wait in its mailbox and
// are counted when it is done.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// One stop or start in the course of a restart.
struct RestartPart {
  spec::Distribution takes;
  double exposed = 0;  // share of all crashes (by rate) whose process is up meanwhile
};
/// What happens when one of the children crashes.
struct RestartCourse {
  double share = 1;  // of all restarts
  std::vector<RestartPart> parts;
};
struct RestartTime {
  std::vector<RestartCourse> courses;  // shares add up to 1
  double longest = 0;                  // the longest mean time of a course, seconds
  /// The times between restarts are independent and alike, and their law is known: not so where some children take
  /// longer than others, or where only means are known.
  bool exact = true;
};

/// Every restart takes so long, and nothing can crash meanwhile.
RestartTime pausing(const spec::Distribution& takes);
/// Seconds, over all restarts.
double mean(const RestartTime& time);

/// A child (all copies together) and the restarts per second that it asks for.
struct Crashing {
  spec::NodeId child = spec::no_node;
  double per_second = 0;
};
struct FoundRestartTime {
  std::optional<RestartTime> time;  // nothing: restarts take no time
  std::string unsaid;               // why they take one that cannot be said
};
FoundRestartTime restart_time(const spec::Design& design, const Tree& tree, spec::NodeId supervisor,
                              const std::vector<Crashing>& crashing);

}  // namespace treefall::analyzer
