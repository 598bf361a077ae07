// The timers of an execution, in the order (time, sequence): few of them, as in most designs, in a sorted line, the
// soonest at its end, where what is set next mostly belongs; more in a 4-ary heap.
//
// Nothing is ever taken out but the first: whoever set a timer remembers its ticket and ignores a timer that does not
// carry it (lazy cancellation). Taken out of the heap, it leaves a hole at the root, which the next timer fills; that
// saves one of two walks down the heap where an event sets its successor, as nearly all do.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "runtime/event.hpp"

namespace treefall::runtime {

class Timers {
 public:
  void clear() { *this = {}; }

  void add(Event event) {
    if (few_) [[likely]] {
      insert(event);
    } else {
      add_to_heap(event);
    }
  }

  /// The next one; without any, what is behind all timers.
  Event first() {
    if (few_) [[likely]]
      return line_[count_];
    return first_of_heap();
  }
  void take_first() {
    if (few_) [[likely]] {
      --count_;
    } else {
      hole_ = true;
    }
  }

 private:
  static constexpr std::size_t most_in_line = 16;
  static constexpr std::size_t few_in_heap = 6;

  void insert(Event event) {
    if (count_ == most_in_line) return leave_line(event);
    std::size_t at = ++count_;
    for (Event later = line_[at - 1]; later < event; later = line_[at - 1]) line_[at--] = later;
    line_[at] = event;
  }
  [[gnu::noinline]] void leave_line(Event event) {
    heap_.assign(4 * line_.size(), Event::last());
    std::copy(line_.rbegin(), line_.rend() - 1, heap_.begin());  // what is sorted is a heap
    few_ = false;
    append(event);
  }
  void enter_line() {
    std::sort(heap_.begin(), heap_.begin() + few_in_heap);
    std::reverse_copy(heap_.begin(), heap_.begin() + few_in_heap, line_.begin() + 1);
    few_ = true;
  }

  [[gnu::noinline]] void add_to_heap(Event event) {
    if (hole_) {
      hole_ = false;
      down(event);
    } else {
      append(event);
    }
  }
  [[gnu::noinline]] Event first_of_heap() {
    if (hole_) fill();
    return few_ ? line_[count_] : heap_.front();
  }
  void append(Event event) {
    if (count_ + 5 > heap_.size()) heap_.resize(2 * heap_.size(), Event::last());
    up(count_++, event);
  }

  void fill() {
    hole_ = false;
    const Event last = heap_[--count_];
    heap_[count_] = Event::last();
    down(last);
    if (count_ == few_in_heap) enter_line();
  }
  void up(std::size_t at, Event event) {
    while (at > 0) {
      const Event above = heap_[(at - 1) / 4];
      if (!(event < above)) break;
      heap_[at] = above;
      at = (at - 1) / 4;
    }
    heap_[at] = event;
  }
  /// From the root.
  void down(Event event) {
    std::size_t at = 0;
    for (std::size_t first = 1; first < count_; first = 4 * at + 1) {
      std::size_t least = first;
      Event next = heap_[first];
      for (std::size_t child = first + 1; child < first + 4; ++child) {
        const Event other = heap_[child];
        if (other < next) {
          next = other;
          least = child;
        }
      }
      if (!(next < event)) break;
      heap_[at] = next;
      at = least;
    }
    heap_[at] = event;
  }

  std::size_t count_ = 0;
  bool few_ = true;                                             // all are in the line
  bool hole_ = false;                                           // what is at the root has been taken
  std::array<Event, most_in_line + 1> line_ = {Event::last()};  // a walk ends at its beginning
  std::vector<Event> heap_;                                     // and behind the timers at least four that are none
};

}  // namespace treefall::runtime
