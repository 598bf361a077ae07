// Collects, supervisor by supervisor from the leaves up, the restarts that each will count, and says why where it
// cannot: chance that is not Poisson, subtrees that are not described, populations that nobody starts again.
#include "analyzer/budgets.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "analyzer/common_deaths.hpp"
#include "analyzer/giving_up.hpp"
#include "analyzer/late_restarts.hpp"
#include "analyzer/least_crashes.hpp"
#include "analyzer/spacing.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

constexpr double rarely = 1e-3;      // windows with an interruption
constexpr double small_share = 0.2;  // of the time in which restarts keep from crashing: an error, beyond it a bound

struct Collection {
  const Design& design;
  const Tree& tree;
  const Crashes& crashes;
  const Budgets& budgets;
  NodeId id;
  Budget budget;
  // An exit signal that goes on through links, or ends a pending call, makes one event with several deaths.
  DeathsByEvent events;
  std::vector<LateRestarts> late;
  std::set<spec::FaultId> faults;
  double retried = 0;  // probability that a restart's init fails
  std::size_t crashing_children = 0;
  std::size_t ageing = 0;
  bool one_restart_for_several = false;   // deaths of one event
  double counted = 0;                     // restarts per second of all events together
  double most_together = 0;               // restarts within one window, at the most
  std::uint64_t population_failures = 0;  // of dynamic children that come back empty
};

void cannot_say(Collection& c, const std::string& why) {
  if (c.budget.unsaid.empty()) c.budget.unsaid = why;
}

std::string quoted(const Design& design, NodeId id) { return "`" + design.nodes[id].name + "`"; }

// ---- workers ----

void add_source(Collection& c, NodeId child, std::uint32_t index, Share& share) {
  const CrashSource& source = c.crashes.of[child][index];
  const double count = static_cast<double>(c.design.nodes[child].count.value);
  const std::string name = quoted(c.design, child);
  if (source.counted) c.most_together += most_in_window(c.budget.window, source, count);
  if (source.during) {
    c.faults.insert(*source.during);
    const auto* poisson = std::get_if<PoissonCrashes>(&source.times);
    if (poisson == nullptr) c.budget.restarts.loops_in_outages = true;
    if (poisson != nullptr && source.counted) c.budget.restarts.in_outages += poisson->per_second * count;
    return;
  }
  if (!source.counted) {
    if (c.design.nodes[child].restart.value != spec::Restart::temporary)
      cannot_say(c, name + " is not restarted after some of its exits: no rate of its crashes lasts");
    return;
  }
  share.per_second += per_second(source) * count;
  if (const auto* poisson = std::get_if<PoissonCrashes>(&source.times); poisson != nullptr && poisson->late) {
    add_late(c.late, source.guilty, *poisson, count);
  } else if (poisson != nullptr) {
    // Of n chances within a window R + 1 can be chosen in a share of about exp(-R (R + 1) / 2 n) of the ways of chance.
    const auto restarts = static_cast<double>(c.budget.window.restarts);
    const double chances = static_cast<double>(c.budget.window.seconds + 1) / poisson->apart;
    if (poisson->apart > 0 && restarts * (restarts + 1) > 0.1 * chances) c.budget.restarts.spaced = true;
    c.events[source.event].push_back({{child, index}, poisson->per_second * count, poisson->error});
  } else if (const auto* life = std::get_if<LifeTime>(&source.times)) {
    ++c.ageing;
    const bool one = c.design.nodes[child].count.value == 1;
    if (!one || spec::is_constant(life->since_start))
      cannot_say(c, "crashes of " + name + " come with its age, beside others that come at random");
    c.budget.restarts.gap = life->since_start;
  } else if (std::holds_alternative<ScheduledCrashes>(source.times)) {
    cannot_say(c, source.only != nullptr ? "the script ends one of several " + name + ", which differ by that"
                                         : "crashes of " + name + " come at given times, beside what is not known so");
  } else {
    cannot_say(c, name + ": " + std::get<UnsaidCrashes>(source.times).why);
  }
}

void add_start_failures(Collection& c, NodeId child) {
  const auto& init = spec::as_worker(c.design.nodes[child])->init;
  if (!init) return;
  if (init->fails_during) c.faults.insert(*init->fails_during), c.budget.restarts.loops_in_outages = true;
  for (const auto& during : init->during) c.faults.insert(during.fault);
  if (c.crashes.of[child].empty()) return;
  const std::string name = quoted(c.design, child);
  const bool scripted = std::any_of(init->outcomes.begin(), init->outcomes.end(),
                                    [](auto outcome) { return outcome != spec::InitOutcome::ok; });
  if (scripted) cannot_say(c, "starts of " + name + " fail attempt by attempt as written");
  if (init->failure_probability <= 0) return;
  c.retried = std::max(c.retried, init->failure_probability);
  if (spec::highest(init->takes) > 0) cannot_say(c, "starts of " + name + " fail now and then, and take time");
}

void add_worker(Collection& c, NodeId child) {
  const auto& list = c.crashes.of[child];
  add_start_failures(c, child);
  if (list.empty() || c.design.nodes[child].restart.value == spec::Restart::temporary) return;
  Share share{child, 0};
  for (std::uint32_t index = 0; index < list.size(); ++index) add_source(c, child, index, share);
  if (share.per_second > 0 || std::isnan(share.per_second)) {
    c.budget.shares.push_back(share);
    ++c.crashing_children;
  }
}

// ---- supervisors below ----

bool comes_back_empty(const Design& design, NodeId id) {
  const auto& supervisor = *spec::as_supervisor(design.nodes[id]);
  const bool dynamic =
      supervisor.kind.value == spec::SupervisorKind::dynamic || supervisor.kind.value == spec::SupervisorKind::task;
  return dynamic && !supervisor.reseeded;
}

void add_supervisor(Collection& c, NodeId child) {
  const Budget& below = c.budgets.of[child];
  const auto& supervisor = *spec::as_supervisor(c.design.nodes[child]);
  if (c.design.nodes[child].restart.value != spec::Restart::permanent) return;
  const std::string name = quoted(c.design, child);
  if (supervisor.opaque) cannot_say(c, name + " is not described inside");
  const bool idle = !below.fate && below.shares.empty() && below.restarts.outages == 0 && below.unsaid.empty();
  if (!below.relevant || idle) return;
  if (!below.unsaid.empty()) return cannot_say(c, below.unsaid);
  const std::uint64_t count = c.design.nodes[child].count.value;
  if (comes_back_empty(c.design, child) && below.counted > 0) {
    // Each gives up once at most, so as many as there are.
    c.population_failures += count;
    return;
  }
  if (below.restarts.outages > 0) {
    c.budget.restarts.outages += below.restarts.outages;
    c.budget.restarts.loops_in_outages = true;
  }
  if (below.restarts.never || (below.fate && below.fate->certainty == Certainty::never)) return;
  c.most_together = std::numeric_limits<double>::infinity();
  if (below.fate) return cannot_say(c, name + " gives up in a regular way, beside what comes at random");
  const Estimate& time = below.mean_time_to_failure;
  if (!time.said()) return cannot_say(c, name + ": " + time.because);
  if (std::isinf(time.value) || time.value <= 0) return;
  const double rate = static_cast<double>(count) / time.value;
  c.budget.shares.push_back({child, rate});
  if (below.restarts.late > 0) {
    // Those that call together start together after it, with all their patience: no stream of its own to speak of.
    c.budget.restarts.interrupted = std::max(c.budget.restarts.interrupted, 1e-300);
  }
  const bool plain = below.restarts.children.empty() && below.restarts.batches.empty() && !below.restarts.time &&
                     !below.restarts.gap && below.restarts.error == 0;
  if (plain) {
    c.budget.restarts.children.push_back({below.window, below.counted, count});
    return;
  }
  // Its failures are no Poisson stream: for a while after one its budget is fresh.
  const double error = std::max({0.15, time.high / time.value - 1, time.value / std::max(time.low, 1e-300) - 1});
  c.events[{child, 0}].push_back({{child, 0}, rate, error});
}

// ---- together ----

void add_batches(Collection& c) {
  const auto strategy = spec::as_supervisor(c.design.nodes[c.id])->strategy.value;
  const auto events = deaths_together(c.design, c.tree, c.crashes, c.id, c.events);
  std::uint64_t largest = 1;
  for (const auto& event : events) {
    largest = std::max(largest, event.restarts);
    c.one_restart_for_several = c.one_restart_for_several || event.restarts < event.deaths;
    if (event.order_is_open && strategy == spec::Strategy::rest_for_one)
      cannot_say(c, "how many restarts one crash costs depends on the order in which linked siblings are seen to die");
  }
  auto& restarts = c.budget.restarts;
  if (!c.late.empty() && strategy != spec::Strategy::one_for_one)
    cannot_say(c, "its children time out together, and each restart takes others along");
  if (!c.late.empty()) largest = std::max(largest, told_apart(c.budget.window));
  std::vector<double> sizes(largest, 0);
  for (const auto& event : events) {
    restarts.own += event.per_second;
    sizes[event.restarts - 1] += event.per_second;
  }
  const double clumped = c.late.empty() ? 0 : add_clumps(c.late, c.budget.window, restarts, sizes);
  if (restarts.own > 0) restarts.error = clumped / restarts.own;
  for (const auto& event : events)
    if (restarts.own > 0) restarts.error += event.error * event.per_second / restarts.own;
  if (restarts.own <= 0) return;
  for (std::size_t i = 0; i < sizes.size(); ++i) c.counted += sizes[i] * static_cast<double>(i + 1);
  for (double& size : sizes) size /= restarts.own;
  if (c.retried > 0) {
    if (sizes.size() > 1) return cannot_say(c, "siblings die together, and their starts fail now and then");
    sizes = runs_of_starts(c.budget.window, c.retried);
    if (c.crashing_children > 1) c.budget.restarts.error += c.retried;
  }
  if (sizes.size() > 1) restarts.batches = sizes;
}

void add_restart_time(Collection& c) {
  std::vector<Crashing> crashing;
  for (const auto& share : c.budget.shares)
    if (const double rate = begun_by(c.design, c.crashes, share.child, share.per_second); !(rate <= 0))
      crashing.push_back({share.child, rate});
  auto found = restart_time(c.design, c.tree, c.id, crashing);
  if (!found.unsaid.empty()) return cannot_say(c, found.unsaid);
  if (!found.time) return;
  auto& restarts = c.budget.restarts;
  if (!restarts.gap && restarts.children.empty() && restarts.batches.empty()) {
    restarts.time = std::move(found.time);
    return;
  }
  // No formula takes both; time only makes restarts rarer: R pauses fit into a window, and each keeps crashes away.
  const auto& window = c.budget.window;
  const double pauses =
      static_cast<double>(window.restarts) * found.time->longest / static_cast<double>(window.seconds);
  const double rarer = pauses + c.counted * found.time->longest;
  if (!restarts.gap && restarts.children.empty() && rarer < small_share)
    restarts.error += rarer / (1 - rarer);
  else
    restarts.interrupted = std::max(restarts.interrupted, 1e-300);
}

// Supervisors in `own`: one that has just been started again does not give up at once.
void add_fresh_budgets(Collection& c) {
  auto& restarts = c.budget.restarts;
  if (!(restarts.own > 0)) return;
  for (const auto& share : c.budget.shares) {
    const auto& node = c.design.nodes[share.child];
    if (spec::as_supervisor(node) == nullptr || !c.events.contains({share.child, 0})) continue;
    const double part = share.per_second / restarts.own;
    restarts.same += part * part / static_cast<double>(node.count.value);
  }
}

void add_faults(Collection& c) {
  for (const auto fault : c.faults) {
    if (const auto* random = std::get_if<spec::Fault::Random>(&c.design.faults[fault].when))
      c.budget.restarts.outages += 1 / spec::mean(random->every);
    else
      cannot_say(c, "`" + c.design.faults[fault].name + "` comes at given times");
  }
}

// By node: restarts per second of siblings in whose scope it stands, and of what stands above; each gives it a fresh
// budget. NaN: cannot be said.
std::vector<double> interruptions(const Design& design, const Tree& tree, const Crashes& crashes) {
  std::vector<double> all(design.nodes.size(), 0);
  for (const NodeId above : tree.order) {
    const auto* supervisor = spec::as_supervisor(design.nodes[above]);
    if (supervisor == nullptr) continue;
    const auto strategy = supervisor->strategy.value;
    const auto rate = [&](NodeId child) {
      return crashes.of[child].empty() ? 0 : crashes.rate[child] * static_cast<double>(design.nodes[child].count.value);
    };
    double before = 0;
    double total = 0;
    for (const NodeId child : design.nodes[above].children) total += rate(child);
    for (const NodeId child : design.nodes[above].children) {
      all[child] = all[above];
      if (strategy == spec::Strategy::rest_for_one) all[child] += before;
      if (strategy == spec::Strategy::one_for_all) all[child] += total - rate(child);
      before += rate(child);
    }
  }
  return all;
}

bool is_relevant(const Design& design, const Crashes& crashes, const Budgets& budgets, NodeId id) {
  return std::any_of(design.nodes[id].children.begin(), design.nodes[id].children.end(), [&](NodeId child) {
    const auto* worker = spec::as_worker(design.nodes[child]);
    if (worker == nullptr) return budgets.of[child].relevant;
    return !crashes.of[child].empty() || (worker->init && worker->init->fails_during);
  });
}

// Equal budgets under equal rates are common; the mathematics is not free.
using Judged = std::map<std::tuple<std::uint64_t, std::uint64_t, double>, std::pair<Estimate, Estimate>>;

bool is_plain(const Budget& budget) {
  const auto& restarts = budget.restarts;
  return !budget.fate && restarts.error == 0 && restarts.batches.empty() && restarts.children.empty() &&
         !restarts.time && !restarts.gap && restarts.outages == 0 && restarts.interrupted == 0 && !restarts.spaced &&
         !restarts.never;
}

void judge(Collection& c, double horizon, Judged& judged) {
  Budget& budget = c.budget;
  budget.counted = 0;
  for (const auto& share : budget.shares) budget.counted += share.per_second;
  // Deaths that come together are not always counted apart.
  if (budget.unsaid.empty() && c.one_restart_for_several) {
    budget.counted = c.counted;
    for (const auto& child : budget.restarts.children)
      budget.counted += static_cast<double>(child.copies) / mean_time_to_failure(child.window, child.rate).value;
  }
  if (!budget.unsaid.empty()) {
    budget.mean_time_to_failure = unsaid(budget.unsaid);
    budget.at_least = least_failure(c.design, c.tree, c.crashes, c.id, budget.window);
    budget.failure_probability = failure_at_least(budget, horizon);
    return;
  }
  const auto key = std::make_tuple(budget.window.restarts, budget.window.seconds, budget.restarts.own);
  const bool plain = is_plain(budget);
  if (const auto known = judged.find(key); plain && known != judged.end()) {
    std::tie(budget.mean_time_to_failure, budget.failure_probability) = known->second;
    return;
  }
  budget.mean_time_to_failure = mean_time_of(budget, horizon, c.design.nodes[c.id].parent == spec::no_node);
  budget.failure_probability = probability_of(budget, horizon);
  if (plain) judged.emplace(key, std::make_pair(budget.mean_time_to_failure, budget.failure_probability));
}

void collect(Collection& c, double interrupted) {
  for (const NodeId child : c.design.nodes[c.id].children)
    spec::as_worker(c.design.nodes[child]) != nullptr ? add_worker(c, child) : add_supervisor(c, child);
  if (spec::as_supervisor(c.design.nodes[c.id])->opaque)
    cannot_say(c, quoted(c.design, c.id) + " is not described inside");
  for (const auto& event : c.design.script)
    if (event.what != spec::ScriptedEvent::Do::send && is_within(c.tree, event.process.node, c.id))
      cannot_say(c, "the script interferes below it, beside what comes at random");
  if (c.population_failures > c.budget.window.restarts)
    cannot_say(c, "supervisors below it come back empty, so their failures have no lasting rate");
  const bool renewal = c.ageing > 0;
  const bool mixed = c.ageing + c.events.size() + c.late.size() + c.budget.restarts.children.size() > 1;
  if (renewal && mixed) cannot_say(c, "crashes that come with age are mixed with others");
  if (c.budget.unsaid.empty()) add_batches(c);
  if (c.budget.unsaid.empty()) add_restart_time(c);
  if (c.budget.unsaid.empty()) add_fresh_budgets(c);
  add_faults(c);
  if (c.budget.unsaid.empty() && c.retried <= 0 && c.faults.empty() && c.population_failures == 0)
    c.budget.restarts.never = c.most_together <= static_cast<double>(c.budget.window.restarts);
  const double windows = interrupted * static_cast<double>(c.budget.window.seconds + 1);
  if (std::isnan(interrupted) || windows > rarely) c.budget.restarts.interrupted = interrupted;
}

Window window_of(const spec::Supervisor& supervisor) {
  return {supervisor.max_restarts.value, supervisor.max_seconds.value};
}

}  // namespace

Budgets budgets_of(const Design& design, const Tree& tree, const Crashes& crashes) {
  Budgets budgets;
  budgets.of.resize(design.nodes.size());
  const double horizon = spec::in_seconds(design.horizon.value);
  Tolerated tolerances(horizon);
  Judged judged;
  const auto interrupted = interruptions(design, tree, crashes);
  const auto fates = fates_of(design, tree, crashes);
  budgets.disturbed = fates.disturbed;
  for (auto at = tree.order.rbegin(); at != tree.order.rend(); ++at) {
    const NodeId id = *at;
    const auto* supervisor = spec::as_supervisor(design.nodes[id]);
    if (supervisor == nullptr) continue;
    Collection c{design, tree, crashes, budgets, id, {}, {}, {}, {}, 0, 0, 0, false, 0, 0, 0};
    c.budget.window = window_of(*supervisor);
    c.budget.relevant = is_relevant(design, crashes, budgets, id);
    if (c.budget.relevant && fates.of[id]) {
      c.budget.fate = fates.of[id];
      for (const NodeId child : design.nodes[id].children)
        if (!crashes.of[child].empty()) c.budget.shares.push_back({child, crashes.rate[child]});
      judge(c, horizon, judged);
    } else if (c.budget.relevant) {
      collect(c, interrupted[id]);
      judge(c, horizon, judged);
    } else {
      c.budget.mean_time_to_failure = unsaid("nothing below it is said to crash");
      c.budget.failure_probability = unsaid("nothing below it is said to crash");
    }
    c.budget.tolerates = tolerances.rate(c.budget.window);
    budgets.of[id] = std::move(c.budget);
  }
  return budgets;
}

Estimate failure_within(const Design& design, const Budgets& budgets, NodeId supervisor, double seconds) {
  const Budget& budget = budgets.of[supervisor];
  if (!budget.relevant) return budget.failure_probability;
  if (!budget.unsaid.empty()) return failure_at_least(budget, seconds);
  const double horizon = spec::in_seconds(design.horizon.value);
  if (seconds == horizon) return budget.failure_probability;
  if (budget.fate && seconds > horizon && budget.fate->probability < 1)
    return unsaid("it was followed to the horizon of " + spec::seconds_text(horizon) + " only");
  return probability_of(budget, seconds);
}

}  // namespace treefall::analyzer
