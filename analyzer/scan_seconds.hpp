// What the ways of the discrete scan have in common: how one more second is added to counts, and how what is alive is
// read. Internal to scan.cpp and segments.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/scan.hpp"

namespace treefall::analyzer::scan {

/// Adds one second to a law of sums of counts, kept up to R. `room` is overwritten.
void add_second(std::vector<double>& sum, const Seconds& law, std::vector<double>& room);

/// One second: what of the mass by sum of counts fails in it, and how long the mass lives in it.
struct Reading {
  double fails = 0;
  double lives = 0;
};
Reading read(const std::vector<double>& mass, const Seconds& law);
void append(Survival& survival, const Reading& reading);
double total(const std::vector<double>& mass);

/// The seconds in which nothing has left the window yet: 0 to `seconds`. Returns the mass by sum of counts behind them.
std::vector<double> first_window(Survival& survival, const Seconds& law, std::uint64_t seconds);

/// Reads the hazard off the last second listed, at whose start so much was alive.
void settle(Survival& survival, double alive_before);

}  // namespace treefall::analyzer::scan
