// Plays generated designs on both sides and says where they differ.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "beam/play.hpp"
#include "tests/differential/compare.hpp"
#include "tests/differential/explain.hpp"
#include "tests/differential/generate.hpp"

namespace treefall::differential {

/// What came of playing a design.
enum class Verdict {
  unplayed,
  same,
  another_order,  // the same as the model in another of the orders that the VM leaves open
  disturbed,      // they differ, and the VM says that the machine kept it waiting: it says nothing
  too_close,      // they differ, and a few milliseconds more or less let the model go further with the VM
  crowded,        // too close, and no other times are found: it is not played
  differs,
};

struct Case {
  std::uint64_t seed = 0;
  Plan plan;
  std::uint64_t timing = 0;  // which of its timings is played
  std::string yaml;
  std::vector<Event> model;
  std::vector<Event> real;
  Verdict verdict = Verdict::unplayed;
  std::size_t disturbances = 0;  // plays that the machine disturbed
  bool was_too_close = false;
  Difference difference;
  Difference furthest;  // where it parts in the order of the model that goes furthest with it
  Choices choices;
};

/// The VM, or what stands for it in a test of the comparison itself.
using Player = std::function<beam::Played(const std::vector<const spec::Design*>&, const beam::Options&)>;
Player real_player();

struct Wanted {
  std::uint64_t seed = 1;  // of the first design; the others follow
  std::size_t designs = 300;
  Palette palette;
  unsigned at_a_time = 20;       // so many begin in each second
  std::size_t most_runs = 6000;  // of the model, to explain another order
  std::uint64_t jitters = 300;   // executions with times a little different, to see what hangs on them
  Player player = real_player();
  std::function<void(const std::string&)> told;  // hears how far it is
};

struct Outcome {
  std::vector<Case> differing;
  std::size_t played = 0;   // and judged
  std::size_t events = 0;   // of the model
  std::size_t refused = 0;  // generated designs that are not valid
  std::size_t crowded = 0;  // valid ones for which no timing was found whose outcome does not hang on a few ms
  std::vector<std::uint64_t> seen_crowded;  // seeds of those of them of which only a play showed it
  std::size_t retimed = 0;                  // those with another timing than the first
  std::size_t too_close = 0;                // those whose outcome was seen to hang on a few ms only after a play
  std::size_t undecided = 0;             // those that the machine disturbed at least once, and that were played again
  std::size_t replays = 0;               // so many times
  std::vector<std::uint64_t> disturbed;  // seeds of those that stay undecided, most since it disturbed them each time
  std::size_t other_orders = 0;          // designs that agree in another order than that of creation
  Choices choices;                       // where
  std::string error;
};

/// Moves the plan's times until its outcome does not hang on a few milliseconds, and fills in the model's trace. False
/// when it is no valid design, or no such timing is found (`readable` says which).
bool set_up(Case& one, std::uint64_t first_timing, std::uint64_t most_timings, bool& readable);

/// Plays so many designs, each until the machine lets it.
Outcome differ(const Wanted& wanted);

/// Plays these designs and fills in what came of it; `disturbed` ones are played again, more quietly each time. Returns
/// what went wrong, in words.
std::string play_all(const std::vector<Case*>& cases, const Wanted& wanted);

/// Does the model have the order in which this one was played?
bool is_explained(const Case& one, std::size_t most_runs);

/// The smallest plan found that still differs.
Case shrink(const Case& from, const Wanted& wanted);

/// Everything about a difference, for people.
std::string report(const Case& found);

/// What came of all, in a few lines.
std::string summary(const Outcome& outcome);

}  // namespace treefall::differential
