// The future of an execution: timers, and what is to happen at this very instant in plain queues.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "runtime/event.hpp"
#include "runtime/timers.hpp"

namespace treefall::runtime {

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
    timers_.clear();
    soon_.clear();
    finally_.clear();
    late_.clear();
    at_this_instant_ = 0;
    sequence_ = 0;
  }

  /// Sets a timer; returns its ticket. At or after `never` it is not set, and the ticket is 0.
  std::uint32_t set(Time time, Happens what, std::uint32_t index) {
    if (time >= never) return 0;
    const Event event = Event::at(time, next(), what, index);
    timers_.add(event);
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
  /// Puts off a call deadline of this instant until only supervisors are left to run: a reply of the same instant wins.
  void put_off(Event event) {
    ++at_this_instant_;
    late_.push_back(event);
  }

  void prefer_soon(std::size_t behind) { soon_.prefer(behind); }
  bool has_soon() const { return soon_.any(); }
  const Event& first_soon() const { return soon_.first(); }
  Event take_soon() {
    --at_this_instant_;
    return soon_.take();
  }
  bool has_late() const { return !late_.empty(); }
  std::vector<Event> take_late() {
    at_this_instant_ -= late_.size();
    return std::exchange(late_, {});
  }
  Event take_finally() {
    --at_this_instant_;
    return finally_.take();
  }
  /// Nothing is to happen at this instant but, perhaps, timers.
  bool is_calm() const { return at_this_instant_ == 0; }

  /// The next timer; without any, what is behind all timers.
  Event first_timer() { return timers_.first(); }
  void take_timer() { timers_.take_first(); }

  std::uint64_t sequence() const { return sequence_; }

 private:
  std::uint64_t next() {
    ++sequence_;
    if (static_cast<std::uint32_t>(sequence_) == 0) ++sequence_;  // a ticket is never 0
    return sequence_;
  }

  Timers timers_;
  Line soon_;
  Line finally_;
  std::vector<Event> late_;
  std::size_t at_this_instant_ = 0;  // in these three
  std::uint64_t sequence_ = 0;
};

}  // namespace treefall::runtime
