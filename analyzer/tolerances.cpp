// The reverse question, for designs without numbers too: how much can each supervisor take?
#include <cmath>

#include "analyzer/predict.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

std::vector<Tolerance> tolerances_of(const spec::Design& design, const Facts& facts) {
  std::vector<Tolerance> list;
  const double horizon = spec::in_seconds(design.horizon.value);
  for (const spec::NodeId id : facts.tree.order) {
    if (spec::as_supervisor(design.nodes[id]) == nullptr) continue;
    const Budget& budget = facts.budgets.of[id];
    Tolerance tolerance;
    tolerance.supervisor = {id, {}, {}};
    tolerance.probability = tolerated;
    tolerance.within = design.horizon.value;
    tolerance.simultaneous = tolerated_simultaneous(budget.window);
    tolerance.method = budget.tolerates.method;
    if (budget.tolerates.said()) tolerance.at_most = budget.tolerates.value;
    tolerance.because = spec::count_text(budget.window.restarts, "restart") + " in " +
                        spec::count_text(budget.window.seconds) + " s are shared by all its children; " +
                        spec::share_text(tolerated) + " within " + spec::seconds_text(horizon) +
                        " for crashes that come independently";
    list.push_back(std::move(tolerance));
  }
  return list;
}

}  // namespace treefall::analyzer
