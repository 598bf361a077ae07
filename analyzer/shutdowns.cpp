// A lone worker whose ends come as a Poisson stream makes its supervisor's shutdowns one, where starting again takes no
// time; nothing is said of several children.
#include "analyzer/shutdowns.hpp"

#include <algorithm>
#include <limits>

#include "analyzer/certain.hpp"

namespace treefall::analyzer {

namespace {

bool takes_no_time(const Estimate& time) { return is_known(time) && time.value == 0; }

}  // namespace

bool may_shut_down(const spec::Design& design, const Crashes& crashes, spec::NodeId supervisor) {
  if (spec::as_supervisor(design.nodes[supervisor])->auto_shutdown.value == spec::AutoShutdown::never) return false;
  const auto& children = design.nodes[supervisor].children;
  return std::any_of(children.begin(), children.end(), [&](spec::NodeId child) {
    return design.nodes[child].significant.value &&
           (spec::as_supervisor(design.nodes[child]) != nullptr || !crashes.of[child].empty());
  });
}

double shutdowns_per_second(const spec::Design& design, const Tree& tree, const Crashes& crashes,
                            spec::NodeId supervisor) {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  const auto& children = design.nodes[supervisor].children;
  const bool at_once = takes_no_time(tree.boot[supervisor]) && takes_no_time(tree.stop[supervisor]);
  if (children.size() != 1 || design.nodes[children.front()].count.value != 1 || !at_once) return unknown;
  if (spec::as_worker(design.nodes[children.front()]) == nullptr) return unknown;
  double rate = 0;
  for (const auto& source : crashes.of[children.front()]) {
    const auto* poisson = std::get_if<PoissonCrashes>(&source.times);
    if (source.counted || source.during || poisson == nullptr || poisson->error > 0 || poisson->late) return unknown;
    rate += poisson->per_second;
  }
  return rate;
}

}  // namespace treefall::analyzer
