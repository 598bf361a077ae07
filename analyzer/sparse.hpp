// Facts by node where most nodes have none: a large design has a hundred thousand workers that nothing is said of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "spec/target.hpp"

namespace treefall::analyzer {

/// Reads like a vector by node; one that was never filled reads as an empty T. What was filled stays where it is.
template <class T>
class Sparse {
 public:
  Sparse() : held_(1) {}
  explicit Sparse(std::size_t nodes) : slot_(nodes, 0), held_(1) {}

  const T& operator[](spec::NodeId node) const { return held_[slot_[node]]; }
  /// To write: makes it where there is none.
  T& fill(spec::NodeId node) {
    if (slot_[node] == 0) {
      slot_[node] = static_cast<std::uint32_t>(held_.size());
      held_.emplace_back();
    }
    return held_[slot_[node]];
  }
  /// From now on this node reads as the other does.
  void share(spec::NodeId node, spec::NodeId other) { slot_[node] = slot_[other]; }
  /// Those that were filled, in that order.
  auto begin() { return held_.begin() + 1; }
  auto end() { return held_.end(); }
  auto begin() const { return held_.begin() + 1; }
  auto end() const { return held_.end(); }

 private:
  std::vector<std::uint32_t> slot_;  // by node; 0: none
  std::deque<T> held_;               // the first stays empty
};

}  // namespace treefall::analyzer
