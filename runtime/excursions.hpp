// Excursions of a supervisor's windows: from a restart that is counted while all are empty to when they are empty
// again, or it gives up. What the searches for rare failures have in common: splitting (rare.hpp) and tilting
// (tilting.hpp).
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "runtime/forcing.hpp"
#include "runtime/importance.hpp"

namespace treefall::runtime {

/// What all repetitions share.
struct Search {
  const Model& model;
  Slot of;
  Importance importance;
  Forcing forcing;
  std::uint64_t seed = 0;
  std::uint64_t trials = 0;
  std::uint64_t most_events = 0;  // of one repetition; its long execution takes a quarter at most
  Time least_time = 0;
  Time settles = 0;
};

/// An execution at the moment at which it got so high.
struct Entrance {
  State state;
  std::uint32_t height = 0;
  double weight = 1;
};

/// For `play`: `asked` is a std::atomic<bool>.
bool is_set(const void* asked);
/// Has the supervisor given up since that was last looked at?
bool has_fallen(const Execution& x, Slot slot);

/// The long execution: states in which excursions begin, and how often they do.
struct Beginnings {
  std::vector<Entrance> entrances;
  double per_second = 0;
  double seen = 0;  // seconds
};

/// Plays it until enough has been seen, or a quarter of the events that there may be. Adds what was played to `events`.
Beginnings begin_excursions(const Search& search, Execution& x, std::uint32_t repetition, const std::atomic<bool>& stop,
                            std::uint64_t& events);

}  // namespace treefall::runtime
