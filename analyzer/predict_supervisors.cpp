// Supervisors and applications: when they give up, how long they take to start and to stop, whether they start at all.
// A supervisor can only give up while the node lives: what else may end the node first lowers its probability, and
// the lower end of the error bar says by how much at most.
#include <algorithm>
#include <cmath>
#include <limits>

#include "analyzer/giving_up.hpp"
#include "analyzer/hopeless_calls.hpp"
#include "analyzer/longest_times.hpp"
#include "analyzer/predict.hpp"
#include "analyzer/qualify.hpp"
#include "analyzer/shutdowns.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;
using spec::Quantity;

spec::Target open_target(NodeId id) { return {id, {}, {}}; }

// ---- starting at all ----

// P(its own work of init alone takes longer than whoever starts it waits).
double starts_late(const spec::Init& init) {
  if (!init.timeout) return 0;
  const double limit = spec::in_seconds(*init.timeout);
  if (spec::is_constant(init.takes)) return spec::mean(init.takes) >= limit ? 1 : 0;
  return 1 - spec::cumulative(init.takes, limit);
}

double first_start_fails(const Design& design, NodeId id, bool violates) {
  const auto& init = spec::as_worker(design.nodes[id])->init;
  if (!init) return 0;
  if (violates) return 1;
  if (!init->outcomes.empty() && init->outcomes.front() == spec::InitOutcome::fail) return 1;
  const double each = 1 - (1 - std::min(1.0, init->failure_probability)) * (1 - starts_late(*init));
  return -std::expm1(static_cast<double>(design.nodes[id].count.value) * std::log1p(-each));
}

// P(the fault lasts at some time of the first start), at most.
double met_by(const Design& design, const Facts& facts, NodeId id, spec::FaultId met_fault) {
  const Estimate& start = facts.tree.start[id];
  const Estimate& takes = facts.tree.boot[id];
  const auto& init = *spec::as_worker(design.nodes[id])->init;
  if (!start.said() || (!takes.said() && !init.calls.empty())) return 1;
  const double longest = takes.said() ? takes.high : limit_of(init.takes, not_worth_saying * not_worth_saying).seconds;
  const double until = start.high + longest * static_cast<double>(design.nodes[id].count.value);
  const auto& fault = design.faults[met_fault];
  if (const auto* random = std::get_if<spec::Fault::Random>(&fault.when))
    return until > 0 ? std::min(1.0, until / spec::mean(random->every)) : 0;
  double met = 0;
  for (const auto& outage : std::get<std::vector<spec::Fault::Outage>>(fault.when)) {
    const double at = spec::in_seconds(outage.at);
    if (at <= until && at + spec::highest(outage.lasts) >= start.low) met = 1;
  }
  return met;
}

// The same for any fault while which a start may fail that else succeeds.
double met_by(const Design& design, const Facts& facts, NodeId id, const std::vector<bool>& violates_meanwhile) {
  const auto& init = spec::as_worker(design.nodes[id])->init;
  if (!init) return 0;
  double met = init->fails_during ? met_by(design, facts, id, *init->fails_during) : 0;
  for (const auto& during : init->during)
    if (violates_meanwhile[id]) met += met_by(design, facts, id, during.fault);
  return std::min(1.0, met);
}

bool starts_children(const spec::Supervisor& supervisor) {
  return supervisor.kind.value != spec::SupervisorKind::dynamic && supervisor.kind.value != spec::SupervisorKind::task;
}

// By node: does a call of its init make every start fail? `meanwhile`: those that it makes while a fault lasts.
std::vector<bool> violations(const Design& design, const Facts& facts, bool meanwhile) {
  std::vector<bool> violates(design.nodes.size(), false);
  for (const auto& violation : facts.calls.boot) {
    const auto& edge = facts.calls.edges[violation.edge];
    const bool answered_late = edge.call->timeout.value == spec::infinite;  // hangs instead
    const bool survives = edge.call->on_failure.what == spec::OnFailure::Do::ignore;
    const bool fails_at_once =
        violation.kind == BootViolation::Kind::not_started_yet || violation.kind == BootViolation::Kind::itself;
    if (is_made_always(design, edge) == meanwhile) continue;
    if (!survives && (fails_at_once || !answered_late)) violates[edge.from] = true;
  }
  if (!meanwhile)
    for (const auto& call : hopeless_calls(design, facts.tree, facts.calls))
      violates[facts.calls.edges[call.edge].from] = true;
  return violates;
}

std::vector<double> boot_failures(const Design& design, const Facts& facts) {
  const auto violates = violations(design, facts, false);
  std::vector<double> fails(design.nodes.size(), 0);
  for (auto at = facts.tree.order.rbegin(); at != facts.tree.order.rend(); ++at) {
    const NodeId id = *at;
    if (spec::as_worker(design.nodes[id]) != nullptr) {
      fails[id] = first_start_fails(design, id, violates[id]);
      continue;
    }
    if (!starts_children(*spec::as_supervisor(design.nodes[id]))) continue;
    double all_start = 1;
    for (const NodeId child : design.nodes[id].children) {
      const bool worker = spec::as_worker(design.nodes[child]) != nullptr;
      all_start *=
          worker ? 1 - fails[child] : std::pow(1 - fails[child], static_cast<double>(design.nodes[child].count.value));
    }
    fails[id] = 1 - all_start;
  }
  return fails;
}

// ---- what else may end the node ----

// P(this one gives up within the horizon) if one copy of a child, all of which add `share` restarts per second, added
// nothing.
double without(const Budget& budget, double share, double copies, double horizon) {
  if (!budget.relevant || !budget.never.empty()) return 0;
  const bool only_this = budget.shares.size() == 1 && copies == 1;
  if (only_this && share > 0 && budget.unsaid.empty() && !budget.fate) return 0;
  if (budget.fate) return only_this && share != 0 ? 0 : budget.fate->probability;
  if (!budget.unsaid.empty() || std::isnan(budget.counted) || std::isnan(share)) return 1;
  const double others = std::max(0.0, budget.counted - share / copies) * (1 + budget.restarts.error);
  const double outages = budget.restarts.outages * horizon;
  // Union over all restarts of "the R before it came within P + 1 seconds": enough where it is small.
  const auto restarts = static_cast<double>(budget.window.restarts);
  const double crowd = others * static_cast<double>(budget.window.seconds + 1);
  const double rough =
      others * horizon * std::exp(restarts * std::log(std::max(crowd, 1e-300)) - std::lgamma(restarts + 1));
  if (rough + outages < not_worth_saying) return rough + outages;
  return std::min(1.0, failure_probability(budget.window, others, horizon).high + outages);
}

bool may_crash(const Design& design, const Facts& facts, NodeId id) {
  const auto* worker = spec::as_worker(design.nodes[id]);
  const bool starts_fail = worker != nullptr && worker->init && worker->init->fails_during;
  return starts_fail || facts.budgets.of[id].relevant || !facts.crashes.of[id].empty();
}

// By supervisor: so many of its children may crash.
std::vector<std::size_t> children_that_may_crash(const Design& design, const Facts& facts) {
  std::vector<std::size_t> result(design.nodes.size(), 0);
  for (NodeId id = 0; id < design.nodes.size(); ++id)
    for (const NodeId child : design.nodes[id].children) result[id] += may_crash(design, facts, child) ? 1 : 0;
  return result;
}

bool ends_node(const Design& design, spec::ApplicationId id) {
  return design.applications[id].start.value != spec::StartType::temporary;
}

std::vector<double> other_ends(const Design& design, const Facts& facts, double horizon) {
  const auto& budgets = facts.budgets.of;
  std::vector<double> falls(design.nodes.size(), 0);
  std::vector<double> share(design.nodes.size(), 0);
  for (const auto& budget : budgets)
    for (const Share& part : budget.shares) share[part.child] = part.per_second;
  const auto crashing = children_that_may_crash(design, facts);
  // Does anything but this child crash below its supervisor?
  const auto others_crash = [&](NodeId id) {
    return design.nodes[id].count.value > 1 ||
           crashing[design.nodes[id].parent] > (may_crash(design, facts, id) ? 1U : 0U);
  };
  double ends_all = 0;  // by other applications; taken once for all but the one in question
  const auto root_fails = [&](NodeId root) {
    const Estimate& estimate = budgets[root].failure_probability;
    if (!budgets[root].relevant) return 0.0;
    return estimate.said() ? estimate.high : 1.0;
  };
  for (const NodeId id : facts.tree.order) {
    const NodeId above = design.nodes[id].parent;
    const bool worker = spec::as_worker(design.nodes[id]) != nullptr;
    if (above != spec::no_node && worker) {
      // Its own supervisor is no other end where it follows from what is known of the worker.
      falls[id] = budgets[above].fate ? falls[above] : 1 - (1 - falls[above]) * (1 - root_fails(above));
      continue;
    }
    if (above != spec::no_node && budgets[above].fate && budgets[id].fate) {
      falls[id] = falls[above];  // a fate knows what happens above it in its own tree
      continue;
    }
    if (above != spec::no_node) {
      const auto copies = static_cast<double>(design.nodes[id].count.value);
      const double by_others = others_crash(id) ? without(budgets[above], share[id], copies, horizon) : 0;
      falls[id] = 1 - (1 - falls[above]) * (1 - by_others);
      continue;
    }
    ends_all = 0;
    for (spec::ApplicationId other = 0; other < design.applications.size(); ++other) {
      const NodeId root = design.applications[other].root;
      if (root == spec::no_node || root == id || !ends_node(design, other)) continue;
      ends_all = 1 - (1 - ends_all) * (1 - root_fails(root));
    }
    falls[id] = ends_all;
  }
  return falls;
}

std::vector<double> boot_meetings(const Design& design, const Facts& facts) {
  const auto violates = violations(design, facts, true);
  std::vector<double> meets(design.nodes.size(), 0);
  for (auto at = facts.tree.order.rbegin(); at != facts.tree.order.rend(); ++at) {
    const auto* supervisor = spec::as_supervisor(design.nodes[*at]);
    if (supervisor == nullptr) meets[*at] = met_by(design, facts, *at, violates);
    if (supervisor == nullptr || !starts_children(*supervisor)) continue;
    for (const NodeId child : design.nodes[*at].children) meets[*at] = std::min(1.0, meets[*at] + meets[child]);
  }
  return meets;
}

Estimate restart_rate_of(const Budget& budget, double horizon) {
  if (budget.fate && (budget.fate->certainty != Certainty::never || !budget.fate->complete))
    return unsaid("its restarts come at known times and end it");
  if (budget.fate)
    return exactly(static_cast<double>(budget.fate->restarts) / horizon,
                   spec::count_text(budget.fate->restarts, "restart") + " until the horizon");
  if (!budget.unsaid.empty()) return unsaid(budget.unsaid);
  if (std::isnan(budget.counted) || budget.restarts.outages > 0)
    return unsaid("restarts while a fault lasts come on top");
  double rate = budget.counted;
  if (!budget.restarts.batches.empty() && budget.restarts.late == 0) {
    double each = 0;
    for (std::size_t i = 0; i < budget.restarts.batches.size(); ++i)
      each += budget.restarts.batches[i] * static_cast<double>(i + 1);
    rate = budget.restarts.own * each;
  }
  const std::string because = "crashes of its children at " + spec::rate_text(rate);
  Estimate estimate = exactly(rate, because);
  if (const auto& time = budget.restarts.time) {
    estimate.value = restart_rate(rate, *time);
    estimate.low = time->exact ? estimate.value : restart_rate(rate, spec::Constant{time->longest});
    if (time->exact)
      estimate.high = estimate.value;
    else
      estimate.method = Method::bound;
    estimate.because += ", less while it restarts them";
  }
  if (budget.restarts.error > 0) {
    estimate.low /= 1 + budget.restarts.error;
    estimate.high *= 1 + budget.restarts.error;
    estimate.method = Method::approximation;
  }
  // The crash at which it gives up is no restart.
  const Estimate& life = budget.mean_time_to_failure;
  if (life.said() && life.low * rate < 1 / not_worth_saying) {
    estimate.low = std::max(0.0, estimate.low - 1 / life.low);
    estimate.method = Method::bound;
  }
  return estimate;
}

// Does it, or what stands above it, shut down by itself?
bool shuts_down(const Stage& stage, NodeId id) {
  for (NodeId at = id; at != spec::no_node; at = stage.design.nodes[at].parent)
    if (may_shut_down(stage.design, stage.facts.crashes, at)) return true;
  return false;
}

void add_times(const Stage& stage, const spec::Subject& subject, NodeId id, std::vector<Prediction>& list) {
  const Estimate& boot = stage.facts.tree.boot[id];
  const Estimate& stop = stage.facts.tree.stop[id];
  const double fails = stage.boot_fails[id];
  const bool starts = fails < 1 || !boot.said();
  if (!boot.said() || boot.high > 0)
    add(list, subject, Quantity::boot_time, starts ? boot : unsaid("no start succeeds"));
  if (!stop.said() || stop.high > 0) add(list, subject, Quantity::shutdown_time, stop);
  const std::string because = "the inits of the processes that it starts";
  if (fails >= 1) return add(list, subject, Quantity::boot_failure_probability, surely(1, because));
  const double met = stage.boot_meets[id];
  if (met > 1e-6)
    add(list, subject, Quantity::boot_failure_probability,
        between(fails, fails, std::min(1.0, fails + met), because + "; a fault may last meanwhile"));
  else if (fails > 0)
    add(list, subject, Quantity::boot_failure_probability, exactly(fails, because));
}

void add_failures(const Stage& stage, const spec::Subject& subject, NodeId id, std::vector<Prediction>& list) {
  const Budget& budget = stage.facts.budgets.of[id];
  if (!budget.relevant) return;
  add(list, subject, Quantity::failure_probability,
      failure_of(stage, id, spec::in_seconds(stage.design.horizon.value)));
  add(list, subject, Quantity::mean_time_to_failure, budget.mean_time_to_failure);
}

}  // namespace

void add(std::vector<Prediction>& list, spec::Subject subject, Quantity quantity, const Estimate& estimate) {
  Prediction prediction;
  prediction.subject = std::move(subject);
  prediction.quantity = quantity;
  prediction.value = estimate.value;
  prediction.low = estimate.low;
  prediction.high = estimate.high;
  prediction.method = estimate.method;
  prediction.because = estimate.because;
  list.push_back(std::move(prediction));
}

Estimate failure_of(const Stage& stage, NodeId id, double seconds) {
  if (stage.boot_fails[id] > 0 || stage.boot_meets[id] > not_worth_saying) return unsaid("it may not even start");
  Estimate estimate = failure_within(stage.design, stage.facts.budgets, id, seconds);
  if (!estimate.said()) return estimate;
  NodeId root = id;
  while (stage.design.nodes[root].parent != spec::no_node) root = stage.design.nodes[root].parent;
  const double unbooted = std::min(1.0, stage.boot_fails[root] + stage.boot_meets[root]);
  const double otherwise = 1 - (1 - stage.falls_otherwise[id]) * (1 - unbooted);
  // What is certain must be so without exception.
  const bool negligible = otherwise <= (estimate.low >= 1 && unbooted > 0 ? 0 : not_worth_saying);
  if (negligible || estimate.high == 0) return estimate;
  estimate.low *= 1 - otherwise;
  estimate.method = Method::bound;
  estimate.because += "; the node may end before for other reasons";
  return estimate;
}

Stage stage_of(const Design& design, const Facts& facts) {
  std::vector<std::vector<spec::TrafficId>> traffic_to(design.nodes.size());
  for (spec::TrafficId id = 0; id < design.traffic.size(); ++id) traffic_to[design.traffic[id].to.node].push_back(id);
  std::vector<bool> callers_crash(design.nodes.size(), false);
  for (const auto& edge : facts.calls.edges)
    if (!facts.crashes.of[edge.from].empty()) callers_crash[edge.to] = true;
  const double horizon = spec::in_seconds(design.horizon.value);
  return {design,
          facts,
          boot_failures(design, facts),
          boot_meetings(design, facts),
          std::move(traffic_to),
          std::move(callers_crash),
          other_ends(design, facts, horizon)};
}

void predict_supervisor(const Stage& stage, NodeId id, std::vector<Prediction>& list) {
  const spec::Subject subject = open_target(id);
  if (stage.boot_fails[id] < 1) {
    add_failures(stage, subject, id, list);
    const Budget& budget = stage.facts.budgets.of[id];
    const bool counts = budget.relevant && (!budget.shares.empty() || !budget.unsaid.empty());
    const double horizon = spec::in_seconds(stage.design.horizon.value);
    if (counts && shuts_down(stage, id))
      add(list, subject, Quantity::restart_rate, unsaid("a shutdown with significant children ends it"));
    else if (counts)
      add(list, subject, Quantity::restart_rate, restart_rate_of(budget, horizon));
  }
  add_times(stage, subject, id, list);
}

void predict_application(const Stage& stage, spec::ApplicationId id, std::vector<Prediction>& list) {
  const NodeId root = stage.design.applications[id].root;
  if (root == spec::no_node || stage.design.applications.size() == 1) return;  // a lone one is its root
  const spec::Subject subject = spec::ApplicationSubject{id};
  const auto first = static_cast<std::ptrdiff_t>(list.size());
  if (stage.boot_fails[root] < 1) add_failures(stage, subject, root, list);
  if (may_shut_down(stage.design, stage.facts.crashes, root))
    std::for_each(list.begin() + first, list.end(), [](Prediction& prediction) {
      take_back(prediction, "it also ends when its root shuts down with significant children");
    });
  add_times(stage, subject, root, list);
}

}  // namespace treefall::analyzer
