// Workers in which nothing is random: what their rehearsal shows, as long as it is what happens, that is until their
// supervisor falls or to the horizon.
#include <algorithm>
#include <cmath>

#include "analyzer/certain.hpp"
#include "analyzer/predict_worker.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::NodeId;
using spec::Quantity;

constexpr double hardly_ever = 1e-6;

// The node lives on while its trees stop.
bool stops_later(const PredictedWorker& s) {
  const auto& applications = s.stage.design.applications;
  return std::any_of(applications.begin(), applications.end(), [&](const auto& application) {
    if (application.root == spec::no_node) return false;
    const Estimate& stop = s.stage.facts.tree.stop[application.root];
    return !stop.said() || stop.high > 0;
  });
}

// Until when the rehearsal is what happens: the fall of its supervisor, the horizon, or not known.
std::optional<spec::Duration> rehearsed_until(const PredictedWorker& s) {
  const auto& design = s.stage.design;
  if (s.stage.facts.budgets.disturbed[s.id]) return std::nullopt;
  for (NodeId at = design.nodes[s.id].parent; at != spec::no_node; at = design.nodes[at].parent) {
    const Budget& budget = s.stage.facts.budgets.of[at];
    if (!budget.relevant) continue;
    if (!budget.fate || !budget.fate->complete) return std::nullopt;
    if (budget.fate->certainty == Certainty::never) continue;
    const bool root = design.nodes[at].parent == spec::no_node;
    const bool one_time = budget.fate->certainty == Certainty::certain && *budget.fate->last == *budget.fate->first;
    if (!root || !one_time) return std::nullopt;
    if (budget.fate->from_start || stops_later(s)) return std::nullopt;
    return spec::Duration(std::llround(*budget.fate->first * 1e9));
  }
  return design.horizon.value;
}

bool gets_messages_from_outside(const PredictedWorker& s) {
  const auto& design = s.stage.design;
  const auto& sources = s.stage.traffic_to[s.id];
  const bool traffic = std::any_of(sources.begin(), sources.end(), [&](spec::TrafficId source) {
    return design.traffic[source].sends != spec::Sends::call;
  });
  return traffic || std::any_of(design.script.begin(), design.script.end(), [&](const auto& event) {
           return event.process.node == s.id && event.what == spec::ScriptedEvent::Do::send &&
                  event.as != spec::Sends::call;
         });
}

// Incarnations that end by their own life time until then.
std::uint64_t repetitions(const PredictedWorker& s, spec::Duration life, spec::Duration until) {
  const auto start = spec::Duration(std::llround(start_time(s) * 1e9));
  const auto each = std::max(life + start, spec::Duration(1));
  const auto begin = spec::Duration(std::llround(s.stage.facts.tree.start[s.id].value * 1e9));
  return until > begin ? static_cast<std::uint64_t>((until - begin) / each) : 0;
}

// Offered load, which may be more than it can do.
double load_of(const PredictedWorker& s, const Rehearsal& played) {
  const double up = spec::in_seconds(played.up);
  const double busy = up > 0 ? spec::in_seconds(played.busy) / up : 0;
  const Estimate& offered = s.load.utilisation;
  return played.crashes.empty() && offered.said() && offered.low > 1 ? offered.value : busy;
}

// Calls whose callers know what has become of them; an open one fails with the worker.
std::uint64_t ended(const Rehearsal::Calls& calls, bool node_ends) {
  return calls.timed_out + calls.answered + calls.failed + (node_ends ? calls.open : 0);
}

}  // namespace

void say_rehearsed(const PredictedWorker& s) {
  const auto until = rehearsed_until(s);
  if (!is_known(s.stage.facts.tree.start[s.id])) return;
  if (!until || s.stage.falls_otherwise[s.id] > hardly_ever) return;
  const auto played = rehearse(s.stage.design, s.stage.facts.tree, s.stage.facts.loads, s.id, until);
  if (!played || !played->complete) return;
  const double seconds = spec::in_seconds(*until);
  const std::uint64_t exits = played->life ? repetitions(s, *played->life, *until) : played->crashes.size();
  const auto is_orderly = [](const Rehearsal::Crash& crash) { return crash.orderly; };
  const auto orderly =
      static_cast<std::uint64_t>(std::count_if(played->crashes.begin(), played->crashes.end(), is_orderly));
  // Each life is like the one before.
  const std::uint64_t number = !played->life ? exits - orderly : orderly > 0 ? 0 : exits;
  const auto crashes = static_cast<double>(number);
  const std::string happens =
      spec::count_text(number) + (number == 1 ? " crash in " : " crashes in ") + spec::seconds_text(seconds);
  if (exits > 0) s.say(Quantity::crash_rate, exactly(crashes / seconds, happens));
  if (!played->life && s.load.loaded) {
    const std::string known = spec::count_text(played->taken) + " messages at their known times";
    s.say(Quantity::utilisation, exactly(load_of(s, *played), known));
    s.say(Quantity::throughput, exactly(static_cast<double>(played->handled) / seconds, known));
  }
  if (played->tied) return;
  if (exits == 0 && played->taken > 0)
    s.say(Quantity::mean_wait, surely(spec::in_seconds(played->waited) / static_cast<double>(played->taken),
                                      spec::count_text(played->taken) + " messages at their known times"));
  if (exits > 0 && gets_messages_from_outside(s)) {
    std::uint64_t lost = 0;
    std::uint64_t all = played->missed;
    for (const auto& crash : played->crashes) all += crash.lost, lost += crash.orderly ? 0 : crash.lost;
    const std::string because = spec::count_text(all) + (all == 1 ? " message at " : " messages at ") + happens;
    s.say(Quantity::lost_messages, exactly(static_cast<double>(all) / seconds, because));
    if (number > 0) s.say(Quantity::lost_per_crash, surely(static_cast<double>(lost) / crashes, because));
  }
  std::uint64_t late = 0;
  std::uint64_t all = 0;
  for (const auto& calls : played->calls) {
    late += calls.timed_out;
    all += ended(calls, *until < s.stage.design.horizon.value);
  }
  if (all > 0)
    s.say(Quantity::timeout_probability,
          surely(static_cast<double>(late) / static_cast<double>(all),
                 spec::count_text(late) + " of " + spec::count_text(all) + " calls are not answered in time"));
}

namespace {

// The tree stops in the reverse of the start order: who waits for a server behind it sees that one end, and its call
// fail.
std::uint64_t failed_at_the_end(const PredictedWorker& s, const SharedRehearsal& played, double seconds) {
  if (seconds >= spec::in_seconds(s.stage.design.horizon.value)) return 0;
  const auto& position = s.stage.facts.tree.position;
  std::uint64_t failed = 0;
  for (const auto& caller : played.callers)
    if (position[caller.node] < position[played.server]) failed += caller.open;
  return failed;
}

void say_server(const PredictedWorker& s, const SharedRehearsal& played, double seconds) {
  const std::string known = spec::count_text(played.taken) + " requests at their known times";
  s.say(Quantity::utilisation, exactly(spec::in_seconds(played.busy) / seconds, known));
  s.say(Quantity::throughput, exactly(static_cast<double>(played.handled) / seconds, known));
  if (played.taken > 0)
    s.say(Quantity::mean_wait, surely(spec::in_seconds(played.waited) / static_cast<double>(played.taken), known));
  const std::uint64_t calls = played.calls + failed_at_the_end(s, played, seconds);
  if (calls > 0)
    s.say(Quantity::timeout_probability,
          surely(static_cast<double>(played.timed_out) / static_cast<double>(calls),
                 spec::count_text(played.timed_out) + " of " + spec::count_text(calls) +
                     " calls are not answered in time, up to " + spec::count_text(played.largest) + " come at once"));
}

void say_caller(const PredictedWorker& s, const SharedRehearsal::Caller& caller, double seconds) {
  const auto copies = static_cast<double>(caller.deaths.size());
  if (caller.died > 0)
    s.say(Quantity::crash_rate,
          exactly(static_cast<double>(caller.died) / copies / seconds,
                  spec::count_text(caller.died) + (caller.died == 1 ? " crash" : " crashes") + " of " +
                      spec::count_text(caller.deaths.size()) + " copies in " + spec::seconds_text(seconds)));
  const std::string known = spec::count_text(caller.ticks) + " ticks at their known times";
  s.say(Quantity::utilisation, exactly(spec::in_seconds(caller.busy) / copies / seconds, known));
  if (caller.ticks > 0) s.say(Quantity::mean_wait, surely(0, known));
}

}  // namespace

namespace {

// Nothing where it was not rehearsed with others, or that is not what happens.
std::optional<SharedRehearsal> played_with_others(const PredictedWorker& s) {
  const auto* shared = s.stage.facts.crashes.shared_with(s.id);
  const auto until = rehearsed_until(s);
  if (shared == nullptr || !until || s.stage.falls_otherwise[s.id] > hardly_ever) return std::nullopt;
  const auto& facts = s.stage.facts;
  auto played = rehearse_shared(s.stage.design, facts.tree, facts.loads, shared->server, *until);
  if (!played || played->known_until <= *until) return std::nullopt;
  return played;
}

}  // namespace

bool is_said_shared(const PredictedWorker& s) { return played_with_others(s).has_value(); }

bool say_shared(const PredictedWorker& s) {
  const auto played = played_with_others(s);
  if (!played) return false;
  const double seconds = spec::in_seconds(*rehearsed_until(s));
  if (s.id == s.stage.facts.crashes.shared_with(s.id)->server) say_server(s, *played, seconds);
  for (const auto& caller : played->callers)
    if (caller.node == s.id) say_caller(s, caller, seconds);
  return true;
}

std::optional<Rehearsal::Calls> rehearsed_calls(const PredictedWorker& s, spec::TrafficId source) {
  const auto until = rehearsed_until(s);
  if (!until || s.stage.falls_otherwise[s.id] > hardly_ever) return std::nullopt;
  const auto played = rehearse(s.stage.design, s.stage.facts.tree, s.stage.facts.loads, s.id, until);
  if (!played || !played->complete || played->tied) return std::nullopt;
  for (auto calls : played->calls) {
    if (calls.traffic != source) continue;
    if (*until < s.stage.design.horizon.value) calls.failed += calls.open;
    return calls;
  }
  return std::nullopt;
}

}  // namespace treefall::analyzer
