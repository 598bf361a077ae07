// From the leaves up: what a supervisor meets depends on the budgets below it, so those are tuned first. Of the periods
// that are tried the present one is kept where it can be, as its author had a reason for it; else the one under which a
// crash loop ends soonest.
#include "advice/tune.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "advice/alternatives.hpp"
#include "advice/execute.hpp"
#include "advice/search.hpp"
#include "spec/read.hpp"
#include "spec/wording.hpp"

namespace treefall::advice {

namespace {

using analyzer::Window;
using spec::NodeId;

constexpr std::array<std::uint64_t, 6> usual_periods = {1, 5, 10, 30, 60, 300};
constexpr std::size_t points_of_curve = 10;

Window window_of(const spec::Design& design, NodeId id) {
  const auto& supervisor = *spec::as_supervisor(design.nodes[id]);
  return {supervisor.max_restarts.value, supervisor.max_seconds.value};
}

// ---- what is demanded ----------------------------------------------------------------------------------------------

/// The strictest of what it promises.
Demand demand_of(const spec::Design& design, NodeId id, const TuneOptions& options) {
  Demand demand{options.probability.value_or(usual_probability), options.within.value_or(design.horizon.value), {}};
  if (options.probability || options.within) return demand;
  for (std::size_t i = 0; i < design.promises.size(); ++i) {
    const auto* promise = std::get_if<spec::QuantityPromise>(&design.promises[i].what);
    if (promise == nullptr || promise->quantity != spec::Quantity::failure_probability || !promise->at_most) continue;
    if (!is_about(design, promise->subject, id)) continue;
    if (!demand.promise || promise->bound < demand.probability)
      demand = {promise->bound, promise->within.value_or(design.horizon.value), i};
  }
  return demand;
}

// ---- one supervisor ------------------------------------------------------------------------------------------------

std::vector<Point> curve_of(const Question& question, std::uint64_t seconds, const std::set<std::uint64_t>& shown,
                            std::uint64_t most) {
  std::set<std::uint64_t> restarts = shown;
  const std::uint64_t step = std::max<std::uint64_t>(1, (most + points_of_curve - 1) / points_of_curve);
  for (std::uint64_t r = 0; r <= most; r += step) restarts.insert(r);
  std::vector<Point> curve;
  for (const std::uint64_t r : restarts) curve.push_back(question.at({r, seconds}));
  return curve;
}

bool ends_loops(const Point& point) {
  return point.loop.child == spec::no_node || std::isfinite(point.loop.after.high);
}

/// Of points that keep the demand. The present period where a loop ends under it; else where it ends soonest.
const Point* chosen(const std::vector<Point>& points, std::uint64_t present) {
  const Point* best = nullptr;
  for (const Point& point : points) {
    if (!point.keeps) continue;
    if (point.window.seconds == present && ends_loops(point)) return &point;
    const bool sooner = best != nullptr && (point.loop.after.high < best->loop.after.high ||
                                            (point.window.seconds == present && !ends_loops(*best)));
    if (best == nullptr || sooner) best = &point;
  }
  return best;
}

std::vector<Point> periods_of(const Question& question, std::uint64_t present, const std::atomic<bool>& stop) {
  std::set<std::uint64_t> periods(usual_periods.begin(), usual_periods.end());
  periods.insert(present);
  std::vector<Point> points;
  for (const std::uint64_t seconds : periods) {
    if (stop) break;
    const auto point = question.smallest(seconds);
    points.push_back(point ? *point : question.at({most_restarts, seconds}));
  }
  return points;
}

/// The fewest restarts that the whole prediction agrees to, from those that the search has found on.
std::optional<Point> agreed(const Question& question, const Point& searched) {
  const std::uint64_t seconds = searched.window.seconds;
  std::uint64_t too_few = searched.window.restarts, found = too_few;
  for (std::uint64_t step = 1; !question.agrees({found, seconds}); step *= 2) {
    if (found >= most_restarts) return std::nullopt;
    too_few = found;
    found = std::min(found + step, most_restarts);
  }
  while (found > too_few + 1) {
    const std::uint64_t middle = too_few + (found - too_few) / 2;
    (question.agrees({middle, seconds}) ? found : too_few) = middle;
  }
  Point point = question.at({found, seconds});
  const auto prediction = question.prediction(point.window);
  point.failure = {prediction.value, prediction.low, prediction.high, prediction.method, prediction.because};
  return point;
}

/// The largest budget with the same period under which giving up is frequent enough to be seen.
std::optional<Window> visible_budget(const Question& question, const Window& window) {
  constexpr double visible = 0.3;
  std::uint64_t seen = 0, unseen = window.restarts;
  if (!(question.prediction({0, window.seconds}).value >= visible)) return std::nullopt;
  while (unseen > seen + 1) {
    const std::uint64_t middle = seen + (unseen - seen) / 2;
    (question.prediction({middle, window.seconds}).value >= visible ? seen : unseen) = middle;
  }
  return Window{seen, window.seconds};
}

/// Executes a budget. Where it is too good for that and crashes can't be made more frequent, a smaller one: what the
/// prediction rests on is the same.
Execution executed(const Question& question, const Window& window, const TuneOptions& options,
                   analyzer::Remembered& remembered, const std::atomic<bool>& stop) {
  const Execution execution = execute(question.with(window), options.execution, remembered, stop);
  if (execution.verdict != confirm::Verdict::undecided || stop) return execution;
  const auto smaller = visible_budget(question, window);
  if (!smaller) return execution;
  Execution instead = execute_prediction(question.with(*smaller), options.execution, remembered, stop);
  if (instead.verdict == confirm::Verdict::undecided) return execution;
  instead.instead = smaller;
  return instead;
}

void prove(const Question& question, Tuned& tuned, Point point, const TuneOptions& options,
           analyzer::Remembered& remembered, const std::atomic<bool>& stop) {
  tuned.best = point;
  tuned.execution = executed(question, point.window, options, remembered, stop);
  switch (tuned.execution->verdict) {
    case confirm::Verdict::confirmed:
      tuned.outcome = Outcome::change;
      return;
    case confirm::Verdict::refuted:
      tuned.because = "execution refutes the prediction for it";
      break;
    case confirm::Verdict::undecided:
    case confirm::Verdict::not_simulated:
      tuned.because = "execution could not confirm it: " + tuned.execution->because;
      break;
  }
  tuned.outcome = Outcome::not_proved;
}

/// Of known crashes: would this budget only outlast a loop that never ends? Then it hides what it should end.
bool outlasts_loop(const Question& question, const Point& point) {
  constexpr double loop = 1.0;  // seconds between crashes below which a regular crash is one
  const analyzer::Budget& budget = question.budget();
  return budget.fate && budget.fate->gap > 0 && budget.fate->gap < loop &&
         point.loop.unnoticed_from <= budget.fate->gap * (1 + 1e-9);
}

std::string why_none(const spec::Design& design, const Question& question, const Tuned& tuned) {
  const analyzer::Budget& budget = question.budget();
  if (budget.fate && budget.fate->guilty != spec::no_node && budget.fate->gap > 0)
    return "`" + design.nodes[budget.fate->guilty].name + "` crashes every " + spec::seconds_text(budget.fate->gap) +
           ", and a budget that outlasts that would only hide it";
  if (budget.restarts.outages > 0)
    return "crashes while a fault lasts use up any budget: one comes every " +
           spec::seconds_text(1 / budget.restarts.outages) + " on average";
  return tuned.now.failure.because;
}

void look_for_change(const spec::Design& design, const Question& question, Tuned& tuned, const TuneOptions& options,
                     analyzer::Remembered& remembered, const std::atomic<bool>& stop) {
  const std::uint64_t present = tuned.now.window.seconds;
  tuned.periods = periods_of(question, present, stop);
  for (Point& point : tuned.periods) point.keeps = point.keeps && !outlasts_loop(question, point);
  const Point* best = chosen(tuned.periods, present);
  std::optional<Point> found;
  if (best != nullptr) found = agreed(question, *best);
  if (found) {
    prove(question, tuned, *found, options, remembered, stop);
    const std::uint64_t most = found->window.restarts + std::max<std::uint64_t>(2, found->window.restarts / 4);
    std::set<std::uint64_t> shown = {found->window.restarts};
    if (found->window.seconds == present) shown.insert(tuned.now.window.restarts);
    tuned.curve = curve_of(question, found->window.seconds, shown, most);
    return;
  }
  tuned.outcome = Outcome::none;
  tuned.because = why_none(design, question, tuned);
  tuned.curve = curve_of(question, present, {0, 1, 2, 5, 10, 20, 50, 100, tuned.now.window.restarts}, 0);
  const auto rare = std::find_if(tuned.curve.begin(), tuned.curve.end(),
                                 [](const Point& point) { return point.failure.value < 1e-9; });
  if (rare != tuned.curve.end()) tuned.curve.erase(std::next(rare), tuned.curve.end());
}

/// Of a promise that is kept: the fewest restarts that would do are executed, else the present ones.
void execute_kept(const Question& question, Tuned& tuned, const TuneOptions& options, analyzer::Remembered& remembered,
                  const std::atomic<bool>& stop) {
  const bool fewer = tuned.smallest && tuned.smallest->window.restarts < tuned.now.window.restarts;
  if (fewer && question.agrees(tuned.smallest->window)) {
    tuned.execution = executed(question, tuned.smallest->window, options, remembered, stop);
    if (tuned.execution->verdict == confirm::Verdict::confirmed) return;
  }
  tuned.smallest.reset();
  tuned.execution = executed(question, tuned.now.window, options, remembered, stop);
}

Tuned tuned_one(const spec::Design& design, NodeId id, const TuneOptions& options, analyzer::Remembered& remembered,
                const std::atomic<bool>& stop) {
  Tuned tuned;
  tuned.supervisor = id;
  tuned.demand = demand_of(design, id, options);
  const Question question(design, id, tuned.demand, remembered);
  tuned.now = question.at(window_of(design, id));
  const auto prediction = question.prediction(tuned.now.window);
  if (!tuned.now.failure.said() || std::isnan(prediction.high)) {
    tuned.outcome = Outcome::cannot_say;
    tuned.because = tuned.now.failure.said() ? prediction.because : tuned.now.failure.because;
    return tuned;
  }
  tuned.now.failure = {prediction.value, prediction.low, prediction.high, prediction.method, prediction.because};
  tuned.now.keeps = question.agrees(tuned.now.window);
  if (!tuned.now.keeps) {
    look_for_change(design, question, tuned, options, remembered, stop);
    return tuned;
  }
  tuned.outcome = Outcome::kept;
  tuned.smallest = question.smallest(tuned.now.window.seconds);
  if (tuned.smallest && tuned.smallest->window.restarts == 0 && tuned.smallest->failure.high == 0) return tuned;
  execute_kept(question, tuned, options, remembered, stop);
  const std::uint64_t most = tuned.now.window.restarts;
  tuned.curve = curve_of(question, tuned.now.window.seconds,
                         {most, tuned.smallest ? tuned.smallest->window.restarts : most}, most);
  return tuned;
}

// ---- all of them ---------------------------------------------------------------------------------------------------

void append(std::vector<Edit>& all, const std::vector<Edit>& more) { all.insert(all.end(), more.begin(), more.end()); }

/// Does the changed text say what is recommended, and nothing else?
std::string trouble_with(const spec::Source& source, const spec::Design& wanted, const std::vector<Edit>& edits) {
  const auto reading = spec::read(spec::Source(source.file(), applied(source.text(), edits)));
  if (!reading.design) return "the changed text would not be a valid spec: " + reading.diagnostics.front().message;
  for (NodeId id = 0; id < wanted.nodes.size(); ++id) {
    if (spec::as_supervisor(wanted.nodes[id]) == nullptr) continue;
    const std::string& path = wanted.nodes[id].path;
    const auto& nodes = reading.design->nodes;
    const auto at = std::find_if(nodes.begin(), nodes.end(), [&](const spec::Node& node) { return node.path == path; });
    if (at == nodes.end()) return "`" + path + "` would not be there any more";
    const Window is = window_of(*reading.design, static_cast<NodeId>(at - nodes.begin())), want = window_of(wanted, id);
    if (is.restarts != want.restarts || is.seconds != want.seconds)
      return "`" + path + "` shares the text of its budget with others (an anchor)";
  }
  return "";
}

const Alternative* rescue(const Tuned& tuned) {
  if (tuned.outcome != Outcome::none && tuned.outcome != Outcome::not_proved) return nullptr;
  const auto at = std::find_if(tuned.alternatives.begin(), tuned.alternatives.end(),
                               [](const Alternative& alternative) { return !alternative.edits.empty(); });
  return at == tuned.alternatives.end() ? nullptr : &*at;
}

}  // namespace

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kept:
      return "kept";
    case Outcome::change:
      return "change";
    case Outcome::none:
      return "none";
    case Outcome::not_proved:
      return "not_proved";
    case Outcome::cannot_say:
      return "cannot_say";
  }
  return "";
}

std::string_view name(spec::Strategy strategy) {
  switch (strategy) {
    case spec::Strategy::one_for_one:
      return "one_for_one";
    case spec::Strategy::one_for_all:
      return "one_for_all";
    case spec::Strategy::rest_for_one:
      return "rest_for_one";
  }
  return "";
}

std::string_view name(Alternative::What what) {
  switch (what) {
    case Alternative::What::own_supervisor:
      return "own_supervisor";
    case Alternative::What::strategy:
      return "strategy";
    case Alternative::What::less_often:
      return "less_often";
    case Alternative::What::back_off:
      return "back_off";
    case Alternative::What::partition:
      return "partition";
  }
  return "";
}

Tuning tune(const spec::Source& source, const spec::Design& design, const TuneOptions& options,
            const std::atomic<bool>& stop, const std::function<void(double)>& progress) {
  analyzer::Remembered remembered;
  const analyzer::Facts facts = analyzer::derive(design, remembered);
  spec::Design current = design;
  Tuning tuning;
  const auto& order = facts.tree.order;
  for (std::size_t i = order.size(); i-- > 0 && !stop;) {
    const NodeId id = order[i];
    if (spec::as_supervisor(design.nodes[id]) == nullptr) continue;
    if (!facts.budgets.of[id].relevant) {
      tuning.idle.push_back(id);
      continue;
    }
    Tuned tuned = tuned_one(current, id, options, remembered, stop);
    // Its crashes are none that it counts.
    if (tuned.outcome == Outcome::kept && tuned.smallest && tuned.smallest->window.restarts == 0 &&
        tuned.smallest->failure.high == 0) {
      tuning.idle.push_back(id);
      continue;
    }
    const bool broken = tuned.outcome != Outcome::kept && tuned.outcome != Outcome::cannot_say;
    if (broken)
      tuned.alternatives = alternatives({source, current, tuning.edits, id, tuned.demand, tuned.now.window, remembered},
                                        options.execution, stop);
    if (tuned.outcome == Outcome::change) {
      set_window(current, id, tuned.best->window);
      append(tuning.edits, budget_edits(source, design, id, tuned.best->window));
    }
    if (const Alternative* other = rescue(tuned)) append(tuning.edits, other->edits);
    tuning.supervisors.push_back(std::move(tuned));
    if (progress) progress(1 - static_cast<double>(i) / static_cast<double>(order.size()));
  }
  std::reverse(tuning.supervisors.begin(), tuning.supervisors.end());
  std::reverse(tuning.idle.begin(), tuning.idle.end());
  const bool renamed = std::any_of(tuning.supervisors.begin(), tuning.supervisors.end(),
                                   [](const Tuned& tuned) { return rescue(tuned) != nullptr; });
  if (!tuning.edits.empty() && !renamed) tuning.not_written = trouble_with(source, current, tuning.edits);
  if (!tuning.not_written.empty()) tuning.edits.clear();
  return tuning;
}

}  // namespace treefall::advice
