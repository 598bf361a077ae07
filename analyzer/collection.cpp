// Child by child: what a worker's deaths, a start that fails, a supervisor that gives up or shuts down add.
#include "analyzer/collection.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analyzer/giving_up.hpp"
#include "analyzer/shutdowns.hpp"
#include "analyzer/spacing.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

constexpr double rarely = 1e-3;      // windows with an interruption
constexpr double small_share = 0.2;  // of the time in which restarts keep from crashing: an error, beyond it a bound

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
      cannot_say(c, "crashes of " + name + " come with its age, beside something below " + quoted(c.design, c.id) +
                        " that is random");
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
  const bool alone = spec::as_supervisor(c.design.nodes[c.id])->strategy.value == spec::Strategy::one_for_one;
  if (c.crashes.of[child].empty() && alone) return;
  const std::string name = quoted(c.design, child);
  const bool scripted = std::any_of(init->outcomes.begin(), init->outcomes.end(),
                                    [](auto outcome) { return outcome != spec::InitOutcome::ok; });
  if (scripted) cannot_say(c, "starts of " + name + " fail attempt by attempt as written");
  if (c.crashes.of[child].empty()) return;
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

// Its shutdowns with significant children are restarts that are counted.
void add_shutdowns(Collection& c, NodeId child) {
  const double rate = shutdowns_per_second(c.design, c.tree, c.crashes, child);
  if (std::isnan(rate) || c.tree.copies[child] != 1)
    return cannot_say(
        c, quoted(c.design, child) + " shuts down when significant children have ended; how often cannot be said");
  if (!(rate > 0)) return;
  c.budget.shares.push_back({child, rate});
  c.events[{child, 0}].push_back({{child, 0}, rate, 0});
  c.most_together = std::numeric_limits<double>::infinity();
}

void add_supervisor(Collection& c, NodeId child) {
  const Budget& below = c.budgets.of[child];
  const auto& supervisor = *spec::as_supervisor(c.design.nodes[child]);
  if (c.design.nodes[child].restart.value != spec::Restart::permanent) return;
  const std::string name = quoted(c.design, child);
  if (supervisor.opaque) cannot_say(c, name + " is not described inside");
  if (may_shut_down(c.design, c.crashes, child)) return add_shutdowns(c, child);
  const bool idle = !below.fate && below.shares.empty() && below.restarts.outages == 0 && below.unsaid.empty();
  if (!below.relevant || idle || !below.never.empty()) return;
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
  const double clumped = c.late.empty() ? 0 : add_clumps(c.late, c.budget.window, c.remembered, restarts, sizes);
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

// What messages bring is not kept away by a start: they gather meanwhile, and strike when it is over.
void add_gathered(Collection& c, double longest) {
  double by_messages = 0;
  for (const auto& share : c.budget.shares)
    for (const auto& source : c.crashes.of[share.child])
      if (source.message)
        by_messages += per_second(source) * static_cast<double>(c.design.nodes[share.child].count.value);
  const double meanwhile = by_messages * longest;
  if (meanwhile >= small_share)
    return cannot_say(c, "messages that gather during restarts crash it at once after them");
  c.budget.restarts.error += meanwhile / (1 - meanwhile);
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
    add_gathered(c, found.time->longest);
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

}  // namespace

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

}  // namespace treefall::analyzer
