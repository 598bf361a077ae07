// How many restarts one second brings: the law that is repeated, independently, second after second.
#pragma once

#include <cstdint>
#include <vector>

namespace treefall::analyzer {

/// Probabilities of 0, 1, 2, … counted restarts in one second; what is left out at the end is negligible (< 1e-17 of
/// the last tail that matters). Inside a second the restarts lie evenly (independent and uniform). Empty: more than any
/// number, which is the law of a rate that is infinite (or no number).
struct CountLaw {
  std::vector<double> probability;
};

/// Poisson with `rate` per second, kept up to where it no longer matters for a budget of `restarts`.
CountLaw poisson_counts(double rate, std::uint64_t restarts);
/// Poisson events of `rate` per second, each of which brings 1, 2, 3, … restarts with these probabilities (index 0:
/// one restart): linked siblings, common causes. Takes time and room in proportion to the square and the number of
/// restarts per second.
CountLaw compound_counts(double rate, const std::vector<double>& batch, std::uint64_t restarts);
/// Both together.
CountLaw sum(const CountLaw& a, const CountLaw& b);
/// Restarts per second.
double mean(const CountLaw& law);

}  // namespace treefall::analyzer
