// What restart intensities have come to, by what was asked: equal budgets under equal restarts are common in one
// design, and the rule when a design is asked again with one number changed. All of it follows from what is asked
// alone, so an answer is right for every design.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "analyzer/estimate.hpp"
#include "analyzer/intensity.hpp"
#include "analyzer/shared_server.hpp"

namespace treefall::analyzer {

struct Judged {
  Estimate mean_time_to_failure;
  Estimate failure_probability;  // within the horizon
};

class Remembered {
 public:
  /// Of restarts that come at random at that rate and take no time; `compute` where it has not been asked yet.
  const Judged& judged(const Window& window, double rate, double horizon, const std::function<Judged()>& compute);
  /// `tolerated_rate` for 0.1 % within the horizon.
  const Estimate& tolerated_rate(const Window& window, double horizon);
  /// `clump_of`.
  const Clump& clump(const LateCalls& calls, double window, std::size_t most);

 private:
  using Asked = std::tuple<std::uint64_t, std::uint64_t, double, double>;  // budget, rate, horizon
  using AskedClump = std::tuple<std::vector<double>, double, std::size_t>;
  std::map<Asked, Judged> judged_;
  std::map<Asked, Estimate> tolerated_;
  std::map<AskedClump, Clump> clumps_;
};

}  // namespace treefall::analyzer
