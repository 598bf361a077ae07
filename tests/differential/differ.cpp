// A design is played until the VM says that nothing kept it waiting, and only then judged. What is judged different is
// different: nothing is excused. Designs whose outcome hangs on a few milliseconds get other times before they are
// played, not after; the few where that is seen only afterwards get other times and are played again.
#include "tests/differential/differ.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/simulate.hpp"
#include "spec/read.hpp"

namespace treefall::differential {
namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr auto until = std::chrono::milliseconds(played_ms);
constexpr Bounds bounds{30 * ms, 0, (played_ms - 80) * ms};
/// A wait of the VM that is shorter cannot change what a well set-up design does.
constexpr std::int64_t disturbing_ns = 7 * ms;
constexpr std::uint64_t many_timings = 60;

/// The release that both sides are: that of the VM.
std::uint32_t release() {
  static const std::uint32_t otp = beam::installed().otp.value_or(spec::newest_otp);
  return otp;
}

std::optional<spec::Design> design_of(const std::string& yaml) {
  std::optional<spec::Design> design = spec::read(spec::Source("generated.yaml", yaml)).design;
  if (design) design->otp.value = release();
  return design;
}

std::vector<Event> modelled(const spec::Design& design) {
  std::vector<std::string> lines;
  runtime::trace(design, 1, 0, until, [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  });
  return parse(lines);
}

/// Does the model go further with the VM when all times are a little different? In the order that went furthest; or in
/// any that is open, where what was a few milliseconds apart now comes at one instant, as it may have in the VM.
bool hangs_on_little(const Case& one, const Explanation& explanation, std::uint64_t jitters) {
  constexpr std::size_t few_runs = 150;
  const Bounds about = nearly(bounds.end_ns);
  const auto goes_further = [&](const Difference& other) {
    return !other.any || other.t_ns > explanation.furthest.t_ns + 20 * ms;
  };
  for (std::uint64_t jitter = 1000; jitter < 1000 + jitters; ++jitter) {
    const auto design = design_of(to_yaml(one.plan, jitter));
    if (design && goes_further(follow(*design, explanation.order, one.real, until, about))) return true;
  }
  for (std::uint64_t jitter = 1000; jitter < 1000 + jitters / 3; ++jitter) {
    const auto design = design_of(to_yaml_moved(one.plan, jitter));
    if (design && goes_further(explain(*design, one.real, until, about, few_runs).furthest)) return true;
  }
  return false;
}

void judge(Case& one, const std::vector<std::string>& lines, const Wanted& wanted) {
  one.real = parse(lines);
  one.difference = compare(one.model, one.real, bounds);
  one.verdict = Verdict::same;
  if (!one.difference.any) return;
  // What agrees in another order agrees, however late the VM was; only what does not is left undecided then.
  constexpr std::size_t few_runs = 200;
  const bool disturbed = lateness(lines) > disturbing_ns;
  const std::size_t runs = disturbed ? std::min(few_runs, wanted.most_runs) : wanted.most_runs;
  const Explanation explanation = explain(*design_of(one.yaml), one.real, until, bounds, runs);
  if (explanation.choices) {
    one.choices = *explanation.choices;
    one.verdict = Verdict::another_order;
    return;
  }
  if (disturbed) {
    one.verdict = Verdict::disturbed;
    return;
  }
  one.furthest = explanation.furthest;
  one.verdict = hangs_on_little(one, explanation, wanted.jitters) ? Verdict::too_close : Verdict::differs;
}

std::string play_once(const std::vector<Case*>& cases, const Wanted& wanted, unsigned at_a_time) {
  std::vector<spec::Design> designs;
  designs.reserve(cases.size());
  std::vector<const spec::Design*> pointers;
  for (const Case* one : cases) {
    designs.push_back(*design_of(one->yaml));
    pointers.push_back(&designs.back());
  }
  beam::Options options;
  options.until = until;
  options.at_a_time = at_a_time;
  const beam::Played played = wanted.player(pointers, options);
  if (!played.error.empty()) return played.error;
  for (std::size_t i = 0; i < cases.size(); ++i) judge(*cases[i], played.traces[i], wanted);
  return {};
}

/// Does so much happen within a few milliseconds that the VM itself takes longer for it?
bool has_storm(const std::vector<Event>& events) {
  constexpr std::size_t many = 250;
  for (std::size_t i = many; i < events.size(); ++i) {
    if (events[i].t_ns - events[i - many].t_ns < 5 * ms) return true;
  }
  return false;
}

/// Gives it times further on; one that cannot be set up any more stays as it was judged.
void set_up_again(Case& one) {
  Case other;
  other.seed = one.seed;
  other.plan = one.plan;
  other.disturbances = one.disturbances;
  other.was_too_close = true;
  bool readable = true;
  if (set_up(other, one.timing + 1, many_timings, readable)) {
    one = std::move(other);
  } else {
    one.verdict = Verdict::differs;
  }
}

bool is_settled(const Case& one) {
  switch (one.verdict) {
    case Verdict::same:
    case Verdict::another_order:
    case Verdict::differs:
      return true;
    case Verdict::unplayed:
    case Verdict::disturbed:
    case Verdict::too_close:
      return false;
  }
  return false;
}

void count(const Case& one, Outcome& outcome) {
  outcome.events += one.model.size();
  outcome.retimed += one.timing > 1 ? 1 : 0;
  outcome.too_close += one.was_too_close ? 1 : 0;
  outcome.undecided += one.disturbances > 0 ? 1 : 0;
  outcome.replays += one.disturbances;
  if (one.verdict == Verdict::disturbed) outcome.disturbed.push_back(one.seed);
  outcome.other_orders += one.verdict == Verdict::another_order ? 1 : 0;
  for (const auto& [what, times] : one.choices) outcome.choices[what] += times;
  if (one.verdict == Verdict::differs) outcome.differing.push_back(one);
}

}  // namespace

Player real_player() {
  return [](const std::vector<const spec::Design*>& designs, const beam::Options& options) {
    return beam::play(designs, options);
  };
}

bool set_up(Case& one, std::uint64_t first_timing, std::uint64_t most_timings, bool& readable) {
  constexpr std::size_t most_events = 1500;
  constexpr std::uint64_t variants = 16;
  const Plan plan = one.plan;
  for (one.timing = first_timing; one.timing < first_timing + most_timings; ++one.timing) {
    one.plan = retimed(plan, one.timing);
    one.yaml = to_yaml(one.plan);
    const auto design = design_of(one.yaml);
    readable = design.has_value();
    if (!readable) return false;
    one.model = modelled(*design);
    if (one.model.size() > most_events || has_storm(one.model)) continue;
    bool stands = true;
    for (std::uint64_t jitter = 1; stands && jitter <= variants; ++jitter) {
      const auto later = design_of(to_yaml(one.plan, jitter));
      // Behind the end of one may lie what is in front of the other's: jitter adds up.
      stands = later && !compare(one.model, modelled(*later), nearly(bounds.end_ns - 200 * ms)).any;
    }
    if (stands) return true;
  }
  return false;
}

std::string play_all(const std::vector<Case*>& cases, const Wanted& wanted) {
  constexpr int most_rounds = 12;
  std::vector<Case*> left = cases;
  unsigned at_a_time = wanted.at_a_time;
  for (int round = 0; round < most_rounds && !left.empty(); ++round) {
    const std::string error = play_once(left, wanted, at_a_time);
    if (!error.empty()) return error;
    for (Case* one : left) {
      if (one->verdict == Verdict::disturbed) ++one->disturbances;
      if (one->verdict == Verdict::too_close) set_up_again(*one);
    }
    std::erase_if(left, [](const Case* one) { return is_settled(*one); });
    if (wanted.told && !left.empty()) wanted.told(fmt::format("{} are played again", left.size()));
    at_a_time = std::max(1U, at_a_time / 3);
  }
  return {};
}

Outcome differ(const Wanted& wanted) {
  Outcome outcome;
  std::vector<Case> cases;
  for (std::uint64_t seed = wanted.seed; cases.size() < wanted.designs; ++seed) {
    Case one;
    one.seed = seed;
    one.plan = generate(seed, wanted.palette);
    bool readable = true;
    if (set_up(one, 1, many_timings, readable)) {  // the first: no two times are alike by accident
      cases.push_back(std::move(one));
    } else {
      ++(readable ? outcome.crowded : outcome.refused);
    }
  }
  if (wanted.told) wanted.told(fmt::format("{} designs are set up", cases.size()));
  outcome.played = cases.size();
  // A VM plays so many at most: what it writes down stays in its memory until the last has ended.
  constexpr std::size_t at_most = 1000;
  for (std::size_t from = 0; from < cases.size() && outcome.error.empty(); from += at_most) {
    std::vector<Case*> some;
    for (std::size_t i = from; i < std::min(cases.size(), from + at_most); ++i) some.push_back(&cases[i]);
    outcome.error = play_all(some, wanted);
    if (wanted.told && cases.size() > at_most) wanted.told(fmt::format("{} are played", from + some.size()));
  }
  for (const Case& one : cases) count(one, outcome);
  return outcome;
}

bool is_explained(const Case& one, std::size_t most_runs) {
  return explain(*design_of(one.yaml), one.real, until, bounds, most_runs).choices.has_value();
}

std::string summary(const Outcome& outcome) {
  std::string seeds;
  for (const std::uint64_t seed : outcome.disturbed)
    seeds += fmt::format("{} {}", seeds.empty() ? ": seeds" : ",", seed);
  return fmt::format(
      "{} designs, {} events: {} differences\n{} agree in another order than that of creation{}\n{}"
      "{} were undecided at first, since the machine kept the VM waiting: {} more plays, {} stay undecided{}\n"
      "{} have other times than first made ({} of them since a play hung on a few ms); "
      "not played: {} too crowded, {} not valid\n",
      outcome.played, outcome.events, outcome.differing.size(), outcome.other_orders,
      outcome.choices.empty() ? "" : ":", in_words(outcome.choices), outcome.undecided, outcome.replays,
      outcome.disturbed.size(), seeds, outcome.retimed, outcome.too_close, outcome.crowded, outcome.refused);
}

std::string report(const Case& found) {
  return fmt::format(
      "seed {}\n\n{}\nin {}\n  {}\nin the order of the model that goes furthest with it, in {}\n  {}\n\n{}\n",
      found.seed, found.yaml, found.difference.where, found.difference.what, found.furthest.where, found.furthest.what,
      side_by_side(found.model, found.real));
}

}  // namespace treefall::differential
