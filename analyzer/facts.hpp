// What follows from a design, computed once and read by every rule.
#pragma once

#include <vector>

#include "analyzer/prediction.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

struct Facts {
  std::vector<Prediction> predictions;
};

/// Everything the analyser can derive.
Facts derive(const spec::Design& design);

}  // namespace treefall::analyzer
