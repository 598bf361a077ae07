#include "analyzer/estimate.hpp"

#include <algorithm>
#include <utility>

namespace treefall::analyzer {

Estimate exactly(double value, std::string because) { return {value, value, value, Method::exact, std::move(because)}; }

Estimate surely(double value, std::string because) {
  return {value, value, value, Method::deterministic, std::move(because)};
}

Estimate between(double low, double value, double high, std::string because) {
  return {value, low, high, Method::bound, std::move(because)};
}

Estimate about(double value, double error, std::string because) {
  return {value, value / (1 + error), value * (1 + error), Method::approximation, std::move(because)};
}

Estimate for_equivalent_poisson(Estimate estimate, double most) {
  estimate.method = Method::approximation;
  estimate.low /= 2;
  estimate.high = std::min(estimate.high * 2, most);
  estimate.because += ", for a Poisson law of the same mean and variance";
  return estimate;
}

Estimate unsaid(std::string why) {
  Estimate estimate;
  estimate.because = std::move(why);
  return estimate;
}

}  // namespace treefall::analyzer
