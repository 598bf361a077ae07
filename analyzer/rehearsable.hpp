// May a worker be rehearsed?
#pragma once

#include "analyzer/loads.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// Nothing in its life is random, and no other process has a part in it.
bool is_rehearsable(const spec::Design& design, const Tree& tree, const Loads& loads, spec::NodeId worker);

}  // namespace treefall::analyzer
