// How often one call that a process makes is not answered in time.
#pragma once

#include <optional>

#include "analyzer/loads.hpp"
#include "analyzer/shared_server.hpp"

namespace treefall::analyzer {

struct Lateness {
  double probability = 0;           // NaN: cannot be said
  double error = 0;                 // relative
  std::optional<LateCalls> clumps;  // where those that are late come in clumps
};
/// Nothing is late at a process that no message of this kind reaches.
Lateness lateness(const Loads& loads, const spec::Call& call);

}  // namespace treefall::analyzer
