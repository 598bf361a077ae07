// Advice on restart intensities for people: what holds now, what to write, what that costs, and the curve behind it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/figures.hpp"
#include "report/glyphs.hpp"
#include "report/table.hpp"
#include "report/text.hpp"
#include "spec/wording.hpp"

namespace treefall::report::text {

namespace {

using advice::Alternative;
using advice::Execution;
using advice::Outcome;
using advice::Point;
using advice::Tuned;

constexpr double cells_of_bar = 24;
constexpr double least_drawn = 1e-18;

std::string quoted(const spec::Design& design, spec::NodeId id) {
  return fmt::format("`{}`", shown(design.nodes[id].name));
}

std::string budget(const analyzer::Window& window) {
  return fmt::format("{} in {} s", spec::count_text(window.restarts), spec::count_text(window.seconds));
}

/// `0.011 % (exact)`, `0.1 % (bound, at most 0.2 %)`.
std::string figure(const analyzer::Estimate& estimate) {
  if (!estimate.said()) return "cannot be said";
  constexpr double narrow = 1.005;
  const std::string value = spec::share_text(estimate.value);
  const bool certain = estimate.high <= narrow * estimate.value || estimate.high == estimate.value;
  if (certain) return fmt::format("{} ({})", value, analyzer::name(estimate.method));
  return fmt::format("{} ({}, at most {})", value, analyzer::name(estimate.method), spec::share_text(estimate.high));
}

std::string span(const Tuned& tuned) { return spec::seconds_text(spec::in_seconds(tuned.demand.within)); }

std::string demanded(const Tuned& tuned) {
  const std::string bound =
      fmt::format("at most {} within {}", spec::share_text(tuned.demand.probability), span(tuned));
  return tuned.demand.promise ? "promised: " + bound : "asked: " + bound;
}

// ---- execution -----------------------------------------------------------------------------------------------------

std::string observed(const Execution& execution) {
  if (!execution.observed || std::isnan(execution.observed->low)) return "nothing to be seen";
  return range_text(spec::Unit::probability, execution.observed->low, execution.observed->high);
}

/// What execution says, in one line.
std::string executed(const Execution& execution) {
  const std::string replicas = spec::count_text(execution.replicas, "replica");
  if (execution.verdict != confirm::Verdict::confirmed)
    return fmt::format("{} by execution{}{}", name(execution.verdict), execution.because.empty() ? "" : ": ",
                       shown(execution.because));
  const auto within = execution.predicted->within;
  if (execution.instead)
    return fmt::format("confirmed by execution with {}, where it can be seen: {} (predicted {}, {})",
                       budget(*execution.instead), observed(execution), spec::share_text(execution.predicted->value),
                       replicas);
  if (execution.faster == 1)
    return fmt::format("confirmed by execution: {} ({} interval, {})", observed(execution),
                       spec::share_text(execution.observed->confidence),
                       execution.because.empty() ? replicas : shown(execution.because));
  return fmt::format(
      "confirmed by execution at {} times the crash rate, where it can be seen: {} within {} (predicted {}, {})",
      spec::number_text(execution.faster), observed(execution),
      within ? spec::seconds_text(spec::in_seconds(*within)) : "the horizon",
      spec::share_text(execution.predicted->value), replicas);
}

// ---- crash loops ---------------------------------------------------------------------------------------------------

std::string loop_end(const analyzer::Estimate& after) {
  if (!after.said()) return "cannot be said";
  if (std::isinf(after.value)) return "never";
  if (after.high == 0) return "at once";
  return std::isinf(after.high) ? "perhaps never" : spec::seconds_text(after.value);
}

std::string gap(double seconds) { return std::isinf(seconds) ? "none" : spec::seconds_text(seconds); }

/// `1st`, `14th`.
std::string ordinal(std::uint64_t number) {
  const std::uint64_t last = number % 10;
  const bool teen = number % 100 / 10 == 1;
  const char* ending = teen || last == 0 || last > 3 ? "th" : last == 1 ? "st" : last == 2 ? "nd" : "rd";
  return spec::count_text(number) + ending;
}

/// The price of the budget: how long a loop goes on before anybody hears of it.
std::string loop_text(const spec::Design& design, const Point& point) {
  const std::string child = point.loop.child == spec::no_node ? "" : quoted(design, point.loop.child);
  const std::string end = loop_end(point.loop.after);
  std::string text;
  if (child.empty())
    text = "none of its children is restarted";
  else if (end == "never" || end == "perhaps never" || end == "cannot be said")
    text = fmt::format("a crash loop of {}, which takes that long to start, ends: {}", child, end);
  else
    text = fmt::format("a tight crash loop ends at its {} crash, {}{}", ordinal(point.window.restarts + 1),
                       end == "at once" ? end : "after " + end, end == "at once" ? "" : " for " + child);
  text += fmt::format("; a slower one within {}", spec::seconds_text(point.loop.at_most));
  if (std::isinf(point.loop.unnoticed_from)) return text;
  return text +
         fmt::format(", but with {} or more between crashes it goes on unnoticed", gap(point.loop.unnoticed_from));
}

// ---- tables --------------------------------------------------------------------------------------------------------

std::string bar(double probability, double least) {
  if (!(probability > 0) || std::isnan(probability)) return "";
  const double share = 1 - std::log(std::max(probability, least)) / std::log(least);
  const auto cells = static_cast<std::size_t>(std::lround(cells_of_bar * std::clamp(share, 0.0, 1.0)));
  std::string text;
  for (std::size_t i = 0; i < std::max<std::size_t>(cells, 1); ++i) text += "█";
  return text;
}

bool same(const analyzer::Window& a, const analyzer::Window& b) {
  return a.restarts == b.restarts && a.seconds == b.seconds;
}

std::string mark(const Tuned& tuned, const Point& point) {
  std::string text;
  if (same(point.window, tuned.now.window)) text = "now";
  const Point* answer = tuned.best ? &*tuned.best : tuned.smallest ? &*tuned.smallest : nullptr;
  if (answer != nullptr && same(point.window, answer->window))
    text += text.empty() ? "the fewest that keep it" : ", the fewest that keep it";
  return text;
}

/// The probability against the restarts allowed: a bar a line, on a logarithmic scale.
std::string curve(const Tuned& tuned, const Look& look) {
  if (tuned.curve.size() < 2) return "";
  double least = 0.1;
  for (const Point& point : tuned.curve)
    if (point.failure.value > 0) least = std::min(least, point.failure.value);
  least = std::max(least, least_drawn);
  Rows rows = {{{"max_restarts"}, {"gives up within " + span(tuned)}, {"", {}}, {"", {}}}};
  for (const Point& point : tuned.curve) {
    const bool answer = tuned.best && same(point.window, tuned.best->window);
    rows.push_back({{spec::count_text(point.window.restarts), answer ? Style::strong : Style::plain},
                    {figure(point.failure), point.keeps ? Style::good : Style::bad},
                    {bar(point.failure.value, least), point.keeps ? Style::good : Style::bad},
                    {mark(tuned, point), {}}});
  }
  return fmt::format("\n  with max_seconds: {} (bars: logarithmic, from {} to 100 %)\n",
                     spec::count_text(tuned.curve.front().window.seconds), spec::share_text(least)) +
         table(rows, look.paint);
}

/// What another period would ask for, and what it costs.
std::string periods(const Tuned& tuned, const Look& look) {
  if (tuned.periods.empty() || tuned.outcome == Outcome::none) return "";
  Rows rows = {{{"max_seconds"},
                {"max_restarts"},
                {"gives up within " + span(tuned)},
                {"a tight loop ends after"},
                {"other loops within"},
                {"unnoticed from one every"}}};
  for (const Point& point : tuned.periods) {
    const std::string restarts = spec::count_text(point.window.restarts);
    rows.push_back({{spec::count_text(point.window.seconds)},
                    {point.keeps ? restarts : "more than " + restarts, point.keeps ? Style::plain : Style::faint},
                    {figure(point.failure)},
                    {loop_end(point.loop.after)},
                    {spec::seconds_text(point.loop.at_most)},
                    {gap(point.loop.unnoticed_from)}});
  }
  return fmt::format("\n  the fewest restarts that keep it, by period\n{}", table(rows, look.paint));
}

// ---- alternatives --------------------------------------------------------------------------------------------------

std::string alternative(const spec::Design& design, const Tuned& tuned, const Alternative& one) {
  const std::string now = budget(tuned.now.window);
  switch (one.what) {
    case Alternative::What::own_supervisor:
      if (!one.window)
        return fmt::format("{} under a supervisor of its own; no budget for it could be confirmed by execution",
                           quoted(design, one.child));
      return fmt::format("{} under a supervisor of its own with {}, the others {} {}: {} within {}; {}",
                         quoted(design, one.child), budget(*one.window), one.others ? "with" : "keep",
                         one.others ? budget(*one.others) : now, figure(*one.failure), span(tuned),
                         executed(*one.execution));
    case Alternative::What::strategy:
      return fmt::format("strategy: {}, which counts linked children that die together once: {} within {}; {}",
                         advice::name(*one.strategy), figure(*one.failure), span(tuned), executed(*one.execution));
    case Alternative::What::less_often:
      return one.child == spec::no_node
                 ? fmt::format("fewer crashes: {} holds up to {} of all its children", now,
                               spec::rate_text(*one.at_most, "crashes"))
                 : fmt::format("let {} wait and try again itself instead of crashing: {} holds up to {} of all",
                               quoted(design, one.child), now, spec::rate_text(*one.at_most, "crashes"));
    case Alternative::What::back_off:
      return fmt::format(
          "{} {}: let it start without what it needs, and wait and try again in `continue` with "
          "`retry_after`",
          quoted(design, one.child), one.why);
    case Alternative::What::partition:
      return fmt::format("partition {}: each partition has a budget of its own (`kind: partition`)",
                         quoted(design, one.child));
  }
  return "";
}

// ---- one supervisor ------------------------------------------------------------------------------------------------

std::string verdict(const spec::Design& design, const Tuned& tuned, const Look& look) {
  switch (tuned.outcome) {
    case Outcome::kept: {
      std::string text = look.paint(Style::good, budget(tuned.now.window) + " keeps it");
      if (tuned.smallest && tuned.smallest->window.restarts < tuned.now.window.restarts)
        text += fmt::format("; {} would do: {}", budget(tuned.smallest->window), figure(tuned.smallest->failure));
      return fmt::format("  {}\n  {}\n  {}\n", text, executed(*tuned.execution), loop_text(design, tuned.now));
    }
    case Outcome::change:
      return fmt::format(
          "  {}: {} within {}\n  {}\n  {}\n", look.paint(Style::strong, budget(tuned.best->window) + " keeps it"),
          figure(tuned.best->failure), span(tuned), executed(*tuned.execution), loop_text(design, *tuned.best));
    case Outcome::none:
      return "  " + look.paint(Style::bad, "no budget keeps it") +
             fmt::format(" (up to {} restarts in 1 to 300 s were tried): {}\n", spec::count_text(advice::most_restarts),
                         shown(tuned.because));
    case Outcome::not_proved:
      return "  " + look.paint(Style::warning, "no budget is recommended") + ": " + shown(tuned.because) + "\n";
    case Outcome::cannot_say:
      return "  " + look.paint(Style::warning, "cannot be said") + ": " + shown(tuned.because) + "\n";
  }
  return "";
}

std::string one_supervisor(const Advised& advised, const Tuned& tuned, const std::string& process, const Look& look) {
  std::string text = fmt::format("{}  now {}: gives up within {} with {}; {}\n", look.paint(Style::strong, process),
                                 budget(tuned.now.window), span(tuned), figure(tuned.now.failure), demanded(tuned));
  if (tuned.outcome == Outcome::cannot_say)
    text =
        fmt::format("{}  now {}; {}\n", look.paint(Style::strong, process), budget(tuned.now.window), demanded(tuned));
  text += verdict(advised.design, tuned, look);
  for (const Alternative& one : tuned.alternatives)
    text += fmt::format("  or: {}\n", alternative(advised.design, tuned, one));
  if (tuned.outcome == Outcome::kept || tuned.outcome == Outcome::cannot_say) return text;
  return text + curve(tuned, look) + periods(tuned, look);
}

std::string last_line(const Advised& advised, const Look& look) {
  std::size_t kept = 0, changed = 0, unsaid = 0;
  for (const Tuned& tuned : advised.tuning.supervisors) {
    if (tuned.outcome == Outcome::kept) ++kept;
    if (tuned.outcome == Outcome::change) ++changed;
    if (tuned.outcome == Outcome::cannot_say) ++unsaid;
  }
  const std::size_t all = advised.tuning.supervisors.size();
  if (all == 0) return "nothing to tune: below no supervisor is anything said to crash that it would count\n";
  std::string text = fmt::format("{}: {} kept, {} with a better budget, {} without", spec::count_text(all, "promise"),
                                 kept, changed, all - kept - changed - unsaid);
  if (unsaid > 0) text += fmt::format(", {} that cannot be said", unsaid);
  if (!advised.tuning.idle.empty())
    text += fmt::format(" · {} below which nothing is said to crash",
                        spec::count_text(advised.tuning.idle.size(), "supervisor"));
  if (look.elapsed) text += " · " + spec::seconds_text(std::chrono::duration<double>(*look.elapsed).count());
  text += "\n";
  if (!advised.tuning.edits.empty())
    text += fmt::format("treefall tune --diff {} writes the change\n", shown(advised.source.file()));
  return text;
}

}  // namespace

std::string tune(const Advised& advised, const Look& look) {
  std::vector<std::string> paths;
  for (const Tuned& tuned : advised.tuning.supervisors)
    paths.push_back(spec::path(advised.design, spec::Target{tuned.supervisor, {}, {}}));
  const std::vector<std::string> names = short_names(paths);
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += one_supervisor(advised, advised.tuning.supervisors[i], shown(names[i]), look) + "\n";
  return text + last_line(advised, look);
}

}  // namespace treefall::report::text
