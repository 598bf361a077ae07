// All that can be stated about a design, process by process. One file a theme; each adds to the list.
#pragma once

#include <vector>

#include "analyzer/facts.hpp"
#include "analyzer/prediction.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

struct Stage {
  const spec::Design& design;
  const Facts& facts;                                    // all but predictions, tolerances and promises
  std::vector<double> boot_fails;                        // by node: probability that its first start fails
  std::vector<double> boot_meets;                        // by node: at most, that a fault makes its first start fail
  std::vector<std::vector<spec::TrafficId>> traffic_to;  // by node
  std::vector<bool> callers_crash;                       // by node: some process that calls it crashes
  std::vector<double> falls_otherwise;  // by node: P(something above it ends within the horizon, not through it)
};

Stage stage_of(const spec::Design& design, const Facts& facts);

void predict_supervisor(const Stage& stage, spec::NodeId id, std::vector<Prediction>& list);
void predict_application(const Stage& stage, spec::ApplicationId id, std::vector<Prediction>& list);
void predict_worker(const Stage& stage, spec::NodeId id, std::vector<Prediction>& list);
void predict_traffic(const Stage& stage, spec::TrafficId id, std::vector<Prediction>& list);

/// P(gives up at least once within so many seconds), other ends of the node considered.
Estimate failure_of(const Stage& stage, spec::NodeId supervisor, double seconds);
/// Timeouts of one kind of message at one worker, for one timeout.
Estimate timeout_of(const Stage& stage, spec::NodeId worker, const MessageLoad& message, double timeout);

std::vector<Tolerance> tolerances_of(const spec::Design& design, const Facts& facts);
std::vector<PromiseCheck> check_promises(const Stage& stage, const std::vector<Prediction>& predictions);

void add(std::vector<Prediction>& list, spec::Subject subject, spec::Quantity quantity, const Estimate& estimate);

}  // namespace treefall::analyzer
