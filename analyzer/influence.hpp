// What one number of a design does to a finding: how much it moves it, and from where on there is none.
#pragma once

#include <optional>

#include "analyzer/inputs.hpp"

namespace treefall::analyzer {

/// d ln result / d ln input: so many per cent more for one per cent more, with its absolute error.
struct Elasticity {
  double value = 0;
  double error = 0;
};

/// The value of an input, nearest to its present one, with which the finding is not made, all else as it is.
struct BreakEven {
  double value = 0;
  bool up_to = true;  // the design holds up to it; else from it on
};

struct Influence {
  Input input;
  std::optional<Elasticity> elasticity;  // nothing: the result goes in steps, or stands still
  std::optional<BreakEven> holds;
  bool nowhere = false;  // the finding stays, up to ten thousand times as much or as little
};

}  // namespace treefall::analyzer
