// What the rest of the tree does to a process: how often others take it down, whether it may end for good, how much of
// the node's time it is not there for reasons other than its own crashes. The formulas for one process describe it
// while it lives undisturbed; `qualify` says how far that carries, and takes back what it does not carry.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "analyzer/predict.hpp"

namespace treefall::analyzer {

/// Of one node. All are upper bounds; infinity or 1 where they are not known.
struct Disturbance {
  double late = 0;     // seconds of node time before it is up for the first time
  double booted = 0;   // seconds of node time before its supervisor handles exits
  double blocked = 0;  // share of time in which its supervisor restarts its siblings
  double gone = 0;     // probability that it ends for good before the horizon, while the node lives on
  double life = std::numeric_limits<double>::infinity();  // seconds on average until it does
  double resets = 0;                                      // per second: taken down and started again with others
  double away = 0;                                        // seconds that each of them takes
  double missing = 0;   // share of the messages from processes of the design that may not come
  double faded = 0;     // probability that others whose ends end it have ended for good
  double unserved = 0;  // share of its own calls that may find nobody
  std::string why;      // what disturbs it most
};

struct Disturbances {
  std::vector<Disturbance> of;       // by node
  std::vector<Disturbance> outside;  // by node: without what it does itself
  std::vector<double> gone_below;    // by node: the largest `gone` of what stands below it
  std::vector<double> faded;         // by node: share of its restarts that may stop for good
  std::vector<double> strays;        // by node: crashes per second below it that no formula counts
  double node_life = 0;              // seconds that the node lives on average, at most the horizon
  double ended = 0;                  // P(crashes that no formula counts end the node within the horizon)
};

Disturbances disturbances_of(const Stage& stage);

/// Adapts the predictions of one node, list[first, end), to what disturbs it.
void qualify(const Stage& stage, const Disturbances& disturbances, spec::NodeId id, std::vector<Prediction>& list,
             std::size_t first);
/// The same for what is predicted of a traffic source that calls this worker.
void qualify_traffic(const Stage& stage, const Disturbances& disturbances, spec::NodeId to, Prediction& prediction);

}  // namespace treefall::analyzer
