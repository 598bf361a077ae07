// Two searches. A point of either is a list of deviations from the order of creation (at the n-th choice, the k-th
// possibility); what it is worth is how far the model's trace then agrees with the real one. Choices behind that place
// change nothing in front of it, and those long before it have most often been right.
//
// The first is best first: the point that is best so far gets one more deviation, at the choice nearest to where it
// parts. The second is for what takes several deviations at one instant, none of which helps alone: chance takes all
// choices of that instant, again and again, and goes on from where it gets further.
#include "tests/differential/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <queue>
#include <random>

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
    PointPtr best = best_first(most_runs / 2);
    if (best->difference.any) best = by_chance(std::move(best), most_runs);
    if (best->difference.any) return std::nullopt;
    Choices choices;
    for (const Deviation& deviation : best->deviations) ++choices[best->choices[deviation.at].what];
    return choices;
  }

 private:
  static constexpr std::int64_t instant_ns =
      1'000'000;  // a line may tell of something a little later than it was decided

  /// What is taken at the n-th choice.
  using Taker = std::function<std::size_t(std::size_t, const Choice&)>;

  PointPtr look(const Taker& take) {
    auto point = std::make_unique<Point>();
    point->number = ++runs_;
    std::vector<std::string> lines;
    const auto choose = [&](runtime::OpenOrder what, std::size_t possibilities) -> std::size_t {
      const Choice choice{what, possibilities, lines.size() < 2 ? 0 : std::atoll(lines.back().c_str() + 9)};
      const std::size_t at = point->choices.size();
      const std::size_t taken = std::min(take(at, choice), possibilities - 1);
      point->choices.push_back(choice);
      if (taken > 0) point->deviations.push_back({at, taken});
      return taken;
    };
    runtime::trace_with(choose, design_, 1, until_, [&](std::string_view line) {
      lines.emplace_back(line);
      return true;
    });
    point->difference = compare(parse(lines), real_, bounds_);
    point->next = point->choices.size();
    while (point->next > 0 && point->choices[point->next - 1].t_ns > point->difference.t_ns + instant_ns) --point->next;
    return point;
  }

  PointPtr look(const std::vector<Deviation>& deviations) {
    std::size_t next = 0;
    return look([&](std::size_t at, const Choice&) -> std::size_t {
      return next < deviations.size() && deviations[next].at == at ? deviations[next++].taken : 0;
    });
  }

  /// The point that explains the trace, or else the one that gets furthest.
  PointPtr best_first(std::size_t most_runs) {
    std::priority_queue<PointPtr, std::vector<PointPtr>, IsWorse> points;
    PointPtr found = look(std::vector<Deviation>{});
    PointPtr furthest;
    while (found->difference.any) {
      if (!furthest || furthest->difference.t_ns < found->difference.t_ns) furthest = std::make_unique<Point>(*found);
      points.push(std::move(found));
      std::vector<Deviation> deviations;
      while (!points.empty() && !one_more(*points.top(), deviations)) points.pop();
      if (points.empty() || runs_ >= most_runs) return furthest;
      found = look(deviations);
    }
    return found;
  }

  PointPtr by_chance(PointPtr base, std::size_t most_runs) {
    std::mt19937_64 dice(1);
    while (base->difference.any && runs_ < most_runs) {
      const std::int64_t parting = base->difference.t_ns;
      const std::size_t tenths = 1 + dice() % 10;  // how often it deviates: some orders take many deviations
      std::size_t next = 0;
      PointPtr found = look([&](std::size_t at, const Choice& choice) -> std::size_t {
        if (choice.t_ns >= parting - 2 * instant_ns) return dice() % 10 < tenths ? dice() % choice.possibilities : 0;
        return next < base->deviations.size() && base->deviations[next].at == at ? base->deviations[next++].taken : 0;
      });
      if (!found->difference.any || found->difference.t_ns > parting) base = std::move(found);
    }
    return base;
  }

  /// The point's deviations and one more; false when it has no more to give.
  static bool one_more(Point& point, std::vector<Deviation>& deviations) {
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
};

const char* in_words(runtime::OpenOrder order) {
  switch (order) {
    case runtime::OpenOrder::links:
      return "which of those linked to a process hears first of its end";
    case runtime::OpenOrder::timers:
      return "which of the timers of one instant rings first";
    case runtime::OpenOrder::scheduling:
      return "which of the processes that can run at one instant does so first";
    case runtime::OpenOrder::stops:
      return "which child of a dynamic supervisor is told first to stop";
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
