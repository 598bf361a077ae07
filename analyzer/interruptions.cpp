// Under rest_for_one the elder siblings' restarts take it along, under one_for_all everybody's; whatever befalls its
// own supervisor befalls it, too.
#include "analyzer/interruptions.hpp"

namespace treefall::analyzer {

std::vector<double> interruptions(const spec::Design& design, const Tree& tree, const Crashes& crashes) {
  std::vector<double> all(design.nodes.size(), 0);
  for (const spec::NodeId above : tree.order) {
    const auto* supervisor = spec::as_supervisor(design.nodes[above]);
    if (supervisor == nullptr) continue;
    const auto strategy = supervisor->strategy.value;
    const auto rate = [&](spec::NodeId child) {
      return crashes.of[child].empty() ? 0 : crashes.rate[child] * static_cast<double>(design.nodes[child].count.value);
    };
    double before = 0;
    double total = 0;
    for (const spec::NodeId child : design.nodes[above].children) total += rate(child);
    for (const spec::NodeId child : design.nodes[above].children) {
      all[child] = all[above];
      if (strategy == spec::Strategy::rest_for_one) all[child] += before;
      if (strategy == spec::Strategy::one_for_all) all[child] += total - rate(child);
      before += rate(child);
    }
  }
  return all;
}

}  // namespace treefall::analyzer
