// The decision between a prediction and an observed interval.
#pragma once

#include <optional>

#include "analyzer/prediction.hpp"
#include "confirm/confirm.hpp"
#include "runtime/measurement.hpp"

namespace treefall::confirm {

/// The band of a prediction: its own error bar, widened by `tolerance` where chance takes part, within what the
/// quantity can be. A prediction of zero, of always or of never gets the resolution of its unit instead, for which
/// `horizon` is the yardstick: no number of executions can show more.
Band band_of(const analyzer::Prediction& prediction, double tolerance, spec::Duration horizon);

/// What a prediction says of every execution: that something never happens (a probability or a rate of zero, an
/// infinite time to failure) or always does (a probability of one), by a method that proves. Nothing for all others.
std::optional<double> without_exception(const analyzer::Prediction& prediction);
/// Has execution shown an exception? One is enough, whatever the interval.
bool excepted(const runtime::Measurement& observed, double without_exception);

bool inside(const runtime::Measurement& observed, const Band& band);
bool disjoint(const runtime::Measurement& observed, const Band& band);

/// The share of the error probability that look number `look` (from 0) may spend: 6 / (pi^2 (look+1)^2), which sums to
/// one over all looks, so that any number of looks is valid.
double share_of_look(unsigned look);

}  // namespace treefall::confirm
