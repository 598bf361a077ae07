// How a promise is put to the test. A survival promise is about one outage, whatever its usual frequency: it is
// executed with that outage alone, from a minute after the start, and given a minute and the longest restart period to
// show its effects. It is kept when the supervisor gives up in at most one execution in a hundred.
#include "confirm/promises.hpp"

#include <algorithm>
#include <limits>

namespace treefall::confirm {
namespace {

constexpr double unbounded = std::numeric_limits<double>::infinity();
constexpr spec::Duration settle = std::chrono::minutes(1);

spec::Duration longest_period(const spec::Design& design) {
  std::uint64_t seconds = 0;
  for (const spec::Node& node : design.nodes)
    if (const auto* supervisor = spec::as_supervisor(node)) seconds = std::max(seconds, supervisor->max_seconds.value);
  return std::chrono::seconds(std::min<std::uint64_t>(seconds, 3600));
}

}  // namespace

Claim promised(const spec::QuantityPromise& promise) {
  Claim claim;
  claim.subject = promise.subject;
  claim.quantity = promise.quantity;
  claim.within = promise.within;
  claim.band = promise.at_most ? Band{-unbounded, promise.bound} : Band{promise.bound, unbounded};
  return claim;
}

Outage outage_of(const spec::Design& design, const spec::SurvivalPromise& promise) {
  Outage outage{design, settle, settle + promise.lasting + settle + longest_period(design), {}};
  for (spec::Fault& fault : outage.design.faults) fault.when = std::vector<spec::Fault::Outage>{};
  outage.design.faults[promise.fault].when =
      std::vector{spec::Fault::Outage{settle, spec::Constant{spec::in_seconds(promise.lasting)}}};
  outage.claim.subject = promise.survives;
  outage.claim.quantity = spec::Quantity::failure_probability;
  outage.claim.within = outage.until;
  outage.claim.band = {0, 0.01};
  return outage;
}

}  // namespace treefall::confirm
