// What follows from a design, computed once and read by every rule.
// Pointers in here go into the design, which must outlive the facts and stay unchanged.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/budgets.hpp"
#include "analyzer/calls.hpp"
#include "analyzer/crashes.hpp"
#include "analyzer/loads.hpp"
#include "analyzer/prediction.hpp"
#include "analyzer/promise.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

struct Facts {
  Tree tree;
  CallGraph calls;
  Loads loads;
  Crashes crashes;
  Budgets budgets;
  std::vector<Prediction> predictions;   // applications, then nodes in start order, then traffic; by quantity, `within`
  std::vector<std::uint32_t> predicted;  // by node: its predictions are predictions[predicted[id], predicted_end[id])
  std::vector<std::uint32_t> predicted_end;
  std::vector<Tolerance> tolerances;   // supervisors in start order
  std::vector<PromiseCheck> promises;  // one for each promise, in their order
};

/// Everything the analyser can derive.
Facts derive(const spec::Design& design);
/// The same, for designs that differ in little: what is computed for one need not be for the next.
Facts derive(const spec::Design& design, Remembered& remembered);

/// The prediction of a quantity of a node (over the horizon for failure_probability), or nothing.
const Prediction* find(const Facts& facts, spec::NodeId node, spec::Quantity quantity);
/// The same of a traffic source.
const Prediction* find_traffic(const Facts& facts, spec::TrafficId traffic, spec::Quantity quantity);

}  // namespace treefall::analyzer
