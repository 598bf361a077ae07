// Plays generated designs on both sides and says where they differ.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/differential/compare.hpp"
#include "tests/differential/generate.hpp"

namespace treefall::differential {

struct Case {
  std::uint64_t seed = 0;
  Plan plan;
  std::string yaml;
  std::vector<Event> model;
  std::vector<Event> real;
  Difference difference;
  bool another_order = false;  // it agrees with another order of what the VM leaves open
  bool open_order =
      false;  // it parts where the VM leaves the order open or a few ms decide, and no order that was tried is it
};

struct Outcome {
  std::vector<Case> differing;
  std::size_t played = 0;
  std::size_t rejected = 0;  // unreadable, or their outcome hangs on less than the VM's lateness
  std::size_t replayed = 0;  // differed at first and agreed when played again, more quietly
  std::size_t other_orders = 0;
  std::size_t open_orders = 0;
  std::size_t events = 0;  // compared, of the model
  std::string error;
};

/// Is this plan readable, and does the model's outcome stand when all times are a little later?
bool well_apart(const Plan& plan, Case& result);

/// Plays `count` well-apart designs, the first from `seed` on. `told` hears how far it is.
Outcome differ(std::uint64_t seed, std::size_t count, const Palette& palette, unsigned at_a_time,
               const std::function<void(const std::string&)>& told);

/// The smallest plan found that still differs.
Case shrink(const Case& from, const std::function<void(const std::string&)>& told);

/// Everything about a difference, for people.
std::string report(const Case& found);

}  // namespace treefall::differential
