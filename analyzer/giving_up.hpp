// From the restarts that a supervisor counts to when it gives up.
#pragma once

#include "analyzer/budgets.hpp"

namespace treefall::analyzer {

/// `once`: whatever it supervises ends with it, so one outage makes it give up once at most.
Estimate mean_time_of(const Budget& budget, double horizon, bool once);
/// Within so many seconds of its start.
Estimate probability_of(const Budget& budget, double seconds);

/// Restarts per second for 0.1 % within so many seconds, where they come in the batches of this budget.
double tolerated_together(const Budget& budget, double seconds);

/// The same where one child with this law of its lives crashes, were they all that much longer or shorter.
double tolerated_with_age(const Budget& budget, double seconds);

/// P(it gives up at least once within so many seconds), at the least, where nothing but `at_least` and `sure` is known.
Estimate failure_at_least(const spec::Design& design, const Budget& budget, double seconds);
/// Mean time to failure where nothing but `sure` is known.
Estimate life_at_most(const spec::Design& design, const Budget& budget);

}  // namespace treefall::analyzer
