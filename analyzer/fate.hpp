// What becomes of supervisors below which nothing is random: every crash at a known time, every restart counted by
// the whole-second rule, through all levels, for all phases of the VM's clock.
#pragma once

#include <optional>
#include <vector>

#include "analyzer/crash_clock.hpp"
#include "analyzer/crashes.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

struct Fate {
  Certainty certainty = Certainty::never;  // that it gives up within the horizon
  double probability = 0;                  // the share of phases in which it does; exact where `complete`
  std::optional<double> first;             // earliest and latest time of its first giving up, seconds of node time
  std::optional<double> last;
  std::uint64_t restarts = 0;  // that it has counted when it gives up, or at the horizon (at the first phase)
  double life = 0;             // mean time from an incarnation's start to its giving up, over phases and incarnations
  double shortest_life = 0;
  double longest_life = 0;
  spec::NodeId guilty = spec::no_node;  // the child whose crash was the last one
  double gap = 0;        // seconds between two crashes of a worker, where that one alone crashes in a regular way
  bool complete = true;  // false: more restarts than could be followed; `probability` is a lower bound
  /// Its own start has no known time: times above are counted from there.
  bool from_start = false;
};

struct Fates {
  /// By node; nothing for workers, and where chance, faults or unknown subtrees take part, or nothing crashes.
  std::vector<std::optional<Fate>> of;
  /// By node: a worker in such a tree that others take down, or whose restart had to wait.
  std::vector<bool> disturbed;
};

Fates fates_of(const spec::Design& design, const Tree& tree, const Crashes& crashes);

}  // namespace treefall::analyzer
