// A number with the method it came by, its error bar and the reason; NaN where it cannot be said.
#pragma once

#include <cmath>
#include <limits>
#include <string>

#include "analyzer/prediction.hpp"

namespace treefall::analyzer {

struct Estimate {
  double value = std::numeric_limits<double>::quiet_NaN();  // base units
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
  Method method = Method::exact;
  std::string because;  // one sentence with the numbers that went in, or why it cannot be said
  bool said() const { return !std::isnan(value); }
};

/// A number without error.
Estimate exactly(double value, std::string because);
/// A number in which nothing random takes part.
Estimate surely(double value, std::string because);
/// The truth lies in [low, high]; `value` is the best guess inside.
Estimate between(double low, double value, double high, std::string because);
/// A formula whose measured error is at most the relative `error`.
Estimate about(double value, double error, std::string because);
/// What was computed for a Poisson law that stands for another one of its mean and variance: within a factor of 2, and
/// not above `most`.
Estimate for_equivalent_poisson(Estimate estimate, double most);
/// Cannot be said.
Estimate unsaid(std::string why);

}  // namespace treefall::analyzer
