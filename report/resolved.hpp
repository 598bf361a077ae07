// What holds for one process once every default is filled in, and where each value comes from.
#pragma once

#include <optional>
#include <string>

#include "analyzer/finding.hpp"
#include "report/paint.hpp"
#include "spec/design.hpp"

namespace treefall::report {

/// The innermost process that a finding stands in, else the one that it is about.
std::optional<spec::NodeId> node_at(const spec::Design& design, const analyzer::Finding& finding);

/// Of the process and of its supervisor, a line a value: `max_restarts  3  written in line 14`.
std::string resolved(const spec::Design& design, spec::NodeId node, const Paint& paint);

}  // namespace treefall::report
