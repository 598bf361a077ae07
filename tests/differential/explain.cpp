// Two searches. A point of either is a list of deviations from the order of creation (at the n-th choice, the k-th
// possibility); what it is worth is how far the model's trace then agrees with the real one. Choices behind that place
// change nothing in front of it, and those long before it have most often been right.
//
// The first is best first: the point that is best so far gets one more deviation, at the choice nearest to where it
// parts. The second is for what takes several deviations at one instant, none of which helps alone: chance takes all
// choices of that instant, and perhaps of some before it, again and again, and goes on from where it gets further. It
// takes them in three ways: as the real trace has it, whose process did its next thing first (guide.hpp), but for a
// few; by a rank for each of those concerned, the same for the whole instant, which finds in a few attempts what takes
// one who is always late (the idea is that of probabilistic concurrency testing: Burckhardt, Kothari, Musuvathi,
// Nagarakatte, ASPLOS 2010); or each anew.
#include "tests/differential/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <memory>
#include <queue>
#include <random>

#include "runtime/simulate.hpp"
#include "tests/differential/guide.hpp"

namespace treefall::differential {
namespace {

using runtime::Concerned;
using runtime::none;
using runtime::OpenOrder;

struct Choice {
  OpenOrder what = OpenOrder::links;
  std::vector<Concerned> possibilities;
  std::int64_t t_ns = 0;
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

/// How chance takes the choices of an instant in one execution.
class Whim {
 public:
  enum class Way : std::uint8_t {
    guided,  // whose real process did its next thing first
    ranked,  // whoever is quick is so for the whole instant
    free,
  };
  Whim(std::mt19937_64& dice, Way way) : way_(way), ranks_(dice()), tenths_(1 + dice() % 10) {
    constexpr std::uint64_t rarities[] = {1'000'000, 40, 20, 10, 5};
    rarity_ = way == Way::ranked ? 20 : rarities[dice() % std::size(rarities)];
  }

  /// `end_ns`: of the instant.
  std::size_t take(const Choice& choice, const Guide& guide, std::int64_t end_ns, std::mt19937_64& dice) const {
    const std::size_t count = choice.possibilities.size();
    if (way_ == Way::free) return dice() % 10 < tenths_ ? dice() % count : 0;
    if (dice() % rarity_ == 0) return dice() % count;
    return way_ == Way::ranked ? quickest(choice) : first_by_turn(choice, guide, end_ns, dice);
  }

 private:
  std::size_t quickest(const Choice& choice) const {
    const auto& all = choice.possibilities;
    const auto slower = [this](const Concerned& a, const Concerned& b) { return rank(a) < rank(b); };
    return static_cast<std::size_t>(std::max_element(all.begin(), all.end(), slower) - all.begin());
  }

  std::size_t first_by_turn(const Choice& choice, const Guide& guide, std::int64_t end_ns,
                            std::mt19937_64& dice) const {
    const auto& all = choice.possibilities;
    const bool any_others = all.front().number == none || all.back().number == none;
    if (any_others && choice.what == OpenOrder::supervisor_first) return 1;  // then it runs when its turn comes
    if (any_others && choice.what != OpenOrder::scheduling) return dice() % all.size();
    std::vector<std::int64_t> turns;
    for (std::size_t i = 0; i < all.size(); ++i) turns.push_back(turn(choice, i, guide, end_ns));
    return static_cast<std::size_t>(std::min_element(turns.begin(), turns.end()) - turns.begin());
  }

  std::uint64_t rank(const Concerned& whom) const { return std::mt19937_64(ranks_ + whom.number)(); }

  /// When it was the turn of this one. Who does nothing that could be seen comes early or late, for the whole instant.
  std::int64_t turn(const Choice& choice, std::size_t i, const Guide& guide, std::int64_t end_ns) const {
    const Concerned& whom = choice.possibilities[i];
    const bool others = whom.number == none;
    const std::int64_t at = others ? guide.next_but(choice.possibilities[1 - i].place) : guide.next(whom.place);
    if (at < end_ns) return at;
    return rank(whom) % 2 == 0 ? 0 : end_ns;
  }

  Way way_;
  std::uint64_t ranks_;
  std::uint64_t tenths_;      // how often free ones deviate; some orders take many deviations
  std::uint64_t rarity_ = 0;  // one in so many choices is taken at random
};

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
      : design_(design), real_(real), until_(until), bounds_(bounds), guide_(design, real) {}

  Explanation run(std::size_t most_runs) {
    PointPtr best = best_first(most_runs / 4);
    if (best->difference.any) best = by_chance(std::move(best), most_runs - most_runs / 4);
    if (best->difference.any) return {std::nullopt, best->difference, std::move(best->deviations), runs_};
    Choices choices;
    for (const Deviation& deviation : best->deviations) ++choices[best->choices[deviation.at].what];
    return {choices, {}, std::move(best->deviations), runs_};
  }

  Difference follow(const std::vector<Deviation>& order) { return look(order)->difference; }

 private:
  static constexpr std::int64_t instant_ns =
      1'000'000;  // a line may tell of something a little later than it was decided

  static constexpr std::int64_t few_ns = 12'000'000;  // the VM's instants come later, and last

  /// What is taken at the n-th choice.
  using Taker = std::function<std::size_t(std::size_t, const Choice&)>;

  PointPtr look(const Taker& take) {
    auto point = std::make_unique<Point>();
    point->number = ++runs_;
    std::vector<Event> events;
    guide_.begin();
    const auto choose = [&](const runtime::Open& open) -> std::size_t {
      const std::size_t at = point->choices.size();
      point->choices.push_back({open.what, {open.whom.begin(), open.whom.end()}, open.at});
      const std::size_t taken = std::min(take(at, point->choices.back()), open.whom.size() - 1);
      if (taken > 0) point->deviations.push_back({at, taken});
      return taken;
    };
    bool is_header = true;
    runtime::trace_with(choose, design_, 1, until_, [&](std::string_view line) {
      if (!is_header) guide_.hear(events.emplace_back(parse_line(std::string(line))));
      is_header = false;
      return true;
    });
    mark_momentary(events);
    point->difference = compare(events, real_, bounds_);
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

  /// Gives up after so many runs that lead no further.
  PointPtr by_chance(PointPtr base, std::size_t most_in_vain) {
    std::mt19937_64 dice(1);
    std::size_t since = runs_;
    while (base->difference.any && runs_ - since < most_in_vain) {
      const std::int64_t parting = base->difference.t_ns;
      constexpr Whim::Way ways[] = {Whim::Way::guided, Whim::Way::ranked, Whim::Way::guided, Whim::Way::free};
      const Whim whim(dice, ways[runs_ % std::size(ways)]);
      const std::int64_t begin = begin_of_chance(*base, dice);
      std::size_t next = 0;
      PointPtr found = look([&](std::size_t at, const Choice& choice) -> std::size_t {
        if (choice.t_ns >= begin) return whim.take(choice, guide_, choice.t_ns + few_ns, dice);
        return next < base->deviations.size() && base->deviations[next].at == at ? base->deviations[next++].taken : 0;
      });
      if (found->difference.any && found->difference.t_ns <= parting) continue;
      base = std::move(found);
      since = runs_;
    }
    return base;
  }

  /// From when on chance takes the choices: from where it parts, every other time from an instant with choices before
  /// that, or from one before that: a supervisor that is busy comes later to what reached it in one order or another.
  static std::int64_t begin_of_chance(const Point& base, std::mt19937_64& dice) {
    std::int64_t begin = base.difference.t_ns - 2 * instant_ns;
    for (std::size_t at = base.next; dice() % 2 == 0;) {
      while (at > 0 && base.choices[at - 1].t_ns >= begin) --at;
      if (at == 0) break;
      begin = base.choices[at - 1].t_ns;
    }
    return begin;
  }

  /// The point's deviations and one more; false when it has no more to give.
  static bool one_more(Point& point, std::vector<Deviation>& deviations) {
    const std::size_t least = point.deviations.empty() ? 0 : point.deviations.back().at + 1;
    while (point.next > least) {
      const std::size_t at = point.next - 1;
      if (point.possibility < point.choices[at].possibilities.size()) {
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
  Guide guide_;
  std::size_t runs_ = 0;
};

struct Wording {
  OpenOrder order;
  const char* words;
};
constexpr Wording wordings[] = {
    {OpenOrder::links, "which of those linked to a process hears first of its end"},
    {OpenOrder::timers, "which of the timers of one instant rings first"},
    {OpenOrder::scheduling, "which of the processes that can run at one instant does so first"},
    {OpenOrder::stops, "which child of a dynamic supervisor is told first to stop"},
    {OpenOrder::supervisor_first, "whether a supervisor acts before what else happens at its instant"},
};

}  // namespace

Explanation explain(const spec::Design& design, const std::vector<Event>& real, spec::Duration until,
                    const Bounds& bounds, std::size_t most_runs) {
  return Search(design, real, until, bounds).run(most_runs);
}

Difference follow(const spec::Design& design, const std::vector<Deviation>& order, const std::vector<Event>& real,
                  spec::Duration until, const Bounds& bounds) {
  return Search(design, real, until, bounds).follow(order);
}

std::string in_words(const Choices& choices) {
  std::string text;
  for (const Wording& one : wordings) {
    const auto found = choices.find(one.order);
    if (found != choices.end()) text += fmt::format("  {} times {}\n", found->second, one.words);
  }
  return text;
}

}  // namespace treefall::differential
