// Only restarts are followed; messages are not (rehearsal.hpp has already turned them into times). Where a restart
// comes later than the rehearsal took it to come, the run says so.
#include "analyzer/fate_run.hpp"

#include <algorithm>
#include <variant>

namespace treefall::analyzer {

namespace {

constexpr std::size_t most_processes = 10'000;
constexpr std::size_t most_stamps_a_run = 100'000;
constexpr spec::Duration one_second = std::chrono::seconds(1);
constexpr std::uint32_t none = 0xffffffff;

// Where it is open which copy it is, they are all alike (certain.cpp).
std::uint32_t copy_of(const spec::Target& target) {
  for (const auto& pin : target.pins)
    if (pin.node == target.node) return pin.copy;
  return 0;
}

}  // namespace

using spec::Design;
using spec::Duration;
using spec::NodeId;

FateRun::FateRun(const Design& design, const Tree& tree, const Crashes& crashes, NodeId top, Duration begin)
    : design_(design), tree_(tree), crashes_(crashes), begin_(begin) {
  disturbed.assign(design.nodes.size(), false);
  outcomes.resize(design.nodes.size());
  expand(top, none, 0, 0);
}

Duration FateRun::play(Duration phase, std::size_t& stamps_left) {
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
    process.died = Duration(-1);
  }
  ended_ = false;
  stamps_of_run_ = 0;
  known_until_ = spec::infinite;
  for (const auto& process : processes_)
    if (const auto* shared = crashes_.shared_with(process.node))
      known_until_ = std::min(known_until_, shared->deaths_known_until());
  start(0, begin_);
  while (!deaths_.empty() && !ended_ && complete) {
    const Death death = deaths_.top();
    deaths_.pop();
    if (death.at > std::min(design_.horizon.value, known_until_)) break;
    handle(death);
  }
  if (!ended_ && known_until_ < design_.horizon.value) complete = false;
  for (const auto& process : processes_)
    if (!outcomes[process.node].first) outcomes[process.node].restarts = process.counted;
  return step_;
}

std::uint32_t FateRun::expand(NodeId node, std::uint32_t parent, std::uint32_t rank, std::uint32_t copy) {
  const auto index = static_cast<std::uint32_t>(processes_.size());
  processes_.push_back({});
  processes_[index].node = node;
  processes_[index].parent = parent;
  processes_[index].rank = rank;
  processes_[index].copy = copy;
  std::vector<std::uint32_t> children;
  for (const NodeId child : design_.nodes[node].children)
    for (std::uint32_t i = 0; i < design_.nodes[child].count.value && !too_large(); ++i)
      children.push_back(expand(child, index, static_cast<std::uint32_t>(children.size()), i));
  processes_[index].first_child = static_cast<std::uint32_t>(below_.size());
  below_.insert(below_.end(), children.begin(), children.end());
  processes_[index].last_child = static_cast<std::uint32_t>(below_.size());
  return index;
}

const spec::Supervisor* FateRun::supervisor(const Process& process) const {
  return spec::as_supervisor(design_.nodes[process.node]);
}

bool FateRun::is_dynamic(const Process& process) const {
  const auto kind = supervisor(process)->kind.value;
  return kind == spec::SupervisorKind::dynamic || kind == spec::SupervisorKind::task;
}

void FateRun::plan_deaths(std::uint32_t index, Duration now, Duration up) {
  const auto& process = processes_[index];
  const bool as_rehearsed =
      process.incarnation == 1 ? now == whole(tree_.start[process.node].value) : process.died == now;
  if (process.incarnation > 1 && !as_rehearsed) disturbed[process.node] = true;
  const auto plan = [&](Duration at, bool counted) {
    deaths_.push({at, at, ++order_, index, process.incarnation, counted});
  };
  for (const auto& source : crashes_.of[process.node]) {
    if (source.only != nullptr && process.copy != copy_of(*source.only)) continue;
    if (const auto* life = std::get_if<LifeTime>(&source.times))
      plan(up + whole(spec::mean(life->since_start)), source.counted);
    if (const auto* schedule = std::get_if<ScheduledCrashes>(&source.times)) {
      if (schedule->rehearsed && !as_rehearsed) follows_rehearsals = false;
      // Nothing strikes during init; after a restart at the very time of a crash comes the next one.
      const auto& times = times_of(process, *schedule);
      const auto next = std::upper_bound(times.begin(), times.end(), up);
      if (next != times.end()) plan(*next, source.counted);
    }
  }
  const auto* shared = crashes_.shared_with(process.node);
  if (shared == nullptr || shared->never_late || process.incarnation == 1 || as_rehearsed) return;
  for (const auto& caller : shared->callers)
    if (caller.node == process.node && process.died >= Duration{} && caller.quiet != spec::infinite)
      known_until_ = std::min(known_until_, process.died + caller.quiet);
}

const std::vector<Duration>& FateRun::times_of(const Process& process, const ScheduledCrashes& schedule) const {
  return schedule.of_copy.empty() ? schedule.node_times : schedule.of_copy[process.copy];
}

void FateRun::interrupt(std::uint32_t index, Duration now) {
  const auto& process = processes_[index];
  const auto* shared = crashes_.shared_with(process.node);
  if (shared != nullptr && !shared->never_late) known_until_ = std::min(known_until_, now);
  for (auto child = process.first_child; child < process.last_child; ++child) interrupt(below_[child], now);
}

Duration FateRun::start(std::uint32_t index, Duration now) {
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
  Duration ready = is_dynamic(process) ? std::max(now, whole(tree_.booted.value)) : now;
  for (auto child = process.first_child; child < process.last_child && populated; ++child) {
    processes_[below_[child]].gone = false;
    ready = start(below_[child], ready);
  }
  process.busy_until = ready;
  return is_dynamic(process) ? now : ready;
}

Duration FateRun::stop(std::uint32_t index, Duration now) {
  auto& process = processes_[index];
  if (!process.alive) return now;
  process.died = Duration(-1);
  interrupt(index, now);
  mark_dead(index);
  return now + whole(tree_.stop[process.node].value);
}

void FateRun::mark_dead(std::uint32_t index) {
  auto& process = processes_[index];
  process.alive = false;
  for (auto child = process.first_child; child < process.last_child; ++child)
    if (processes_[below_[child]].alive) mark_dead(below_[child]);
}

void FateRun::handle(const Death& death) {
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
  process.died = death.died;
  if (!death.counted) {
    process.gone = true;
    if (is_the_last_significant(process)) end(process.parent, death.at);
    return;
  }
  if (add_restart(process.parent, death.at))
    restart(process.parent, death.process, death.at);
  else
    give_up(process.parent, process.node, death.at);
}

// Does the supervisor shut down now that this child has ended for good?
bool FateRun::is_the_last_significant(const Process& process) const {
  if (!design_.nodes[process.node].significant.value) return false;
  const auto& above = processes_[process.parent];
  const auto how = supervisor(above)->auto_shutdown.value;
  if (how == spec::AutoShutdown::never) return false;
  if (how == spec::AutoShutdown::any_significant) return true;
  return std::none_of(below_.begin() + above.first_child, below_.begin() + above.last_child, [&](std::uint32_t child) {
    return design_.nodes[processes_[child].node].significant.value && !processes_[child].gone;
  });
}

bool FateRun::add_restart(std::uint32_t index, Duration now) {
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

void FateRun::restart(std::uint32_t supervisor_index, std::uint32_t child_index, Duration now) {
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

void FateRun::give_up(std::uint32_t index, NodeId guilty, Duration now) {
  auto& process = processes_[index];
  auto& outcome = outcomes[process.node];
  if (!outcome.first) {
    outcome.first = now;
    outcome.restarts = process.counted;
    outcome.guilty = guilty;
  }
  outcome.lives.push_back(now - process.started);
  end(index, now);
}

// With all below it, and its supervisor hears of it.
void FateRun::end(std::uint32_t index, Duration now) {
  auto& process = processes_[index];
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
  deaths_.push({at, at, ++order_, index, process.incarnation, counted});
}

bool FateRun::too_large() const { return processes_.size() > most_processes; }

}  // namespace treefall::analyzer
