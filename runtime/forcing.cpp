// A clock without memory may be set anew at any time: it changes nothing but makes trials of one state different. Where
// the next crash of all clocks below the supervisor (their superposition) is unlikely to come before its windows are
// empty, it is drawn from a law under which it is likely, and the ratio of the two densities is the trial's weight
// (forcing; Lewis & Böhm 1984). Some trials are kept without a crash, so that other ways to fall are seen, too.
#include "runtime/forcing.hpp"

#include <algorithm>
#include <cmath>

namespace treefall::runtime {
namespace {

constexpr double likely = 0.5;      // enough not to force a crash
constexpr double share_soon = 0.6;  // of trials, where it is forced
constexpr double share_late = 0.3;

bool is_below(const Model& model, std::uint32_t node, std::uint32_t above) {
  while (node != none && node != above) node = model.nodes[node].parent;
  return node == above;
}

Time drawn(double rate, Stream& chance) { return whole_positive(draw_exponential(chance) / rate); }

}  // namespace

Forcing::Forcing(const Model& model, Slot of) {
  const std::uint32_t above = model.places[of].node;
  for (std::uint32_t i = 0; i < model.crash_groups.size(); ++i) {
    const CrashGroup& group = model.crash_groups[i];
    clocks_.push_back({Happens::crash_group, i, 1 / group.gap.a, is_below(model, group.node, above)});
  }
  for (std::uint32_t timer = 0; timer < model.crash_slots.size(); ++timer) {
    const std::uint32_t id = model.places[model.crash_slots[timer]].node;
    const NodeInfo& node = model.nodes[id];
    const CrashEntry& entry = model.crashes[node.crashes.first + (timer - node.first_crash) % node.crashes.count];
    if (entry.at_times || entry.after.kind != Sampler::Kind::exponential) continue;
    clocks_.push_back({Happens::crash, timer, 1 / entry.after.a, is_below(model, id, above)});
  }
}

std::uint32_t& Forcing::ticket_of(Execution& x, const Clock& clock) {
  return clock.what == Happens::crash ? x.crash_tickets[clock.index] : x.crash_group_tickets[clock.index];
}

void Forcing::ring(Execution& x, const Clock& clock, Time at) {
  ticket_of(x, clock) = x.queue.set(at, clock.what, clock.index);
}

/// Where a crash before the windows are empty is unlikely: before the first restart leaves them, in many trials; before
/// all have left, in many; later, in the rest.
Forcing::NextCrash Forcing::choose(const Execution& x, const Importance& importance, double rate, Stream& chance) {
  const Time calm = std::max<Time>(importance.calm(x) - x.now, 0);
  const Time first = std::clamp<Time>(importance.first_out(x) - x.now, 0, calm);
  const auto before = [rate](Time time) { return -std::expm1(-rate * static_cast<double>(time)); };
  if (rate <= 0 || before(calm) >= likely) return {};
  struct Stretch {
    Time from, to;
    double share;
  };
  const double soon = first < calm ? share_soon : share_soon + share_late;
  const Stretch stretches[] = {{0, first, soon}, {first, calm, share_soon + share_late - soon}};
  double pick = chance.uniform();
  for (const Stretch& stretch : stretches) {
    // exp(-rate from) - exp(-rate to), without cancellation
    const double alive = std::exp(-rate * static_cast<double>(stretch.from));
    const double crash = before(stretch.to - stretch.from);
    if ((pick -= stretch.share) >= 0) continue;
    const Time within = whole_positive(-std::log1p(-chance.uniform() * crash) / rate);
    return {std::min(stretch.from + within, stretch.to), true, alive * crash / stretch.share};
  }
  return {calm, false, (1 - before(calm)) / (1 - share_soon - share_late)};
}

bool Forcing::all_run(Execution& x) const {
  return std::all_of(clocks_.begin(), clocks_.end(),
                     [&](const Clock& clock) { return !clock.below || ticket_of(x, clock) != 0; });
}

double Forcing::rate(Execution& x) const {
  double sum = 0;
  for (const Clock& clock : clocks_)
    if (clock.below && ticket_of(x, clock) != 0) sum += clock.rate;
  return sum;
}

double Forcing::set(Execution& x, const Importance& importance, Stream& chance) const {
  const double rate_below = rate(x);
  const NextCrash next = choose(x, importance, rate_below, chance);
  set(x, next, rate_below, chance);
  return next.weight;
}

Time Forcing::hasten(Execution& x, double rate_wanted, Stream& chance) const {
  const Time after = drawn(rate_wanted, chance);
  set(x, {after, true, 1}, rate(x), chance);
  return after;
}

void Forcing::set(Execution& x, const NextCrash& next, double rate, Stream& chance) const {
  double pick = chance.uniform() * rate;
  bool picked = !next.exactly;
  for (const Clock& clock : clocks_) {
    if (ticket_of(x, clock) == 0) continue;
    if (!clock.below) {
      ring(x, clock, x.now + drawn(clock.rate, chance));
    } else if (!picked && (pick -= clock.rate) < 0) {
      ring(x, clock, x.now + next.after);
      picked = true;
    } else {
      ring(x, clock, x.now + next.after + drawn(clock.rate, chance));
    }
  }
}

}  // namespace treefall::runtime
