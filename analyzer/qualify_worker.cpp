// What is said of a worker's steady state, qualified by what its starts, ends and absences change (worker_effects.hpp):
// each value gets the bar that holds with them, or is taken back with the reason.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "analyzer/clumps.hpp"
#include "analyzer/predict_worker.hpp"
#include "analyzer/qualify.hpp"
#include "analyzer/worker_effects.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::NodeId;
using spec::Quantity;

constexpr double infinity = std::numeric_limits<double>::infinity();

double known(double value) { return std::isnan(value) ? infinity : value; }

// The longest that the node lives on average, as a share of the horizon.
double longest_life(const DisturbedNode& c, double horizon) {
  double share = 1;
  for (const auto& application : c.stage.design.applications) {
    if (application.root == spec::no_node || application.start.value == spec::StartType::temporary) continue;
    const Budget& budget = c.stage.facts.budgets.of[application.root];
    if (budget.relevant && budget.mean_time_to_failure.said())
      share = std::min(share, budget.mean_time_to_failure.high / horizon);
  }
  return share;
}

// After the end of the node nothing is up any more, to the horizon.
void cut_by_the_end(const DisturbedNode& c, Prediction& prediction) {
  const double horizon = spec::in_seconds(c.stage.design.horizon.value);
  const double least = std::min(1.0, c.life / horizon);
  if (std::isnan(prediction.value) || 1 - least <= not_worth_saying) return;
  if (!(least > 0)) return take_back(prediction, "how long the node lives cannot be said");
  const double most = std::max(least, longest_life(c, horizon));
  prediction.low *= least;
  prediction.high *= most;
  prediction.value *= (least + most) / 2;
  prediction.method = Method::bound;
  prediction.because += "; nothing is up any more after the end of the node, which lives " +
                        spec::seconds_text(c.life) + " of " + spec::seconds_text(horizon);
}

void qualify_crash_rate(const DisturbedNode& c, const Effects& e, Prediction& prediction) {
  double less = e.absent + e.blocked + c.all.faded;
  double more = 0;
  for (const auto& source : c.stage.facts.crashes.of[c.id])
    if (orders_by_messages(source))
      // A crash throws away what has gathered while it was busy with its start.
      less = e.absent + e.blocked + c.all.faded + e.inflow + e.unserved + e.busy, more = e.unserved;
  less += unsettled(c.stage, c.id, lives(c) + c.all.resets);
  for (const auto& source : c.stage.facts.crashes.of[c.id])
    if (const auto* poisson = std::get_if<PoissonCrashes>(&source.times); poisson != nullptr && poisson->late)
      cut_clumps(c.stage, source.guilty, prediction);
  const double renewal = renewal_error(c, c.id, c.all.resets);
  if (c.strays > 0) more += c.strays / prediction.value;
  loosen(prediction, less + renewal, more + renewal, c.all.why);
}

void add_gathered(const DisturbedNode& c, const Effects& e, double factor, Prediction& prediction) {
  const double more = e.gathered * factor;
  if (std::isnan(prediction.value) || more <= not_worth_saying * prediction.value || more <= 1e-9 * factor) return;
  // Other processes send what has gathered during starts of their own, all at once.
  if (const auto& from = c.stage.facts.loads.of[c.id].arrivals; from.callers > 0 || from.casts)
    return take_back(prediction, "messages that come while it starts wait for it, and others send theirs together");
  if (std::isinf(more))
    return take_back(prediction, "messages wait for its starts, and how long these take is not known");
  prediction.value += more;
  prediction.high += 2 * more;
  prediction.method = prediction.method == Method::bound ? Method::bound : Method::approximation;
  prediction.because += "; messages that come while it starts wait for it";
}

void add_left_behind(const Effects& e, double load, Prediction& prediction) {
  const double more = e.left_behind * load;
  if (std::isnan(prediction.value) || more <= not_worth_saying * prediction.value) return;
  if (std::isinf(more)) return take_back(prediction, "messages gather while it cleans up, for how long is not known");
  prediction.value += more / 2;
  prediction.high += more;
  prediction.method = Method::bound;
  prediction.because += "; messages gather while it cleans up";
}

// What comes while it is not there is lost, too.
void add_losses(const DisturbedNode& c, const Effects& e, Prediction& prediction) {
  const double load = c.stage.facts.loads.of[c.id].rate;
  const double more = (e.absent + e.blocked) * load + c.all.resets;
  if (std::isnan(prediction.value) || more <= not_worth_saying * prediction.value) return;
  prediction.high = std::min(prediction.high + more, std::max(load, prediction.high));
  prediction.method = Method::bound;
  prediction.because += "; and what comes while it is not there";
}

void loosen_timeouts(const DisturbedNode& c, const Effects& e, Prediction& prediction) {
  if (std::isnan(prediction.value)) return;
  const double share = e.absent + e.shortened + e.unserved + c.all.missing;
  cut_clumps(c.stage, c.id, prediction);
  if (e.in_starts > not_worth_saying * prediction.value && prediction.high < 1) {
    prediction.high = std::min(1.0, prediction.high + 2 * e.in_starts);
    prediction.method = Method::bound;
    prediction.because += "; more of those that come while it starts";
  }
  if (e.stopping > not_worth_saying * prediction.value && prediction.high < 1) {
    if (std::isinf(e.stopping)) return take_back(prediction, "how long its clean-ups take cannot be said");
    prediction.high = std::min(1.0, prediction.high + e.stopping);
    prediction.method = Method::bound;
    prediction.because += "; and those that wait while it cleans up";
  }
  loosen(prediction, share, e.unserved, c.all.why);
}

// Why a figure is taken back where nobody else disturbs the process: what changes it most, where that is much.
std::string weightiest(const DisturbedNode& c, const Effects& e) {
  constexpr double much = 0.1;
  const std::pair<double, const char*> all[] = {
      {e.absent, "it is not there for too much of the time"},
      {e.blocked, "its supervisor is busy with restarts for too much of the time"},
      {e.unserved, "too many of its calls may find nobody, or somebody who ends before the answer"},
      {c.all.missing, "too many of the messages that other processes send it may not come"},
      {e.inflow - c.all.missing, "its first messages come late for how long it lives"},
      {e.busy, "it is busy with its starts and clean-ups for too much of the time"},
      {in_step_at_callees(c), "calls that come in step make its own calls wait, how long cannot be said"},
      {e.filling, "it starts afresh too often for its mailbox to settle"},
      {e.growing, "it crashes too seldom for so short a time: what is lost grows from one crash to the next"},
      {e.shortened, "its mailbox is emptied too often for waits to settle"},
  };
  const auto* most = std::max_element(std::begin(all), std::end(all),
                                      [](const auto& a, const auto& b) { return known(a.first) < known(b.first); });
  return known(most->first) > much ? most->second : "";
}

// Whatever interrupts it: where services are new better than used, so many are done at the most (Barlow and Proschan).
void claim_capacity(const DisturbedNode& c, Prediction& prediction) {
  const Load& load = c.stage.facts.loads.of[c.id];
  const bool overloaded = load.utilisation.said() && load.utilisation.low >= 1;
  if (!std::isnan(prediction.value) || !overloaded || !has_plain_laws(load) || !(load.service.mean > 0)) return;
  if (!std::all_of(load.messages.begin(), load.messages.end(), [](const auto& message) {
        return message.rate() <= 0 || has_short_residual_life(*message.service.law);
      }))
    return;
  prediction.low = 0;
  prediction.value = prediction.high = 1 / load.service.mean;
  prediction.method = Method::bound;
  prediction.because =
      "more comes in than it can do, and that is at most one message in " + spec::seconds_text(load.service.mean);
}

void qualify_worker_prediction(const DisturbedNode& c, const Effects& e, Prediction& prediction) {
  const double load = c.stage.facts.loads.of[c.id].rate;
  const double idle = std::max(1e-9, 1 - c.stage.facts.loads.of[c.id].utilisation.high);
  const double work = e.inflow + e.unserved;
  // What feeds itself is followed from its empty mailbox on (predict_retried.cpp).
  const double filling = c.stage.facts.loads.of[c.id].arrivals.feeds_itself ? 0 : e.filling;
  const std::string why = c.all.why.empty() ? weightiest(c, e) : c.all.why;
  const std::string in_step = "its callers start together, and call in step for a while";
  const std::string shorter = why.empty() ? "starts and crashes empty its mailbox, so that waits are shorter" : why;
  switch (prediction.quantity) {
    case Quantity::crash_rate:
      return qualify_crash_rate(c, e, prediction);
    case Quantity::availability:
      loosen(prediction, e.absent + e.blocked + e.restarts, 0,
             why.empty() ? "calls that find nobody make it crash more often" : why);
      return cut_by_the_end(c, prediction);
    case Quantity::throughput:
      loosen(prediction, e.absent + e.blocked + e.unfinished + work, 0, why);
      return claim_capacity(c, prediction);
    case Quantity::utilisation:
      // However much it is offered, it is busy all the time at most.
      if (work + filling > not_worth_saying) prediction.low = std::min(prediction.low, 1.0);
      loosen(prediction, work + filling, e.unserved + e.backlog + in_step_at_callees(c), why);
      if (e.busy <= not_worth_saying * prediction.value || std::isnan(prediction.value)) return;
      if (!(e.busy < 0.1)) return take_back(prediction, "it is busy with its starts and clean-ups, too");
      prediction.high += 2 * e.busy;
      prediction.method = Method::bound;
      prediction.because += "; and with its starts and clean-ups";
      return;
    case Quantity::mean_wait:
      loosen(prediction, 0, rhythm(c, prediction.value), in_step);
      if (prediction.high > 0) loosen(prediction, e.shortened + work / idle, 2 * e.unserved / idle, shorter);
      return add_gathered(c, e, 1, prediction);
    case Quantity::p99_wait:
      return loosen(prediction, e.shortened + work / idle, 2 * e.unserved / idle + e.in_starts / 0.01,
                    e.in_starts > e.shortened ? "messages that come while it starts wait for it" : shorter);
    case Quantity::mailbox_length:
      loosen(prediction, 0, rhythm(c, prediction.value / load), in_step);
      if (prediction.high > 0)
        loosen(prediction, e.absent + e.shortened + 2 * work / idle, 2 * e.unserved / idle, shorter);
      add_left_behind(e, load, prediction);
      return add_gathered(c, e, load, prediction);
    case Quantity::lost_messages:
      loosen(prediction, e.absent + e.blocked + e.emptied + e.filling + e.growing + work, 0, why);
      return add_losses(c, e, prediction);
    case Quantity::lost_per_crash:
      return loosen(prediction, e.emptied + e.filling + e.growing + work, e.unserved, why);
    case Quantity::mailbox_growth:
      return loosen(prediction, e.absent + work, 0, why);
    case Quantity::timeout_probability:
      return loosen_timeouts(c, e, prediction);
    case Quantity::failure_probability:
    case Quantity::mean_time_to_failure:
    case Quantity::restart_rate:
    case Quantity::boot_time:
    case Quantity::shutdown_time:
    case Quantity::boot_failure_probability:
      return;
  }
}
// What is rehearsed knows its own start and end; not what others do to it.
bool follows_alone(const DisturbedNode& c) {
  return c.ended <= not_worth_saying && c.all.gone <= not_worth_saying &&
         !(c.outside.resets * spec::in_seconds(c.stage.design.horizon.value) > not_worth_saying);
}

std::string why_not_alone(const DisturbedNode& c) {
  return c.all.why.empty() ? "others, whose ends cannot be foreseen, may end the node" : c.all.why;
}

}  // namespace

void qualify_timeouts(const DisturbedNode& c, Prediction& prediction) {
  if (!c.stage.facts.crashes.rehearsals[c.id])
    loosen_timeouts(c, effects_on(c), prediction);
  else if (!follows_alone(c))
    take_back(prediction, why_not_alone(c));
}

void qualify_worker(const DisturbedNode& c, std::vector<Prediction>& list, std::size_t first) {
  const Effects effects = effects_on(c);
  const bool rehearsed =
      c.stage.facts.crashes.rehearsals[c.id].has_value() || is_said_shared(worker_of(c.stage, c.id, list));
  for (auto at = first; at < list.size(); ++at) {
    if (!rehearsed)
      qualify_worker_prediction(c, effects, list[at]);
    else if (!follows_alone(c))
      take_back(list[at], why_not_alone(c));
  }
}

}  // namespace treefall::analyzer
