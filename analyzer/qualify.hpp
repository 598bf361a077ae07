// How far the disturbances of one process carry into what is predicted of it: what the files that qualify share.
#pragma once

#include <string>

#include "analyzer/disturbances.hpp"

namespace treefall::analyzer {

inline constexpr double not_worth_saying = 1e-3;  // relative

struct DisturbedNode {
  const Stage& stage;
  spec::NodeId id;
  const Disturbance& all;      // its own silent end included
  const Disturbance& outside;  // without it
  double life;                 // of the node, seconds
  double strays;               // crashes below it that nobody counts, per second
  double ended;                // P(such crashes, here or elsewhere, end the node)
};

void take_back(Prediction& prediction, const std::string& why);
/// The truth may be less by the share `less`, or more by the share `more`; beyond a fifth nothing is said.
void loosen(Prediction& prediction, double less, double more, const std::string& why);

/// So many seconds as a share of the node's life.
double share_of_life(const DisturbedNode& c, double seconds);
/// The share of the node's life in which it is not there.
double absent(const DisturbedNode& c, const Disturbance& d);
/// How far the number of a worker's renewals is from time / mean: the first cycles, and cycles cut short.
double renewal_error(const DisturbedNode& c, spec::NodeId worker, double resets);

/// Adapts predictions of a worker, list[first, end).
void qualify_worker(const DisturbedNode& c, std::vector<Prediction>& list, std::size_t first);
void qualify_timeouts(const DisturbedNode& c, Prediction& prediction);
/// Adapts one prediction of a supervisor: `gone` and `faded` as in Disturbances, `renewal` as above.
void qualify_supervisor(const DisturbedNode& c, double gone, double faded, double renewal, Prediction& prediction);

}  // namespace treefall::analyzer
