// Is a prediction that somebody is to rely on what execution comes to? Internal to advice/.
#pragma once

#include <atomic>

#include "advice/tune.hpp"
#include "analyzer/remembered.hpp"

namespace treefall::advice {

/// Executes a design with one promise, as `treefall confirm` does. Where what is promised is too rare to be seen within
/// the budget, the same design is executed with its crashes so much more frequent that it can be seen, and the
/// prediction for that is put to the test.
Execution execute(const spec::Design& design, const confirm::Options& options, analyzer::Remembered& remembered,
                  const std::atomic<bool>& stop);

/// Executes it as it is, and judges the prediction of what is promised, not the promise.
Execution execute_prediction(const spec::Design& design, const confirm::Options& options,
                             analyzer::Remembered& remembered, const std::atomic<bool>& stop);

/// The design with everything that crashes by chance crashing so many times as often.
spec::Design with_crashes(spec::Design design, double times);

}  // namespace treefall::advice
