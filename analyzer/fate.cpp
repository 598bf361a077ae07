// Stamps are floor(t + phase), so what happens is a step function of the phase: with the stamps of one run at hand,
// nothing changes until the first of them crosses a second. The sweep goes from step to step and weighs each with its
// width; that is exact. Only restarts are followed, with the stop and start times around them; messages are not
// (rehearsal.hpp has already turned them into times).
#include "analyzer/fate.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <queue>
#include <tuple>

#include "analyzer/certain.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::Duration;
using spec::NodeId;

constexpr std::size_t most_processes = 10'000;
constexpr std::size_t most_stamps_a_run = 100'000;
constexpr std::size_t most_stamps = 1'000'000;  // over all phases of one tree
constexpr Duration one_second = std::chrono::seconds(1);
constexpr std::uint32_t none = 0xffffffff;

Duration whole(double seconds) { return Duration(std::llround(seconds * 1e9)); }

// ---- one run ----

struct Process {
  NodeId node = spec::no_node;
  std::uint32_t parent = none;
  std::uint32_t first_child = 0;  // children are [first_child, last_child) of `below`
  std::uint32_t last_child = 0;
  std::uint32_t rank = 0;
  // state
  std::uint32_t incarnation = 0;
  bool alive = false;
  bool gone = false;  // not to be started again
  Duration started{};
  Duration busy_until{};
  std::deque<std::int64_t> stamps;
  std::uint64_t counted = 0;
};

struct Outcome {
  std::optional<Duration> first;
  std::vector<Duration> lives;
  std::uint64_t restarts = 0;
  NodeId guilty = spec::no_node;
};

struct Death {
  Duration at{};
  std::uint64_t order = 0;
  std::uint32_t process = 0;
  std::uint32_t incarnation = 0;
  bool counted = true;
  friend bool operator>(const Death& a, const Death& b) { return std::tie(a.at, a.order) > std::tie(b.at, b.order); }
};

class Run {
 public:
  Run(const Design& design, const Tree& tree, const Crashes& crashes, NodeId top)
      : design_(design), tree_(tree), crashes_(crashes) {
    outcomes.resize(design.nodes.size());
    expand(top, none, 0);
  }

  // Plays to the horizon at this phase. Returns the distance to the next phase at which anything can differ.
  Duration play(Duration phase, std::size_t& stamps_left) {
    phase_ = phase;
    step_ = one_second - phase;
    stamps_left_ = &stamps_left;
    complete = true;
    deaths_ = {};
    for (auto& outcome : outcomes) outcome = {};
    for (auto& process : processes_) {
      process.incarnation = 0;
      process.alive = process.gone = false;
      process.counted = 0;
    }
    ended_ = false;
    stamps_of_run_ = 0;
    start(0, Duration{});
    while (!deaths_.empty() && !ended_ && complete) {
      const Death death = deaths_.top();
      deaths_.pop();
      if (death.at > design_.horizon.value) break;
      handle(death);
    }
    for (const auto& process : processes_)
      if (!outcomes[process.node].first) outcomes[process.node].restarts = process.counted;
    return step_;
  }

  std::vector<Outcome> outcomes;  // by node
  bool complete = true;
  bool too_large() const { return processes_.size() > most_processes; }

 private:
  std::uint32_t expand(NodeId node, std::uint32_t parent, std::uint32_t rank) {
    const auto index = static_cast<std::uint32_t>(processes_.size());
    processes_.push_back({});
    processes_[index].node = node;
    processes_[index].parent = parent;
    processes_[index].rank = rank;
    std::vector<std::uint32_t> children;
    for (const NodeId child : design_.nodes[node].children)
      for (std::uint32_t copy = 0; copy < design_.nodes[child].count.value && !too_large(); ++copy)
        children.push_back(expand(child, index, static_cast<std::uint32_t>(children.size())));
    processes_[index].first_child = static_cast<std::uint32_t>(below_.size());
    below_.insert(below_.end(), children.begin(), children.end());
    processes_[index].last_child = static_cast<std::uint32_t>(below_.size());
    return index;
  }

  const spec::Supervisor* supervisor(const Process& process) const {
    return spec::as_supervisor(design_.nodes[process.node]);
  }
  bool is_dynamic(const Process& process) const {
    const auto kind = supervisor(process)->kind.value;
    return kind == spec::SupervisorKind::dynamic || kind == spec::SupervisorKind::task;
  }

  void plan_deaths(std::uint32_t index, Duration now, Duration up) {
    const auto& process = processes_[index];
    for (const auto& source : crashes_.of[process.node]) {
      if (const auto* life = std::get_if<LifeTime>(&source.times))
        deaths_.push({up + whole(spec::mean(life->since_start)), ++order_, index, process.incarnation, source.counted});
      if (const auto* schedule = std::get_if<ScheduledCrashes>(&source.times)) {
        const auto& times = schedule->node_times;
        // After a restart at the very time of a crash comes the next one.
        const auto next = process.incarnation == 1 ? std::lower_bound(times.begin(), times.end(), now)
                                                   : std::upper_bound(times.begin(), times.end(), now);
        if (next != times.end()) deaths_.push({*next, ++order_, index, process.incarnation, source.counted});
      }
    }
  }

  // Returns when start_link returns.
  Duration start(std::uint32_t index, Duration now) {
    auto& process = processes_[index];
    ++process.incarnation;
    process.alive = true;
    process.started = now;
    if (supervisor(process) == nullptr) {
      const Duration up = now + whole(tree_.boot[process.node].value);
      plan_deaths(index, now, up);
      return up;
    }
    process.stamps.clear();
    process.counted = 0;
    const bool populated = !is_dynamic(process) || process.incarnation == 1;
    Duration ready = now;
    for (auto child = process.first_child; child < process.last_child && populated; ++child)
      if (!processes_[below_[child]].gone) ready = start(below_[child], ready);
    if (is_dynamic(process)) ready = now;
    process.busy_until = ready;
    return ready;
  }

  // Ends a subtree; returns when its last process is gone.
  Duration stop(std::uint32_t index, Duration now) {
    auto& process = processes_[index];
    if (!process.alive) return now;
    mark_dead(index);
    return now + whole(tree_.stop[process.node].value);
  }

  void mark_dead(std::uint32_t index) {
    auto& process = processes_[index];
    process.alive = false;
    for (auto child = process.first_child; child < process.last_child; ++child)
      if (processes_[below_[child]].alive) mark_dead(below_[child]);
  }

  void handle(const Death& death) {
    auto& process = processes_[death.process];
    if (!process.alive || process.incarnation != death.incarnation) return;
    if (process.parent == none) {
      ended_ = true;
      return;
    }
    auto& above = processes_[process.parent];
    if (above.busy_until > death.at) {  // its EXIT waits in the mailbox
      Death later = death;
      later.at = above.busy_until;
      deaths_.push(later);
      return;
    }
    mark_dead(death.process);
    if (!death.counted) {
      process.gone = true;
      return;
    }
    if (add_restart(process.parent, death.at))
      restart(process.parent, death.process, death.at);
    else
      give_up(process.parent, process.node, death.at);
  }

  bool add_restart(std::uint32_t index, Duration now) {
    auto& process = processes_[index];
    if (*stamps_left_ == 0 || ++stamps_of_run_ > most_stamps_a_run) {
      complete = false;
      return true;
    }
    --*stamps_left_;
    const Duration shifted = now + phase_;
    const std::int64_t stamp = shifted / one_second;
    step_ = std::min(step_, one_second - shifted % one_second);
    const auto* budget = supervisor(process);
    const auto period = static_cast<std::int64_t>(std::min<std::uint64_t>(budget->max_seconds.value, 1ull << 40));
    while (!process.stamps.empty() && process.stamps.front() < stamp - period) process.stamps.pop_front();
    process.stamps.push_back(stamp);
    ++process.counted;
    return process.stamps.size() <= budget->max_restarts.value;
  }

  void restart(std::uint32_t supervisor_index, std::uint32_t child_index, Duration now) {
    auto& above = processes_[supervisor_index];
    const auto rank = processes_[child_index].rank;
    const auto all = above.last_child - above.first_child;
    std::uint32_t first = rank;
    std::uint32_t last = rank + 1;
    if (!is_dynamic(above)) {
      const auto strategy = supervisor(above)->strategy.value;
      if (strategy != spec::Strategy::one_for_one) last = all;
      if (strategy == spec::Strategy::one_for_all) first = 0;
    }
    Duration at = now;
    for (std::uint32_t i = last; i-- > first;) {
      const auto index = below_[above.first_child + i];
      at = stop(index, at);
      if (index != child_index && design_.nodes[processes_[index].node].restart.value == spec::Restart::temporary)
        processes_[index].gone = true;
    }
    for (std::uint32_t i = first; i < last; ++i) {
      auto& member = processes_[below_[above.first_child + i]];
      const bool temporary = design_.nodes[member.node].restart.value == spec::Restart::temporary;
      if (member.gone && temporary) continue;
      member.gone = false;  // a group restart revives a transient child that had ended
      at = start(below_[above.first_child + i], at);
    }
    above.busy_until = at;
  }

  void give_up(std::uint32_t index, NodeId guilty, Duration now) {
    auto& process = processes_[index];
    auto& outcome = outcomes[process.node];
    if (!outcome.first) {
      outcome.first = now;
      outcome.restarts = process.counted;
      outcome.guilty = guilty;
    }
    outcome.lives.push_back(now - process.started);
    if (process.parent == none) {
      ended_ = true;
      return;
    }
    Duration at = now;
    if (is_dynamic(process)) {
      for (auto child = process.first_child; child < process.last_child; ++child)
        at = std::max(at, stop(below_[child], now));
    } else {
      for (auto child = process.last_child; child-- > process.first_child;) at = stop(below_[child], at);
    }
    const bool counted = design_.nodes[process.node].restart.value == spec::Restart::permanent;
    process.busy_until = at;
    deaths_.push({at, ++order_, index, process.incarnation, counted});
  }

  const Design& design_;
  const Tree& tree_;
  const Crashes& crashes_;
  std::vector<Process> processes_;
  std::vector<std::uint32_t> below_;
  std::priority_queue<Death, std::vector<Death>, std::greater<>> deaths_;
  Duration phase_{};
  Duration step_{};
  std::size_t* stamps_left_ = nullptr;
  std::size_t stamps_of_run_ = 0;
  std::uint64_t order_ = 0;
  bool ended_ = false;
};

// ---- the sweep ----

struct Sums {
  double lives = 0;
  double weight = 0;
};

void add(Fate& fate, const Outcome& outcome, double width, Sums& sums) {
  if (!outcome.first) {
    if (fate.guilty == spec::no_node) fate.restarts = std::max(fate.restarts, outcome.restarts);
    return;
  }
  const double at = spec::in_seconds(*outcome.first);
  fate.probability += width;
  fate.first = std::min(fate.first.value_or(at), at);
  fate.last = std::max(fate.last.value_or(at), at);
  if (fate.guilty == spec::no_node) {
    fate.guilty = outcome.guilty;
    fate.restarts = outcome.restarts;
    fate.shortest_life = std::numeric_limits<double>::infinity();
  }
  for (const Duration life : outcome.lives) {
    const double seconds = spec::in_seconds(life);
    fate.shortest_life = std::min(fate.shortest_life, seconds);
    fate.longest_life = std::max(fate.longest_life, seconds);
    sums.lives += width * seconds;
    sums.weight += width;
  }
}

// The gap of the only worker below that crashes, if it does so in a regular way.
double regular_gap(const Tree& tree, const Crashes& crashes, NodeId top) {
  const CrashSource* only = nullptr;
  for (auto at = tree.position[top]; at < tree.end[top]; ++at) {
    const NodeId id = tree.order[at];
    for (const auto& source : crashes.of[id]) {
      if (only != nullptr || tree.copies[id] != tree.copies[top]) return 0;
      only = &source;
    }
  }
  if (only == nullptr) return 0;
  if (const auto* life = std::get_if<LifeTime>(&only->times)) return spec::mean(life->since_start);
  const auto& times = std::get<ScheduledCrashes>(only->times).node_times;
  if (times.size() < 2) return 0;
  for (std::size_t i = 2; i < times.size(); ++i)
    if (times[i] - times[i - 1] != times[1] - times[0]) return 0;
  return spec::in_seconds(times[1] - times[0]);
}

void sweep(const Design& design, const Tree& tree, const Crashes& crashes, NodeId top,
           std::vector<std::optional<Fate>>& fates) {
  Run run(design, tree, crashes, top);
  if (run.too_large()) return;
  std::vector<NodeId> supervisors;
  for (auto at = tree.position[top]; at < tree.end[top]; ++at)
    if (spec::as_supervisor(design.nodes[tree.order[at]]) != nullptr) supervisors.push_back(tree.order[at]);
  std::vector<Sums> sums(supervisors.size());
  for (const NodeId id : supervisors) fates[id].emplace();
  std::size_t stamps_left = most_stamps;
  Duration phase = design.clock_phase.value_or(Duration{});
  bool complete = true;
  while (phase < one_second) {
    Duration step = run.play(phase, stamps_left);
    if (design.clock_phase) step = one_second;
    complete = complete && run.complete;
    for (std::size_t i = 0; i < supervisors.size(); ++i)
      add(*fates[supervisors[i]], run.outcomes[supervisors[i]], spec::in_seconds(step), sums[i]);
    if (stamps_left == 0) break;
    phase += step;
  }
  for (std::size_t i = 0; i < supervisors.size(); ++i) {
    Fate& fate = *fates[supervisors[i]];
    fate.complete = complete && (phase >= one_second || design.clock_phase);
    if (fate.probability > 1 - 1e-9) fate.probability = 1;
    if (sums[i].weight > 0) fate.life = sums[i].lives / sums[i].weight;
    if (fate.probability > 0) fate.certainty = fate.probability < 1 ? Certainty::phase_dependent : Certainty::certain;
    fate.gap = regular_gap(tree, crashes, supervisors[i]);
  }
}

bool crashes_below(const Tree& tree, const Crashes& crashes, NodeId top) {
  for (auto at = tree.position[top]; at < tree.end[top]; ++at)
    if (!crashes.of[tree.order[at]].empty()) return true;
  return false;
}

}  // namespace

std::vector<std::optional<Fate>> fates_of(const Design& design, const Tree& tree, const Crashes& crashes) {
  std::vector<std::optional<Fate>> fates(design.nodes.size());
  const auto certain = certain_subtrees(design, tree, crashes);
  for (std::size_t at = 0; at < tree.order.size(); ++at) {
    const NodeId id = tree.order[at];
    if (!certain[id] || spec::as_supervisor(design.nodes[id]) == nullptr) continue;
    if (crashes_below(tree, crashes, id)) sweep(design, tree, crashes, id, fates);
    at = tree.end[id] - 1;  // a whole subtree at once
  }
  return fates;
}

}  // namespace treefall::analyzer
