// Knows where in a design its numbers stand, once, as a walk that takes each of them; reading them and changing one are
// the same walk, so that the nth number is the same for both.
#include "analyzer/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace treefall::analyzer {

namespace {

using Kind = Input::Kind;

constexpr double shortest = 1e-7;  // seconds: what is counted in nanoseconds can be changed by a per cent from there on
constexpr double longest = 1e9;    // seconds

/// Where a number stands. The key is put together when it is wanted: `part`, `[index]`, `name`, `leaf`.
struct Place {
  spec::NodeId node = spec::no_node;
  std::string_view traffic{};
  std::string_view fault{};
  std::string_view part{};
  std::size_t index = 0;
  std::size_t of = 1;  // entries that there are
  std::string_view name{};
  std::string_view leaf{};
  spec::Span span{};

  Place at(std::string_view key, const spec::Span& where) const {
    Place place = *this;
    place.leaf = key;
    place.span = where;
    return place;
  }
};

std::string key_of(const Place& place) {
  std::string key(place.part);
  if (place.of > 1) key += fmt::format("[{}]", place.index);
  for (const auto next : {place.name, place.leaf})
    if (!next.empty()) key.append(key.empty() ? "" : ".").append(next);
  return key;
}

// ---- a number, whatever holds it ---------------------------------------------------------------------------------

double value_of(double number) { return number; }
double value_of(const spec::Distribution& time) { return spec::mean(time); }
double value_of(spec::Duration time) { return spec::in_seconds(time); }
double value_of(std::uint64_t number) { return static_cast<double>(number); }
double value_of(std::uint32_t number) { return number; }

void set(double& number, double value) { number = value; }
void set(spec::Distribution& time, double value) { time = spec::scaled(time, value / spec::mean(time)); }
void set(spec::Duration& time, double value) { time = spec::Duration(std::llround(value * 1e9)); }
void set(std::uint64_t& number, double value) { number = static_cast<std::uint64_t>(std::llround(value)); }
void set(std::uint32_t& number, double value) { number = static_cast<std::uint32_t>(std::llround(value)); }

bool is_something(Kind kind, double value) {
  if (!std::isfinite(value) || value <= 0) return false;
  return kind != Kind::time || (value >= shortest && value <= longest);
}

double most_of(Kind kind) {
  switch (kind) {
    case Kind::rate:
    case Kind::number:
      return 1e9;
    case Kind::time:
      return longest;
    case Kind::probability:
      return 1;
  }
  return 0;
}

// ---- the walk: `take(place, kind, number)` for each number, the design's or a copy's ------------------------------

template <class Calls, class Take>
void walk_calls(Calls& calls, const Place& place, Take& take) {
  for (auto& call : calls) take(place.at("calls.timeout", call.span), Kind::time, call.timeout.value);
}

template <class Handler, class Take>
void walk_handler(Handler& handler, const Place& place, Take& take) {
  take(place.at("takes", handler.takes_span), Kind::time, handler.takes);
  take(place.at("crashes", handler.crashes_span), Kind::probability, handler.crash_probability);
  walk_calls(handler.calls, place, take);
  for (auto& task : handler.tasks) {
    take(place.at("tasks.takes", task.span), Kind::time, task.takes);
    take(place.at("tasks.crashes", task.span), Kind::probability, task.crash_probability);
    if (task.await) take(place.at("tasks.await", task.span), Kind::time, *task.await);
  }
}

template <class Init, class Take>
void walk_init(Init& init, const Place& place, Take& take) {
  take(place.at("takes", init.takes_span), Kind::time, init.takes);
  take(place.at("fails", init.fails_span), Kind::probability, init.failure_probability);
  if (init.timeout) take(place.at("timeout", init.span), Kind::time, *init.timeout);
  if (init.retry_after) take(place.at("retry_after", init.span), Kind::time, *init.retry_after);
  walk_calls(init.calls, place, take);
}

template <class Clock, class Take>
void walk_clock(Clock& clock, const Place& place, Take& take) {
  if (auto* rate = std::get_if<spec::CrashClock::Rate>(&clock.when))
    take(place.at("rate", clock.span), Kind::rate, rate->per_second);
  if (auto* after = std::get_if<spec::CrashClock::After>(&clock.when))
    take(place.at("after", clock.span), Kind::time, after->since_start);
}

template <class Worker, class Take>
void walk_worker(Worker& worker, const spec::Span& name, Place place, Take& take) {
  const auto part = [&](std::string_view key, std::size_t index, std::size_t of) {
    place.part = key;
    place.index = index;
    place.of = of;
    return place;
  };
  if (worker.init) walk_init(*worker.init, part("init", 0, 1), take);
  if (worker.handle_continue) walk_init(*worker.handle_continue, part("continue", 0, 1), take);
  for (std::size_t i = 0; i < worker.crashes.size(); ++i)
    walk_clock(worker.crashes[i], part("crashes", i, worker.crashes.size()), take);
  for (std::size_t i = 0; i < worker.ticks.size(); ++i) {
    auto& tick = worker.ticks[i];
    const Place at = part("ticks", i, worker.ticks.size());
    take(at.at("every", tick.span), Kind::time, tick.every);
    walk_handler(tick.handler, at, take);
  }
  if (worker.terminate) take(part("terminate", 0, 1).at("takes", name), Kind::time, *worker.terminate);
  if (!worker.handles) return;
  for (auto& named : *worker.handles) {
    Place at = part("handles", 0, 1);
    at.name = named.message;
    walk_handler(named.handler, at, take);
  }
}

template <class Traffic, class Take>
void walk_traffic(Traffic& traffic, Take& take) {
  Place place;
  place.node = traffic.to.node;
  place.traffic = traffic.name;
  const auto at = [&](std::string_view key) { return place.at(key, traffic.arrivals_span); };
  if (auto* poisson = std::get_if<spec::Traffic::Poisson>(&traffic.arrivals))
    take(at("rate"), Kind::rate, poisson->per_second);
  if (auto* renewal = std::get_if<spec::Traffic::Renewal>(&traffic.arrivals))
    take(at("every"), Kind::time, renewal->every);
  if (auto* burst = std::get_if<spec::Traffic::Burst>(&traffic.arrivals)) {
    take(at("burst.size"), Kind::number, burst->size);
    take(at("burst.every"), Kind::time, burst->every);
  }
  if (auto* closed = std::get_if<spec::Traffic::Closed>(&traffic.arrivals)) {
    take(at("concurrency"), Kind::number, closed->concurrency);
    take(at("think"), Kind::time, closed->think);
  }
  if (traffic.sends == spec::Sends::call)
    take(place.at("timeout", traffic.timeout.written() ? traffic.timeout.at : traffic.name_span), Kind::time,
         traffic.timeout.value);
}

template <class Fault, class Take>
void walk_fault(Fault& fault, Take& take) {
  Place place;
  place.fault = fault.name;
  if (auto* random = std::get_if<spec::Fault::Random>(&fault.when)) {
    take(place.at("every", fault.span), Kind::time, random->every);
    take(place.at("lasts", fault.span), Kind::time, random->lasts);
    return;
  }
  for (auto& outage : std::get<std::vector<spec::Fault::Outage>>(fault.when))
    take(place.at("lasts", fault.span), Kind::time, outage.lasts);
}

/// Copies can be more or fewer where nobody bounds or counts them elsewhere, and all of them are alike.
bool is_free_in_number(const spec::Design& design, const spec::Node& node) {
  if (node.count.value < 2 || !node.count.written() || node.parent == spec::no_node) return false;
  const auto* above = spec::as_supervisor(design.nodes[node.parent]);
  return above->kind.value != spec::SupervisorKind::partition && !above->max_children.value;
}

bool picks(const std::vector<spec::Call>& calls) {
  return std::ranges::any_of(calls, [](const auto& call) { return !call.to.pins.empty(); });
}

bool picks(const spec::Handler& handler) {
  return picks(handler.calls) ||
         std::ranges::any_of(handler.casts, [](const auto& cast) { return !cast.to.pins.empty(); }) ||
         std::ranges::any_of(handler.during, [](const auto& during) { return picks(during.handler.front()); });
}

bool picks(const spec::Init& init) {
  return picks(init.calls) ||
         std::ranges::any_of(init.during, [](const auto& during) { return picks(during.init.front()); });
}

bool picks(const spec::Worker& worker) {
  const auto pinned = [](const spec::Target& target) { return !target.pins.empty(); };
  if (std::ranges::any_of(worker.links, pinned)) return true;
  if (std::ranges::any_of(worker.depends_on, [&](const auto& on) { return pinned(on.on); })) return true;
  if (worker.init && picks(*worker.init)) return true;
  if (worker.handle_continue && picks(*worker.handle_continue)) return true;
  if (std::ranges::any_of(worker.ticks, [](const auto& tick) { return picks(tick.handler); })) return true;
  return worker.handles && std::ranges::any_of(*worker.handles, [](const auto& one) { return picks(one.handler); });
}

/// Does it speak of single copies anywhere? Then their number is part of its text.
bool picks_copies(const spec::Design& design) {
  const auto pinned = [](const spec::Subject& subject) {
    const auto* target = std::get_if<spec::Target>(&subject);
    return target != nullptr && !target->pins.empty();
  };
  const auto promised = [&](const spec::Promise& promise) {
    const auto* bound = std::get_if<spec::QuantityPromise>(&promise.what);
    return bound != nullptr ? pinned(bound->subject) : pinned(std::get<spec::SurvivalPromise>(promise.what).survives);
  };
  const auto in_worker = [](const spec::Node& node) {
    const auto* worker = spec::as_worker(node);
    const auto* supervisor = spec::as_supervisor(node);
    return worker != nullptr ? picks(*worker) : supervisor->reseeded && !supervisor->reseeded->by.pins.empty();
  };
  const auto starts = [](const auto& one) { return one.started_by && !one.started_by->pins.empty(); };
  return std::ranges::any_of(design.nodes, in_worker) || std::ranges::any_of(design.promises, promised) ||
         std::ranges::any_of(design.traffic, [&](const auto& one) { return pinned(one.to); }) ||
         std::ranges::any_of(design.script, [&](const auto& one) { return pinned(one.process); }) ||
         std::ranges::any_of(design.unsupervised, starts);
}

template <class Design, class Take>
void walk(Design& design, Take take) {
  for (auto& traffic : design.traffic) walk_traffic(traffic, take);
  const bool numbered = picks_copies(design);
  for (spec::NodeId id = 0; id < design.nodes.size(); ++id) {
    auto& node = design.nodes[id];
    Place place;
    place.node = id;
    if (!numbered && is_free_in_number(design, node))
      take(place.at("count", node.count.at), Kind::number, node.count.value);
    if (auto* worker = std::get_if<spec::Worker>(&node.role)) walk_worker(*worker, node.name_span, place, take);
  }
  for (auto& fault : design.faults) walk_fault(fault, take);
}

std::string process_of(const spec::Design& design, const Place& place) {
  if (!place.traffic.empty()) return fmt::format("traffic:{}", place.traffic);
  if (!place.fault.empty()) return fmt::format("fault:{}", place.fault);
  return spec::path(design, spec::Target{place.node, {}, {}});
}

}  // namespace

std::vector<Input> inputs_of(const spec::Design& design) {
  std::vector<Input> found;
  walk(design, [&](const Place& place, Kind kind, const auto& number) {
    const double value = value_of(number);
    if (!is_something(kind, value)) return;
    const double least = kind == Kind::number ? 1 : kind == Kind::time ? shortest : 1e-15;
    found.push_back(
        {process_of(design, place), key_of(place), place.span, kind, value, least, most_of(kind), place.node});
  });
  return found;
}

spec::Design with_input(const spec::Design& design, std::size_t input, double value) {
  spec::Design changed = design;
  std::size_t next = 0;
  walk(changed, [&](const Place&, Kind kind, auto& number) {
    if (!is_something(kind, value_of(number))) return;
    if (next++ == input) set(number, value);
  });
  return changed;
}

}  // namespace treefall::analyzer
