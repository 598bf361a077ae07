// The future of an execution: timers in a 4-ary heap ordered by (time, sequence), and what is to happen at this very
// instant in a plain queue. A sequence number is given at creation, so the order is total and repeatable.
//
// Nothing is ever taken out of the heap but its top: whoever set a timer remembers its ticket and ignores a timer that
// does not carry it (lazy cancellation). An event in hand leaves a hole at the root, which the next timer fills; that
// saves one of two walks down the heap where an event sets its successor, as nearly all do.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "runtime/types.hpp"

namespace treefall::runtime {

/// What a timer or a step at this instant is about; `Event::index` says of whom.
enum class Happens : std::uint8_t {
  work_done,        // slot: the time a handler, init or terminate takes is over
  call_deadline,    // slot: of its call, or of the tasks that it awaits
  stop_limit,       // slot: its shutdown time, or the time its init may take, is over
  tick,             // index of a tick timer
  crash,            // index of a crash timer
  crash_group,      // index of a superposed crash clock
  arrival,          // traffic
  client_deadline,  // traffic
  think_over,       // client
  task_done,        // task
  fault_turns,      // fault
  script,           // scripted event
  batch,            // boundary of a batch of the measurement
  reseed,           // slot of a dynamic supervisor
  wake,             // slot: a process that has something to do now
  node,             // the application controller
};

/// 60 bits of time, 36 of sequence, 32 of what happens: one number of 128 bits that compares as (time, sequence).
class Event {
 public:
  Event() = default;
  static Event at(Time time, std::uint64_t sequence, Happens what, std::uint32_t index) {
    Event event;
    event.key_ = static_cast<Key>(static_cast<std::uint64_t>(time) << 4 | sequence >> 32) << 64 |
                 (sequence << 32 | static_cast<std::uint64_t>(what) << 28 | index);
    return event;
  }
  Time time() const { return static_cast<Time>(static_cast<std::uint64_t>(key_ >> 64) >> 4); }
  Happens what() const { return static_cast<Happens>(low() >> 28 & 15); }
  std::uint32_t index() const { return low() & 0xfffffff; }
  /// The part of the sequence number by which whoever set the timer knows it again; never 0.
  std::uint32_t ticket() const { return static_cast<std::uint32_t>(low() >> 32); }
  friend bool operator<(Event a, Event b) { return a.key_ < b.key_; }

 private:
  __extension__ using Key = unsigned __int128;
  std::uint64_t low() const { return static_cast<std::uint64_t>(key_); }
  Key key_ = 0;
};

inline constexpr std::uint32_t most_indices = 1u << 28;
inline constexpr std::uint64_t most_sequences = std::uint64_t{1} << 36;

class EventQueue {
  /// First in, first out.
  class Line {
   public:
    void clear() {
      events_.clear();
      front_ = 0;
    }
    void append(const Event& event) { events_.push_back(event); }
    bool any() const { return front_ < events_.size(); }
    std::span<const Event> all() const { return std::span(events_).subspan(front_); }
    void prefer(std::size_t behind) { std::swap(events_[front_], events_[front_ + behind]); }
    const Event& first() const { return events_[front_]; }
    const Event& last() const { return events_.back(); }
    Event take() {
      const Event event = events_[front_++];
      if (front_ == events_.size()) {
        clear();
      } else if (front_ == 4096) {  // a long instant: give back what is done
        events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(front_));
        front_ = 0;
      }
      return event;
    }

   private:
    std::vector<Event> events_;
    std::size_t front_ = 0;
  };

 public:
  void clear() {
    heap_.clear();
    hole_ = false;
    soon_.clear();
    finally_.clear();
    at_this_instant_ = 0;
    sequence_ = 0;
  }

  /// Sets a timer; returns its ticket. At or after `never` it is not set, and the ticket is 0.
  std::uint32_t set(Time time, Happens what, std::uint32_t index) {
    if (time >= never) return 0;
    const Event event = Event::at(time, next(), what, index);
    if (hole_) {
      hole_ = false;
      down(0, event);
    } else {
      heap_.push_back(event);
      up(heap_.size() - 1, event);
    }
    return event.ticket();
  }

  /// Appends to what happens at this instant.
  std::uint32_t soon(Time now, Happens what, std::uint32_t index) {
    ++at_this_instant_;
    soon_.append(Event::at(now, next(), what, index));
    return soon_.last().ticket();
  }

  /// Appends a timer that has rung: whom it wakes runs later at this instant.
  void soon(const Event& rung) {
    ++at_this_instant_;
    soon_.append(rung);
  }

  /// Appends to what happens when all else of this instant has.
  std::uint32_t finally(Time now, Happens what, std::uint32_t index) {
    ++at_this_instant_;
    finally_.append(Event::at(now, next(), what, index));
    return finally_.last().ticket();
  }

  /// What waits to happen at this instant, and: the one so many places behind happens first.
  std::span<const Event> soon() const { return soon_.all(); }
  void prefer_soon(std::size_t behind) { soon_.prefer(behind); }
  bool has_soon() const { return soon_.any(); }
  const Event& first_soon() const { return soon_.first(); }
  Event take_soon() {
    --at_this_instant_;
    return soon_.take();
  }
  bool has_finally() const { return finally_.any(); }
  Event take_finally() {
    --at_this_instant_;
    return finally_.take();
  }
  /// Nothing is to happen at this instant but, perhaps, timers.
  bool is_calm() const { return at_this_instant_ == 0; }

  /// Nothing but the hole: no timer.
  bool has_timer() {
    fill();
    return !heap_.empty();
  }
  const Event& first_timer() const {
    assert(!hole_);
    return heap_.front();
  }
  Event take_timer() {
    hole_ = true;
    return heap_.front();
  }

  std::uint64_t sequence() const { return sequence_; }

 private:
  std::uint64_t next() {
    ++sequence_;
    if (static_cast<std::uint32_t>(sequence_) == 0) ++sequence_;  // a ticket is never 0
    return sequence_;
  }
  void fill() {
    if (!hole_) return;
    hole_ = false;
    const Event last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) down(0, last);
  }
  void up(std::size_t at, const Event& event) {
    while (at > 0) {
      const std::size_t parent = (at - 1) / 4;
      if (!(event < heap_[parent])) break;
      heap_[at] = heap_[parent];
      at = parent;
    }
    heap_[at] = event;
  }
  void down(std::size_t at, const Event& event) {
    const std::size_t size = heap_.size();
    for (;;) {
      const std::size_t first = 4 * at + 1;
      if (first >= size) break;
      std::size_t least = first;
      const std::size_t end = first + 4 < size ? first + 4 : size;
      for (std::size_t child = first + 1; child < end; ++child) {
        if (heap_[child] < heap_[least]) least = child;
      }
      if (!(heap_[least] < event)) break;
      heap_[at] = heap_[least];
      at = least;
    }
    heap_[at] = event;
  }

  std::vector<Event> heap_;
  bool hole_ = false;
  Line soon_;
  Line finally_;
  std::size_t at_this_instant_ = 0;  // in both lines
  std::uint64_t sequence_ = 0;
};

}  // namespace treefall::runtime
