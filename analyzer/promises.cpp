// Promises against predictions: broken where even the favourable end of the error bar breaks it, kept where the
// unfavourable end keeps it, and not to be said in between.
#include <cmath>
#include <type_traits>

#include "analyzer/outage.hpp"
#include "analyzer/predict.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using Outcome = PromiseCheck::Outcome;

constexpr double survival = tolerated;  // an outage that ends it with a smaller probability is survived

bool same(const spec::Subject& a, const spec::Subject& b) {
  if (a.index() != b.index()) return false;
  if (const auto* target = std::get_if<spec::Target>(&a)) return target->node == std::get<spec::Target>(b).node;
  if (const auto* traffic = std::get_if<spec::TrafficSubject>(&a))
    return traffic->traffic == std::get<spec::TrafficSubject>(b).traffic;
  return std::get<spec::ApplicationSubject>(a).application == std::get<spec::ApplicationSubject>(b).application;
}

Outcome judge(const Prediction& prediction, bool at_most, double bound) {
  if (std::isnan(prediction.value)) return Outcome::cannot_say;
  const double good = at_most ? prediction.low : prediction.high;
  const double bad = at_most ? prediction.high : prediction.low;
  const auto keeps = [&](double value) { return at_most ? value <= bound : value >= bound; };
  if (keeps(bad)) return Outcome::holds;
  return keeps(good) ? Outcome::cannot_say : Outcome::broken;
}

// A lone application is its root: what is said of the root is said of it.
spec::Subject stated_of(const spec::Design& design, const spec::Subject& subject) {
  const auto* owner = std::get_if<spec::ApplicationSubject>(&subject);
  if (owner == nullptr || design.applications.size() > 1) return subject;
  return spec::Target{design.applications[owner->application].root, {}, {}};
}

void check(const Stage& stage, const spec::QuantityPromise& promise, const std::vector<Prediction>& predictions,
           PromiseCheck& result) {
  const spec::Subject subject = stated_of(stage.design, promise.subject);
  // Of the horizon nothing need be said.
  const bool at_horizon = promise.within == stage.design.horizon.value;
  for (const auto& prediction : predictions)
    if (prediction.quantity == promise.quantity &&
        (prediction.within == promise.within || (at_horizon && !prediction.within)) &&
        (same(prediction.subject, subject) || same(prediction.subject, promise.subject))) {
      result.prediction = prediction;
      result.outcome = judge(prediction, promise.at_most, promise.bound);
      result.because = prediction.because;
      return;
    }

  result.because = "the analyser has nothing to say about this quantity of this process";
}

void check(const Stage& stage, const spec::SurvivalPromise& promise, const std::vector<Prediction>&,
           PromiseCheck& result) {
  const double lasting = spec::in_seconds(promise.lasting);
  std::vector<Prediction> list;
  const auto& node = stage.design.nodes[promise.survives.node];
  spec::NodeId watched = promise.survives.node;
  if (spec::as_supervisor(node) == nullptr) watched = node.parent;  // a worker lives on as long as somebody restarts it
  if (watched == spec::no_node) {
    result.because = "nobody restarts it";
    return;
  }
  add(list, promise.survives, spec::Quantity::failure_probability,
      gives_up_during(stage.design, stage.facts, watched, promise.fault, lasting));
  list.front().within = promise.lasting;
  result.prediction = list.front();
  result.because = list.front().because;
  result.outcome = judge(list.front(), true, survival);
}

}  // namespace

std::vector<PromiseCheck> check_promises(const Stage& stage, const std::vector<Prediction>& predictions) {
  std::vector<PromiseCheck> list;
  for (std::uint32_t index = 0; index < stage.design.promises.size(); ++index) {
    PromiseCheck result;
    result.promise = index;
    std::visit([&](const auto& promise) { check(stage, promise, predictions, result); },
               stage.design.promises[index].what);
    list.push_back(std::move(result));
  }
  return list;
}

}  // namespace treefall::analyzer
