// Promises as claims. Internal to confirm/.
#pragma once

#include "confirm/stage.hpp"

namespace treefall::confirm {

/// A bound on a quantity as a band with one open side.
Claim promised(const spec::QuantityPromise& promise);

/// `survives`: a copy of the design in which just this outage happens, once the tree is up, and what is claimed of it.
struct Outage {
  spec::Design design;
  spec::Duration begins{};
  spec::Duration until{};
  Claim claim;
};
Outage outage_of(const spec::Design& design, const spec::SurvivalPromise& promise);

}  // namespace treefall::confirm
