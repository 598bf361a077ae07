// A VM plays in real time, so what it can show is little: many copies of the design run at once, for as long as the
// budget lasts, and are measured as the runtime's replicas are.
//
// - What chance decides gets the runtime's intervals. Without chance all plays should be the same, and the interval is
//   what they spanned.
// - The VM's timers ring late, by a millisecond or two. How late is measured, and the bands are widened by what that
//   does to a quantity (see Doubt). Where they are later than `too_late`, times say nothing.
// - Shorter than what a claim is about, a play shows a rate or a share only where the runtime, over the same time,
//   comes to the claim as well: else the time was too short, whatever the VM did in it. Of a probability within a span
//   it shows a lower bound.
#include "confirm/on_beam.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "beam/play.hpp"
#include "confirm/band.hpp"
#include "confirm/plan.hpp"
#include "confirm/tallying.hpp"
#include "spec/wording.hpp"

namespace treefall::confirm {
namespace {

using spec::Duration;

constexpr Duration overhead = std::chrono::seconds(5);  // to start the VM, and to write down what happened
constexpr double too_late = 0.030;
constexpr double timer_step = 0.001;  // OTP counts timeouts in milliseconds
constexpr std::size_t plays_without_chance = 5;

/// All plays, for each subject. Without chance also each by itself.
struct Gathered {
  std::vector<spec::Subject> subjects;
  std::vector<runtime::Total> totals;
  std::vector<std::vector<runtime::Total>> plays;  // of each subject, where chance takes no part
  std::map<std::int64_t, std::uint64_t> lateness;
  runtime::Time latest = 0;
  std::size_t ended_early = 0;
};

Gathered gather(const spec::Design& design, const std::vector<Claim>& claims, Duration until, bool random,
                const std::vector<std::vector<std::string>>& traces) {
  Gathered all;
  for (const Claim& claim : claims) all.subjects.push_back(claim.subject);
  all.totals.resize(claims.size());
  all.plays.resize(claims.size());
  for (std::size_t replica = 0; replica < traces.size(); ++replica) {
    Tallying tallying(design, all.subjects, until);
    for (const std::string& line : traces[replica]) tallying.line(line);
    const std::vector<Counted> counted = tallying.finish();
    for (std::size_t i = 0; i < counted.size(); ++i) {
      const auto* batches = traces.size() < runtime::enough_replicas ? &counted[i].batches : nullptr;
      runtime::add(all.totals[i], replica, counted[i].tally, counted[i].pairs, batches);
      if (random) continue;
      runtime::add(all.plays[i].emplace_back(), replica, counted[i].tally, counted[i].pairs, nullptr);
    }
    for (const auto& [late, count] : tallying.lateness()) all.lateness[late] += count;
    all.latest = std::max(all.latest, tallying.latest());
    if (tallying.ended_early()) ++all.ended_early;
  }
  return all;
}

/// 99 of 100 timers rang earlier; of a few plays, which any one stall can spoil, the worst.
double lateness_of(const Gathered& gathered, bool random) {
  constexpr std::uint64_t enough = 1'000;
  std::uint64_t all = 0;
  for (const auto& [late, count] : gathered.lateness) all += count;
  if (!random || all < enough) return static_cast<double>(gathered.latest) * 1e-9;
  std::uint64_t seen = 0;
  for (const auto& [late, count] : gathered.lateness) {
    seen += count;
    if (seen * 100 >= all * 99) return static_cast<double>(late + 1) * 1e-3;
  }
  return 0;
}

bool has(const spec::Design& design, const spec::Subject& subject, spec::Quantity quantity) {
  const spec::QuantityInfo& info = spec::info(quantity);
  if (std::holds_alternative<spec::ApplicationSubject>(subject)) return info.of_application;
  if (std::holds_alternative<spec::TrafficSubject>(subject)) return info.of_traffic;
  const spec::Node& node = design.nodes[std::get<spec::Target>(subject).node];
  return spec::as_supervisor(node) != nullptr ? info.of_supervisor : info.of_worker;
}

/// What the VM is judged by.
struct Bench {
  const spec::Design& design;
  const Options& options;
  const Gathered& gathered;
  const runtime::Experiment& over_the_same_time;
  Duration until;
  std::uint64_t replicas;
  bool random;
  bool only_phase;
  double late_s;
  std::size_t family;
};

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
  if (claim.quantity == spec::Quantity::mean_time_to_failure)
    extent.settles_s = runtime::settling_time(bench.design, claim.subject);
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
  if (played < longest_memory(bench.design)) return false;
  if (played * static_cast<double>(bench.replicas) < slowest_clock(bench.design)) return false;
  const auto same = bench.over_the_same_time.measure(claim.subject, claim.quantity, claim.within, 0.95);
  return same && !std::isnan(same->low) && inside(*same, claim.band);
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

void all_undecided(std::vector<Claim>& claims, const std::string& because) {
  for (Claim& claim : claims) claim.beam = OnBeam{std::nullopt, Verdict::undecided, claim.band, because};
}

double processes_of(const spec::Design& design) {
  double sum = 0;
  for (spec::NodeId id = 0; id < design.nodes.size(); ++id) sum += static_cast<double>(spec::copies(design, id));
  return sum;
}

Duration longest_span(const spec::Design& design, const std::vector<Claim>& claims) {
  Duration longest = design.horizon.value;
  for (const Claim& claim : claims)
    if (claim.within) longest = std::max(longest, *claim.within);
  return longest;
}

/// Of the runtime, over the same time: many more than the VM plays, for little.
std::uint64_t replicas_to_compare(double events_per_replica) {
  constexpr double events = 20'000'000;
  return static_cast<std::uint64_t>(std::clamp(events / std::max(events_per_replica, 1.0), 50.0, 5'000.0));
}

/// A copy of the design for each replica, each with a seed and a phase of its own.
std::vector<beam::Part> parts_of(const spec::Design& design, const Play& play, std::uint64_t seed) {
  std::vector<beam::Part> parts;
  for (std::size_t i = 0; i < play.replicas; ++i) {
    // Phases spread evenly, in an order that has nothing to do with when a copy starts (golden ratio).
    const double turn = std::fmod(static_cast<double>(i) * 0.6180339887498949, 1.0);
    parts.push_back({&design, seed + i, Duration(static_cast<std::int64_t>(turn * 1e9))});
  }
  return parts;
}

}  // namespace

Play play_within(spec::Duration budget, spec::Duration longest, bool random, double events_a_second, double processes) {
  constexpr double events_for_the_vm = 8'000;  // a second, so that its timers are on time
  constexpr double events_to_write = 1'000'000;
  constexpr double processes_for_the_vm = 100'000;
  constexpr double most_at_once = 500;
  const Duration playing = std::max<Duration>(budget - overhead, std::chrono::seconds(1));
  const Duration to_begin = std::min<Duration>(std::chrono::seconds(5), playing / 2);
  Play play;
  play.until = std::min(longest, playing - to_begin);
  if (!random) {
    play.replicas = plays_without_chance;
    play.at_a_time = plays_without_chance;
    return play;
  }
  const double length = spec::in_seconds(play.until);
  const double seconds = std::max(1.0, std::floor(spec::in_seconds(playing) - length));  // in which copies can begin
  const double at_once = std::clamp(
      std::min(events_for_the_vm / std::max(events_a_second, 1.0), processes_for_the_vm / std::max(processes, 1.0)),
      1.0, most_at_once);
  const double most = std::max(1.0, events_to_write / std::max(1.0, events_a_second * length));
  play.at_a_time = static_cast<unsigned>(std::max(1.0, at_once / std::clamp(length, 1.0, seconds)));
  play.replicas = static_cast<std::size_t>(std::clamp(play.at_a_time * seconds, 1.0, most));
  return play;
}

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

BeamRun play_on_beam(const spec::Design& design, std::vector<Claim>& claims, const Options& options,
                     const std::atomic<bool>& stop, const std::function<void(double)>& progress) {
  BeamRun run;
  run.otp = options.beam->otp;
  if (claims.empty()) return run;
  const bool random = runtime::has_chance(design);
  const Duration longest = longest_span(design, claims);
  const Cost cost = pilot(design, std::min<Duration>(longest, options.beam->budget), options.seed, stop);
  const double a_second = cost.events / std::max(spec::in_seconds(cost.piloted), 1e-9);
  const Play play = play_within(options.beam->budget, longest, random, a_second, processes_of(design));

  beam::Options settings;
  settings.until = play.until;
  settings.at_a_time = play.at_a_time;
  settings.erl = options.beam->erl;
  settings.stop = &stop;
  settings.measured = true;
  if (progress) {
    settings.progress = [&](Duration passed) {
      progress(std::min(1.0, spec::in_seconds(passed) / spec::in_seconds(options.beam->budget)));
    };
  }
  const beam::Played played = beam::play(parts_of(design, play, options.seed), settings);
  if (!played.error.empty()) {
    if (!stop) run.error = played.error;
    all_undecided(claims, stop ? "interrupted" : "the VM could not play it");
    return run;
  }

  const Gathered gathered = gather(design, claims, play.until, random, played.traces);
  const double late_s = lateness_of(gathered, random) + timer_step;
  runtime::Experiment same(design, options.seed, play.until, options.jobs);
  same.extend(random ? replicas_to_compare(a_second * spec::in_seconds(play.until)) : 1, stop);
  const Bench bench{
      design, options,      gathered, same, play.until, played.traces.size(), random, runtime::has_only_phase(design),
      late_s, claims.size()};
  for (std::size_t i = 0; i < claims.size(); ++i) claims[i].beam = judge(bench, i, claims[i]);
  run.replicas = played.traces.size();
  run.until = play.until;
  run.lateness = Duration(static_cast<std::int64_t>(late_s * 1e9));
  return run;
}

}  // namespace treefall::confirm
