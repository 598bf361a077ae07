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

/// Something else than the order of creation.
struct Deviation {
  std::size_t at = 0;     // at which choice of the execution, counted from 0
  std::size_t taken = 0;  // which possibility
};

struct Explanation {
  std::optional<Choices> choices;  // nothing when none that were tried lead there
  Difference furthest;             // then: where the best of them parts from the real trace
  std::vector<Deviation> order;    // that of the best
  std::size_t runs = 0;            // executions of the model that it took
};

/// `most_runs`: how many executions of the model it may take; three quarters of them again wherever they have led
/// further.
Explanation explain(const spec::Design& design, const std::vector<Event>& real, spec::Duration until,
                    const Bounds& bounds, std::size_t most_runs);

/// Where an execution in that order parts from the real trace.
Difference follow(const spec::Design& design, const std::vector<Deviation>& order, const std::vector<Event>& real,
                  spec::Duration until, const Bounds& bounds);

/// In words, a line each.
std::string in_words(const Choices& choices);

}  // namespace treefall::differential
