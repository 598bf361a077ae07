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

/// Whom it is about that one of several comes first: who gets this signal, who acts when this happens.
inline Concerned concerned(const Execution&, const Concerned& whom) { return whom; }
inline Concerned concerned(const Execution&, Slot slot) { return {slot, slot}; }
inline Concerned concerned(const Execution&, const ExitSignal& signal) { return {signal.to, signal.to}; }
/// Who hears next of somebody's end.
inline Concerned concerned(const Farewell& farewell) {
  if (!farewell.left.empty()) return {farewell.slot, farewell.left.front().to};
  const bool told = !farewell.waiting.empty() && (farewell.waiting.front().from & outside) == 0;
  return {farewell.slot, told ? farewell.waiting.front().from : no_slot};
}
Concerned concerned(const Execution& x, const Event& event);

/// Which of these comes first; 0 is the one created first.
template <class Iterator>
std::size_t choose(Execution& x, OpenOrder what, Iterator begin, Iterator end) {
  const auto count = static_cast<std::size_t>(end - begin);
  if (x.chooser == nullptr) return static_cast<std::size_t>(x.ties.below(count));
  std::vector<Concerned> whom;
  for (; begin != end; ++begin) whom.push_back(concerned(x, *begin));
  return (*x.chooser)({what, x.now, whom});
}

/// May others run now, before this one goes on? Only where the orders that the VM leaves open are tried out.
inline bool lets_others_run(Execution& x, Concerned whom) {
  const Concerned both[] = {whom, all_others};
  return tries_orders(x) && x.queue.has_soon() && choose(x, OpenOrder::scheduling, both, both + 2) == 1;
}

template <class T>
void permute(Execution& x, OpenOrder what, std::vector<T>& list) {
  if (x.model.tie_order == spec::TieOrder::reverse) std::reverse(list.begin(), list.end());
  if (!tries_orders(x)) return;
  for (auto from = list.begin(); list.end() - from > 1; ++from) {
    const auto chosen = from + static_cast<std::ptrdiff_t>(choose(x, what, from, list.end()));
    std::rotate(from, chosen, chosen + 1);
  }
}

}  // namespace treefall::runtime
