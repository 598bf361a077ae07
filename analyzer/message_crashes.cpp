// A clause that crashes with probability p at Poisson arrivals of rate lambda makes a Poisson stream of rate lambda p
// where messages take no time; where they do, the stream is a thinned departure process. Thinning any stream by a small
// p gives nearly a Poisson one (Renyi 1956), off by about p.
#include "analyzer/message_crashes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "analyzer/call_dangers.hpp"
#include "analyzer/queueing.hpp"
#include "analyzer/service.hpp"
#include "analyzer/spacing.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;
using Kind = CrashSource::Kind;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double small_probability = 0.5;  // above it a thinned stream no longer passes for Poisson
constexpr double small_pauses = 0.3;       // of a rate: an error, beyond it crashes keep a distance
constexpr double small_share = 0.05;       // of bursts that crash their taker: beyond it they do not come singly

std::string quoted(const std::string& name) { return "`" + name + "`"; }

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
    list.push_back({Kind::task, each >= 1 ? 1 : any, an_error, task.span, spec::no_node, what});
  }
}

std::vector<Danger> dangers_of(const SoFar& scene, const spec::Worker& worker, const MessageLoad& message) {
  std::vector<Danger> list;
  const std::string name = message.tick != nullptr ? "its tick" : quoted(message.message);
  if (message.unknown) {
    list.push_back({Kind::unknown_message, 1, an_error, worker.handles_span, spec::no_node, "no clause takes " + name});
    return list;
  }
  if (message.handler == nullptr) return list;
  const spec::Handler& handler = *message.handler;
  add_call_dangers(scene, handler, list);
  add_tasks(worker, handler, list);
  if (handler.crash_probability > 0)
    list.push_back({Kind::handler, handler.crash_probability, an_error, handler.crashes_span, spec::no_node,
                    name + " crashes it with " + spec::share_text(handler.crash_probability)});
  if (handler.exits) list.push_back({Kind::exits, 1, *handler.exits, handler.span, spec::no_node, name + " ends it"});
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
double off_poisson(const Load& load, const Danger& danger, double busy, const Window& window) {
  if (busy >= 1 || !load.mean_wait.said() || !load.service.unsaid.empty()) return busy;
  const double sojourn = load.mean_wait.high + load.service.high;
  const double by_queue =
      danger.probability * (1 + load.rate * sojourn) + sojourn / static_cast<double>(window.seconds);
  return std::isnan(by_queue) ? busy : std::min(busy, by_queue);
}

// The handling that ends it lasts at least so long where it has waited for a task in vain (seconds): no two such
// crashes are nearer to each other.
double pause_of(const MessageLoad& message, const Danger& danger) {
  if (danger.kind != Kind::task || message.handler == nullptr) return 0;
  for (const auto& task : message.handler->tasks)
    if (task.crash_probability > 0) return 0;
  return spec::lowest(message.handler->takes) + longest_await(*message.handler);
}

// R pauses must fit into a window in which the supervisor is to give up, which is worth that much of a rate to the
// power of R + 1.
double worth_of_pauses(double pause, const Window& window) {
  const auto restarts = static_cast<double>(window.restarts);
  return restarts * restarts / (restarts + 1) * pause / static_cast<double>(window.seconds);
}

CrashTimes times_of(const Design& design, const Load& load, const MessageLoad& message, const Danger& danger,
                    double most_at_once, const Window& window) {
  if (!danger.unsaid.empty()) return UnsaidCrashes{nan, danger.unsaid};
  if (!load.unsaid.empty()) return UnsaidCrashes{nan, load.unsaid};
  const double rate = message.rate() * danger.probability;
  if (std::isnan(rate)) return UnsaidCrashes{nan, "how often messages come cannot be said"};
  const double busy = load.utilisation.said() ? std::min(load.utilisation.high, 1.0) : 1.0;
  if (danger.probability * most_at_once > small_share)
    return UnsaidCrashes{rate, "messages come in bursts, and a crash throws the rest of its burst away"};
  if (load.arrivals.finite) return UnsaidCrashes{nan, "messages come at fixed times only, among random ones"};
  if (load.turned_away > 0.2 || std::isnan(load.turned_away))
    return UnsaidCrashes{rate, "its mailbox turns messages away, and a crash empties it"};
  if (danger.late) return PoissonCrashes{rate, danger.error + load.spread, danger.late};
  if (load.is_poisson() && load.service.high == 0 && load.service.unsaid.empty()) return PoissonCrashes{rate};
  const double error = load.is_poisson() ? off_poisson(load, danger, busy, window) : busy;
  if (error >= 0.5) return UnsaidCrashes{rate, "it is so busy that its crashes come in clumps"};
  if (load.is_poisson()) {
    const double pause = pause_of(message, danger);
    const double pauses = worth_of_pauses(pause, window);
    const bool few = pauses <= small_pauses;
    return PoissonCrashes{rate, error + load.turned_away + danger.error + (few ? pauses : 0), {}, few ? 0 : pause};
  }
  if (danger.probability <= small_probability)
    return PoissonCrashes{rate,
                          busy + 2 * danger.probability + danger.error + load.spread,
                          {},
                          message.tick != nullptr ? 1 / message.rate() : 0,
                          distance(design, load, message)};
  return UnsaidCrashes{rate, "what crashes it does not come as a Poisson stream"};
}

// Over which its supervisor adds up restarts; a process outside any tree has none.
Window window_of(const Design& design, NodeId id) {
  const NodeId parent = design.nodes[id].parent;
  const auto* supervisor = parent == spec::no_node ? nullptr : spec::as_supervisor(design.nodes[parent]);
  if (supervisor == nullptr) return {0, 1};
  return {supervisor->max_restarts.value, std::max<std::uint64_t>(1, supervisor->max_seconds.value)};
}

}  // namespace

void add_message_crashes(const SoFar& scene, NodeId id, std::vector<CrashSource>& list) {
  const auto& worker = *spec::as_worker(scene.design.nodes[id]);
  const Load& load = scene.loads.of[id];
  const double most_at_once = largest_burst(scene.design, load);
  const Window window = window_of(scene.design, id);
  for (std::uint32_t slot = 0; slot < load.messages.size(); ++slot) {
    const auto& message = load.messages[slot];
    const bool comes = !(message.rate() <= 0) || !load.unsaid.empty() || load.arrivals.finite;
    if (!comes) continue;
    for (auto& danger : dangers_of(scene, worker, message)) {
      CrashSource source;
      source.message = slot;
      source.probability = danger.probability;
      source.follows = danger.follows;
      source.during = danger.during;
      source.kind = danger.kind;
      source.times = times_of(scene.design, load, message, danger, most_at_once, window);
      source.reason = danger.reason;
      source.guilty = danger.guilty == spec::no_node ? id : danger.guilty;
      source.span = danger.span;
      source.what = std::move(danger.what);
      if (load.unsaid.empty() && message.rate() > 0) source.what += " at " + spec::rate_text(message.rate());
      list.push_back(std::move(source));
    }
  }
}

}  // namespace treefall::analyzer
