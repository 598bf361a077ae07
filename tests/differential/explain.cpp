// A best-first search. A point of it is a list of deviations from the order of creation (at the n-th choice, the k-th
// possibility); what it is worth is how far the model's trace then agrees with the real one. The point that is best so
// far gets one more deviation, at the choice nearest to where it parts first. Choices behind that place change nothing
// in front of it, so they are not tried.
#include "tests/differential/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <queue>

#include "runtime/simulate.hpp"

namespace treefall::differential {
namespace {

struct Choice {
  runtime::OpenOrder what = runtime::OpenOrder::links;
  std::size_t possibilities = 0;
  std::int64_t t_ns = 0;  // of the last line before it
};
struct Deviation {
  std::size_t at = 0;  // which choice
  std::size_t taken = 0;
};

struct Point {
  std::vector<Deviation> deviations;
  std::vector<Choice> choices;  // made in its execution
  Difference difference;
  // The next to try: from the last choice in front of the difference backwards.
  std::size_t next = 0;
  std::size_t possibility = 1;
  std::size_t number = 0;
};
using PointPtr = std::unique_ptr<Point>;

struct IsWorse {
  bool operator()(const PointPtr& a, const PointPtr& b) const {
    if (a->difference.t_ns != b->difference.t_ns) return a->difference.t_ns < b->difference.t_ns;
    if (a->deviations.size() != b->deviations.size()) return a->deviations.size() > b->deviations.size();
    return a->number > b->number;
  }
};

class Search {
 public:
  Search(const spec::Design& design, const std::vector<Event>& real, spec::Duration until, const Bounds& bounds)
      : design_(design), real_(real), until_(until), bounds_(bounds) {}

  std::optional<Choices> run(std::size_t most_runs) {
    PointPtr found = look({});
    while (found->difference.any) {
      push(std::move(found));
      std::vector<Deviation> deviations;
      while (!best_.empty() && !one_more(deviations)) best_.pop();
      if (best_.empty() || runs_ >= most_runs) return std::nullopt;
      found = look(std::move(deviations));
    }
    Choices choices;
    for (const Deviation& deviation : found->deviations) ++choices[found->choices[deviation.at].what];
    return choices;
  }

 private:
  /// Executes the model with these deviations.
  PointPtr look(std::vector<Deviation> deviations) {
    auto point = std::make_unique<Point>();
    point->number = ++runs_;
    point->deviations = std::move(deviations);
    std::vector<std::string> lines;
    std::size_t deviated = 0;
    const auto choose = [&](runtime::OpenOrder what, std::size_t possibilities) -> std::size_t {
      const std::size_t at = point->choices.size();
      point->choices.push_back({what, possibilities, lines.size() < 2 ? 0 : std::atoll(lines.back().c_str() + 9)});
      const bool here = deviated < point->deviations.size() && point->deviations[deviated].at == at;
      return here ? std::min(point->deviations[deviated++].taken, possibilities - 1) : 0;
    };
    runtime::trace_with(choose, design_, 1, until_, [&](std::string_view line) {
      lines.emplace_back(line);
      return true;
    });
    point->difference = compare(parse(lines), real_, bounds_);
    point->next = point->choices.size();
    return point;
  }

  void push(PointPtr point) {
    // A line may tell of something a little later than it was decided.
    constexpr std::int64_t margin_ns = 1'000'000;
    while (point->next > 0 && point->choices[point->next - 1].t_ns > point->difference.t_ns + margin_ns) --point->next;
    best_.push(std::move(point));
  }

  /// The best point with one more deviation; false when it has no more to give.
  bool one_more(std::vector<Deviation>& deviations) {
    Point& point = *best_.top();
    const std::size_t least = point.deviations.empty() ? 0 : point.deviations.back().at + 1;
    while (point.next > least) {
      const std::size_t at = point.next - 1;
      if (point.possibility < point.choices[at].possibilities) {
        deviations = point.deviations;
        deviations.push_back({at, point.possibility++});
        return true;
      }
      point.possibility = 1;
      --point.next;
    }
    return false;
  }

  const spec::Design& design_;
  const std::vector<Event>& real_;
  spec::Duration until_;
  Bounds bounds_;
  std::size_t runs_ = 0;
  std::priority_queue<PointPtr, std::vector<PointPtr>, IsWorse> best_;
};

const char* in_words(runtime::OpenOrder order) {
  switch (order) {
    case runtime::OpenOrder::links:
      return "which of those linked to a process hears first of its end";
    case runtime::OpenOrder::timers:
      return "which of the timers of one instant rings first";
    case runtime::OpenOrder::scheduling:
      return "which of the processes that can run at one instant does so first";
    case runtime::OpenOrder::supervisor_first:
      return "whether a supervisor acts before what else happens at its instant";
  }
  return "";
}

}  // namespace

std::optional<Choices> explain(const spec::Design& design, const std::vector<Event>& real, spec::Duration until,
                               const Bounds& bounds, std::size_t most_runs) {
  return Search(design, real, until, bounds).run(most_runs);
}

std::string in_words(const Choices& choices) {
  std::string text;
  for (const auto& [what, times] : choices) text += fmt::format("  {} times {}\n", times, in_words(what));
  return text;
}

}  // namespace treefall::differential
