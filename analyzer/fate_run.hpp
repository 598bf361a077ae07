// One tree in which nothing is random, played at one phase of the VM's clock: crashes at their known times, restarts
// with the stop and start times around them, every level. Internal to fate.cpp.
#pragma once

#include <cmath>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <tuple>
#include <vector>

#include "analyzer/crashes.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

inline spec::Duration whole(double seconds) { return spec::Duration(std::llround(seconds * 1e9)); }

class FateRun {
 public:
  struct Outcome {  // of the supervisors of one node
    std::optional<spec::Duration> first;
    std::vector<spec::Duration> lives;
    std::uint64_t restarts = 0;
    spec::NodeId guilty = spec::no_node;
  };

  FateRun(const spec::Design& design, const Tree& tree, const Crashes& crashes, spec::NodeId top, spec::Duration begin);

  /// Plays to the horizon at this phase. Returns the distance to the next phase at which anything can differ.
  spec::Duration play(spec::Duration phase, std::size_t& stamps_left);

  std::vector<Outcome> outcomes;  // by node
  std::vector<bool> disturbed;    // by node: a worker whose restarts do not come at once
  bool complete = true;
  bool follows_rehearsals = true;
  bool too_large() const;

 private:
  struct Process {
    spec::NodeId node = spec::no_node;
    std::uint32_t parent = 0xffffffff;  // the top has none
    std::uint32_t first_child = 0;      // children are [first_child, last_child) of `below`
    std::uint32_t last_child = 0;
    std::uint32_t rank = 0;
    std::uint32_t copy = 0;  // of its node below this parent
    // state
    std::uint32_t incarnation = 0;
    bool alive = false;
    bool gone = false;  // not to be started again
    spec::Duration started{};
    spec::Duration died{-1};  // when it ended by itself
    spec::Duration busy_until{};
    std::deque<std::int64_t> stamps;
    std::uint64_t counted = 0;
  };

  struct Death {
    spec::Duration at{};  // when it is handled
    spec::Duration died{};
    std::uint64_t order = 0;
    std::uint32_t process = 0;
    std::uint32_t incarnation = 0;
    bool counted = true;
    friend bool operator>(const Death& a, const Death& b) { return std::tie(a.at, a.order) > std::tie(b.at, b.order); }
  };

  std::uint32_t expand(spec::NodeId node, std::uint32_t parent, std::uint32_t rank, std::uint32_t copy);

  const spec::Supervisor* supervisor(const Process& process) const;
  bool is_dynamic(const Process& process) const;

  void plan_deaths(std::uint32_t index, spec::Duration now, spec::Duration up);

  /// Returns when start_link returns.
  spec::Duration start(std::uint32_t index, spec::Duration now);

  /// Ends a subtree; returns when its last process is gone.
  spec::Duration stop(std::uint32_t index, spec::Duration now);

  void mark_dead(std::uint32_t index);

  /// From `now` on, what was rehearsed together with others is no longer what happens.
  void interrupt(std::uint32_t index, spec::Duration now);

  const std::vector<spec::Duration>& times_of(const Process& process, const ScheduledCrashes& schedule) const;

  void handle(const Death& death);

  bool add_restart(std::uint32_t index, spec::Duration now);

  void restart(std::uint32_t supervisor_index, std::uint32_t child_index, spec::Duration now);

  void give_up(std::uint32_t index, spec::NodeId guilty, spec::Duration now);

  void end(std::uint32_t index, spec::Duration now);

  bool is_the_last_significant(const Process& process) const;

  const spec::Design& design_;
  const Tree& tree_;
  const Crashes& crashes_;
  spec::Duration begin_;
  std::vector<Process> processes_;
  std::vector<std::uint32_t> below_;
  std::priority_queue<Death, std::vector<Death>, std::greater<>> deaths_;
  spec::Duration phase_{};
  spec::Duration step_{};
  spec::Duration known_until_{};
  std::size_t* stamps_left_ = nullptr;
  std::size_t stamps_of_run_ = 0;
  std::uint64_t order_ = 0;
  bool ended_ = false;
};

}  // namespace treefall::analyzer
