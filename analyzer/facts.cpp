// The order in which facts follow from each other, and the list of predictions.
#include "analyzer/facts.hpp"

#include <algorithm>
#include <limits>

#include "analyzer/disturbances.hpp"
#include "analyzer/predict.hpp"
#include "analyzer/qualify.hpp"
#include "analyzer/remembered.hpp"
#include "analyzer/times.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::Quantity;

// Promised spans are predicted beside the horizon.
void add_promised_spans(const Stage& stage, const Disturbances& disturbances, std::vector<Prediction>& list) {
  for (const auto& promise : stage.design.promises) {
    const auto* stated = std::get_if<spec::QuantityPromise>(&promise.what);
    if (stated == nullptr || stated->quantity != Quantity::failure_probability || !stated->within) continue;
    spec::NodeId node = spec::no_node;
    if (const auto* target = std::get_if<spec::Target>(&stated->subject)) node = target->node;
    if (const auto* owner = std::get_if<spec::ApplicationSubject>(&stated->subject))
      node = stage.design.applications[owner->application].root;
    if (node == spec::no_node || spec::as_supervisor(stage.design.nodes[node]) == nullptr) continue;
    if (stage.boot_fails[node] >= 1) continue;
    add(list, stated->subject, Quantity::failure_probability,
        failure_of(stage, node, spec::in_seconds(*stated->within)));
    list.back().within = stated->within;
    qualify(stage, disturbances, node, list, list.size() - 1);
  }
}

// An interval that holds every value there is cannot be wrong: no prediction.
void take_back_what_says_nothing(std::vector<Prediction>& list) {
  for (auto& prediction : list) {
    const bool share = spec::info(prediction.quantity).unit == spec::Unit::probability ||
                       spec::info(prediction.quantity).unit == spec::Unit::share;
    const double most = share ? 1 : std::numeric_limits<double>::infinity();
    if (prediction.low <= 0 && prediction.high >= most)
      take_back(prediction, (share ? "it may be anything between never and surely: " : "it may be anything: ") +
                                prediction.because);
  }
}

void predict_all(const Stage& stage, Facts& facts) {
  const Design& design = stage.design;
  auto& list = facts.predictions;
  facts.predicted.assign(design.nodes.size(), 0);
  facts.predicted_end.assign(design.nodes.size(), 0);
  const Disturbances disturbances = disturbances_of(stage);
  for (spec::ApplicationId id = 0; id < design.applications.size(); ++id) {
    const auto first = list.size();
    predict_application(stage, id, list);
    if (first < list.size()) qualify(stage, disturbances, design.applications[id].root, list, first);
  }
  for (const spec::NodeId id : facts.tree.order) {
    const auto first = list.size();
    if (spec::as_supervisor(design.nodes[id]) != nullptr)
      predict_supervisor(stage, id, list);
    else
      predict_worker(stage, id, list);
    qualify(stage, disturbances, id, list, first);
    std::stable_sort(list.begin() + static_cast<std::ptrdiff_t>(first), list.end(),
                     [](const auto& a, const auto& b) { return a.quantity < b.quantity; });
    facts.predicted[id] = static_cast<std::uint32_t>(first);
    facts.predicted_end[id] = static_cast<std::uint32_t>(list.size());
  }
  for (spec::TrafficId id = 0; id < design.traffic.size(); ++id) {
    const auto first = list.size();
    predict_traffic(stage, id, list);
    for (auto at = first; at < list.size(); ++at)
      qualify_traffic(stage, disturbances, design.traffic[id].to.node, list[at]);
  }
  add_promised_spans(stage, disturbances, list);
  take_back_what_says_nothing(list);
}

}  // namespace

Facts derive(const Design& design) {
  Remembered remembered;
  return derive(design, remembered);
}

Facts derive(const Design& design, Remembered& remembered) {
  Facts facts;
  facts.tree = tree_of(design);
  facts.calls = calls_of(design, facts.tree);
  facts.loads = loads_of(design, facts.tree, facts.calls);
  find_start_and_stop_times(design, facts.calls, facts.loads, facts.tree);
  facts.crashes = crashes_of(design, facts.tree, facts.calls, facts.loads);
  facts.budgets = budgets_of(design, facts.tree, facts.crashes, remembered);
  const Stage stage = stage_of(design, facts);
  predict_all(stage, facts);
  facts.tolerances = tolerances_of(design, facts);
  facts.promises = check_promises(stage, facts.predictions);
  return facts;
}

const Prediction* find(const Facts& facts, spec::NodeId node, Quantity quantity) {
  for (auto index = facts.predicted[node]; index < facts.predicted_end[node]; ++index)
    if (facts.predictions[index].quantity == quantity) return &facts.predictions[index];
  return nullptr;
}

const Prediction* find_traffic(const Facts& facts, spec::TrafficId traffic, Quantity quantity) {
  for (const auto& prediction : facts.predictions) {
    const auto* subject = std::get_if<spec::TrafficSubject>(&prediction.subject);
    if (subject != nullptr && subject->traffic == traffic && prediction.quantity == quantity) return &prediction;
  }
  return nullptr;
}

}  // namespace treefall::analyzer
