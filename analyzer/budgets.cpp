// Judges, supervisor by supervisor from the leaves up, the restarts that each will count (collection.hpp): when it
// gives up, how probably, and what it tolerates.
#include "analyzer/budgets.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "analyzer/collection.hpp"
#include "analyzer/giving_up.hpp"
#include "analyzer/interruptions.hpp"
#include "analyzer/least_crashes.hpp"
#include "analyzer/remembered.hpp"
#include "analyzer/shortest_lives.hpp"
#include "analyzer/shutdowns.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

bool is_relevant(const Design& design, const Crashes& crashes, const Budgets& budgets, NodeId id) {
  return std::any_of(design.nodes[id].children.begin(), design.nodes[id].children.end(), [&](NodeId child) {
    const auto* worker = spec::as_worker(design.nodes[child]);
    if (worker == nullptr) return budgets.of[child].relevant;
    return !crashes.of[child].empty() || (worker->init && worker->init->fails_during);
  });
}

bool is_plain(const Budget& budget) {
  const auto& restarts = budget.restarts;
  return !budget.fate && restarts.error == 0 && restarts.batches.empty() && restarts.children.empty() &&
         !restarts.time && !restarts.gap && restarts.outages == 0 && restarts.interrupted == 0 && !restarts.spaced &&
         !restarts.never;
}

// Does nothing keep its children from crashing as often as they do when left alone? Shutdowns and scripts end them, and
// who traps exits is stopped only after its handle_continue, which holds restarts up.
bool goes_on_crashing(const Collection& c) {
  if (may_shut_down(c.design, c.crashes, c.id)) return false;
  for (const auto& event : c.design.script)
    if (event.what != spec::ScriptedEvent::Do::send && is_within(c.tree, event.process.node, c.id)) return false;
  for (auto at = c.tree.position[c.id]; at < c.tree.end[c.id]; ++at) {
    const auto* worker = spec::as_worker(c.design.nodes[c.tree.order[at]]);
    if (worker != nullptr && worker->handle_continue && worker->traps_exits.value) return false;
  }
  return true;
}

void count(Collection& c) {
  Budget& budget = c.budget;
  budget.counted = 0;
  for (const auto& share : budget.shares) budget.counted += share.per_second;
  // Deaths that come together are not always counted apart.
  if (budget.unsaid.empty() && c.one_restart_for_several) {
    budget.counted = c.counted;
    for (const auto& child : budget.restarts.children)
      budget.counted += static_cast<double>(child.copies) / mean_time_to_failure(child.window, child.rate).value;
  }
  if (budget.never.empty() && !budget.unsaid.empty() && goes_on_crashing(c))
    budget.at_least = least_failure(c.design, c.tree, c.crashes, c.id, budget.window);
}

Judged judged_plainly(const Collection& c, double horizon) {
  const Budget& budget = c.budget;
  const auto judged = [&] {
    return Judged{mean_time_of(budget, horizon, c.design.nodes[c.id].parent == spec::no_node),
                  probability_of(budget, horizon)};
  };
  if (!is_plain(budget) || budget.sure) return judged();
  return c.remembered.judged(budget.window, budget.restarts.own, horizon, judged);
}

void judge(Collection& c, double horizon) {
  Budget& budget = c.budget;
  if (!budget.never.empty()) {
    budget.mean_time_to_failure = unsaid("it never gives up: " + budget.never);
    budget.failure_probability = surely(0, budget.never);
    return;
  }
  if (!budget.unsaid.empty()) {
    budget.mean_time_to_failure = life_at_most(c.design, budget);
    budget.failure_probability = failure_at_least(c.design, budget, horizon);
    return;
  }
  const Judged both = judged_plainly(c, horizon);
  budget.mean_time_to_failure = both.mean_time_to_failure;
  budget.failure_probability = both.failure_probability;
  if (budget.sure && budget.sure->probability > budget.failure_probability.low) {
    if (budget.sure->probability >= 1) budget.mean_time_to_failure = life_at_most(c.design, budget);
    budget.failure_probability = failure_at_least(c.design, budget, horizon);
  } else {
    budget.sure.reset();  // nothing that is not known better
  }
}

Window window_of(const spec::Supervisor& supervisor) {
  return {supervisor.max_restarts.value, supervisor.max_seconds.value};
}

// What one supervisor meets, those below it being known.
Collection met_by(const Design& design, const Tree& tree, const Crashes& crashes, const Budgets& budgets,
                  Remembered& remembered, NodeId id, const Fates& fates,
                  const std::vector<std::optional<SureFall>>& sure, double interrupted) {
  Collection c{design, tree, crashes, budgets, remembered, id, {}, {}, {}, {}, 0, 0, 0, false, 0, 0, 0};
  c.budget.window = window_of(*spec::as_supervisor(design.nodes[id]));
  c.budget.relevant = is_relevant(design, crashes, budgets, id);
  if (!c.budget.relevant) return c;
  c.budget.fate = fates.of[id];
  if (!c.budget.fate) {
    collect(c, interrupted);
    c.budget.sure = sure[id];
    if (design.script.empty()) c.budget.never = never_too_many(design, crashes, id, c.budget.window);
  } else {
    for (const NodeId child : design.nodes[id].children)
      if (!crashes.of[child].empty()) c.budget.shares.push_back({child, crashes.rate[child]});
  }
  count(c);
  return c;
}

}  // namespace

Budgets budgets_of(const Design& design, const Tree& tree, const Crashes& crashes, Remembered& remembered) {
  Budgets budgets;
  budgets.of = Sparse<Budget>(design.nodes.size());
  const double horizon = spec::in_seconds(design.horizon.value);
  const auto interrupted = interruptions(design, tree, crashes);
  const auto fates = fates_of(design, tree, crashes);
  const auto sure = sure_falls(design, tree, crashes);
  budgets.disturbed = fates.disturbed;
  std::map<std::pair<std::uint64_t, std::uint64_t>, NodeId> idle;  // by window: all of them are alike
  for (auto at = tree.order.rbegin(); at != tree.order.rend(); ++at) {
    const NodeId id = *at;
    if (spec::as_supervisor(design.nodes[id]) == nullptr) continue;
    Collection c = met_by(design, tree, crashes, budgets, remembered, id, fates, sure, interrupted[id]);
    if (c.budget.relevant) {
      judge(c, horizon);
    } else {
      const auto [alike, is_first] = idle.try_emplace({c.budget.window.restarts, c.budget.window.seconds}, id);
      if (!is_first) {
        budgets.of.share(id, alike->second);
        continue;
      }
      c.budget.mean_time_to_failure = unsaid("nothing below it is said to crash");
      c.budget.failure_probability = unsaid("nothing below it is said to crash");
    }
    c.budget.tolerates = remembered.tolerated_rate(c.budget.window, horizon);
    budgets.of.fill(id) = std::move(c.budget);
  }
  return budgets;
}

namespace {

Estimate failure_of(const Design& design, const Budget& budget, double horizon, double seconds) {
  if (!budget.relevant) return unsaid("nothing below it is said to crash");
  if (!budget.never.empty()) return surely(0, budget.never);
  if (!budget.unsaid.empty()) return failure_at_least(design, budget, seconds);
  if (budget.fate && seconds > horizon && budget.fate->probability < 1)
    return unsaid("it was followed to the horizon of " + spec::seconds_text(horizon) + " only");
  return probability_of(budget, seconds);
}

}  // namespace

Estimate failure_within(const Design& design, const Budgets& budgets, NodeId supervisor, double seconds) {
  const Budget& budget = budgets.of[supervisor];
  const double horizon = spec::in_seconds(design.horizon.value);
  return seconds == horizon ? budget.failure_probability : failure_of(design, budget, horizon, seconds);
}

Estimate failure_within(const Design& changed, const Tree& tree, const Crashes& crashes, const Budgets& below,
                        Remembered& remembered, NodeId supervisor, double seconds) {
  const auto interrupted = interruptions(changed, tree, crashes);
  const auto fates = fates_of(changed, tree, crashes);
  const auto sure = sure_falls(changed, tree, crashes);
  const Collection c =
      met_by(changed, tree, crashes, below, remembered, supervisor, fates, sure, interrupted[supervisor]);
  return failure_of(changed, c.budget, spec::in_seconds(changed.horizon.value), seconds);
}

}  // namespace treefall::analyzer
