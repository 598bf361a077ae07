// Crash sources of every worker. Clocks are taken as written; what messages do stands in message_crashes.cpp; links
// bring crashes of others. Workers in which nothing is random are rehearsed instead (rehearsal.hpp).
#include "analyzer/crashes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "analyzer/given_times.hpp"
#include "analyzer/message_crashes.hpp"
#include "analyzer/open_crashes.hpp"
#include "analyzer/queueing.hpp"
#include "analyzer/rehearsal.hpp"
#include "analyzer/stop_signals.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;
using Kind = CrashSource::Kind;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_linked = 1'000;  // members of a group of linked processes that are followed

const spec::ExitReason an_error{spec::ExitReason::Kind::error, {}};

struct Scene {
  const Design& design;
  const Tree& tree;
  const Loads& loads;
  std::vector<bool> open{};  // by node: it may die in ways that are not followed
};

std::string quoted(const std::string& name) { return "`" + name + "`"; }

CrashSource clock_source(const spec::CrashClock& clock) {
  struct Times {
    CrashTimes operator()(const spec::CrashClock::Rate& rate) const { return PoissonCrashes{rate.per_second}; }
    CrashTimes operator()(const spec::CrashClock::After& after) const {
      if (const auto* exponential = std::get_if<spec::Exponential>(&after.since_start))
        return PoissonCrashes{1 / exponential->mean};
      return LifeTime{after.since_start};
    }
    CrashTimes operator()(const spec::CrashClock::At& at) const {
      ScheduledCrashes schedule{at.node_times, true, false};
      std::sort(schedule.node_times.begin(), schedule.node_times.end());
      return schedule;
    }
  };
  struct Words {
    std::string operator()(const spec::CrashClock::Rate& rate) const {
      return "crashes at " + spec::rate_text(rate.per_second);
    }
    std::string operator()(const spec::CrashClock::After& after) const {
      return "crashes " + spec::to_text(after.since_start) + " after each start";
    }
    std::string operator()(const spec::CrashClock::At& at) const {
      return "crashes at " + spec::count_text(at.node_times.size(), "given time");
    }
  };
  CrashSource source;
  source.times = std::visit(Times{}, clock.when);
  source.what = std::visit(Words{}, clock.when);
  source.reason = clock.reason;
  source.during = clock.during;
  source.span = clock.span;
  return source;
}

void add_continue(const spec::Worker& worker, std::vector<CrashSource>& list) {
  if (!worker.handle_continue || worker.handle_continue->retry_after) return;
  const auto& start = *worker.handle_continue;
  CrashSource source;
  source.kind = Kind::handle_continue;
  source.reason = an_error;
  source.span = start.fails_span;
  source.what = "its handle_continue fails with " + spec::share_text(start.failure_probability);
  if (start.failure_probability >= 1) {
    source.times = LifeTime{start.takes};
    list.push_back(source);
  } else if (start.failure_probability > 0) {
    source.times = UnsaidCrashes{nan, "a handle_continue that fails now and then makes crashes come in runs"};
    list.push_back(source);
  }
  if (start.fails_during) {
    source.times = LifeTime{start.takes};
    source.during = start.fails_during;
    source.what = "its handle_continue fails while a fault lasts";
    list.push_back(source);
  }
}

// ---- scripts and rehearsals ----

void add_script(const Design& design, const Tree& tree, std::vector<std::vector<CrashSource>>& of) {
  using Do = spec::ScriptedEvent::Do;
  for (const auto& event : design.script) {
    const bool ends = event.what == Do::kill || event.what == Do::exit || event.what == Do::shutdown;
    if (!ends || spec::as_worker(design.nodes[event.process.node]) == nullptr) continue;
    CrashSource source;
    source.kind = Kind::script;
    source.times = ScheduledCrashes{{event.at}, true, false};
    source.reason = event.reason;
    if (event.what == Do::kill) source.reason = {spec::ExitReason::Kind::killed, {}};
    if (event.what == Do::shutdown) source.reason = {spec::ExitReason::Kind::shutdown, {}};
    source.guilty = event.process.node;
    source.span = event.span;
    if (tree.copies[event.process.node] > 1) source.only = &event.process;
    source.what = "the script ends it at " + spec::seconds_text(spec::in_seconds(event.at));
    of[event.process.node].push_back(std::move(source));
  }
}

// What messages do to a worker in which nothing is random: its rehearsed crashes replace what rates could say.
void use_rehearsal(const Design& design, const Rehearsal& rehearsal, NodeId id, std::vector<CrashSource>& list) {
  const auto from_clock = [](const CrashSource& source) {
    return source.kind == Kind::clock || source.kind == Kind::script || source.kind == Kind::handle_continue;
  };
  std::vector<CrashSource> kept;
  CrashSource first;
  for (auto& source : list) {
    if (source.during || source.kind == Kind::script)
      kept.push_back(std::move(source));
    else if (first.what.empty() || (from_clock(first) && !from_clock(source)))
      first = std::move(source);
  }
  list = std::move(kept);
  if (rehearsal.crashes.empty()) return;
  first.guilty = first.guilty == spec::no_node ? id : first.guilty;
  if (rehearsal.life) {
    first.times = LifeTime{spec::Constant{spec::in_seconds(*rehearsal.life)}};
  } else {
    ScheduledCrashes schedule;
    schedule.complete = rehearsal.complete;
    schedule.rehearsed = true;
    for (const auto& crash : rehearsal.crashes) schedule.node_times.push_back(crash.at);
    first.times = std::move(schedule);
  }
  if (const auto* worker = spec::as_worker(design.nodes[id]); first.what.empty() && worker != nullptr)
    first.what = "its own work ends it";
  list.push_back(std::move(first));
}

// Of a process that is not restarted after it.
void only_once(std::size_t sources, CrashSource& source) {
  auto* given = std::get_if<ScheduledCrashes>(&source.times);
  if (given != nullptr && sources == 1)
    given->node_times.resize(std::min<std::size_t>(given->node_times.size(), 1));
  else
    source.times = UnsaidCrashes{nan, "the process that it is linked to is not restarted after its exit"};
}

bool exits_unnoticed(const std::vector<CrashSource>& list, std::size_t own) {
  return std::any_of(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(own),
                     [](const auto& source) { return source.reason.kind == spec::ExitReason::Kind::normal; });
}

std::string late_text(const Design& design, const SharedRehearsal& played, const SharedRehearsal::Caller& caller) {
  spec::Duration first = spec::infinite;
  for (const auto& times : caller.deaths)
    if (!times.empty()) first = std::min(first, times.front());
  const auto at_once =
      static_cast<std::uint64_t>(std::count_if(caller.deaths.begin(), caller.deaths.end(), [&](const auto& times) {
        return !times.empty() && times.front() == first;
      }));
  std::string text = "its call to " + quoted(design.nodes[played.server].name) + " times out";
  if (caller.deaths.size() > 1)
    text += ", of " + spec::count_text(caller.deaths.size()) + " copies " + spec::count_text(at_once) + " at once";
  return text + ", first at " + spec::seconds_text(spec::in_seconds(first));
}

// What is known of the first deaths only is of use where nothing else can be said.
bool is_of_use(const Crashes& crashes, const SharedRehearsal& played) {
  if (played.deaths_known_until() == spec::infinite) return true;
  bool dies = false;
  for (const auto& caller : played.callers) {
    dies = dies || caller.died > 0;
    for (const auto& source : crashes.of[caller.node])
      if (!std::holds_alternative<UnsaidCrashes>(source.times)) return false;
  }
  return dies;
}

// Nothing else ends those that may be rehearsed together, so their late calls are all that does.
void use_shared(const Scene& scene, NodeId server, Crashes& crashes) {
  auto played = rehearse_shared(scene.design, scene.tree, scene.loads, server, scene.design.horizon.value);
  if (!played || !is_of_use(crashes, *played) || scene.open[server]) return;
  for (const auto& caller : played->callers)
    if (scene.open[caller.node]) return;
  crashes.shared.push_back(std::move(*played));
  const auto place = static_cast<std::uint32_t>(crashes.shared.size());
  const SharedRehearsal& shared = crashes.shared.back();
  crashes.takes_part[server] = place;
  for (const auto& caller : shared.callers) {
    crashes.takes_part[caller.node] = place;
    auto& list = crashes.of[caller.node];
    list.clear();
    if (caller.died == 0) continue;
    ScheduledCrashes schedule;
    for (const auto& times : caller.deaths)
      schedule.node_times.insert(schedule.node_times.end(), times.begin(), times.end());
    std::sort(schedule.node_times.begin(), schedule.node_times.end());
    schedule.of_copy = caller.deaths;
    CrashSource source;
    source.kind = Kind::call;
    source.times = std::move(schedule);
    source.reason = an_error;
    source.guilty = server;
    source.span = caller.call->span;
    source.what = late_text(scene.design, shared, caller);
    source.counted = is_counted(scene.design.nodes[caller.node].restart.value, source.reason);
    list.push_back(std::move(source));
  }
}

bool load_of_its_own(const spec::Worker& worker, const Load& load) { return load.loaded || worker.handle_continue; }

// Do all of them that trap exits end as soon as they get the message?
bool ends_at_once_by_message(const Scene& scene, const std::vector<NodeId>& reached) {
  return std::all_of(reached.begin() + 1, reached.end(), [&](NodeId id) {
    const auto& worker = *spec::as_worker(scene.design.nodes[id]);
    return !worker.traps_exits.value ||
           (clause_for(worker, "EXIT").unknown && !load_of_its_own(worker, scene.loads.of[id]));
  });
}

// Why the signal of the first does not always reach this one; null where it does. Whoever is gone for good passes
// nothing on; whoever traps exits outlives those to whom it has linked, and links to nobody until it starts again.
const char* broken_link(const Scene& scene, const std::vector<NodeId>& reached, std::size_t at,
                        const std::vector<std::size_t>& own, const spec::ExitReason& reason) {
  const auto& linked = scene.tree.linked[reached.front()];
  const bool direct = std::binary_search(linked.begin(), linked.end(), reached[at]);
  const auto& first = *spec::as_worker(scene.design.nodes[reached.front()]);
  bool others_die = false;
  for (std::size_t i = 1; i < reached.size(); ++i) {
    if (!direct && i != at && !is_counted(scene.design.nodes[reached[i]].restart.value, reason))
      return "a process through which it is linked is not restarted";
    others_die = others_die || own[reached[i]] > 0;
  }
  const bool asks = first.traps_exits.value && !first.links.empty();
  return asks && others_die ? "it is linked again only when who linked to it starts again" : nullptr;
}

// An exit signal goes on through every process that does not trap it; `normal` is no such signal. Whoever traps it gets
// a message instead, `normal` included, and dies of that where no clause takes it.
void add_links(const Scene& scene, const std::vector<NodeId>& callees, std::vector<std::vector<CrashSource>>& of) {
  std::vector<std::size_t> own(of.size());
  for (const NodeId id : callees) {
    own[id] = of[id].size();
    for (std::uint32_t index = 0; index < own[id]; ++index) {
      const auto& first = of[id][index].follows;
      of[id][index].event = first ? of[first->first][first->second].event : CrashId{id, index};
    }
  }
  std::vector<NodeId> seen_from(of.size(), spec::no_node);
  for (NodeId id = 0; id < of.size(); ++id) {
    if (own[id] == 0 || scene.tree.linked[id].empty()) continue;
    std::vector<NodeId> reached{id};
    bool by_message = false;
    seen_from[id] = id;
    for (std::size_t next = 0; next < reached.size() && reached.size() < most_linked; ++next)
      for (const NodeId other : scene.tree.linked[reached[next]]) {
        const auto* worker = spec::as_worker(scene.design.nodes[other]);
        if (seen_from[other] == id || worker == nullptr) continue;
        if (worker->traps_exits.value && !may_end_by_exit_message(*worker)) continue;
        by_message = by_message || worker->traps_exits.value;
        seen_from[other] = id;
        reached.push_back(other);
      }
    if (ends_its_copies(scene.design, scene.tree, reached)) {
      CrashSource source = of[id].front();
      source.kind = Kind::link;
      source.times = UnsaidCrashes{nan, "the death of one copy ends others through links"};
      source.follows.reset();
      source.message.reset();
      of[id].push_back(std::move(source));
    }
    for (std::size_t i = 1; i < reached.size(); ++i)
      for (std::size_t s = 0; s < own[id]; ++s) {
        CrashSource source = of[id][s];
        const bool orderly = source.reason.kind == spec::ExitReason::Kind::normal;
        if (orderly && !by_message) continue;
        if (!source.counted) only_once(own[id], source);
        // Whoever traps exits has work of its own to do first, or is not sure to end by what it gets.
        if (by_message && (orderly || !ends_at_once_by_message(scene, reached)))
          source.times = UnsaidCrashes{nan, "when, and whether, it ends by a message `EXIT` is open"};
        if (by_message) source.reason = an_error;
        // Whoever is restarted after an exit that the others do not notice is linked to nobody until they start again.
        if (exits_unnoticed(of[reached[i]], own[reached[i]]))
          source.times = UnsaidCrashes{nan, "after a normal exit of its own it is not linked again at once"};
        if (const char* broken = broken_link(scene, reached, i, own, source.reason))
          source.times = UnsaidCrashes{nan, broken};
        const bool one_each =
            scene.design.nodes[id].count.value == 1 && scene.design.nodes[reached[i]].count.value == 1;
        if (!one_each) source.times = UnsaidCrashes{nan, "which of several copies a link goes to is open"};
        // Links are made at the start, to who is there: under two supervisors it is open who starts first.
        if (scene.design.nodes[id].parent != scene.design.nodes[reached[i]].parent)
          source.times = UnsaidCrashes{nan, "whether it is linked again depends on who is restarted first"};
        source.kind = Kind::link;
        source.follows = CrashId{id, static_cast<std::uint32_t>(s)};
        source.message.reset();
        source.guilty = id;
        source.what = quoted(scene.design.nodes[id].name) + ", to which it is linked, " + source.what;
        source.counted = is_counted(scene.design.nodes[reached[i]].restart.value, source.reason);
        of[reached[i]].push_back(std::move(source));
      }
  }
}

// A process that is not restarted after some of its exits is gone after the first of them: no rate lasts.
bool is_gone_for_good(const Design& design, NodeId id, const std::vector<CrashSource>& list) {
  if (design.nodes[id].parent == spec::no_node) return !list.empty();
  return std::any_of(list.begin(), list.end(), [](const auto& source) { return !source.counted; });
}

}  // namespace

bool orders_by_messages(const CrashSource& source) {
  return source.kind != CrashSource::Kind::clock && source.kind != CrashSource::Kind::script;
}

double per_second(const CrashSource& source) {
  struct Rate {
    double operator()(const PoissonCrashes& crashes) const { return crashes.per_second; }
    double operator()(const LifeTime& life) const { return 1 / spec::mean(life.since_start); }
    double operator()(const ScheduledCrashes&) const { return 0; }
    double operator()(const UnsaidCrashes& crashes) const { return crashes.per_second; }
  };
  return std::visit(Rate{}, source.times);
}

const SharedRehearsal* Crashes::shared_with(NodeId node) const {
  return takes_part[node] == 0 ? nullptr : &shared[takes_part[node] - 1];
}

Crashes crashes_of(const Design& design, const Tree& tree, const CallGraph& calls, const Loads& loads) {
  Crashes crashes;
  crashes.of.resize(design.nodes.size());
  crashes.rehearsals.resize(design.nodes.size());
  crashes.rate.assign(design.nodes.size(), 0);
  crashes.takes_part.assign(design.nodes.size(), 0);
  Scene scene{design, tree, loads, std::vector<bool>(design.nodes.size(), false)};
  const SoFar so_far = order_of_deaths(design, tree, calls, loads, crashes.of);
  const auto& order = so_far.order;
  for (const NodeId id : order) {
    const auto* worker = spec::as_worker(design.nodes[id]);
    if (worker == nullptr) continue;
    auto& list = crashes.of[id];
    for (const auto& clock : worker->crashes) list.push_back(clock_source(clock));
    if (strikes_during_starts(*worker) && !spec::is_constant(worker->init->takes))
      for (auto& source : list)
        source.times = UnsaidCrashes{nan, "it may still be starting at a time given for a crash"};
    add_message_crashes(so_far, id, list);
    add_continue(*worker, list);
    const auto followed = list.size();
    add_open_crashes(so_far, tree, id, list);
    scene.open[id] = list.size() > followed;
    auto rehearsal = scene.open[id] ? std::nullopt : rehearse(design, tree, loads, id, std::nullopt);
    if (rehearsal) {
      // Clocks alone tell it themselves, whenever it is restarted.
      if (load_of_its_own(*worker, loads.of[id]) || rehearsal->life) use_rehearsal(design, *rehearsal, id, list);
      crashes.rehearsals[id] = std::move(rehearsal);
    }
    for (auto& source : list) {
      if (source.guilty == spec::no_node) source.guilty = id;
      source.counted = is_counted(design.nodes[id].restart.value, source.reason);
    }
  }
  for (const NodeId id : tree.order)
    if (!loads.of[id].callers.empty()) use_shared(scene, id, crashes);
  add_script(design, tree, crashes.of);
  for (const auto& event : design.script)
    for (auto& source : crashes.of[event.process.node])
      source.counted = is_counted(design.nodes[event.process.node].restart.value, source.reason);
  add_links(scene, order, crashes.of);
  add_stop_signals(design, tree, crashes.of);
  for (const NodeId id : tree.order) {
    for (const auto& source : crashes.of[id])
      if (!source.during) crashes.rate[id] += per_second(source);
    if (is_gone_for_good(design, id, crashes.of[id])) crashes.rate[id] = nan;
  }
  return crashes;
}

}  // namespace treefall::analyzer
