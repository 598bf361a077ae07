// Bands and looks. A confirmation states its band: "confirmed" without one means nothing. Chance is given a factor of
// `tolerance` on either side of the prediction's own error bar; what is deterministic is given none, but for the
// rounding of times to nanoseconds. What is proved never to happen is confirmed by a silence that reaches the
// resolution below, and refuted by a single event: the resolution says how much a silence can show, it does not excuse
// an exception. The sequence of looks spends the error probability in shares proportional to 1/(j+1)^2: a union bound,
// valid however long one goes on.
#include "confirm/band.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "confirm/stage.hpp"

namespace treefall::confirm {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// What counts as zero of a quantity: one call in a million, one execution in a hundred, a thousandth of a share or of
/// a message, a microsecond, one event in the horizon.
double resolution(spec::Quantity quantity, double horizon_seconds) {
  if (quantity == spec::Quantity::timeout_probability) return 1e-6;
  switch (spec::info(quantity).unit) {
    case spec::Unit::probability:
      return 1e-2;
    case spec::Unit::share:
    case spec::Unit::messages:
      return 1e-3;
    case spec::Unit::seconds:
      return 1e-6;
    case spec::Unit::per_second:
    case spec::Unit::messages_per_second:
      return 1.0 / horizon_seconds;
  }
  return 0;
}

/// Times are whole nanoseconds, formulas are doubles.
double rounding(spec::Unit unit, double value) {
  if (!std::isfinite(value)) return 0;
  return (unit == spec::Unit::seconds ? 2e-9 : 0.0) + 1e-9 * std::abs(value);
}

/// Multiplies away from zero for factors above one, whatever the sign.
double widened(double value, double factor) { return value < 0 ? value / factor : value * factor; }

/// Cut to what can be observed of the quantity.
Band possible(spec::Quantity quantity, Band band) {
  const spec::Unit unit = spec::info(quantity).unit;
  if (quantity != spec::Quantity::mailbox_growth) band.low = std::max(band.low, 0.0);
  if (unit == spec::Unit::probability || unit == spec::Unit::share) band.high = std::min(band.high, 1.0);
  return band;
}

}  // namespace

Band band_of(const analyzer::Prediction& prediction, double tolerance, spec::Duration horizon) {
  const double horizon_seconds = spec::in_seconds(horizon);
  const double factor = prediction.method == analyzer::Method::deterministic ? 1.0 : tolerance;
  Band band{widened(prediction.low, 1 / factor), widened(prediction.high, factor)};
  const spec::Unit unit = spec::info(prediction.quantity).unit;
  band.low -= rounding(unit, band.low);
  band.high += rounding(unit, band.high);
  if (std::isinf(prediction.low)) band.low = horizon_seconds;  // never: not within what the horizon can tell
  // An offered load above one keeps its server busy all the time.
  if (prediction.quantity == spec::Quantity::utilisation) band.low = std::min(band.low, 1 / tolerance);
  const double zero = resolution(prediction.quantity, horizon_seconds);
  const bool rare_event = about_giving_up(prediction.quantity) && prediction.high > 0;  // small is not none
  if (!rare_event && prediction.low >= 0 && prediction.high < zero) band = {0, zero};
  // Nor can a finite number of executions tell always from nearly always.
  if (unit == spec::Unit::probability && prediction.low > 1 - zero) band.low = 1 - zero;
  if (std::isinf(prediction.high)) band.high = infinity;
  return possible(prediction.quantity, band);
}

std::optional<double> without_exception(const analyzer::Prediction& prediction) {
  const bool proved = prediction.method != analyzer::Method::approximation;
  if (!proved || prediction.low != prediction.high) return std::nullopt;
  const double value = prediction.low;
  switch (prediction.quantity) {
    case spec::Quantity::failure_probability:
    case spec::Quantity::boot_failure_probability:
    case spec::Quantity::timeout_probability:
      return value == 0 || value == 1 ? std::optional(value) : std::nullopt;
    case spec::Quantity::restart_rate:
    case spec::Quantity::crash_rate:
    case spec::Quantity::throughput:
    case spec::Quantity::lost_messages:
    case spec::Quantity::lost_per_crash:
      return value == 0 ? std::optional(value) : std::nullopt;
    case spec::Quantity::mean_time_to_failure:
      return std::isinf(value) ? std::optional(value) : std::nullopt;
    case spec::Quantity::availability:
    case spec::Quantity::utilisation:
    case spec::Quantity::mean_wait:
    case spec::Quantity::p99_wait:
    case spec::Quantity::mailbox_length:
    case spec::Quantity::mailbox_growth:
    case spec::Quantity::boot_time:
    case spec::Quantity::shutdown_time:
      return std::nullopt;
  }
  return std::nullopt;
}

bool excepted(const runtime::Measurement& observed, double without_exception) {
  return !std::isnan(observed.value) && observed.value != without_exception;
}

bool inside(const runtime::Measurement& observed, const Band& band) {
  return observed.low >= band.low && observed.high <= band.high;
}

bool disjoint(const runtime::Measurement& observed, const Band& band) {
  return observed.high < band.low || observed.low > band.high;
}

double share_of_look(unsigned look) {
  const double n = static_cast<double>(look) + 1;
  return 6 / (std::numbers::pi * std::numbers::pi * n * n);
}

}  // namespace treefall::confirm
