// Where chance has no part.
#pragma once

#include <vector>

#include "analyzer/crashes.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// A time that is always the same.
bool is_known(const Estimate& time);

/// By node: nothing below (or in) it is random, and all of it is described.
std::vector<bool> certain_subtrees(const spec::Design& design, const Tree& tree, const Crashes& crashes);

}  // namespace treefall::analyzer
