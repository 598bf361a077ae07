// Crash sources of every worker. Clocks are taken as written; clauses crash at the rate of their messages times the
// probability; tasks, failed calls and links bring crashes of others. A clause that crashes with probability p at
// Poisson arrivals of rate lambda makes a Poisson stream of rate lambda p where messages take no time; where they do,
// the stream is a thinned departure process, off by about the utilisation. Thinning any stream by a small p gives
// nearly a Poisson one (Renyi 1956), off by about p.
// Workers in which nothing is random are rehearsed instead (rehearsal.hpp).
#include "analyzer/crashes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "analyzer/given_times.hpp"
#include "analyzer/queueing.hpp"
#include "analyzer/rehearsal.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;
using Kind = CrashSource::Kind;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double small_probability = 0.5;   // above it a thinned stream no longer passes for Poisson
constexpr double small_share = 0.05;        // of bursts that crash their taker: beyond it they do not come singly
constexpr std::size_t most_linked = 1'000;  // members of a group of linked processes that are followed

const spec::ExitReason an_error{spec::ExitReason::Kind::error, {}};

struct Scene {
  const Design& design;
  const Tree& tree;
  const Loads& loads;
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

// One handling of the message ends the worker with this probability.
struct Danger {
  Kind kind = Kind::handler;
  double probability = 0;
  spec::ExitReason reason = an_error;
  spec::Span span{};
  NodeId guilty = spec::no_node;
  std::string what;
  std::string unsaid;  // why the probability cannot be said
  double error = 0;    // relative, of the probability
};

double late(const spec::Task& task) {
  if (!task.await || task.on_timeout != spec::Task::OnTimeout::exit) return 0;
  return 1 - spec::cumulative(task.takes, spec::in_seconds(*task.await));
}

void add_tasks(const spec::Worker& worker, const spec::Handler& handler, std::vector<Danger>& list) {
  for (const auto& task : handler.tasks) {
    const bool taken_along = task.await || (task.linked && !worker.traps_exits.value);
    const double crash = taken_along ? task.crash_probability : 0;
    const double each = 1 - (1 - crash) * (1 - late(task));
    const double any = -std::expm1(task.count * std::log1p(-each));
    if (any <= 0) continue;
    std::string what = "a task takes it along";
    if (crash > 0) what += ": it crashes with " + spec::share_text(crash);
    if (late(task) > 0) what += (crash > 0 ? " or" : ": it") + (" is late with " + spec::share_text(late(task)));
    list.push_back({Kind::task, each >= 1 ? 1 : any, an_error, task.span, spec::no_node, what, {}, 0});
  }
}

// The callee's own clause ends it, and the pending call with it.
double crash_of_clause(const spec::Handler* handler, bool unknown) {
  if (unknown) return 1;
  if (handler == nullptr) return 0;
  return handler->exits ? 1 : handler->crash_probability;
}

// P(a call is not answered in time), where the callee's wait and service are known well enough; else NaN.
struct Lateness {
  double probability = 0;
  double error = 0;  // relative
};

Lateness lateness(const Scene& scene, const spec::Call& call) {
  const double limit = spec::in_seconds(call.timeout.value);
  if (std::isinf(limit)) return {};
  const Load& load = scene.loads.of[call.to.node];
  for (const auto& message : load.messages) {
    if (message.tick != nullptr || message.message != call.message) continue;
    if (!load.mean_wait.said() || std::isinf(load.mean_wait.value)) return {nan, 0};
    if (message.service.law && load.mean_wait.high == 0) return {1 - spec::cumulative(*message.service.law, limit), 0};
    if (message.service.law && load.mean_wait.method == Method::approximation) {
      // Its own requests left behind make it late more often, as often as the server is still busy with them.
      const double busy = std::min(load.utilisation.high, 0.5);
      return {(1 - spec::cumulative(*message.service.law, limit)) * (1 + busy / 2), busy / (1 - busy)};
    }
    const double longest = load.mean_wait.high + message.service.high;
    return {longest <= limit / 20 ? 0 : nan, 0};
  }
  return {};
}

void add_calls(const Scene& scene, const spec::Handler& handler, std::vector<Danger>& list) {
  for (const auto& call : handler.calls) {
    if (call.on_failure.what == spec::OnFailure::Do::ignore) continue;
    const auto* callee = spec::as_worker(scene.design.nodes[call.to.node]);
    if (callee == nullptr) continue;
    const std::string name = quoted(scene.design.nodes[call.to.node].name);
    const Clause clause = clause_for(*callee, call.message);
    const double crash = crash_of_clause(clause.handler, clause.unknown);
    const auto [timeout, error] = lateness(scene, call);
    const double tries = call.on_failure.what == spec::OnFailure::Do::retry ? call.on_failure.retries + 1.0 : 1.0;
    Danger danger{Kind::call, 0, an_error, call.span, call.to.node, {}, {}, 0};
    if (std::isnan(timeout)) {
      danger.unsaid = "how often its call to " + name + " times out cannot be said";
      danger.what = "its call to " + name + " may time out";
      list.push_back(danger);
      continue;
    }
    const double once = 1 - (1 - crash) * (1 - timeout);
    if (once <= 0) continue;
    const double failed = std::pow(once, tries);
    danger.error = error;
    danger.probability = failed >= 1 ? 1 : -std::expm1(call.times * std::log1p(-failed));
    danger.what = "its call to " + name + " fails with " + spec::share_text(once);
    list.push_back(danger);
  }
}

std::vector<Danger> dangers_of(const Scene& scene, const spec::Worker& worker, const MessageLoad& message) {
  std::vector<Danger> list;
  const std::string name = message.tick != nullptr ? "its tick" : quoted(message.message);
  if (message.unknown) {
    list.push_back(
        {Kind::unknown_message, 1, an_error, worker.handles_span, spec::no_node, "no clause takes " + name, {}, 0});
    return list;
  }
  if (message.handler == nullptr) return list;
  const spec::Handler& handler = *message.handler;
  add_calls(scene, handler, list);
  add_tasks(worker, handler, list);
  if (handler.crash_probability > 0)
    list.push_back({Kind::handler,
                    handler.crash_probability,
                    an_error,
                    handler.crashes_span,
                    spec::no_node,
                    name + " crashes it with " + spec::share_text(handler.crash_probability),
                    {}});
  if (handler.exits)
    list.push_back({Kind::exits, 1, *handler.exits, handler.span, spec::no_node, name + " ends it", {}, 0});
  return list;
}

double largest_burst(const Design& design, const Load& load) {
  double most = 0;
  for (const spec::TrafficId id : load.arrivals.sources)
    if (const auto* burst = std::get_if<spec::Traffic::Burst>(&design.traffic[id].arrivals); burst && burst->size > 1)
      most = std::max(most, static_cast<double>(burst->size));
  return most;
}

// How far the crashes of a clause are from a Poisson stream, where its messages are one. What leaves an M/M/1 server is
// a Poisson stream as well (Burke 1956), and nearly so any stable server's over times much longer than a message stays;
// thinning makes it the more so. A crash empties the mailbox, so what it held does not crash the worker any more, and
// for about one sojourn the next ones come later.
double off_poisson(const Load& load, const Danger& danger, double busy, double window) {
  if (busy >= 1 || !load.mean_wait.said() || !load.service.unsaid.empty()) return busy;
  const double sojourn = load.mean_wait.high + load.service.high;
  const double by_queue = danger.probability * (1 + load.rate * sojourn) + sojourn / window;
  return std::isnan(by_queue) ? busy : std::min(busy, by_queue);
}

CrashTimes times_of(const Load& load, const MessageLoad& message, const Danger& danger, double most_at_once,
                    double window) {
  if (!danger.unsaid.empty()) return UnsaidCrashes{nan, danger.unsaid};
  if (!load.unsaid.empty()) return UnsaidCrashes{nan, load.unsaid};
  const double rate = message.rate() * danger.probability;
  if (std::isnan(rate)) return UnsaidCrashes{nan, "how often messages come cannot be said"};
  const double busy = load.utilisation.said() ? std::min(load.utilisation.high, 1.0) : 1.0;
  if (danger.probability * most_at_once > small_share)
    return UnsaidCrashes{rate, "messages come in bursts, and a crash throws the rest of its burst away"};
  if (load.arrivals.finite) return UnsaidCrashes{nan, "messages come at fixed times only, among random ones"};
  if (load.is_poisson() && load.service.high == 0 && load.service.unsaid.empty()) return PoissonCrashes{rate};
  const double error = load.is_poisson() ? off_poisson(load, danger, busy, window) : busy;
  if (error >= 0.5) return UnsaidCrashes{rate, "it is so busy that its crashes come in clumps"};
  if (load.is_poisson()) return PoissonCrashes{rate, error};
  if (danger.probability <= small_probability)
    return PoissonCrashes{rate, busy + 2 * danger.probability + danger.error + load.spread};
  return UnsaidCrashes{rate, "what crashes it does not come as a Poisson stream"};
}

// Over which its supervisor adds up restarts; a process outside any tree has none.
double window_seconds(const Design& design, NodeId id) {
  const NodeId parent = design.nodes[id].parent;
  const auto* supervisor = parent == spec::no_node ? nullptr : spec::as_supervisor(design.nodes[parent]);
  return supervisor == nullptr ? 1 : std::max(1.0, static_cast<double>(supervisor->max_seconds.value));
}

void add_messages(const Scene& scene, NodeId id, const spec::Worker& worker, std::vector<CrashSource>& list) {
  const Load& load = scene.loads.of[id];
  const double most_at_once = largest_burst(scene.design, load);
  const double window = window_seconds(scene.design, id);
  for (const auto& message : load.messages) {
    const bool comes = !(message.rate() <= 0) || !load.unsaid.empty() || load.arrivals.finite;
    if (!comes) continue;
    for (auto& danger : dangers_of(scene, worker, message)) {
      CrashSource source;
      source.kind = danger.kind;
      source.times = times_of(load, message, danger, most_at_once, window);
      source.reason = danger.reason;
      source.guilty = danger.guilty == spec::no_node ? id : danger.guilty;
      source.span = danger.span;
      source.what = std::move(danger.what);
      if (load.unsaid.empty() && message.rate() > 0) source.what += " at " + spec::rate_text(message.rate());
      list.push_back(std::move(source));
    }
  }
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

void add_script(const Design& design, std::vector<std::vector<CrashSource>>& of) {
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

// An exit signal goes on through every process that does not trap it; `normal` is no such signal.
void add_links(const Scene& scene, std::vector<std::vector<CrashSource>>& of) {
  std::vector<std::size_t> own(of.size());
  for (NodeId id = 0; id < of.size(); ++id) {
    own[id] = of[id].size();
    for (std::uint32_t index = 0; index < own[id]; ++index) of[id][index].event = {id, index};
  }
  std::vector<NodeId> seen_from(of.size(), spec::no_node);
  for (NodeId id = 0; id < of.size(); ++id) {
    if (own[id] == 0 || scene.tree.linked[id].empty()) continue;
    std::vector<NodeId> reached{id};
    seen_from[id] = id;
    for (std::size_t next = 0; next < reached.size() && reached.size() < most_linked; ++next)
      for (const NodeId other : scene.tree.linked[reached[next]]) {
        const auto* worker = spec::as_worker(scene.design.nodes[other]);
        if (seen_from[other] == id || worker == nullptr || worker->traps_exits.value) continue;
        seen_from[other] = id;
        reached.push_back(other);
      }
    for (std::size_t i = 1; i < reached.size(); ++i)
      for (std::size_t s = 0; s < own[id]; ++s) {
        CrashSource source = of[id][s];
        if (source.reason.kind == spec::ExitReason::Kind::normal) continue;
        const bool one_each =
            scene.design.nodes[id].count.value == 1 && scene.design.nodes[reached[i]].count.value == 1;
        if (!one_each) source.times = UnsaidCrashes{nan, "which of several copies a link goes to is open"};
        // Links are made at the start, to who is there: under two supervisors it is open who starts first.
        if (scene.design.nodes[id].parent != scene.design.nodes[reached[i]].parent)
          source.times = UnsaidCrashes{nan, "whether it is linked again depends on who is restarted first"};
        source.kind = Kind::link;
        source.guilty = id;
        source.what = quoted(scene.design.nodes[id].name) + ", to which it is linked, " + source.what;
        source.counted = is_counted(scene.design.nodes[reached[i]].restart.value, source.reason);
        of[reached[i]].push_back(std::move(source));
      }
  }
}

bool load_of_its_own(const spec::Worker& worker, const Load& load) { return load.loaded || worker.handle_continue; }

// A process that is not restarted after some of its exits is gone after the first of them: no rate lasts.
bool is_gone_for_good(const Design& design, NodeId id, const std::vector<CrashSource>& list) {
  if (design.nodes[id].parent == spec::no_node) return !list.empty();
  return std::any_of(list.begin(), list.end(), [](const auto& source) { return !source.counted; });
}

}  // namespace

double per_second(const CrashSource& source) {
  struct Rate {
    double operator()(const PoissonCrashes& crashes) const { return crashes.per_second; }
    double operator()(const LifeTime& life) const { return 1 / spec::mean(life.since_start); }
    double operator()(const ScheduledCrashes&) const { return 0; }
    double operator()(const UnsaidCrashes& crashes) const { return crashes.per_second; }
  };
  return std::visit(Rate{}, source.times);
}

Crashes crashes_of(const Design& design, const Tree& tree, const Loads& loads) {
  Crashes crashes;
  crashes.of.resize(design.nodes.size());
  crashes.rehearsals.resize(design.nodes.size());
  crashes.rate.assign(design.nodes.size(), 0);
  const Scene scene{design, tree, loads};
  for (const NodeId id : tree.order) {
    const auto* worker = spec::as_worker(design.nodes[id]);
    if (worker == nullptr) continue;
    auto& list = crashes.of[id];
    for (const auto& clock : worker->crashes) list.push_back(clock_source(clock));
    if (strikes_during_starts(*worker) && !spec::is_constant(worker->init->takes))
      for (auto& source : list)
        source.times = UnsaidCrashes{nan, "it may still be starting at a time given for a crash"};
    add_messages(scene, id, *worker, list);
    add_continue(*worker, list);
    if (auto rehearsal = rehearse(design, tree, loads, id, std::nullopt)) {
      // Clocks alone tell it themselves, whenever it is restarted.
      if (load_of_its_own(*worker, loads.of[id]) || rehearsal->life) use_rehearsal(design, *rehearsal, id, list);
      crashes.rehearsals[id] = std::move(rehearsal);
    }
    for (auto& source : list) {
      if (source.guilty == spec::no_node) source.guilty = id;
      source.counted = is_counted(design.nodes[id].restart.value, source.reason);
    }
  }
  add_script(design, crashes.of);
  for (const auto& event : design.script)
    for (auto& source : crashes.of[event.process.node])
      source.counted = is_counted(design.nodes[event.process.node].restart.value, source.reason);
  add_links(scene, crashes.of);
  for (const NodeId id : tree.order) {
    for (const auto& source : crashes.of[id])
      if (!source.during) crashes.rate[id] += per_second(source);
    if (is_gone_for_good(design, id, crashes.of[id])) crashes.rate[id] = nan;
  }
  return crashes;
}

}  // namespace treefall::analyzer
