// Complete lives: executions that run on, past any horizon, until the supervisors asked about have given up. A mean
// time to failure needs no horizon, and what a horizon cuts off can't be made up for where the risk changes with age.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/execution.hpp"
#include "runtime/measurement.hpp"
#include "spec/design.hpp"

namespace treefall::runtime {

/// A life that gave up after so long, or was seen for so long until something else ended it.
struct Life {
  Time length = 0;
  bool gave_up = false;
};

/// What lives say of their mean: seconds.
struct MeanLife {
  double value = 0;  // of what was seen: less than the mean where `doubt` says so
  double low = 0;
  double high = 0;  // infinite where lives do not show how long they may get
  std::uint64_t gave_up = 0;
  std::string doubt;  // why `high` is infinite; else empty
};

/// Product-limit estimate; a life that something else ended is taken to have ended independently of its age.
/// Nothing where none gave up.
std::optional<MeanLife> mean_life(std::vector<Life> lives, double confidence);

/// The first lives of some subjects in replicas 0..n-1, one a replica and subject: of a supervisor (of the first of its
/// copies, where it has several that are not told apart), or of an application. The result does not depend on `jobs`.
class Lifetimes {
 public:
  /// `events`: model events after which a replica is cut off.
  Lifetimes(const spec::Design& design, const std::vector<spec::Subject>& subjects, std::uint64_t seed, unsigned jobs,
            std::uint64_t events);
  /// Plays replicas up to a total of so many; fewer when `stop` is set, or when one could not go on.
  void extend(std::uint64_t replicas, const std::atomic<bool>& stop);
  std::uint64_t replicas() const { return replicas_; }
  std::uint64_t events() const { return events_; }
  /// No more replicas can be played: one could not go on.
  bool troubled() const { return troubled_; }

  struct Found {
    Measurement measured;
    std::string doubt;  // as in MeanLife
  };
  /// Nothing for a subject that has no life, or of which none has ended.
  std::optional<Found> measure(std::size_t subject, double confidence) const;

 private:
  struct Replica {
    std::vector<Life> lives;  // by subject
    std::uint64_t events = 0;
    bool whole = false;
    bool trouble = false;
  };
  Replica play_one(Execution& x, std::uint64_t replica, const std::atomic<bool>& stop) const;

  spec::Design design_;
  Model model_;
  std::vector<spec::Subject> subjects_;
  std::vector<std::uint32_t> watched_;  // by subject: its place in FirstLives, or none
  std::uint64_t seed_;
  unsigned jobs_;
  std::uint64_t most_events_;
  std::uint64_t replicas_ = 0;
  std::uint64_t events_ = 0;
  bool troubled_ = false;
  std::vector<std::vector<Life>> lives_;  // by subject
};

}  // namespace treefall::runtime
