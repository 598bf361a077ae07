// What the files on workers share: the worker in question, with its facts.
#pragma once

#include <optional>
#include <vector>

#include "analyzer/predict.hpp"
#include "analyzer/queueing.hpp"
#include "analyzer/waits.hpp"

namespace treefall::analyzer {

struct PredictedWorker {
  const Stage& stage;
  spec::NodeId id;
  const spec::Worker& worker;
  const Load& load;
  const std::vector<CrashSource>& sources;
  std::vector<Prediction>& list;
  void say(spec::Quantity quantity, const Estimate& estimate) const {
    add(list, spec::Target{id, {}, {}}, quantity, estimate);
  }
};
PredictedWorker worker_of(const Stage& stage, spec::NodeId id, std::vector<Prediction>& list);

/// Seconds from start_link to being up; NaN where it cannot be said.
double start_time(const PredictedWorker& worker);

/// In rehearsal (predict_rehearsed.cpp), as a callee (predict_calls.cpp).
void say_rehearsed(const PredictedWorker& worker);
/// False where it was not rehearsed with others, or that is not what happens.
bool say_shared(const PredictedWorker& worker);
/// Is what is predicted of it what that rehearsal shows?
bool is_said_shared(const PredictedWorker& worker);
void say_timeouts(const PredictedWorker& worker);
/// False where its callers don't try again, or what comes of it cannot be said (predict_retried.cpp).
bool say_retried(const PredictedWorker& worker);
/// The rehearsed calls of one source; nothing where the rehearsal is not what happens.
std::optional<Rehearsal::Calls> rehearsed_calls(const PredictedWorker& worker, spec::TrafficId source);

}  // namespace treefall::analyzer
