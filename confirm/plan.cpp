// Quantities of the running system (loads, waits, rates) need many events but no long time, so where a replica to the
// horizon is dear they are read off shorter ones. Whether a supervisor gives up within the horizon needs replicas that
// run so long, unless these are dear and nothing in the design remembers for longer than a short one: then the hazard
// of short ones says it. Availability is of the whole time, too, as a node that has ended is down. Costs are counted in
// model events, measured by a short pilot: the plan is the same on every machine.
#include "confirm/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/memory.hpp"
#include "spec/wording.hpp"

namespace treefall::confirm {
namespace {

using spec::Duration;

Duration longest_asked(const spec::Design& design, const std::vector<Claim>& claims) {
  Duration longest = design.horizon.value;
  for (const Claim& claim : claims)
    if (claim.within) longest = std::max(longest, *claim.within);
  return longest;
}

Duration seconds(double value) { return Duration(static_cast<std::int64_t>(value * 1e9)); }

}  // namespace

bool about_the_start(spec::Quantity quantity) {
  return quantity == spec::Quantity::boot_time || quantity == spec::Quantity::boot_failure_probability;
}

std::uint64_t Stage::share_of_events(std::uint64_t all, std::uint64_t spent) const {
  const std::uint64_t left = all > spent ? all - spent : 0;
  return last ? left : left / 2;
}

Duration Plan::stage_of(const Claim& claim) const {
  const bool whole = about_giving_up(claim.quantity) || claim.quantity == spec::Quantity::availability;
  return whole ? stages.back().until : stages.front().until;
}

double Plan::affordable_seconds(std::uint64_t events) const {
  const Stage& stage = stages.back();
  return spec::in_seconds(stage.until) * static_cast<double>(events) / std::max(stage.events_per_replica, 1.0);
}

bool Plan::out_of_sight(const Claim& claim) const {
  return !unseen.empty() && !about_giving_up(claim.quantity) && !about_the_start(claim.quantity);
}

Plan plan(const spec::Design& design, const std::vector<Claim>& claims, const Options& options,
          const std::atomic<bool>& halt) {
  constexpr double events_of_short_replica = 500'000;
  constexpr double clocks_of_a_replica = 20;
  constexpr double windows_of_a_replica = 4;  // a hazard is read off its second half, when they have long been full
  constexpr double cheap = 1.0 / 400;         // of the budget for one replica to the horizon: all is read off those
  constexpr double bearable = 1.0 / 200;      // enough of them can be played to count those that failed
  constexpr double dearest = 1.0 / 20;        // few, but a hazard needs time rather than replicas
  const auto budget = static_cast<double>(options.events);
  const Duration longest = longest_asked(design, claims);
  const Cost cost = pilot(design, longest, options.seed, halt);
  const double whole = cost.until(longest);
  const Stage to_the_horizon{longest, whole, true};
  const auto length = [&](double events) { return spec::in_seconds(longest) * std::min(1.0, events / whole); };
  const auto part = [&](double time, bool last) { return Stage{seconds(time), cost.until(seconds(time)), last}; };
  const runtime::Clocks clocks = runtime::clocks_of(design);
  if (whole <= bearable * budget) {
    const double time = length(events_of_short_replica);
    if (whole <= cheap * budget || time < clocks_of_a_replica * clocks.slowest) return {{to_the_horizon}, {}};
    return {{part(time, false), to_the_horizon}, {}};
  }
  const double remembered = std::max(clocks_of_a_replica * clocks.memory, windows_of_a_replica * clocks.windows);
  if (length(dearest * budget) < remembered) return {{to_the_horizon}, {}};
  Plan short_ones{{part(std::max(length(std::min(events_of_short_replica, cheap * budget)), remembered), true)}, {}};
  if (length(1.0) * budget < clocks_of_a_replica * clocks.slowest)
    short_ones.unseen = fmt::format("`{}` happens every {} on average, too seldom for the budget", clocks.what,
                                    spec::seconds_text(clocks.slowest));
  return short_ones;
}

}  // namespace treefall::confirm
