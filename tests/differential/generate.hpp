// Small designs, made at random from a seed: trees of one to four levels with everything that decides what a
// supervisor does.
#pragma once

#include "tests/differential/plan.hpp"

namespace treefall::differential {

/// What a generator may use.
struct Palette {
  bool elixir_supervisors = false;  // dynamic, partition and task supervisors, registries
};

Plan generate(std::uint64_t seed, const Palette& palette);

}  // namespace treefall::differential
