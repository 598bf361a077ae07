// May a worker be rehearsed?
#pragma once

#include "analyzer/loads.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// Messages or crashes come to it at given node times.
bool is_reached_from_outside(const spec::Design& design, const Loads& loads, spec::NodeId worker);
/// Nothing in its life is random, and no other process has a part in it.
bool is_rehearsable(const spec::Design& design, const Tree& tree, const Loads& loads, spec::NodeId worker);

}  // namespace treefall::analyzer
