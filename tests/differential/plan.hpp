// A small design as text with marked durations, so that these can be moved and parts left out.
#pragma once

#include <cstdint>
#include <set>
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

/// The YAML. With `jitter` other than 0 each duration is up to 7 ms shorter or 8 ms longer, a third of that where it
/// comes again and again.
std::string to_yaml(const Plan& plan, std::uint64_t jitter = 0);

/// The same with up to 4 whole milliseconds more or less, so that what was apart by so little may coincide.
std::string to_yaml_moved(const Plan& plan, std::uint64_t jitter);

/// The same plan with all durations a little different; the same for the same `attempt`, unchanged for 0.
Plan retimed(const Plan& plan, std::uint64_t attempt);

/// How many parts can be taken away: children, lines, scripted events, sources of traffic.
std::size_t parts(const Plan& plan);
/// The plan without these parts, by number.
Plan without(const Plan& plan, const std::set<std::size_t>& gone);

/// How long designs are played.
inline constexpr std::int64_t played_ms = 4500;

}  // namespace treefall::differential
