// How near a supervisor is to giving up: a whole number of steps, one for each restart that its window and those of the
// supervisors below it hold. Steers the search for rare failures (rare.hpp); what is found does not depend on it.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/execution.hpp"

namespace treefall::runtime {

/// The steps to one supervisor's giving up. A child supervisor that gives up costs its parent one restart, so one
/// restart of the parent is as high as the way of the highest child (Villén-Altamirano's importance of nested events).
class Importance {
 public:
  Importance(const Model& model, Slot of);

  /// Steps from an empty window to giving up.
  std::uint32_t top() const { return top_; }
  /// Of an execution at this moment, 0 to `top`: all windows are empty at 0.
  std::uint32_t height(const Execution& x) const;
  /// Is its own the only one that counts?
  bool of_one_window() const { return levels_.size() == 1; }
  /// When all windows will be empty if nothing is counted any more; `now` or earlier if they are.
  Time calm(const Execution& x) const;
  /// When the first of what the windows hold leaves them; `now` if they are empty.
  Time first_out(const Execution& x) const;
  /// By slot: the supervisors whose restarts count, itself among them.
  const std::vector<bool>& below() const { return below_; }

 private:
  struct Level {
    Slot slot = no_slot;
    std::uint64_t grain = 1;   // restarts a step
    std::uint32_t weight = 1;  // steps that one grain of its window is worth
    std::uint32_t top = 0;     // to its giving up
    std::vector<std::size_t> children;
  };
  std::size_t add(const Model& model, Slot slot);
  std::uint32_t height(const Execution& x, std::size_t level) const;
  static Time out(const Execution& x, const Level& level, const Stamp& stamp);

  std::vector<Level> levels_;
  std::vector<bool> below_;
  std::size_t root_ = 0;
  std::uint32_t top_ = 0;
};

}  // namespace treefall::runtime
