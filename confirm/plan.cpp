// Quantities of the running system (loads, waits, rates) need many events but no long time, so where a replica to the
// horizon is dear they are read off shorter ones. Whether a supervisor gives up within the horizon needs replicas that
// run so long, unless these are dear and nothing in the design remembers for longer than a short one: then the hazard
// of short ones says it. Availability is of the whole time, too, as a node that has ended is down. Costs are counted in
// model events, measured by a short pilot: the plan is the same on every machine.
#include "confirm/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "spec/wording.hpp"

namespace treefall::confirm {
namespace {

using spec::Duration;

/// The longest stretches of time that the design's own clocks take on average.
struct Clocks {
  double slowest = 0;  // of all, seconds
  std::string what;    // that one
  double memory = 0;   // of those that know how long ago they were set: shorter replicas would not show the long run

  void see(double seconds, bool memoryless, const std::string& name) {
    if (seconds > slowest) slowest = seconds, what = name;
    if (!memoryless) memory = std::max(memory, seconds);
  }
  void see(const spec::Distribution& distribution, const std::string& name) {
    see(spec::mean(distribution), std::holds_alternative<spec::Exponential>(distribution), name);
  }
  void see(const std::vector<Duration>& times, const std::string& name) {
    for (const Duration time : times) see(spec::in_seconds(time), false, name);
  }
};

void see_fault(const spec::Fault& fault, Clocks& clocks) {
  if (const auto* random = std::get_if<spec::Fault::Random>(&fault.when)) {
    clocks.see(random->every, fault.name);
    clocks.see(spec::mean(random->lasts), false, fault.name);
  }
  if (const auto* outages = std::get_if<std::vector<spec::Fault::Outage>>(&fault.when))
    for (const auto& outage : *outages) clocks.see(spec::in_seconds(outage.at), false, fault.name);
}

bool comes_back(spec::Restart restart, const spec::ExitReason& reason) {
  using Kind = spec::ExitReason::Kind;
  const bool abnormal = reason.kind == Kind::error || reason.kind == Kind::killed;
  return restart == spec::Restart::permanent || (restart == spec::Restart::transient && abnormal);
}

/// A process that may end for good leaves another tree behind: its clocks count as memory.
void see_worker(const spec::Node& node, const spec::Worker& worker, Clocks& clocks) {
  for (const auto& clock : worker.crashes) {
    const auto* after = std::get_if<spec::CrashClock::After>(&clock.when);
    const auto* rate = std::get_if<spec::CrashClock::Rate>(&clock.when);
    const bool memoryless =
        comes_back(node.restart.value, clock.reason) &&
        (rate != nullptr || (after != nullptr && std::holds_alternative<spec::Exponential>(after->since_start)));
    if (rate != nullptr && rate->per_second > 0) clocks.see(1 / rate->per_second, memoryless, node.name);
    if (after != nullptr) clocks.see(spec::mean(after->since_start), memoryless, node.name);
    if (const auto* at = std::get_if<spec::CrashClock::At>(&clock.when)) clocks.see(at->node_times, node.name);
  }
  for (const auto& tick : worker.ticks) clocks.see(tick.every, node.name);
}

void see_traffic(const spec::Traffic& traffic, Clocks& clocks) {
  if (const auto* renewal = std::get_if<spec::Traffic::Renewal>(&traffic.arrivals))
    clocks.see(renewal->every, traffic.name);
  if (const auto* burst = std::get_if<spec::Traffic::Burst>(&traffic.arrivals)) clocks.see(burst->every, traffic.name);
  if (const auto* at = std::get_if<spec::Traffic::At>(&traffic.arrivals)) clocks.see(at->times, traffic.name);
}

Clocks clocks_of(const spec::Design& design) {
  Clocks clocks;
  for (const spec::Fault& fault : design.faults) see_fault(fault, clocks);
  for (const spec::Node& node : design.nodes)
    if (const auto* worker = spec::as_worker(node)) see_worker(node, *worker, clocks);
  for (const spec::Traffic& traffic : design.traffic) see_traffic(traffic, clocks);
  for (const auto& event : design.script) clocks.see(spec::in_seconds(event.at), false, "the script");
  return clocks;
}

Duration longest_asked(const spec::Design& design, const std::vector<Claim>& claims) {
  Duration longest = design.horizon.value;
  for (const Claim& claim : claims)
    if (claim.within) longest = std::max(longest, *claim.within);
  return longest;
}

Duration seconds(double value) { return Duration(static_cast<std::int64_t>(value * 1e9)); }

}  // namespace

double slowest_clock(const spec::Design& design) { return clocks_of(design).slowest; }

double longest_memory(const spec::Design& design) { return clocks_of(design).memory; }

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
  constexpr double cheap = 1.0 / 400;     // of the budget for one replica to the horizon: all is read off those
  constexpr double bearable = 1.0 / 200;  // enough of them can be played to count those that failed
  constexpr double dearest = 1.0 / 20;    // few, but a hazard needs time rather than replicas
  const auto budget = static_cast<double>(options.events);
  const Duration longest = longest_asked(design, claims);
  const Cost cost = pilot(design, longest, options.seed, halt);
  const double whole = cost.until(longest);
  const Stage to_the_horizon{longest, whole, true};
  const auto length = [&](double events) { return spec::in_seconds(longest) * std::min(1.0, events / whole); };
  const auto part = [&](double time, bool last) { return Stage{seconds(time), cost.until(seconds(time)), last}; };
  const Clocks clocks = clocks_of(design);
  if (whole <= bearable * budget) {
    const double time = length(events_of_short_replica);
    if (whole <= cheap * budget || time < clocks_of_a_replica * clocks.slowest) return {{to_the_horizon}, {}};
    return {{part(time, false), to_the_horizon}, {}};
  }
  const double remembered = clocks_of_a_replica * clocks.memory;
  if (length(dearest * budget) < remembered) return {{to_the_horizon}, {}};
  Plan short_ones{{part(std::max(length(std::min(events_of_short_replica, cheap * budget)), remembered), true)}, {}};
  if (length(1.0) * budget < clocks_of_a_replica * clocks.slowest)
    short_ones.unseen = fmt::format("`{}` happens every {} on average, too seldom for the budget", clocks.what,
                                    spec::seconds_text(clocks.slowest));
  return short_ones;
}

}  // namespace treefall::confirm
