// What the VM leaves open (in which order the links of a dead process hear of it, who of several falls first at one
// instant) happens in the order of creation, in reverse, or in an order drawn anew each time.
#pragma once

#include <algorithm>
#include <vector>

#include "runtime/execution.hpp"

namespace treefall::runtime {

template <class T>
void permute(Execution& x, std::vector<T>& list) {
  if (x.model.tie_order == spec::TieOrder::reverse) std::reverse(list.begin(), list.end());
  if (x.model.tie_order != spec::TieOrder::random) return;
  for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[x.ties.below(i)]);
}

}  // namespace treefall::runtime
