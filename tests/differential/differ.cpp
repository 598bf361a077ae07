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

std::vector<Event> modelled(const spec::Design& design, std::chrono::milliseconds until_then = until) {
  std::vector<std::string> lines;
  runtime::trace(design, 1, 0, until_then, [&](std::string_view line) {
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

/// Gives it times further on, if there are any.
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
    one.verdict = Verdict::crowded;
  }
}

bool is_settled(const Case& one) {
  switch (one.verdict) {
    case Verdict::same:
    case Verdict::another_order:
    case Verdict::differs:
    case Verdict::crowded:
      return true;
    case Verdict::unplayed:
    case Verdict::disturbed:
    case Verdict::too_close:
      return false;
  }
  return false;
}

void count(const Case& one, Outcome& outcome) {
  if (one.verdict == Verdict::crowded) {
    ++outcome.crowded;
    outcome.seen_crowded.push_back(one.seed);
    return;
  }
  ++outcome.played;
  outcome.events += one.model.size();
  outcome.retimed += one.timing > 1 ? 1 : 0;
  outcome.too_close += one.was_too_close ? 1 : 0;
  outcome.undecided += one.disturbances > 0 ? 1 : 0;
  outcome.replays += one.disturbances;
  if (!is_settled(one)) outcome.disturbed.push_back(one.seed);
  outcome.other_orders += one.verdict == Verdict::another_order ? 1 : 0;
  for (const auto& [what, times] : one.choices) outcome.choices[what] += times;
  if (one.verdict == Verdict::differs) outcome.differing.push_back(one);
}

std::string named(const std::vector<std::uint64_t>& seeds) {
  std::string text;
  for (const std::uint64_t seed : seeds) text += fmt::format("{} {}", text.empty() ? ": seeds" : ",", seed);
  return text;
}

/// So many, from this seed on, which is then behind them.
std::vector<Case> set_up_some(std::uint64_t& seed, std::size_t number, const Wanted& wanted, Outcome& outcome) {
  std::vector<Case> cases;
  for (; cases.size() < number; ++seed) {
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
  return cases;
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
  constexpr auto further =
      until + std::chrono::milliseconds(400);  // jitter adds up: what comes at the end may come there
  const Plan plan = one.plan;
  for (one.timing = first_timing; one.timing < first_timing + most_timings; ++one.timing) {
    one.plan = retimed(plan, one.timing);
    one.yaml = to_yaml(one.plan);
    const auto design = design_of(one.yaml);
    readable = design.has_value();
    if (!readable) return false;
    one.model = modelled(*design);
    if (one.model.size() > most_events || has_storm(one.model)) continue;
    const std::vector<Event> expected = modelled(*design, further);
    bool stands = true;
    for (std::uint64_t jitter = 1; stands && jitter <= variants; ++jitter) {
      const auto later = design_of(to_yaml(one.plan, jitter));
      stands = later && !compare(expected, modelled(*later, further), nearly(bounds.end_ns)).any;
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
  // A VM plays so many at most: what it writes down stays in its memory until the last has ended.
  constexpr std::size_t at_most = 1000;
  Outcome outcome;
  std::uint64_t seed = wanted.seed;
  while (outcome.played < wanted.designs && outcome.error.empty()) {
    std::vector<Case> cases = set_up_some(seed, std::min(at_most, wanted.designs - outcome.played), wanted, outcome);
    std::vector<Case*> all;
    for (Case& one : cases) all.push_back(&one);
    outcome.error = play_all(all, wanted);
    for (const Case& one : cases) count(one, outcome);
    if (wanted.told) wanted.told(fmt::format("{} are played, {} differ", outcome.played, outcome.differing.size()));
  }
  return outcome;
}

bool is_explained(const Case& one, std::size_t most_runs) {
  return explain(*design_of(one.yaml), one.real, until, bounds, most_runs).choices.has_value();
}

std::string summary(const Outcome& outcome) {
  return fmt::format(
      "{} designs, {} events: {} differences\n{} agree in another order than that of creation{}\n{}"
      "{} were undecided at first, since the machine kept the VM waiting: {} more plays, {} stay undecided{}\n"
      "{} have other times than first made ({} of them since a play hung on a few ms)\n"
      "not played: {} too crowded ({} of them as a play showed{}), {} not valid\n",
      outcome.played, outcome.events, outcome.differing.size(), outcome.other_orders,
      outcome.choices.empty() ? "" : ":", in_words(outcome.choices), outcome.undecided, outcome.replays,
      outcome.disturbed.size(), named(outcome.disturbed), outcome.retimed, outcome.too_close, outcome.crowded,
      outcome.seen_crowded.size(), named(outcome.seen_crowded), outcome.refused);
}

std::string report(const Case& found) {
  return fmt::format(
      "seed {}\n\n{}\nin {}\n  {}\nin the order of the model that goes furthest with it, in {}\n  {}\n\n{}\n",
      found.seed, found.yaml, found.difference.where, found.difference.what, found.furthest.where, found.furthest.what,
      side_by_side(found.model, found.real));
}

}  // namespace treefall::differential
