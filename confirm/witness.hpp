// How it falls: the trace of an execution in which a supervisor gave up. Internal to confirm/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spec/design.hpp"

namespace treefall::confirm {

/// The header and the last lines of replica `replica` up to and including what happens at the instant at which
/// `subject` gives up (for an application: at which it ends). Empty if it does not.
std::vector<std::string> witness(const spec::Design& design, std::uint64_t seed, std::uint64_t replica,
                                 spec::Duration until, const spec::Subject& subject);

}  // namespace treefall::confirm
