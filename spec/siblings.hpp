// What is wrong with nodes side by side, though each is right alone.
#pragma once

#include <vector>

#include "spec/build.hpp"

namespace treefall::spec {

/// Equal ids, instances that are not like their template, populations above a limit.
void check_siblings(const Design& design, const std::vector<NodeSource>& sources, std::vector<Diagnostic>& out);

}  // namespace treefall::spec
