// What every quantity has in common: a process that is not there for a share of the time makes what is counted per time
// of the node that much smaller. Up to a fifth a figure is kept with a wider error bar, beyond it is taken back.
#include "analyzer/qualify.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analyzer/clumps.hpp"

namespace treefall::analyzer {

namespace {

using spec::NodeId;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double too_much = 0.2;

double squared(double x) { return x * x; }

// The node lives on while its trees stop.
double stopping(const DisturbedNode& c) {
  const double horizon = spec::in_seconds(c.stage.design.horizon.value);
  const double falls = std::min(1.0, 2 * (1 - c.life / horizon));
  if (!(falls > 0)) return 0;
  double seconds = 0;
  for (const auto& application : c.stage.design.applications) {
    if (application.root == spec::no_node) continue;
    const Estimate& stop = c.stage.facts.tree.stop[application.root];
    seconds += stop.said() ? stop.high : infinity;
  }
  return seconds > 0 ? falls * share_of_life(c, seconds) : 0;
}

}  // namespace

void take_back(Prediction& prediction, const std::string& why) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  prediction.value = prediction.low = prediction.high = nan;
  prediction.because = why;
}

// The truth may be less by the share `less`, or more by the share `more`.
void loosen(Prediction& prediction, double less, double more, const std::string& why) {
  if (std::isnan(prediction.value) || (less <= not_worth_saying && more <= not_worth_saying)) return;
  if (!(less <= too_much) || !(more <= too_much))
    return take_back(prediction, why.empty() ? "it is not there for too much of the time" : why);
  prediction.low *= 1 - less;
  prediction.high *= 1 + more;
  prediction.value *= 1 + (more - less) / 2;
  if (prediction.method != Method::bound) prediction.method = Method::approximation;
  if (!why.empty()) prediction.because += "; " + why;
}

double share_of_life(const DisturbedNode& c, double seconds) {
  return c.life > 0 ? seconds / c.life : seconds > 0 ? infinity : 0;
}

double absent(const DisturbedNode& c, const Disturbance& d) {
  const double reset = d.resets > 0 && d.away > 0 ? d.resets * d.away : 0;
  return share_of_life(c, d.late) + d.gone + reset + stopping(c);
}

double renewal_error(const DisturbedNode& c, NodeId worker, double resets) {
  double error = 0;
  for (const auto& source : c.stage.facts.crashes.of[worker]) {
    const auto* life = std::get_if<LifeTime>(&source.times);
    if (life == nullptr) continue;
    const double mean = spec::mean(life->since_start);
    const double scatter = spec::variance(life->since_start) / squared(mean);
    error =
        std::max(error, std::abs(scatter - 1) / 2 * share_of_life(c, mean) + resets * mean * std::max(1.0, scatter));
  }
  return error;
}

void qualify_traffic(const Stage& stage, const Disturbances& disturbances, NodeId to, Prediction& prediction) {
  const double life = disturbances.node_life;
  qualify_timeouts({stage, to, disturbances.of[to], disturbances.outside[to], life, 0, disturbances.ended}, prediction);
}

void qualify(const Stage& stage, const Disturbances& disturbances, NodeId id, std::vector<Prediction>& list,
             std::size_t first) {
  if (first == list.size()) return;
  const double life = disturbances.node_life;
  const DisturbedNode c{
      stage, id, disturbances.of[id], disturbances.outside[id], life, disturbances.strays[id], disturbances.ended};
  if (spec::as_worker(stage.design.nodes[id]) != nullptr) return qualify_worker(c, list, first);
  double renewal = 0;
  for (const NodeId child : stage.design.nodes[id].children)
    if (spec::as_worker(stage.design.nodes[child]) != nullptr)
      renewal = std::max(renewal, renewal_error(c, child, disturbances.of[child].resets));
  // Of renewals of mean M there are at least t / M - 1 within t.
  for (const Share& share : stage.facts.budgets.of[id].shares) {
    const Estimate& below = stage.facts.budgets.of[share.child].mean_time_to_failure;
    if (spec::as_supervisor(stage.design.nodes[share.child]) != nullptr && below.said() && c.life > 0)
      renewal = std::max(renewal, below.value / c.life);
  }
  // The first tick comes an interval after the start.
  for (const NodeId child : stage.design.nodes[id].children)
    if (const auto* worker = spec::as_worker(stage.design.nodes[child]))
      for (const auto& tick : worker->ticks)
        if (!stage.facts.crashes.of[child].empty())
          renewal = std::max(renewal, spec::mean(tick.every) * (1 / life + disturbances.of[child].resets));
  double settling = 0;
  for (const NodeId child : stage.design.nodes[id].children)
    if (spec::as_worker(stage.design.nodes[child]) != nullptr)
      settling = std::max(settling, unsettled(stage, child, 1 / life + disturbances.of[child].resets));
  for (auto at = first; at < list.size(); ++at) {
    if (list[at].quantity == spec::Quantity::restart_rate)
      loosen(list[at], settling, 0, "calls are not late yet while the mailbox of who is called fills");
    qualify_supervisor(c, disturbances.gone_below[id], disturbances.faded[id], renewal, list[at]);
  }
}

}  // namespace treefall::analyzer
