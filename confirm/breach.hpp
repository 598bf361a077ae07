// The shortest timeline that breaks a promise. Internal to confirm/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spec/design.hpp"
#include "spec/quantity.hpp"

namespace treefall::confirm {

/// Where to look for it.
struct BreachSearch {
  std::uint64_t seed = 1;
  std::uint64_t first = 0;   // replica
  spec::Duration until{};    // of each
  spec::Duration from = {};  // what comes before shows nothing, and ends the replica
};

/// Is there one moment at which a promise on this quantity is broken? Not where it is about an average.
bool has_moment(spec::Quantity quantity);

/// The header and the last lines, up to and including the instant of the breach, of that replica among those looked at
/// in which it comes soonest: the supervisor gives up, the call is late, the message is lost, the process crashes.
/// Empty where none shows it or the quantity is an average.
std::vector<std::string> shortest_breach(const spec::Design& design, const spec::Subject& subject,
                                         spec::Quantity quantity, const BreachSearch& search);

}  // namespace treefall::confirm
