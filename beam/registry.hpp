// Which supervisors of a design are Elixir's Registry, and who registers with which of its partitions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "spec/design.hpp"

namespace treefall::beam {

/// Is this supervisor what Registry.start_link makes?
bool is_registry(const spec::Design& design, spec::NodeId supervisor);

/// The number of this worker among the partitions of a registry; nothing when it is none.
std::optional<std::uint32_t> partition_number(const spec::Design& design, spec::NodeId worker);

struct Home {
  std::size_t partitions = 0;  // of the registry
  std::uint32_t number = 0;    // the one that the worker is linked to
};
/// The partitions that a worker registers with.
std::vector<Home> homes(const spec::Design& design, const spec::Worker& worker);

}  // namespace treefall::beam
