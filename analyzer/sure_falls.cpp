// Let a child W of a supervisor S end, in a way that S counts, no later than L after it is up, and let each restart
// keep S busy for D at the most. After a restart that S has counted, of whatever child, W is up D later at the latest:
// it has just been started with it, or was up already, or is the next to be restarted. So the next counted restart
// comes within D + L, be it of W or of another child; that others crash, too, or take W along with their restarts,
// makes it no later, since those restarts count as well. R + 1 of them are within P seconds where R (D + L) <= P, and
// as a difference of whole seconds is then at most P, S gives up for certain, L + R (D + L) after it is up, under every
// strategy.
//
// S itself is then a child that lives no longer than that, which goes on upwards. A supervisor that shuts down with a
// significant child lives as long as that child. Where times have no end, limits are those that are exceeded with a
// small probability, and the probabilities of all the times that take part are taken off (Boole's inequality).
#include "analyzer/sure_falls.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "analyzer/certain.hpp"
#include "analyzer/fatal_messages.hpp"
#include "analyzer/longest_times.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;
using Kind = CrashSource::Kind;

constexpr std::array<double, 6> overlong_times{0, 1e-9, 1e-6, 1e-5, 1e-4, 1e-3};
constexpr double sure_enough = 0.99;

struct Life {
  Limit limit = no_limit;  // from when it is up until its exit reaches the supervisor
  NodeId guilty = spec::no_node;
  const CrashSource* source = nullptr;
};

struct Scene {
  const Design& design;
  const Tree& tree;
  const Crashes& crashes;
  FatalMessages messages;
  double overlong = 0;
  std::vector<Life> lives{};  // by node
};

bool is_populated_later(const spec::Supervisor& supervisor) {
  return supervisor.kind.value == spec::SupervisorKind::dynamic || supervisor.kind.value == spec::SupervisorKind::task;
}

void take_shorter(Life& life, const Life& other) {
  if (other.limit.seconds < life.limit.seconds) life = other;
}

// ---- workers ----

// Is this the law of its own time, whatever happens around it?
bool is_its_own(const Scene& s, NodeId id, const CrashSource& source) {
  const auto& worker = *spec::as_worker(s.design.nodes[id]);
  if (source.during || source.only != nullptr) return false;
  if (source.kind == Kind::clock) return true;
  if (source.kind == Kind::handle_continue)
    return worker.handle_continue->during.empty() && worker.handle_continue->calls.empty();
  return s.crashes.rehearsals[id] && s.crashes.rehearsals[id]->life;
}

Life by_its_own(const Scene& s, NodeId id) {
  Life life;
  for (const auto& source : s.crashes.of[id]) {
    if (!is_its_own(s, id, source)) continue;
    if (const auto* age = std::get_if<LifeTime>(&source.times))
      take_shorter(life, {limit_of(age->since_start, s.overlong), id, &source});
  }
  return life;
}

// What the messages that kill it for certain are called where its crashes are listed.
const CrashSource* source_of_messages(const Scene& s, NodeId id) {
  const CrashSource* found = nullptr;
  for (const auto& source : s.crashes.of[id])
    if (!source.during && source.kind != Kind::clock && source.kind != Kind::script && source.kind != Kind::link &&
        source.kind != Kind::stop_signal && source.kind != Kind::handle_continue &&
        (found == nullptr || source.probability > found->probability))
      found = &source;
  return found;
}

Life life_of_worker(const Scene& s, NodeId id) {
  Life life = by_its_own(s, id);
  if (const auto* source = source_of_messages(s, id))
    take_shorter(life, {s.messages.longest_life(id, s.overlong), id, source});
  return life;
}

// Does every one of its ends make the supervisor start it again, and is it there then?
bool is_always_counted(const Scene& s, NodeId id) {
  const auto& sources = s.crashes.of[id];
  return s.messages.is_always_started(id) && s.design.nodes[id].restart.value != spec::Restart::temporary &&
         std::all_of(sources.begin(), sources.end(), [](const auto& source) { return source.counted; });
}

// Is it gone for good after whatever ends it?
bool ends_once(const Scene& s, NodeId id) {
  const auto& sources = s.crashes.of[id];
  const bool uncounted =
      std::none_of(sources.begin(), sources.end(), [](const auto& source) { return source.counted; });
  return s.messages.is_always_started(id) && s.design.nodes[id].significant.value &&
         (s.design.nodes[id].restart.value == spec::Restart::temporary || uncounted);
}

// ---- supervisors ----

// Until it shuts down because significant children have ended.
Life by_shutting_down(const Scene& s, NodeId id) {
  const auto& supervisor = *spec::as_supervisor(s.design.nodes[id]);
  const auto& children = s.design.nodes[id].children;
  if (supervisor.strategy.value != spec::Strategy::one_for_one && children.size() > 1) return {};
  Life first;
  Life last{{-1, 0}, spec::no_node, nullptr};
  for (const NodeId child : children) {
    if (!s.design.nodes[child].significant.value) continue;
    const bool worker = spec::as_worker(s.design.nodes[child]) != nullptr;
    const Life life = worker && ends_once(s, child) ? by_its_own(s, child) : Life{};
    take_shorter(first, life);
    if (life.limit.seconds > last.limit.seconds) last = life;
  }
  const bool any = supervisor.auto_shutdown.value == spec::AutoShutdown::any_significant;
  return any || last.limit.seconds < 0 ? first : last;
}

struct Quiet {
  Life life;
  NodeId child = spec::no_node;
};

// The child whose next crash comes soonest at the latest.
Quiet quiet_of(const Scene& s, NodeId id) {
  Quiet quiet;
  for (const NodeId child : s.design.nodes[id].children) {
    const auto& node = s.design.nodes[child];
    if (spec::as_worker(node) != nullptr ? !is_always_counted(s, child)
                                         : node.restart.value != spec::Restart::permanent)
      continue;
    if (s.lives[child].limit.seconds < quiet.life.limit.seconds) quiet = {s.lives[child], child};
  }
  return quiet;
}

// Node time until all of its children are up for the first time.
Limit first_up(const Scene& s, NodeId id) {
  const auto& supervisor = *spec::as_supervisor(s.design.nodes[id]);
  Limit start;
  if (is_known(s.tree.start[id])) {
    start.seconds = s.tree.start[id].value;
  } else {
    for (const auto& application : s.design.applications)
      if (application.root != spec::no_node)
        start = start + longest_start(s.design, s.tree, application.root, s.overlong);
  }
  if (!is_populated_later(supervisor)) return start + longest_start(s.design, s.tree, id, s.overlong);
  if (!is_known(s.tree.booted)) return no_limit;
  start.seconds = std::max(start.seconds, s.tree.booted.value);
  for (const NodeId child : s.design.nodes[id].children)
    start = start +
            static_cast<double>(s.design.nodes[child].count.value) * longest_start(s.design, s.tree, child, s.overlong);
  return start;
}

std::optional<SureFall> look_at(Scene& s, NodeId id) {
  const auto& supervisor = *spec::as_supervisor(s.design.nodes[id]);
  Life& life = s.lives[id];
  const Limit stop = longest_stop(s.design, s.tree, id, s.overlong);
  if (supervisor.auto_shutdown.value != spec::AutoShutdown::never) {
    life = by_shutting_down(s, id);
    life.limit = life.limit + stop;
  }
  const Quiet quiet = quiet_of(s, id);
  const auto restarts = static_cast<double>(supervisor.max_restarts.value);
  const Limit gap = quiet.life.limit + longest_restart(s.design, s.tree, id, s.overlong);
  if (std::isinf(quiet.life.limit.seconds)) return std::nullopt;
  const Limit last = restarts * gap;
  if (!(last.seconds <= static_cast<double>(supervisor.max_seconds.value))) return std::nullopt;
  const Limit up = quiet.life.limit + last;
  if (!is_populated_later(supervisor)) take_shorter(life, {up + stop, spec::no_node, nullptr});
  if (supervisor.auto_shutdown.value != spec::AutoShutdown::never) return std::nullopt;  // it may end before by that
  const Limit by = first_up(s, id) + up;
  const Limit within = is_populated_later(supervisor) ? by : longest_start(s.design, s.tree, id, s.overlong) + up;
  const double probability = 1 - std::max(by.missed, within.missed);
  if (!(by.seconds <= spec::in_seconds(s.design.horizon.value)) || probability < sure_enough) return std::nullopt;
  return SureFall{probability, within.seconds,    by.seconds,       quiet.life.limit.seconds,
                  quiet.child, quiet.life.guilty, quiet.life.source};
}

// A script that stops, starts or kills more than workers changes who is there.
bool is_interfered_with(const Design& design) {
  using Do = spec::ScriptedEvent::Do;
  return std::any_of(design.script.begin(), design.script.end(), [&](const auto& event) {
    const bool ends = event.what == Do::kill || event.what == Do::exit || event.what == Do::shutdown;
    return event.what != Do::send && !(ends && spec::as_worker(design.nodes[event.process.node]) != nullptr);
  });
}

}  // namespace

std::vector<std::optional<SureFall>> sure_falls(const Design& design, const Tree& tree, const Crashes& crashes) {
  std::vector<std::optional<SureFall>> found(design.nodes.size());
  if (is_interfered_with(design)) return found;
  Scene scene{design, tree, crashes, FatalMessages(design, tree, crashes)};
  for (const double overlong : overlong_times) {
    scene.overlong = overlong;
    scene.lives.assign(design.nodes.size(), {});
    for (auto at = tree.order.rbegin(); at != tree.order.rend(); ++at) {
      if (spec::as_worker(design.nodes[*at]) != nullptr) {
        if (!crashes.of[*at].empty()) scene.lives[*at] = life_of_worker(scene, *at);
        continue;
      }
      const auto fall = look_at(scene, *at);
      if (fall && !found[*at]) found[*at] = fall;
    }
  }
  return found;
}

}  // namespace treefall::analyzer
