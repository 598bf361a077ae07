// A VM plays in real time, so what it can show is little: many copies of the design run at once, for as long as the
// budget lasts, and are measured as the runtime's replicas are.
#include "confirm/on_beam.hpp"

#include <algorithm>
#include <cmath>

#include "beam/play.hpp"
#include "confirm/beam_verdict.hpp"

namespace treefall::confirm {
namespace {

using spec::Duration;

constexpr Duration overhead = std::chrono::seconds(5);  // to start the VM, and to write down what happened
constexpr double timer_step = 0.001;                    // OTP counts timeouts in milliseconds
constexpr std::size_t plays_without_chance = 5;

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
