// Calls that come too late: of one kind of message, of a worker as callee, of a source outside the tree. Requests that
// time out stay in the mailbox and are served all the same, so the queue is the one without timeouts.
#include <cmath>

#include "analyzer/predict_worker.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

using spec::NodeId;
using spec::Quantity;

Estimate timeout_of(const Stage& stage, NodeId worker, const MessageLoad& message, double timeout) {
  if (std::isinf(timeout)) return surely(0, "the call waits for ever");
  const Load& load = stage.facts.loads.of[worker];
  if (!stage.facts.crashes.of[worker].empty()) return unsaid("crashes of the callee end calls before they time out");
  if (!load.utilisation.said()) return unsaid(load.utilisation.because);
  if (load.mean_wait.said() && std::isinf(load.mean_wait.value)) return unsaid(load.mean_wait.because);
  if (!message.service.law) return unsaid("how long its handler waits for others is not known well enough");
  if (load.mean_wait.said() && load.mean_wait.high == 0) {
    const double late = 1 - spec::cumulative(*message.service.law, timeout);
    return exactly(late, "nobody waits; the answer takes longer than " + spec::seconds_text(timeout) + " with " +
                             spec::share_text(late));
  }
  if (!load.is_poisson() || !has_plain_laws(load)) return unsaid("calls do not come as a Poisson stream");
  if (load.utilisation.high >= 1) return unsaid("it is overloaded");
  return sojourn_exceeds(classes_of(load), *message.service.law, timeout);
}

// As a callee: all calls to it, each with its own timeout.
void say_timeouts(const PredictedWorker& s) {
  double calls = 0;
  double value = 0;
  double low = 0;
  double high = 0;
  Estimate last;
  bool from_inside = s.load.arrivals.callers > 0;
  for (const spec::TrafficId id : s.stage.traffic_to[s.id]) {
    const auto& traffic = s.stage.design.traffic[id];
    if (traffic.sends != spec::Sends::call) continue;
    for (const auto& message : s.load.messages) {
      if (message.tick != nullptr || message.message != traffic.message) continue;
      const auto* poisson = std::get_if<spec::Traffic::Poisson>(&traffic.arrivals);
      if (poisson == nullptr) return;
      last = timeout_of(s.stage, s.id, message, spec::in_seconds(traffic.timeout.value));
      if (traffic.retries) last = unsaid("calls that time out are tried again");
      if (!last.said()) return s.say(Quantity::timeout_probability, last);
      calls += poisson->per_second;
      value += poisson->per_second * last.value;
      low += poisson->per_second * last.low;
      high += poisson->per_second * last.high;
    }
  }
  if (calls <= 0 || from_inside) return;
  last.value = value / calls;
  last.low = low / calls;
  last.high = high / calls;
  s.say(Quantity::timeout_probability, last);
}

void predict_traffic(const Stage& stage, spec::TrafficId id, std::vector<Prediction>& list) {
  const auto& traffic = stage.design.traffic[id];
  const NodeId to = traffic.to.node;
  if (traffic.sends != spec::Sends::call || spec::as_worker(stage.design.nodes[to]) == nullptr) return;
  for (NodeId at = to; at != spec::no_node; at = stage.design.nodes[at].parent)
    if (stage.boot_fails[at] >= 1) return;
  const spec::Subject subject = spec::TrafficSubject{id};
  if (stage.facts.crashes.rehearsals[to]) {
    const auto calls = rehearsed_calls(worker_of(stage, to, list), id);
    const auto all = calls ? calls->answered + calls->failed + calls->timed_out : 0;
    if (all == 0) return;
    return add(list, subject, Quantity::timeout_probability,
               surely(static_cast<double>(calls->timed_out) / static_cast<double>(all),
                      spec::count_text(calls->timed_out) + " of " + spec::count_text(all) +
                          " calls are not answered in time"));
  }
  if (traffic.retries)
    return add(list, subject, Quantity::timeout_probability, unsaid("calls that time out are tried again"));
  for (const auto& message : stage.facts.loads.of[to].messages)
    if (message.tick == nullptr && message.message == traffic.message)
      add(list, subject, Quantity::timeout_probability,
          timeout_of(stage, to, message, spec::in_seconds(traffic.timeout.value)));
}

}  // namespace treefall::analyzer
