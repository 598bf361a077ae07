// The discrete scan behind a restart intensity: second by second, how likely a supervisor is still there, how much of
// the second it lives, and at which rate it fails in the long run. Internal to the restart-intensity mathematics.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/count_law.hpp"

namespace treefall::analyzer::scan {

/// What the seconds of the clock bring, prepared for a budget of R restarts; `slack` is how many more it takes to
/// fail (1 to R + 1).
struct Seconds {
  std::size_t restarts = 0;
  std::size_t most = 0;       // no second brings more than that (of those up to R)
  std::vector<double> first;  // law of the first second, which the start cuts at a random place; counts 0 to R
  std::vector<double> every;  // law of every other second; counts 0 to R
  std::vector<double> fails;  // by slack: P(at least so many in a second)
  std::vector<double> lives;  // by slack: expected part of a second before the one that fails
  double first_fails = 0;
  double first_lives = 0;
};
Seconds prepare(const CountLaw& law, std::uint64_t restarts);

/// Second 0 is the one in which the incarnation starts. `fails[i]`: P(fails in second i); `lives[i]`: expected time
/// lived in second i. After the listed ones: P(alive), and then at each second's start P(fails in it) tends to
/// `hazard`, which lies between the two bounds.
struct Survival {
  std::vector<double> fails;
  std::vector<double> lives;
  double alive = 1;
  double hazard = 0;
  double hazard_low = 0;
  double hazard_high = 0;
  double lives_each = 1;  // expected part lived of a second begun alive
};

/// By the exact Markov chain of the counts of the last `seconds` seconds.
Survival by_chain(const Seconds& law, std::uint64_t seconds);
/// By two segments: exact for the first 2 (seconds + 1) seconds, then a bracket.
Survival by_two_segments(const Seconds& law, std::uint64_t seconds);
/// The mean hazard over the third segment: a better `hazard` for what `two` holds.
void refine_by_three_segments(Survival& two, const Seconds& law, std::uint64_t seconds);
/// By the conditional probability that a window fails given that the one before it does not: for budgets too large for
/// the others.
Survival by_adjacent_windows(const Seconds& law, std::uint64_t seconds);

/// Rough numbers of floating-point operations of each.
double cost_of_chain(std::uint64_t restarts, std::uint64_t seconds);
double cost_of_two_segments(std::uint64_t restarts, std::uint64_t seconds);
double cost_of_three_segments(std::uint64_t restarts, std::uint64_t seconds);
double cost_of_adjacent_windows(std::uint64_t restarts, std::uint64_t seconds, std::size_t terms);

}  // namespace treefall::analyzer::scan
