// The window of the highest child counts beside that of its parent, cut below one restart of the parent: that one comes
// when the child has given up.
#include "runtime/importance.hpp"

#include <algorithm>

namespace treefall::runtime {
namespace {

constexpr std::uint64_t most_steps_of_a_window = 32;

std::uint64_t counted(const Execution& x, const Supervising& supervising, std::uint64_t max_seconds) {
  const std::int64_t second = (x.now + x.phase) / nanoseconds_a_second;
  const auto period = static_cast<std::int64_t>(std::min<std::uint64_t>(max_seconds, std::uint64_t{1} << 62));
  std::uint64_t sum = 0;
  for (std::size_t i = supervising.stamps_begin; i < supervising.stamps.size(); ++i)
    if (supervising.stamps[i].second >= second - period) sum += supervising.stamps[i].count;
  return sum;
}

}  // namespace

Importance::Importance(const Model& model, Slot of) : below_(model.places.size()) {
  root_ = add(model, of);
  top_ = levels_[root_].top;
}

std::size_t Importance::add(const Model& model, Slot slot) {
  const NodeInfo& node = model.nodes[model.places[slot].node];
  below_[slot] = true;
  Level level;
  level.slot = slot;
  for (const std::uint32_t child : node.children) {
    const NodeInfo& info = model.nodes[child];
    // The restart of a transient or temporary one is not counted when it has given up: its exit is orderly.
    if (!info.supervisor || info.restart != spec::Restart::permanent) continue;
    for (std::uint32_t copy = 0; copy < info.copies; ++copy) {
      const std::size_t added = add(model, model.places[slot].first_child + info.offset + copy);
      level.children.push_back(added);
      level.weight = std::max(level.weight, levels_[added].top);
    }
  }
  const std::uint64_t needed = std::min(node.max_restarts, std::uint64_t{1} << 62) + 1;
  level.grain = (needed + most_steps_of_a_window - 1) / most_steps_of_a_window;
  level.top = static_cast<std::uint32_t>((needed + level.grain - 1) / level.grain) * level.weight;
  levels_.push_back(std::move(level));
  return levels_.size() - 1;
}

std::uint32_t Importance::height(const Execution& x) const { return height(x, root_); }

std::uint32_t Importance::height(const Execution& x, std::size_t index) const {
  const Level& level = levels_[index];
  const Process& process = x.processes[level.slot];
  if (process.status == Status::down) return 0;
  const Supervising& supervising = x.supervisors[process.supervisor];
  if (supervising.gave_up) return level.top;
  std::uint32_t child = 0;
  for (const std::size_t below : level.children) {
    const auto scaled = std::uint64_t{height(x, below)} * level.weight / std::max<std::uint32_t>(levels_[below].top, 1);
    child = std::max(child, std::min(static_cast<std::uint32_t>(scaled), level.weight - 1));
  }
  const std::uint64_t fill = counted(x, supervising, x.node(level.slot).max_seconds) / level.grain;
  return std::min(level.top - 1,
                  static_cast<std::uint32_t>(std::min<std::uint64_t>(fill, level.top)) * level.weight + child);
}

Time Importance::out(const Execution& x, const Level& level, const Stamp& stamp) {
  const auto period = static_cast<std::int64_t>(std::min<std::uint64_t>(x.node(level.slot).max_seconds, never / 2));
  if (period >= never / nanoseconds_a_second - stamp.second - 2) return never - 1;
  return (stamp.second + period + 1) * nanoseconds_a_second - x.phase;
}

Time Importance::calm(const Execution& x) const {
  constexpr Time a_stop = 10 * nanoseconds_a_second;  // one that gave up is still stopping its children: look again
  Time latest = 0;
  for (const Level& level : levels_) {
    const Process& process = x.processes[level.slot];
    if (process.status == Status::down) continue;
    const Supervising& supervising = x.supervisors[process.supervisor];
    if (supervising.gave_up) latest = std::max(latest, x.now + a_stop);
    if (supervising.stamps_begin < supervising.stamps.size())
      latest = std::max(latest, out(x, level, supervising.stamps.back()));
  }
  return latest;
}

Time Importance::first_out(const Execution& x) const {
  Time earliest = never;
  for (const Level& level : levels_) {
    const Process& process = x.processes[level.slot];
    if (process.status == Status::down) continue;
    const Supervising& supervising = x.supervisors[process.supervisor];
    const auto begin = supervising.stamps.begin() + static_cast<std::ptrdiff_t>(supervising.stamps_begin);
    const auto held =
        std::find_if(begin, supervising.stamps.end(), [&](const Stamp& stamp) { return out(x, level, stamp) > x.now; });
    if (held != supervising.stamps.end()) earliest = std::min(earliest, out(x, level, *held));
  }
  return earliest == never ? x.now : earliest;
}

}  // namespace treefall::runtime
