// The decision between a prediction and an observed interval.
#pragma once

#include "analyzer/prediction.hpp"
#include "confirm/confirm.hpp"
#include "runtime/measurement.hpp"

namespace treefall::confirm {

/// The band of a prediction: its own error bar, widened by `tolerance` where chance takes part. A prediction of zero
/// or of never gets the resolution of its unit instead, for which `horizon` is the yardstick.
Band band_of(const analyzer::Prediction& prediction, double tolerance, spec::Duration horizon);

bool inside(const runtime::Measurement& observed, const Band& band);
bool disjoint(const runtime::Measurement& observed, const Band& band);

/// The share of the error probability that look number `look` (from 0) may spend: 6 / (pi^2 (look+1)^2), which sums to
/// one over all looks, so that any number of looks is valid.
double share_of_look(unsigned look);

}  // namespace treefall::confirm
