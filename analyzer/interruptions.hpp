// How often a supervisor is started again with others, and so gets a fresh budget.
#pragma once

#include <vector>

#include "analyzer/crashes.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// By node: restarts per second of siblings in whose scope it stands, and of what stands above; each gives it a fresh
/// budget. NaN: cannot be said.
std::vector<double> interruptions(const spec::Design& design, const Tree& tree, const Crashes& crashes);

}  // namespace treefall::analyzer
