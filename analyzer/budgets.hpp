// What every supervisor's restart intensity meets: the restarts it will count, and when that is too many.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/crashes.hpp"
#include "analyzer/escalation.hpp"
#include "analyzer/estimate.hpp"
#include "analyzer/fate.hpp"
#include "analyzer/intensity.hpp"
#include "analyzer/restart_time.hpp"
#include "analyzer/sparse.hpp"
#include "analyzer/sure_falls.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// What one child node adds to the restarts that its supervisor counts (all copies together).
struct Share {
  spec::NodeId child = spec::no_node;
  double per_second = 0;  // NaN: cannot be said
};

/// The restarts that a supervisor counts, in the form that the mathematics takes.
struct Restarts {
  double own = 0;                         // of its workers, per second; events where they come in batches
  double error = 0;                       // relative, of `own`
  std::vector<double> batches;            // shares of events that bring 1, 2, 3, … restarts; empty: always 1
  std::vector<FailingChild> children;     // supervisors that give up
  std::optional<RestartTime> time;        // of a restart, where it takes time
  std::optional<spec::Distribution> gap;  // instead of `own`: a renewal process of one ageing child
  double late = 0;                        // of `own`, restarts per second after late calls, which come in clumps
  double late_error = 0;                  // relative
  bool few_callers = false;               // hardly more than restarts in a budget: a clump runs out of them
  double settles = 0;                     // seconds until those are as they are in the long run
  double outages = 0;                     // faults per second that may end it
  double in_outages = 0;                  // crashes per second while they all last, at the most
  bool loops_in_outages = false;          // starts fail while they last, or crashes come with age
  bool spaced = false;     // crashes keep a distance that budgets see: fewer come together than by chance
  bool never = false;      // they keep so great a distance that no window holds more than the budget
  double same = 0;         // sum of squares of the shares in `own` of supervisors that give up
  double interrupted = 0;  // times per second that a sibling's restart clears its budget
};

struct Budget {
  Window window;
  std::vector<Share> shares;      // children that add something, in start order
  double counted = 0;             // restarts per second while up; NaN: cannot be said
  std::optional<Fate> fate;       // where all counted restarts are deterministic (and there are some)
  Restarts restarts;              // where they are random
  Estimate mean_time_to_failure;  // of one incarnation, seconds
  Estimate failure_probability;   // that it gives up at least once within the horizon
  Estimate tolerates;             // crashes per second over all children for `tolerated` within the horizon
  std::string unsaid;             // why nothing is said; empty if it is
  bool relevant = false;          // something describes crashes below it
  double at_least = 0;            // where nothing else is said: P(gives up within its window, whatever was before)
  std::optional<SureFall> sure;   // where it is not followed crash by crash, but gives up all the same
  std::string never;              // why it never gives up, though something random crashes below it
};
inline constexpr double tolerated = 0.001;

struct Budgets {
  Sparse<Budget> of;            // by node; of a worker: empty
  std::vector<bool> disturbed;  // by node: see Fates
};

class Remembered;
Budgets budgets_of(const spec::Design& design, const Tree& tree, const Crashes& crashes, Remembered& remembered);

/// P(gives up at least once within so many seconds of node time), by the same method as in `of`.
Estimate failure_within(const spec::Design& design, const Budgets& budgets, spec::NodeId supervisor, double seconds);
/// The same in a design in which this supervisor has another restart intensity than in the one that all else is of.
Estimate failure_within(const spec::Design& changed, const Tree& tree, const Crashes& crashes, const Budgets& budgets,
                        Remembered& remembered, spec::NodeId supervisor, double seconds);

}  // namespace treefall::analyzer
