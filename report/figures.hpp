// Figures with what belongs to them: the name of a quantity, a range, a method. The digits are spec/wording's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/prediction.hpp"
#include "confirm/confirm.hpp"
#include "runtime/measurement.hpp"
#include "spec/design.hpp"
#include "spec/quantity.hpp"

namespace treefall::report {

/// The span that a prediction speaks of: for a failure probability that names none, the horizon.
std::optional<spec::Duration> within_of(const spec::Design& design, const analyzer::Prediction& prediction);
/// `failure probability within 30 days`, `mean time to failure`.
std::string quantity_text(spec::Quantity quantity, std::optional<spec::Duration> within);
/// `1 min 26 s … 1 min 28 s`, `71.8 … 72.3 %`, `40.6 … 41.9/h`; as many digits as tell both ends apart; one figure
/// where they are equal; `at least 3 h` where there is no upper end.
std::string range_text(spec::Unit unit, double low, double high);
/// What a prediction was held against: `79 … 95.6 s`, `at most 1 %`, `at least 99 %`, `at least 1 day`; one figure
/// where only rounding is allowed.
std::string band_text(spec::Unit unit, const confirm::Band& band);
/// `exact`, `deterministic`, `± 3 %`, `bound ≤ 4e-4`, `between 0.1 and 0.2`.
std::string method_text(const analyzer::Prediction& prediction);

/// How far a value stays on the promised side of its bound, as a share of the bound; negative where it does not. NaN
/// where there is no value.
double margin(const spec::QuantityPromise& promise, double value);
/// `28 % below the bound`, `112 times the bound`.
std::string margin_text(const spec::QuantityPromise& promise, double value);

std::string_view name(confirm::Verdict verdict);
std::string_view name(confirm::Kept kept);

/// `Cart` of `shop:Shop.Supervisor/Cart`.
std::string last_name(const std::string& path);
/// Paths as short as they are clear: the last name where no other of `paths` ends in it, else the path.
std::vector<std::string> short_names(const std::vector<std::string>& paths);

}  // namespace treefall::report
