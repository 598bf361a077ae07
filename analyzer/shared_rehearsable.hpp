// May a server and its callers be rehearsed together?
#pragma once

#include "analyzer/loads.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// Nothing in their lives is random, and no other process has a part in them.
bool is_shared_rehearsable(const spec::Design& design, const Tree& tree, const Loads& loads, spec::NodeId server);
/// Of such ones: however their calls meet, all together are done within the shortest timeout.
bool is_never_late(const spec::Design& design, const Tree& tree, const Loads& loads, spec::NodeId server);

}  // namespace treefall::analyzer
