#include "tests/differential/differ.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "beam/play.hpp"
#include "runtime/simulate.hpp"
#include "spec/read.hpp"

namespace treefall::differential {
namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr Bounds bounds{30 * ms, (played_ms - 80) * ms};

std::optional<spec::Design> design_of(const std::string& yaml) {
  return spec::read(spec::Source("generated.yaml", yaml)).design;
}

std::vector<Event> modelled(const spec::Design& design, std::uint64_t seed = 1) {
  std::vector<std::string> lines;
  runtime::trace(design, seed, 0, std::chrono::milliseconds(played_ms), [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  });
  return parse(lines);
}

/// Does the model come out otherwise, up to where the two sides part, when all times are a little different?
bool hangs_on_little(const Case& one) {
  constexpr std::uint64_t variants = 100;
  constexpr Bounds whatever_time{INT64_MAX / 4, bounds.end_ns};
  for (std::uint64_t jitter = 1000; jitter < 1000 + variants; ++jitter) {
    const auto design = design_of(to_yaml(one.plan, jitter));
    if (!design) continue;
    const Difference other = compare(one.model, modelled(*design), whatever_time);
    if (other.any && other.t_ns <= one.difference.t_ns + 20 * ms) return true;
  }
  return false;
}

/// What the VM leaves open may come out in any order: is it one that the model knows? Where several such choices
/// follow each other the right one may not be found; what the model itself leaves open there is no difference.
void try_other_orders(Case& one) {
  constexpr std::uint64_t orders = 500;
  constexpr Bounds nearly{10 * ms, bounds.end_ns};
  const auto design = design_of("tie_order: random\n" + one.yaml);
  for (std::uint64_t seed = 1; design && seed <= orders; ++seed) {
    const std::vector<Event> other = modelled(*design, seed);
    if (!compare(other, one.real, bounds).any) {
      one.another_order = true;
      one.open_order = false;
      break;
    }
    const Difference open = compare(one.model, other, nearly);
    one.open_order |= open.any && open.t_ns <= one.difference.t_ns + 10 * ms;
  }
  if (!one.another_order) one.open_order = one.open_order || hangs_on_little(one);
  if (one.another_order || one.open_order) one.difference = {};
}

/// Plays all on the VM and fills in what came out.
std::string play(std::vector<Case*>& cases, unsigned at_a_time) {
  std::vector<spec::Design> designs;
  designs.reserve(cases.size());
  std::vector<const spec::Design*> pointers;
  for (const Case* one : cases) {
    designs.push_back(*design_of(one->yaml));
    pointers.push_back(&designs.back());
  }
  beam::Options options;
  options.until = std::chrono::milliseconds(played_ms);
  options.at_a_time = at_a_time;
  const beam::Played played = beam::play(pointers, options);
  if (!played.error.empty()) return played.error;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    cases[i]->real = parse(played.traces[i]);
    cases[i]->difference = compare(cases[i]->model, cases[i]->real, bounds);
    // Where only times differ, it is the machine that was late.
    const bool order = cases[i]->difference.any && !same_order(cases[i]->model, cases[i]->real, bounds.end_ns);
    cases[i]->another_order = cases[i]->open_order = false;
    if (order) try_other_orders(*cases[i]);
  }
  return {};
}

std::vector<Case*> differing(std::vector<Case>& cases) {
  std::vector<Case*> result;
  for (Case& one : cases) {
    if (one.difference.any) result.push_back(&one);
  }
  return result;
}

}  // namespace

bool well_apart(const Plan& plan, Case& result) {
  constexpr std::size_t most_events = 1500;
  constexpr std::uint64_t variants = 12;
  result.plan = plan;
  result.yaml = to_yaml(plan);
  const auto design = design_of(result.yaml);
  if (!design) return false;
  result.model = modelled(*design);
  if (result.model.size() > most_events) return false;
  for (std::uint64_t jitter = 1; jitter <= variants; ++jitter) {
    const auto later = design_of(to_yaml(plan, jitter));
    // Behind the end of one may lie what is in front of the other's: jitter adds up.
    if (!later || !same_order(result.model, modelled(*later), bounds.end_ns - 200 * ms)) return false;
  }
  return true;
}

Outcome differ(std::uint64_t seed, std::size_t count, const Palette& palette, unsigned at_a_time,
               const std::function<void(const std::string&)>& told) {
  Outcome outcome;
  std::vector<Case> cases;
  for (; cases.size() < count; ++seed) {
    Case one;
    one.seed = seed;
    if (well_apart(generate(seed, palette), one)) {
      outcome.events += one.model.size();
      cases.push_back(std::move(one));
    } else {
      ++outcome.rejected;
    }
  }
  told(fmt::format("{} designs, {} more were too close to call", cases.size(), outcome.rejected));
  outcome.played = cases.size();
  std::vector<Case*> left;
  for (Case& one : cases) left.push_back(&one);
  // A machine that does other things too is late now and then: what differs is played again, with more room.
  for (int round = 0; round < 4 && !left.empty(); ++round) {
    outcome.error = play(left, round == 0 ? at_a_time : round == 1 ? 4 : 1);
    if (!outcome.error.empty()) return outcome;
    const std::size_t before = left.size();
    left = differing(cases);
    told(fmt::format("{} of {} differ", left.size(), before));
    if (round > 0) outcome.replayed += before - left.size();
  }
  for (const Case* one : left) outcome.differing.push_back(*one);
  outcome.open_orders = static_cast<std::size_t>(
      std::count_if(cases.begin(), cases.end(), [](const Case& one) { return one.open_order; }));
  outcome.other_orders = static_cast<std::size_t>(
      std::count_if(cases.begin(), cases.end(), [](const Case& one) { return one.another_order; }));
  return outcome;
}

Case shrink(const Case& from, const std::function<void(const std::string&)>& told) {
  Case best = from;
  for (int round = 0; round < 40; ++round) {
    std::vector<Case> candidates;
    for (const Plan& plan : smaller(best.plan)) {
      Case one;
      one.seed = from.seed;
      if (well_apart(plan, one)) candidates.push_back(std::move(one));
    }
    std::vector<Case*> all;
    for (Case& one : candidates) all.push_back(&one);
    if (all.empty() || !play(all, 10).empty()) return best;
    std::vector<Case*> left = differing(candidates);
    if (!left.empty()) {
      play(left, 4);  // once more: only what differs every time counts
      left = differing(candidates);
    }
    if (left.empty()) return best;
    const Case* smallest = left.front();
    for (const Case* one : left) {
      if (one->yaml.size() < smallest->yaml.size()) smallest = one;
    }
    best = *smallest;
    told(fmt::format("shrunk to {} bytes", best.yaml.size()));
  }
  return best;
}

std::string report(const Case& found) {
  return fmt::format("seed {}\n\n{}\nin {}\n  {}\n\n{}\n", found.seed, found.yaml, found.difference.where,
                     found.difference.what, side_by_side(found.model, found.real));
}

}  // namespace treefall::differential
