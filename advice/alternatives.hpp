// What else than a larger budget keeps a promise. Internal to advice/.
#pragma once

#include <atomic>
#include <vector>

#include "advice/tune.hpp"
#include "analyzer/remembered.hpp"

namespace treefall::advice {

/// One supervisor that is to be helped, in a design in which those below it have been tuned.
struct Case {
  const spec::Source& source;
  const spec::Design& design;
  const std::vector<Edit>& edits;  // that make the source's text this design's
  spec::NodeId supervisor = spec::no_node;
  Demand demand;
  analyzer::Window now;
  analyzer::Remembered& remembered;
};

/// Each with a figure is confirmed by execution, but for `less_often`, which is a bound on the world, not a change.
std::vector<Alternative> alternatives(const Case& one, const confirm::Options& options, const std::atomic<bool>& stop);

}  // namespace treefall::advice
