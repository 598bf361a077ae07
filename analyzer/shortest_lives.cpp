// A worker that lives at least d after each start crashes at most ceil((P + 1) / d) times within any time shorter than
// P + 1 seconds, the longest that restarts which OTP's whole seconds put together can be apart. If these are no more
// than R for all children together, the supervisor never gives up, whatever chance does.
#include "analyzer/shortest_lives.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;
using Kind = CrashSource::Kind;

// Is this what a handler does, by the place that its crash is blamed on?
bool does(const spec::Handler& handler, const CrashSource& source) {
  const auto is_here = [&](const auto& part) { return part.span == source.span; };
  switch (source.kind) {
    case Kind::handler:
      return handler.crashes_span == source.span;
    case Kind::exits:
      return handler.span == source.span;
    case Kind::task:
      return std::any_of(handler.tasks.begin(), handler.tasks.end(), is_here);
    case Kind::call:
      return std::any_of(handler.calls.begin(), handler.calls.end(), is_here);
    case Kind::clock:
    case Kind::unknown_message:
    case Kind::link:
    case Kind::stop_signal:
    case Kind::handle_continue:
    case Kind::script:
      break;
  }
  return false;
}

// Seconds after a start before which this does not end it.
double shortest(const spec::Worker& worker, const CrashSource& source) {
  if (source.during) return 0;
  if (source.kind == Kind::clock) {
    const auto* life = std::get_if<LifeTime>(&source.times);
    return life != nullptr ? spec::lowest(life->since_start) : 0;
  }
  for (const auto& tick : worker.ticks)
    if (does(tick.handler, source)) return spec::lowest(tick.first ? *tick.first : tick.every);
  return 0;
}

bool starts_always_succeed(const spec::Worker& worker) {
  if (!worker.init) return true;
  const auto& init = *worker.init;
  return init.failure_probability <= 0 && !init.fails_during && init.calls.empty() && init.outcomes.empty() &&
         !init.timeout && init.during.empty();
}

}  // namespace

std::string never_too_many(const Design& design, const Crashes& crashes, NodeId supervisor, const Window& window) {
  double most = 0;
  double soonest = std::numeric_limits<double>::infinity();
  for (const NodeId child : design.nodes[supervisor].children) {
    const auto* worker = spec::as_worker(design.nodes[child]);
    if (worker == nullptr || !starts_always_succeed(*worker)) return {};
    double life = std::numeric_limits<double>::infinity();
    for (const auto& source : crashes.of[child])
      if (source.counted) life = std::min(life, shortest(*worker, source));
    if (!(life > 0)) return {};
    if (std::isinf(life)) continue;
    soonest = std::min(soonest, life);
    most += static_cast<double>(design.nodes[child].count.value) *
            std::ceil((static_cast<double>(window.seconds) + 1) / life);
  }
  if (std::isinf(soonest) || most > static_cast<double>(window.restarts)) return {};
  return "what crashes below it lives " + spec::seconds_text(soonest) + " or more after every start: never more than " +
         spec::number_text(most) + " of " + spec::count_text(window.restarts, "restart") + " within " +
         spec::count_text(window.seconds) + " s";
}

}  // namespace treefall::analyzer
