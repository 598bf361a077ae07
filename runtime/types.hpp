// The words all of the runtime shares: node time, and the places of a tree.
#pragma once

#include <cstdint>
#include <span>

namespace treefall::runtime {

/// Nanoseconds of node time; the node boots at 0.
using Time = std::int64_t;
/// Later than anything that is played: about 18 years. Nothing is scheduled at or after it.
inline constexpr Time never = Time{1} << 59;
inline constexpr Time nanoseconds_a_second = 1'000'000'000;

/// A place of the expanded tree, held by at most one process at a time: it is the registered name. The copies of
/// `count: 3` are three slots.
using Slot = std::uint32_t;
inline constexpr Slot no_slot = 0xffffffff;
inline constexpr std::uint32_t none = 0xffffffff;

__extension__ using Wide = __int128;

/// What the VM leaves open at one instant.
enum class OpenOrder : std::uint8_t {
  links,             // who hears first of the end of a process: those linked to it, the children of a killed supervisor
  timers,            // which of several timers rings first
  scheduling,        // which of several processes that can run does so first
  stops,             // which child of a dynamic supervisor is told first to stop
  supervisor_first,  // whether a supervisor acts before all else of the instant has happened
};

/// Whom an open order is about.
struct Concerned {
  std::uint32_t number = none;  // stays the same during an execution
  Slot place = no_slot;         // whose process acts next, where it is that of a place
};
inline constexpr Concerned all_others{};

/// Which of these comes first? In the order of their creation.
struct Open {
  OpenOrder what = OpenOrder::links;
  Time at = 0;
  std::span<const Concerned> whom;
};

}  // namespace treefall::runtime
