// What ends and starts of others do to late calls, which come in clumps (shared_server.hpp).
#pragma once

#include "analyzer/predict.hpp"

namespace treefall::analyzer {

/// The share of its life in which the calls of this process are not late yet because the callee's mailbox has not
/// filled again, if both start so often per second; 0 where none of its crashes is a late call.
double unsettled(const Stage& stage, spec::NodeId caller, double starts);
/// Takes from a prediction of late calls to `callee`, or of crashes by them, what their supervisor's falls cut off.
void cut_clumps(const Stage& stage, spec::NodeId callee, Prediction& prediction);

}  // namespace treefall::analyzer
