// Crashes brought about in trials of a search for rare failures (rare.hpp).
#pragma once

#include <vector>

#include "runtime/importance.hpp"

namespace treefall::runtime {

/// The memoryless crash clocks of a model, seen from one supervisor.
class Forcing {
 public:
  Forcing(const Model& model, Slot of);

  /// Sets them all anew, so that two executions of one state become different. Where a crash below the supervisor
  /// before its windows are empty is unlikely it is brought about. Returns the weight that makes up for that.
  double set(Execution& x, const Importance& importance, Stream& chance) const;

  /// Do all clocks below run? Not where one waits for a start or a fault.
  bool all_run(Execution& x) const;
  /// Crashes per nanosecond of the clocks below that run.
  double rate(Execution& x) const;
  /// Sets them all anew, the next crash below coming after an exponential time of that rate. Returns that time.
  Time hasten(Execution& x, double rate, Stream& chance) const;

 private:
  struct Clock {
    Happens what = Happens::crash_group;
    std::uint32_t index = 0;
    double rate = 0;     // per nanosecond
    bool below = false;  // the supervisor
  };
  /// When the next crash of the clocks below comes.
  struct NextCrash {
    Time after = 0;
    bool exactly = false;  // then; else not before
    double weight = 1;
  };
  static std::uint32_t& ticket_of(Execution& x, const Clock& clock);
  static void ring(Execution& x, const Clock& clock, Time at);
  void set(Execution& x, const NextCrash& next, double rate, Stream& chance) const;
  static NextCrash choose(const Execution& x, const Importance& importance, double rate, Stream& chance);

  std::vector<Clock> clocks_;
};

}  // namespace treefall::runtime
