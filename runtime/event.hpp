// What happens in an execution, and when: the order of everything is (time, sequence). A sequence number is given at
// creation, so the order is total and repeatable.
#pragma once

#include <cstdint>

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
  farewell,         // somebody dead sends the rest of its EXITs
};

/// 60 bits of time, 36 of sequence, 32 of what happens (5) to whom (27): one number of 128 bits that compares as (time,
/// sequence).
class Event {
 public:
  Event() = default;
  static Event at(Time time, std::uint64_t sequence, Happens what, std::uint32_t index) {
    Event event;
    event.key_ = static_cast<Key>(static_cast<std::uint64_t>(time) << 4 | sequence >> 32) << 64 |
                 (sequence << 32 | static_cast<std::uint64_t>(what) << 27 | index);
    return event;
  }
  /// Behind all others, at a time when nothing happens.
  static Event last() {
    Event event;
    event.key_ = ~Key{0};
    return event;
  }
  Time time() const { return static_cast<Time>(static_cast<std::uint64_t>(key_ >> 64) >> 4); }
  Happens what() const { return static_cast<Happens>(low() >> 27 & 31); }
  std::uint32_t index() const { return low() & 0x7ffffff; }
  /// The part of the sequence number by which whoever set the timer knows it again; never 0.
  std::uint32_t ticket() const { return static_cast<std::uint32_t>(low() >> 32); }
  friend bool operator<(Event a, Event b) { return a.key_ < b.key_; }

 private:
  __extension__ using Key = unsigned __int128;
  std::uint64_t low() const { return static_cast<std::uint64_t>(key_); }
  Key key_ = 0;
};

inline constexpr std::uint32_t most_indices = 1u << 27;
inline constexpr std::uint64_t most_sequences = std::uint64_t{1} << 36;

}  // namespace treefall::runtime
