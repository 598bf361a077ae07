// Calls that come too late: of one kind of message, of a worker as callee, of a source outside the tree. Requests that
// time out stay in the mailbox and are served all the same, so the queue is the one without timeouts.
#include <algorithm>
#include <cmath>

#include "analyzer/bursts.hpp"
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
  if (load.turned_away != 0) return unsaid("it turns calls away when its mailbox is full");
  if (load.mean_wait.said() && std::isinf(load.mean_wait.value)) return unsaid(load.mean_wait.because);
  if (!message.service.law) return unsaid("how long its handler waits for others is not known well enough");
  if (load.mean_wait.said() && load.mean_wait.high == 0) {
    const double late = 1 - spec::cumulative(*message.service.law, timeout);
    return exactly(late, "nobody waits; the answer takes longer than " + spec::seconds_text(timeout) + " with " +
                             spec::share_text(late));
  }
  if (load.present.known()) return late_calls(load, load.present, timeout);
  if (!load.is_poisson() || !has_plain_laws(load)) return unsaid("calls do not come as a Poisson stream");
  if (load.utilisation.high >= 1) return unsaid("it is overloaded");
  return sojourn_exceeds(classes_of(load), *message.service.law, timeout);
}

namespace {

// Bursts that alone load a process find it idle, but for those that the one before has kept busy until then.
Estimate timeout_in_bursts(const Stage& stage, NodeId worker, const MessageLoad& message,
                           const spec::Traffic& traffic) {
  const Load& load = stage.facts.loads.of[worker];
  const auto& burst = std::get<spec::Traffic::Burst>(traffic.arrivals);
  const auto& from = load.arrivals;
  const bool alone = load.messages.size() == 1 && from.sources.size() == 1 && from.poisson == 0 && from.callers == 0 &&
                     !from.ticks && !from.casts && !from.tasks;
  if (!alone || traffic.during) return unsaid("calls come in bursts, and other messages between them");
  if (!stage.facts.crashes.of[worker].empty()) return unsaid("crashes of the callee end calls before they time out");
  if (stage.facts.tree.copies[worker] != 1) return unsaid("how many calls of a burst go to one copy is random");
  if (!message.service.law) return unsaid("how long its handler waits for others is not known well enough");
  const Burst calls{burst.size, *message.service.law, spec::in_seconds(traffic.timeout.value)};
  const double overlap = overlap_probability(calls, burst.every);
  if (overlap > 0.05) return unsaid("bursts meet what is left of the one before");
  Estimate late = outcome(calls).timeout_probability;
  late.because = "bursts of " + spec::count_text(burst.size, "call") + " of " +
                 spec::seconds_text(message.service.mean) + " each, one after the other";
  if (overlap <= 1e-6 * late.value || overlap < 1e-9) return late;
  // As many calls as are left are late instead of answered, at most.
  late.high = std::min(1.0, late.high + 2 * overlap);
  late.method = Method::bound;
  late.because += "; some meet what is left of the burst before";
  return late;
}

Estimate timeout_of(const Stage& stage, NodeId worker, const MessageLoad& message, const spec::Traffic& traffic) {
  if (traffic.retries && stage.facts.loads.of[worker].arrivals.feeds_itself)
    return unsaid("calls that time out are tried again");
  if (std::holds_alternative<spec::Traffic::Burst>(traffic.arrivals) && !stage.facts.crashes.rehearsals[worker])
    return timeout_in_bursts(stage, worker, message, traffic);
  return timeout_of(stage, worker, message, spec::in_seconds(traffic.timeout.value));
}

// Calls per second of a source; 0 where there is no such number.
double rate_of(const spec::Traffic& traffic) {
  if (const auto* poisson = std::get_if<spec::Traffic::Poisson>(&traffic.arrivals)) return poisson->per_second;
  if (const auto* burst = std::get_if<spec::Traffic::Burst>(&traffic.arrivals))
    return static_cast<double>(burst->size) / spec::mean(burst->every);
  return 0;
}

}  // namespace

// As a callee: all calls to it, each with its own timeout.
void say_timeouts(const PredictedWorker& s) {
  double calls = 0;
  double value = 0;
  double low = 0;
  double high = 0;
  Estimate last;
  const bool from_inside = s.load.arrivals.callers > 0;
  const auto count = [&](double rate, const Estimate& late) {
    calls += rate;
    value += rate * late.value;
    low += rate * late.low;
    high += rate * late.high;
    last = late;
  };
  if (from_inside && !s.load.present.known()) return;
  if (s.load.rushed) return s.say(Quantity::timeout_probability, late_calls(s.load, s.load.present, 0));
  for (const auto& callers : s.load.callers)
    for (const auto& [slot, call] : callers.calls)
      count(
          s.stage.facts.loads.of[callers.node].messages[slot].rate() * call->times * static_cast<double>(callers.count),
          late_calls(s.load, callers.found, spec::in_seconds(call->timeout.value)));
  for (const spec::TrafficId id : s.stage.traffic_to[s.id]) {
    const auto& traffic = s.stage.design.traffic[id];
    if (traffic.sends != spec::Sends::call) continue;
    for (const auto& message : s.load.messages) {
      if (message.tick != nullptr || message.message != traffic.message) continue;
      const double rate = rate_of(traffic);
      if (rate <= 0) return;
      const Estimate late = timeout_of(s.stage, s.id, message, traffic);
      if (!late.said()) return s.say(Quantity::timeout_probability, late);
      count(rate, late);
    }
  }
  if (calls <= 0) return;
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
  for (const auto& message : stage.facts.loads.of[to].messages)
    if (message.tick == nullptr && message.message == traffic.message)
      add(list, subject, Quantity::timeout_probability, timeout_of(stage, to, message, traffic));
}

}  // namespace treefall::analyzer
