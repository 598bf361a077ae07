// A process whose callers try again what is late: busy and growing in proportion to the time behind the moment at which
// its mailbox is so long that retries hold it there (feedback.hpp). Waits have no mean that lasts.
#include <cmath>

#include "analyzer/feedback.hpp"
#include "analyzer/predict_worker.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::NodeId;
using spec::Quantity;

constexpr double worth_saying = 0.001;  // probability to tip over, at the kind end of the bar

}  // namespace

bool say_retried(const PredictedWorker& s) {
  // Who falls with its supervisor starts with an empty mailbox again.
  for (NodeId at = s.stage.design.nodes[s.id].parent; at != spec::no_node; at = s.stage.design.nodes[at].parent)
    if (s.stage.facts.budgets.of[at].relevant) return false;
  const auto feedback = feedback_of(s.stage.design, s.stage.facts, s.id);
  // What is overloaded without any retry needs no chance to tip over.
  if (!feedback || !feedback->tips_after.said()) return false;
  if (least_rate(feedback->calls) * feedback->calls.mean_service >= 1) return false;
  const double horizon = spec::in_seconds(s.stage.design.horizon.value);
  const Estimate busy = busy_within(*feedback, horizon);
  Estimate handled = busy;
  for (double* one : {&handled.value, &handled.low, &handled.high}) *one /= feedback->calls.mean_service;
  s.say(Quantity::utilisation, busy);
  s.say(Quantity::throughput, handled);
  s.say(Quantity::mean_wait,
        unsaid("calls that time out are tried again, and make the others late: after " +
               spec::seconds_text(feedback->tips_after.value) + " on average the mailbox never empties any more"));
  if (-std::expm1(-horizon / feedback->tips_after.high) > worth_saying)
    s.say(Quantity::mailbox_growth, growth_within(*feedback, horizon));
  return true;
}

}  // namespace treefall::analyzer
