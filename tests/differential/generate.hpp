// Small designs, made at random from a seed: trees of one to four levels with everything that decides what a
// supervisor does. A design is kept as text with marked durations, so that they can be jittered and parts left out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace treefall::differential {

/// A duration of 120 ms stands as `@120@` in the texts below.
struct Child {
  std::string name;
  bool supervisor = false;
  std::vector<std::string> lines;  // `key: value`
  std::vector<Child> children;
};

struct Plan {
  bool elixir = true;
  std::uint32_t phase_ms = 0;
  std::string start = "permanent";
  Child root;
  std::vector<std::string> traffic;  // `name: {…}`
  std::vector<std::string> script;   // `{at: @…@, …}`
};

/// What a generator may use.
struct Palette {
  bool elixir_supervisors = false;  // dynamic, partition and task supervisors
};

Plan generate(std::uint64_t seed, const Palette& palette);

/// The YAML. With `jitter` other than 0 each duration is up to 7 ms shorter or 8 ms longer.
std::string to_yaml(const Plan& plan, std::uint64_t jitter = 0);

/// All plans with one thing less.
std::vector<Plan> smaller(const Plan& plan);

/// How long generated designs are played.
inline constexpr std::int64_t played_ms = 4500;

}  // namespace treefall::differential
