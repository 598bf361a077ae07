// Stamps are floor(t + phase), so what happens is a step function of the phase: with the stamps of one run at hand,
// nothing changes until the first of them crosses a second. The sweep goes from step to step and weighs each with its
// width; that is exact. A tree in which a restart comes later than a rehearsal took it to come is left alone.
#include "analyzer/fate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analyzer/certain.hpp"
#include "analyzer/fate_run.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::Duration;
using spec::NodeId;

constexpr std::size_t most_stamps = 1'000'000;  // over all phases of one tree
constexpr Duration one_second = std::chrono::seconds(1);

// ---- the sweep ----

struct Sums {
  double lives = 0;
  double weight = 0;
};

void add(Fate& fate, const FateRun::Outcome& outcome, double width, Sums& sums) {
  if (!outcome.first) {
    if (fate.guilty == spec::no_node) fate.restarts = std::max(fate.restarts, outcome.restarts);
    return;
  }
  const double at = spec::in_seconds(*outcome.first);
  fate.probability += width;
  fate.first = std::min(fate.first.value_or(at), at);
  fate.last = std::max(fate.last.value_or(at), at);
  if (fate.guilty == spec::no_node) {
    fate.guilty = outcome.guilty;
    fate.restarts = outcome.restarts;
    fate.shortest_life = std::numeric_limits<double>::infinity();
  }
  for (const Duration life : outcome.lives) {
    const double seconds = spec::in_seconds(life);
    fate.shortest_life = std::min(fate.shortest_life, seconds);
    fate.longest_life = std::max(fate.longest_life, seconds);
    sums.lives += width * seconds;
    sums.weight += width;
  }
}

// The gap of the only worker below that crashes, if it does so in a regular way.
double regular_gap(const Tree& tree, const Crashes& crashes, NodeId top) {
  const CrashSource* only = nullptr;
  for (auto at = tree.position[top]; at < tree.end[top]; ++at) {
    const NodeId id = tree.order[at];
    for (const auto& source : crashes.of[id]) {
      if (only != nullptr || tree.copies[id] != tree.copies[top]) return 0;
      only = &source;
    }
  }
  if (only == nullptr) return 0;
  if (const auto* life = std::get_if<LifeTime>(&only->times)) return spec::mean(life->since_start);
  const auto& times = std::get<ScheduledCrashes>(only->times).node_times;
  if (times.size() < 2) return 0;
  for (std::size_t i = 2; i < times.size(); ++i)
    if (times[i] - times[i - 1] != times[1] - times[0]) return 0;
  return spec::in_seconds(times[1] - times[0]);
}

// All phases, one after the other. False: what was rehearsed is not what happens.
bool play_all(const Design& design, FateRun& run, std::vector<Fate>& fates, const std::vector<NodeId>& supervisors) {
  std::vector<Sums> sums(supervisors.size());
  std::size_t stamps_left = most_stamps;
  Duration phase = design.clock_phase.value_or(Duration{});
  bool complete = true;
  while (phase < one_second) {
    Duration step = run.play(phase, stamps_left);
    if (!run.follows_rehearsals) return false;
    if (design.clock_phase) step = one_second;
    complete = complete && run.complete;
    for (std::size_t i = 0; i < supervisors.size(); ++i)
      add(fates[i], run.outcomes[supervisors[i]], spec::in_seconds(step), sums[i]);
    if (stamps_left == 0) break;
    phase += step;
  }
  for (std::size_t i = 0; i < supervisors.size(); ++i) {
    Fate& fate = fates[i];
    fate.complete = complete && (phase >= one_second || design.clock_phase);
    if (fate.probability > 1 - 1e-9) fate.probability = 1;
    if (sums[i].weight > 0) fate.life = sums[i].lives / sums[i].weight;
    if (fate.probability > 0) fate.certainty = fate.probability < 1 ? Certainty::phase_dependent : Certainty::certain;
  }
  return true;
}

void sweep(const Design& design, const Tree& tree, const Crashes& crashes, NodeId top, Fates& fates) {
  const bool known = is_known(tree.start[top]);
  FateRun run(design, tree, crashes, top, known ? whole(tree.start[top].value) : Duration{});
  if (run.too_large()) return;
  std::vector<NodeId> supervisors;
  for (auto at = tree.position[top]; at < tree.end[top]; ++at)
    if (spec::as_supervisor(design.nodes[tree.order[at]]) != nullptr) supervisors.push_back(tree.order[at]);
  std::vector<Fate> found(supervisors.size());
  if (!play_all(design, run, found, supervisors)) return;
  for (std::size_t i = 0; i < supervisors.size(); ++i) {
    found[i].from_start = !known;
    found[i].gap = regular_gap(tree, crashes, supervisors[i]);
    fates.of[supervisors[i]] = found[i];
  }
  for (auto at = tree.position[top]; at < tree.end[top]; ++at)
    fates.disturbed[tree.order[at]] = run.disturbed[tree.order[at]];
}

bool crashes_below(const Tree& tree, const Crashes& crashes, NodeId top) {
  for (auto at = tree.position[top]; at < tree.end[top]; ++at)
    if (!crashes.of[tree.order[at]].empty()) return true;
  return false;
}

}  // namespace

Fates fates_of(const Design& design, const Tree& tree, const Crashes& crashes) {
  Fates fates;
  fates.of.resize(design.nodes.size());
  fates.disturbed.assign(design.nodes.size(), false);
  const auto certain = certain_subtrees(design, tree, crashes);
  for (std::size_t at = 0; at < tree.order.size(); ++at) {
    const NodeId id = tree.order[at];
    if (!certain[id] || spec::as_supervisor(design.nodes[id]) == nullptr) continue;
    if (crashes_below(tree, crashes, id)) sweep(design, tree, crashes, id, fates);
    at = tree.end[id] - 1;  // a whole subtree at once
  }
  return fates;
}

}  // namespace treefall::analyzer
