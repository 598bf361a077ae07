// What the VM leaves open (in which order the links of a dead process hear of it, who of several falls first at one
// instant, who is scheduled first) happens in the order of creation, in reverse, in an order drawn anew each time, or
// as somebody outside chooses.
#pragma once

#include <algorithm>
#include <vector>

#include "runtime/execution.hpp"

namespace treefall::runtime {

/// Are the orders that the VM leaves open tried out?
inline bool tries_orders(const Execution& x) { return x.model.tie_order == spec::TieOrder::random; }

/// Which of `count` comes first; 0 is the one created first.
inline std::size_t choose(Execution& x, OpenOrder what, std::size_t count) {
  return x.chooser != nullptr ? (*x.chooser)(what, count) : static_cast<std::size_t>(x.ties.below(count));
}

template <class T>
void permute(Execution& x, OpenOrder what, std::vector<T>& list) {
  if (x.model.tie_order == spec::TieOrder::reverse) std::reverse(list.begin(), list.end());
  if (!tries_orders(x)) return;
  for (auto from = list.begin(); list.end() - from > 1; ++from) {
    const auto chosen =
        from + static_cast<std::ptrdiff_t>(choose(x, what, static_cast<std::size_t>(list.end() - from)));
    std::rotate(from, chosen, chosen + 1);
  }
}

}  // namespace treefall::runtime
