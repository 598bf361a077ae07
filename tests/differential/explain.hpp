// Where the VM leaves the order of things open, a trace of it is right when the model has that order too. This finds
// the choices that lead the model to a given trace, among all that the model leaves open.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/types.hpp"
#include "spec/design.hpp"
#include "tests/differential/compare.hpp"

namespace treefall::differential {

/// How often something else than the order of creation was chosen, by what was open.
using Choices = std::map<runtime::OpenOrder, std::size_t>;

/// Nothing when no choices that were tried lead there. `most_runs`: how many executions of the model it may take.
std::optional<Choices> explain(const spec::Design& design, const std::vector<Event>& real, spec::Duration until,
                               const Bounds& bounds, std::size_t most_runs);

/// In words, a line each.
std::string in_words(const Choices& choices);

}  // namespace treefall::differential
