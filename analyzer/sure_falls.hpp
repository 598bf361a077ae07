// Supervisors that surely give up although something random takes part: a child that lives no longer than so many
// seconds after every start is enough, whatever else crashes beside it. Times in seconds.
#pragma once

#include <optional>
#include <vector>

#include "analyzer/crashes.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

struct SureFall {
  double probability = 1;              // that it has given up by then, at the least
  double within = 0;                   // of an incarnation's start, at the most
  double by = 0;                       // node time of the first one, at the most
  double quiet = 0;                    // between a restart and the next crash, at the most
  spec::NodeId child = spec::no_node;  // whose crashes alone suffice
  /// Whose crash it is, and which: of the child itself, or of a significant one with which it shuts down; nothing
  /// where the child is a supervisor that gives up.
  spec::NodeId guilty = spec::no_node;
  const CrashSource* source = nullptr;  // in `crashes`
};

/// By node; nothing for workers, and where it is not sure.
std::vector<std::optional<SureFall>> sure_falls(const spec::Design& design, const Tree& tree, const Crashes& crashes);

}  // namespace treefall::analyzer
