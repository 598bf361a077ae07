// A mailbox forgets its past within about 4 s / (1 - utilisation)^2, s the mean service: so long after a start fewer
// calls than in the long run are late. And when the supervisor of the callers gives up, the clump of late calls that
// has done it is over: of all late calls between two falls R + 1 are left at least.
#include "analyzer/clumps.hpp"

#include <algorithm>
#include <cmath>

namespace treefall::analyzer {

using spec::NodeId;

double unsettled(const Stage& stage, NodeId caller, double starts) {
  double settles = 0;
  for (const auto& source : stage.facts.crashes.of[caller])
    if (const auto* poisson = std::get_if<PoissonCrashes>(&source.times); poisson != nullptr && poisson->late) {
      const double idle = poisson->late->present[0];
      settles = std::max(settles, 4 * poisson->late->mean_service / (idle * idle));
    }
  return settles > 0 ? settles * starts : 0;
}

void cut_clumps(const Stage& stage, NodeId callee, Prediction& prediction) {
  double cut = 0;
  for (const auto& callers : stage.facts.loads.of[callee].callers) {
    const NodeId above = stage.design.nodes[callers.node].parent;
    if (above == spec::no_node) continue;
    const Budget& budget = stage.facts.budgets.of[above];
    if (budget.restarts.late <= 0 || !budget.mean_time_to_failure.said()) continue;
    const double least = static_cast<double>(budget.window.restarts + 1);
    const double between = budget.restarts.late * budget.mean_time_to_failure.value;
    const double falls = budget.failure_probability.said() ? budget.failure_probability.high : 1;
    cut = std::max(cut, falls * std::max(0.0, 1 - least / between));
  }
  if (std::isnan(prediction.value) || cut <= 1e-3) return;
  prediction.low *= 1 - cut;
  prediction.value *= 1 - cut / 2;
  prediction.method = Method::bound;
  prediction.because += "; less where their supervisor gives up in the midst of late calls";
}

}  // namespace treefall::analyzer
