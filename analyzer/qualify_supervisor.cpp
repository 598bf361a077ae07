// Supervisors: what the rest of the tree leaves of their budgets, and how long they really take to stop.
#include <algorithm>
#include <cmath>
#include <limits>

#include "analyzer/qualify.hpp"
#include "analyzer/survey.hpp"

namespace treefall::analyzer {

namespace {

using spec::NodeId;
using spec::Quantity;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double too_much = 0.2;
constexpr double hardly_ever = 1e-9;  // per second: that it comes is known, not how often

// Ends by others; they come to nothing for what knows its own start.
double ends(const DisturbedNode& c, const Disturbance& d) {
  const double horizon = spec::in_seconds(c.stage.design.horizon.value);
  return d.gone + (d.resets > 0 ? d.resets * horizon : 0) + (1 - c.life / horizon);
}

// Fails less often by the share `less`, more often by the share `more`.
void widen(Prediction& prediction, double less, double more) {
  if (prediction.quantity == Quantity::failure_probability) {
    prediction.low *= 1 - less;
    prediction.high = std::min(1.0, prediction.high * (1 + more));
  } else {
    prediction.low /= 1 + more;
    prediction.high = less < 1 ? prediction.high / (1 - less) : infinity;
  }
  prediction.method = Method::bound;
}

// An ageing child lives from the end of its start: how much longer that makes its gaps.
double slowed(const DisturbedNode& c) {
  const auto& gap = c.stage.facts.budgets.of[c.id].restarts.gap;
  if (!gap) return 0;
  double start = 0;
  for (const NodeId child : c.stage.design.nodes[c.id].children) {
    const Estimate& boot = c.stage.facts.tree.boot[child];
    start = std::max(start, boot.said() ? boot.high : infinity);
  }
  return start / spec::mean(*gap);
}

// What a dynamic supervisor has started is gone with its first incarnation.
bool loses_its_children(const DisturbedNode& c) {
  const auto& supervisor = *spec::as_supervisor(c.stage.design.nodes[c.id]);
  return supervisor.kind.value == spec::SupervisorKind::dynamic && !supervisor.reseeded &&
         c.stage.design.nodes[c.id].parent != spec::no_node;
}

// While it starts its children it restarts none.
double share_of_own_life(const DisturbedNode& c) {
  const Budget& budget = c.stage.facts.budgets.of[c.id];
  const Estimate& boot = c.stage.facts.tree.boot[c.id];
  const Estimate& life = budget.mean_time_to_failure;
  const double seconds = boot.said() ? boot.high : infinity;
  if (seconds == 0) return 0;
  return life.said() ? seconds / std::min(life.low, spec::in_seconds(c.stage.design.horizon.value)) : infinity;
}

// P(what happens so long after its start lies behind the horizon), by Markov's inequality.
double starts_too_late(const DisturbedNode& c, const Fate& fate, Quantity quantity) {
  if (!fate.from_start || quantity != Quantity::failure_probability) return 0;
  const double room = spec::in_seconds(c.stage.design.horizon.value) - fate.last.value_or(0);
  return room > 0 ? std::min(1.0, c.outside.late / room) : 1;
}

// Restarted after a fall at a given time, it lives on: time over falls is as long as the horizon at the most.
bool lives_on(const DisturbedNode& c) {
  const auto& tree = c.stage.facts.tree;
  const bool restarted = c.stage.design.nodes[c.id].parent != spec::no_node;
  if (!restarted || !c.stage.facts.budgets.of[c.id].fate) return false;
  for (auto at = tree.position[c.id]; at < tree.end[c.id]; ++at)
    for (const auto& source : c.stage.facts.crashes.of[tree.order[at]])
      if (std::holds_alternative<ScheduledCrashes>(source.times)) return true;
  return false;
}

// What others do can only keep it from living long enough; what comes on top makes it fail the sooner.
void qualify_least(const DisturbedNode& c, Prediction& prediction) {
  constexpr double worth_saying = 0.01;
  const double horizon = spec::in_seconds(c.stage.design.horizon.value);
  const bool alone =
      c.stage.design.nodes[c.id].parent == spec::no_node && c.stage.design.applications.size() == 1;  // then it ends
  const double ended = alone ? 0 : c.ended;
  const double less =
      std::min(1.0, c.outside.late / horizon + c.outside.gone + times(c.outside.resets, horizon) + ended);
  if (prediction.quantity == Quantity::mean_time_to_failure) {
    if (less > not_worth_saying || loses_its_children(c)) prediction.high = infinity;
    return;
  }
  prediction.low *= 1 - less;
  prediction.value = prediction.low;
  if (!(prediction.low > worth_saying)) take_back(prediction, c.stage.facts.budgets.of[c.id].unsaid);
}

// Ends of the node per second, where others bring them: a life that they cut off has just begun to fill its window.
double cut_short(const DisturbedNode& c) {
  const bool own = c.stage.design.nodes[c.id].parent == spec::no_node;
  return own || c.life > 0.99 * spec::in_seconds(c.stage.design.horizon.value) ? 0 : 1 / c.life;
}

void qualify_failure(const DisturbedNode& c, double faded, Prediction& prediction) {
  constexpr const char* strayed = "calls and links to processes that are taken down end others below it";
  const Budget& budget = c.stage.facts.budgets.of[c.id];
  const bool may_stray = c.strays * spec::in_seconds(c.stage.design.horizon.value) > not_worth_saying;
  if (std::isnan(prediction.value)) {
    const bool said_never = budget.failure_probability.said() && budget.failure_probability.high == 0;
    if (said_never && may_stray) prediction.because = strayed;
    return;
  }
  if (!budget.unsaid.empty() && budget.never.empty()) return qualify_least(c, prediction);
  const bool certain = prediction.quantity == Quantity::failure_probability && prediction.low >= 1;
  const double times_restarts = static_cast<double>(budget.window.restarts + 1);
  const double stray = budget.counted > 0 ? c.strays / budget.counted * times_restarts : c.strays > 0 ? infinity : 0;
  if (may_stray && !certain && (!(stray <= too_much) || !budget.never.empty())) return take_back(prediction, strayed);
  if (may_stray && budget.restarts.never)
    return take_back(prediction, "others end what is below it, at times that keep no distance");
  if (may_stray && !certain) widen(prediction, 0, stray);
  if (prediction.high == 0) return;
  // A fate knows the starts and the ends of everything below.
  const double inside = budget.fate ? starts_too_late(c, *budget.fate, prediction.quantity)
                                    : share_of_life(c, c.outside.late) + share_of_own_life(c) + times_restarts * faded;
  const double window = static_cast<double>(c.stage.facts.budgets.of[c.id].window.seconds + 1);
  if (prediction.quantity == Quantity::mean_time_to_failure && loses_its_children(c)) widen(prediction, 1, 0);
  const bool over_lives = prediction.quantity == Quantity::mean_time_to_failure;
  const double ended = !over_lives ? c.ended : budget.fate ? 0 : window * cut_short(c);
  const double less =
      std::min(1.0, times_restarts * slowed(c) + std::max(inside, c.outside.gone) + c.outside.resets * window + ended);
  if (prediction.quantity == Quantity::mean_time_to_failure && lives_on(c)) {
    prediction.high = std::max(prediction.high, spec::in_seconds(c.stage.design.horizon.value));
    prediction.method = Method::bound;
  }
  if (!(less > not_worth_saying)) return;
  if (budget.fate && prediction.quantity == Quantity::mean_time_to_failure)
    // What it does not do at its time it need not do at all: then it lives to the horizon.
    prediction.high += less < 1 ? less / (1 - less) * spec::in_seconds(c.stage.design.horizon.value) : infinity;
  else
    widen(prediction, less, 0);
  prediction.method = Method::bound;
  if (!c.outside.why.empty()) prediction.because += "; " + c.outside.why;
}

double square_of(const RestartCourse& course) {
  double mean = 0;
  double variance = 0;
  for (const auto& part : course.parts) mean += spec::mean(part.takes), variance += spec::variance(part.takes);
  return mean * mean + variance;
}

// Deaths that come while it restarts others wait for their own restarts, and the order behind them: at most the work of
// an M/G/1 queue, whose arrivals do not end while it is busy (Pollaczek and Khinchine).
double queued_restarts(double rate, const RestartTime& time, double square) {
  const double busy = rate * mean(time);
  return busy < 1 ? rate * square / 2 / (1 - busy) : std::numeric_limits<double>::quiet_NaN();
}

// Seconds for which an order to stop finds this supervisor restarting, on average at the most: restarts that come at
// some rate and take D each have rate E[D^2] / 2 seconds to go; those that come at an age of a child may all be under
// way.
double unfinished_restart(const Stage& stage, NodeId id) {
  std::vector<Crashing> crashing;
  double total = 0;
  bool aged = false;
  for (const NodeId child : stage.design.nodes[id].children) {
    double rate = 0;
    for (const auto& source : stage.facts.crashes.of[child]) {
      if (!source.counted) continue;
      aged = aged || std::holds_alternative<LifeTime>(source.times) ||
             std::holds_alternative<ScheduledCrashes>(source.times);
      rate += std::holds_alternative<ScheduledCrashes>(source.times) ? hardly_ever : per_second(source);
    }
    const Budget& below = stage.facts.budgets.of[child];
    const bool again = stage.design.nodes[child].restart.value == spec::Restart::permanent;
    if (below.relevant && again && !below.fate)
      rate += below.failure_probability.high == 0 ? 0 : 1 / below.mean_time_to_failure.low;
    aged = aged || std::isnan(rate);
    if (std::isnan(rate)) rate = hardly_ever;
    if (!(rate > 0)) continue;
    crashing.push_back({child, rate * static_cast<double>(stage.design.nodes[child].count.value)});
    total += crashing.back().per_second;
  }
  const auto found = restart_time(stage.design, stage.facts.tree, id, crashing);
  if (!found.unsaid.empty()) return std::numeric_limits<double>::quiet_NaN();
  if (!found.time) return 0;
  double square = 0;
  bool queue = false;
  for (const auto& course : found.time->courses) {
    square += course.share * square_of(course);
    for (const auto& part : course.parts) queue = queue || part.exposed > 0;
  }
  const double under_way = restart_rate(total, *found.time) * square / 2;
  const double all = std::max(aged ? found.time->longest : 0, queue ? queued_restarts(total, *found.time, square) : 0);
  return std::max(all, under_way);
}

// Exits per second of one process.
double exits_per_second(const DisturbedNode& c, NodeId id) {
  double rate = 0;
  for (const auto& source : c.stage.facts.crashes.of[id]) {
    const auto* given = std::get_if<ScheduledCrashes>(&source.times);
    rate += given != nullptr ? share_of_life(c, static_cast<double>(given->node_times.size())) : per_second(source);
  }
  return rate;
}

// Who traps exits first finishes its handle_continue.
double unfinished_continue(const DisturbedNode& c, NodeId id) {
  const auto& worker = *spec::as_worker(c.stage.design.nodes[id]);
  if (!worker.handle_continue || !worker.traps_exits.value) return 0;
  return (exits_per_second(c, id) + c.all.resets) * spec::second_moment(worker.handle_continue->takes) / 2;
}

double unfinished_restarts(const DisturbedNode& c) {
  const auto& tree = c.stage.facts.tree;
  double seconds = 0;
  for (auto at = tree.position[c.id]; at < tree.end[c.id]; ++at) {
    const NodeId id = tree.order[at];
    if (spec::as_supervisor(c.stage.design.nodes[id]) == nullptr) {
      seconds += static_cast<double>(tree.copies[id]) * unfinished_continue(c, id);
      continue;
    }
    seconds += static_cast<double>(tree.copies[id]) * unfinished_restart(c.stage, id);
    if (c.strays > 0 && !(tree.boot[id].high <= 0)) return std::numeric_limits<double>::quiet_NaN();
  }
  return seconds;
}

void add_unfinished_restarts(const DisturbedNode& c, Prediction& prediction) {
  if (std::isnan(prediction.value)) return;
  // Of restarts at known times one may be just under way, whenever the order comes.
  const auto& fate = c.stage.facts.budgets.of[c.id].fate;
  const double more = !fate ? unfinished_restarts(c) : fate->restarts > 0 ? upper(c.stage.facts.tree.boot[c.id]) : 0;
  if (std::isnan(more)) return take_back(prediction, "how often it finds a restart under way cannot be said");
  if (more <= not_worth_saying * prediction.value) return;
  prediction.high += more;
  prediction.method = Method::bound;
  prediction.because += "; it first finishes a restart that is under way";
}

// A crash in the midst of a clean-up cuts it short, and an order to stop may find some of it done: by a restart, or a
// fall, that is under way. Those come at most that often, and last at most so long.
void take_off_crashes(const DisturbedNode& c, Prediction& prediction) {
  if (std::isnan(prediction.value) || prediction.high == 0) return;
  const auto& tree = c.stage.facts.tree;
  double share = 0;
  for (auto at = tree.position[c.id]; at < tree.end[c.id]; ++at) {
    const NodeId id = tree.order[at];
    const Estimate& boot = tree.boot[id];
    const double takes = prediction.high + (boot.said() ? boot.high : infinity);
    const double rate = exits_per_second(c, id);
    if (rate > 0 || std::isnan(rate)) share += static_cast<double>(tree.copies[id]) * rate * takes;
  }
  if (share <= not_worth_saying) return;
  prediction.low *= share < 1 ? 1 - share : 0;
  prediction.method = Method::bound;
  prediction.because += "; less where crashes come meanwhile";
}

}  // namespace

void qualify_supervisor(const DisturbedNode& c, double gone, double faded, double renewal, Prediction& prediction) {
  switch (prediction.quantity) {
    case Quantity::failure_probability:
    case Quantity::mean_time_to_failure:
      return qualify_failure(c, faded, prediction);
    case Quantity::restart_rate: {
      const double stray = prediction.value > 0 ? c.strays / prediction.value : c.strays > 0 ? infinity : 0;
      const double more = renewal + stray;
      // Known times may all lie before an early end of the node: then they fill a shorter time.
      const double denser = c.life > 0 ? spec::in_seconds(c.stage.design.horizon.value) / c.life - 1 : infinity;
      if (c.stage.facts.budgets.of[c.id].fate)
        return loosen(prediction, ends(c, c.outside), stray + std::max(0.0, denser), c.outside.why);
      return loosen(
          prediction,
          absent(c, c.all) + share_of_life(c, c.all.booted) + share_of_own_life(c) + faded + renewal + slowed(c), more,
          c.all.why.empty() ? "not all below it lives on undisturbed" : c.all.why);
    }
    case Quantity::shutdown_time:
      take_off_crashes(c, prediction);
      add_unfinished_restarts(c, prediction);
      if (gone <= not_worth_saying || std::isnan(prediction.value)) return;
      prediction.low *= 1 - gone;
      prediction.method = Method::bound;
      prediction.because += "; less where some of them have ended for good";
      return;
    case Quantity::crash_rate:
    case Quantity::availability:
    case Quantity::throughput:
    case Quantity::utilisation:
    case Quantity::mean_wait:
    case Quantity::p99_wait:
    case Quantity::mailbox_length:
    case Quantity::lost_messages:
    case Quantity::lost_per_crash:
    case Quantity::mailbox_growth:
    case Quantity::timeout_probability:
    case Quantity::boot_failure_probability:
      return;
    case Quantity::boot_time: {
      // A boot that the end of the node cuts off is not seen: those that are seen are the shorter ones.
      const bool cut = c.life < 0.999 * spec::in_seconds(c.stage.design.horizon.value) &&
                       share_of_life(c, c.outside.late + prediction.high) > not_worth_saying;
      if (!cut || prediction.method == Method::deterministic || std::isnan(prediction.value)) return;
      prediction.low = 0;
      prediction.method = Method::bound;
      prediction.because += "; less, as the node may end before a long one is over";
      return;
    }
  }
}

}  // namespace treefall::analyzer
