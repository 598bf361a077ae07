// - What chance decides gets the runtime's intervals. Without chance all plays should be the same, and the interval is
//   what they spanned.
// - The VM's timers ring late, by a millisecond or two. How late is measured, and the bands are widened by what that
//   does to a quantity (see Doubt). Where they are later than `too_late`, times say nothing.
// - Shorter than what a claim is about, a play shows a rate or a share only where the runtime, over the same time,
//   comes to the claim as well: else the time was too short, whatever the VM did in it. Of a probability within a span
//   it shows a lower bound.
#include "confirm/beam_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "confirm/band.hpp"
#include "confirm/plan.hpp"
#include "runtime/memory.hpp"
#include "spec/wording.hpp"

namespace treefall::confirm {
namespace {

using spec::Duration;

constexpr double too_late = 0.030;

bool has(const spec::Design& design, const spec::Subject& subject, spec::Quantity quantity) {
  const spec::QuantityInfo& info = spec::info(quantity);
  if (std::holds_alternative<spec::ApplicationSubject>(subject)) return info.of_application;
  if (std::holds_alternative<spec::TrafficSubject>(subject)) return info.of_traffic;
  const spec::Node& node = design.nodes[std::get<spec::Target>(subject).node];
  return spec::as_supervisor(node) != nullptr ? info.of_supervisor : info.of_worker;
}

/// Where the calls of a source wait, as far as a claim is about its callee. Null: in its own mailbox, or not known.
const runtime::Total* queue_of(const Gathered& gathered, const spec::Subject& subject, const spec::Design& design) {
  const auto* traffic = std::get_if<spec::TrafficSubject>(&subject);
  if (traffic == nullptr) return nullptr;
  for (std::size_t i = 0; i < gathered.subjects.size(); ++i) {
    const auto* target = std::get_if<spec::Target>(&gathered.subjects[i]);
    if (target != nullptr && target->node == design.traffic[traffic->traffic].to.node) return &gathered.totals[i];
  }
  return nullptr;
}

std::optional<runtime::Measurement> measured(const Bench& bench, std::size_t i, const Claim& claim, double confidence) {
  if (!has(bench.design, claim.subject, claim.quantity)) return std::nullopt;
  const bool one_each = !std::holds_alternative<spec::Target>(claim.subject);
  runtime::Extent extent;
  extent.copies = one_each ? 1 : static_cast<std::uint32_t>(spec::copies(bench.design, claim.subject));
  extent.replicas = bench.replicas;
  extent.until = bench.until.count();
  extent.only_phase = bench.only_phase || !bench.random;
  extent.queue = queue_of(bench.gathered, claim.subject, bench.design);
  if (claim.quantity == spec::Quantity::mean_time_to_failure) {
    extent.settles_s = runtime::risk_settles(bench.design, claim.subject, bench.until);
    extent.lives_once = runtime::lives_once(bench.design, claim.subject);
  }
  const auto of = [&](const runtime::Total& total) {
    return runtime::estimate(total, extent, claim.subject, claim.quantity, claim.within, confidence);
  };
  std::optional<runtime::Measurement> result = of(bench.gathered.totals[i]);
  if (!result || bench.random) return result;
  extent.replicas = 1;
  extent.random = false;
  result->low = std::numeric_limits<double>::infinity();
  result->high = -result->low;
  for (const runtime::Total& play : bench.gathered.plays[i]) {
    const auto one = of(play);
    if (!one) continue;
    result->low = std::min(result->low, one->low);
    result->high = std::max(result->high, one->high);
  }
  return result;
}

Doubt doubt_of(const Bench& bench, std::size_t i) {
  const runtime::Total& total = bench.gathered.totals[i];
  const auto& up = total.replicas[static_cast<std::size_t>(runtime::Ratio::availability)];
  const auto counted = [&](runtime::Ratio ratio) {
    return static_cast<double>(total.replicas[static_cast<std::size_t>(ratio)].x);
  };
  const double all_time = static_cast<double>(up.t) * 1e-9;
  const double steps = static_cast<double>(total.taken) + counted(runtime::Ratio::crash_rate) +
                       counted(runtime::Ratio::restart_rate) + 2 * static_cast<double>(bench.replicas);
  Doubt doubt;
  doubt.late_s = bench.late_s;
  doubt.exposure_s = all_time / static_cast<double>(std::max<std::uint64_t>(up.units, 1));
  doubt.steps_a_second = all_time > 0 ? steps / all_time : 0;
  return doubt;
}

bool is_about_time(spec::Quantity quantity) {
  switch (spec::info(quantity).unit) {
    case spec::Unit::probability:
      return quantity == spec::Quantity::timeout_probability;
    case spec::Unit::per_second:
    case spec::Unit::messages_per_second:
      return false;
    case spec::Unit::seconds:
    case spec::Unit::messages:
    case spec::Unit::share:
      return true;
  }
  return true;
}

/// What the claim is about lasts longer than a play did.
bool cut_short(const Bench& bench, const Claim& claim) {
  const bool all_over = bench.gathered.ended_early == bench.replicas;
  return bench.until < claim.within.value_or(bench.design.horizon.value) && !all_over;
}

std::string played_of(const Bench& bench, const Claim& claim) {
  return fmt::format("{} of {} were played", spec::seconds_text(spec::in_seconds(bench.until)),
                     spec::seconds_text(spec::in_seconds(claim.within.value_or(bench.design.horizon.value))));
}

/// Does a play of that length show what holds in the long run? The runtime knows.
bool shows_the_long_run(const Bench& bench, const Claim& claim) {
  const double played = spec::in_seconds(bench.until);
  if (about_the_start(claim.quantity)) return true;
  const runtime::Clocks clocks = runtime::clocks_of(bench.design);
  if (played < clocks.memory) return false;
  if (played * static_cast<double>(bench.replicas) < clocks.slowest) return false;
  const auto same = bench.over_the_same_time.measure(claim.subject, claim.quantity, claim.within, 0.95);
  return same && !std::isnan(same->low) && inside(*same, claim.band);
}

}  // namespace

Band widened(const Band& band, spec::Quantity quantity, const Doubt& doubt) {
  // The player reckons from the instant that was meant, unless that is too long ago: then lateness adds up.
  constexpr double reckoned = 0.006;
  const double per_second = doubt.late_s > reckoned ? doubt.late_s * doubt.steps_a_second : 0;
  const auto of_time = [&](double time) {
    return doubt.late_s + per_second * (std::isfinite(time) ? std::abs(time) : 0);
  };
  const auto by = [&](double low, double high) { return Band{band.low - low, band.high + high}; };
  const double of_each = doubt.late_s * doubt.steps_a_second;
  switch (spec::info(quantity).unit) {
    case spec::Unit::probability:
      return band;
    case spec::Unit::seconds:
      return by(of_time(band.low), of_time(band.high));
    case spec::Unit::share:
      return by(of_each, of_each);
    case spec::Unit::messages:
      return quantity == spec::Quantity::mailbox_length ? by(of_each, of_each) : band;
    case spec::Unit::per_second:
    case spec::Unit::messages_per_second:
      break;
  }
  const double off = doubt.exposure_s > 0 ? std::min(1.0, of_time(doubt.exposure_s) / doubt.exposure_s) : 1;
  return by(off * std::abs(band.low), off * std::abs(band.high));
}

OnBeam judge(const Bench& bench, std::size_t i, const Claim& claim) {
  OnBeam beam;
  beam.band = widened(claim.band, claim.quantity, doubt_of(bench, i));
  beam.observed = measured(bench, i, claim, bench.options.confidence);
  if (!beam.observed) {
    beam.verdict = Verdict::not_simulated;
    beam.because = "a play on the VM does not show this quantity of this process";
    return beam;
  }
  if (std::isnan(beam.observed->low) || std::isnan(beam.observed->high)) {
    beam.because = "it never happened in what was played";
    return beam;
  }
  if (bench.late_s > too_late && is_about_time(claim.quantity)) {
    beam.because = fmt::format("the VM's timers were up to {} late", spec::seconds_text(bench.late_s));
    return beam;
  }
  const bool part = cut_short(bench, claim);
  const bool bound = part && claim.quantity == spec::Quantity::failure_probability;
  const double corrected = (1 - bench.options.confidence) / static_cast<double>(bench.family);
  std::optional<runtime::Measurement> strict = measured(bench, i, claim, 1 - corrected);
  if (bound) beam.observed->high = strict->high = 1;  // what comes later can only add to it
  const bool agrees = inside(*beam.observed, beam.band);
  if (!agrees && !disjoint(*strict, beam.band)) {
    beam.because = bound ? played_of(bench, claim) : "the interval still crosses the band when the budget ends";
  } else if (part && !bound && !shows_the_long_run(bench, claim)) {
    beam.because = played_of(bench, claim) + ": too short to show it";
  } else {
    beam.verdict = agrees ? Verdict::confirmed : Verdict::refuted;
  }
  return beam;
}

}  // namespace treefall::confirm
