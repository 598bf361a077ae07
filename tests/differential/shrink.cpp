// Takes parts away from a design as long as it still differs. Each round plays all designs with one part less; those
// parts that are not needed, each by itself, are then tried without all together, without a half of them, and so on.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "spec/read.hpp"
#include "tests/differential/differ.hpp"

namespace treefall::differential {
namespace {

using Parts = std::set<std::size_t>;

/// Which of these designs differ, each without some parts of the plan. Judged in haste.
std::vector<std::pair<Parts, Case>> that_differ(const Case& from, const std::vector<Parts>& candidates,
                                                const Wanted& wanted) {
  constexpr std::uint64_t few_timings = 2;
  std::vector<std::pair<Parts, Case>> played;
  for (const Parts& gone : candidates) {
    Case one;
    one.seed = from.seed;
    one.plan = without(from.plan, gone);
    bool readable = true;
    if (set_up(one, 0, few_timings, readable)) played.emplace_back(gone, std::move(one));
  }
  std::vector<Case*> all;
  for (auto& [gone, one] : played) all.push_back(&one);
  Wanted hasty = wanted;
  hasty.most_runs = std::min<std::size_t>(wanted.most_runs, 100);
  hasty.jitters = std::min<std::uint64_t>(wanted.jitters, 60);
  if (all.empty() || !play_all(all, hasty).empty()) return {};
  std::erase_if(played, [](const auto& pair) { return pair.second.verdict != Verdict::differs; });
  return played;
}

/// Unions of more and more of them, and what each adds to `gone`.
std::vector<Parts> together(const Parts& gone, const std::vector<std::size_t>& needless) {
  std::vector<Parts> unions;
  for (std::size_t pieces = 1; pieces <= needless.size() && pieces <= 16; pieces *= 2) {
    for (std::size_t piece = 0; piece < pieces; ++piece) {
      Parts more = gone;
      for (std::size_t i = piece * needless.size() / pieces; i < (piece + 1) * needless.size() / pieces; ++i)
        more.insert(needless[i]);
      unions.push_back(more);
    }
  }
  return unions;
}

}  // namespace

Case shrink(const Case& from, const Wanted& wanted) {
  constexpr int most_rounds = 12;
  std::pair<Parts, Case> best{{}, from};
  for (int round = 0; round < most_rounds; ++round) {
    std::vector<Parts> candidates;
    for (std::size_t part = 0; part < parts(from.plan); ++part) {
      Parts gone = best.first;
      if (gone.insert(part).second) candidates.push_back(gone);
    }
    std::vector<std::pair<Parts, Case>> smaller = that_differ(from, candidates, wanted);
    std::vector<std::size_t> needless;
    for (const auto& [gone, one] : smaller) {
      std::set_difference(gone.begin(), gone.end(), best.first.begin(), best.first.end(), std::back_inserter(needless));
    }
    for (auto& found : that_differ(from, together(best.first, needless), wanted)) smaller.push_back(std::move(found));
    std::sort(smaller.begin(), smaller.end(),
              [](const auto& a, const auto& b) { return a.second.yaml.size() < b.second.yaml.size(); });
    const auto smallest = std::find_if(smaller.begin(), smaller.end(), [&](const auto& found) {
      return found.second.yaml.size() < best.second.yaml.size() && !is_explained(found.second, wanted.most_runs);
    });
    if (smallest == smaller.end()) break;
    best = *smallest;
    if (wanted.told) wanted.told(fmt::format("shrunk to {} bytes", best.second.yaml.size()));
  }
  return best.second;
}

}  // namespace treefall::differential
