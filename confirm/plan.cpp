// Quantities of the running system (loads, waits, rates) need many events but no long time, so where a replica to the
// horizon is dear they are read off shorter ones; whether a supervisor gives up within the horizon needs replicas that
// run so long. Costs are counted in model events, measured by a short pilot: the plan is the same on every machine.
#include "confirm/plan.hpp"

#include <algorithm>

namespace treefall::confirm {
namespace {

using spec::Duration;

/// The longest stretch of time that one of the design's own clocks takes on average: shorter replicas would not show
/// the long run.
double slowest_clock(const spec::Design& design) {
  double slowest = 0;
  const auto see = [&](const spec::Distribution& distribution) {
    slowest = std::max(slowest, spec::mean(distribution));
  };
  for (const spec::Fault& fault : design.faults) {
    if (const auto* random = std::get_if<spec::Fault::Random>(&fault.when)) see(random->every), see(random->lasts);
    if (const auto* outages = std::get_if<std::vector<spec::Fault::Outage>>(&fault.when))
      for (const auto& outage : *outages) slowest = std::max(slowest, spec::in_seconds(outage.at));
  }
  for (const spec::Node& node : design.nodes) {
    const auto* worker = spec::as_worker(node);
    if (worker == nullptr) continue;
    for (const auto& clock : worker->crashes) {
      if (const auto* after = std::get_if<spec::CrashClock::After>(&clock.when)) see(after->since_start);
      if (const auto* at = std::get_if<spec::CrashClock::At>(&clock.when))
        for (const Duration time : at->node_times) slowest = std::max(slowest, spec::in_seconds(time));
    }
    for (const auto& tick : worker->ticks) see(tick.every);
  }
  for (const spec::Traffic& traffic : design.traffic) {
    if (const auto* renewal = std::get_if<spec::Traffic::Renewal>(&traffic.arrivals)) see(renewal->every);
    if (const auto* burst = std::get_if<spec::Traffic::Burst>(&traffic.arrivals)) see(burst->every);
    if (const auto* at = std::get_if<spec::Traffic::At>(&traffic.arrivals))
      for (const Duration time : at->times) slowest = std::max(slowest, spec::in_seconds(time));
  }
  for (const auto& event : design.script) slowest = std::max(slowest, spec::in_seconds(event.at));
  return slowest;
}

}  // namespace

std::uint64_t Stage::share_of_events(std::uint64_t all, std::uint64_t spent) const {
  const std::uint64_t left = all > spent ? all - spent : 0;
  return last ? left : left / 2;
}

Duration Plan::stage_of(const Claim& claim) const {
  return about_giving_up(claim.quantity) ? stages.back().until : stages.front().until;
}

Plan plan(const spec::Design& design, const std::vector<Claim>& claims, const Options& options,
          const std::atomic<bool>& halt) {
  constexpr double events_of_short_replica = 500'000;
  constexpr double clocks_of_short_replica = 20;
  constexpr double cheap = 1.0 / 400;  // of the budget for one replica to the horizon
  Duration longest = design.horizon.value;
  for (const Claim& claim : claims)
    if (claim.within) longest = std::max(longest, *claim.within);
  const Cost cost = pilot(design, longest, options.seed, halt);
  const double whole = cost.until(longest);
  const Stage to_the_horizon{longest, whole, true};
  const double shorter = spec::in_seconds(longest) * events_of_short_replica / whole;
  if (whole <= cheap * static_cast<double>(options.events) || shorter < clocks_of_short_replica * slowest_clock(design))
    return {{to_the_horizon}};
  const Duration until = std::min(longest, Duration(static_cast<std::int64_t>(shorter * 1e9)));
  return {{Stage{until, cost.until(until), false}, to_the_horizon}};
}

}  // namespace treefall::confirm
