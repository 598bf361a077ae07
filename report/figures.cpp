// Knows how to say a range in one unit and how a method sounds; hides the search for digits that tell two ends apart.
#include "report/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "spec/wording.hpp"

namespace treefall::report {

namespace {

using spec::Unit;

/// A unit for both ends of a range: they are divided by `size`, and `suffix` is written once.
struct Scale {
  double size;
  std::string_view suffix;
};

template <std::size_t N>
Scale largest_within(const std::array<Scale, N>& scales, double value) {
  for (const Scale& scale : scales) {
    if (value >= scale.size) return scale;
  }
  return scales.back();
}

Scale scale_of(Unit unit, double value) {
  constexpr std::array<Scale, 4> times = {{{1, " s"}, {1e-3, " ms"}, {1e-6, " us"}, {1e-9, " ns"}}};
  constexpr std::array<Scale, 4> rates = {{{1, "/s"}, {1.0 / 60, "/min"}, {1.0 / 3600, "/h"}, {1.0 / 86400, "/day"}}};
  constexpr std::array<Scale, 4> flows = {
      {{1, " messages/s"}, {1.0 / 60, " messages/min"}, {1.0 / 3600, " messages/h"}, {1.0 / 86400, " messages/day"}}};
  switch (unit) {
    case Unit::probability:
    case Unit::share:
      return value >= 1e-3 ? Scale{0.01, " %"} : Scale{1, ""};
    case Unit::seconds:
      return largest_within(times, value);
    case Unit::per_second:
      return largest_within(rates, value);
    case Unit::messages:
      return {1, " messages"};
    case Unit::messages_per_second:
      return largest_within(flows, value);
  }
  return {1, ""};
}

/// `12.50` as `12.5`, `3.10e-04` as `3.1e-4`.
std::string without_zeros(std::string text) {
  const std::size_t exponent = std::min(text.find('e'), text.size());
  std::string mantissa = text.substr(0, exponent);
  if (mantissa.find('.') != std::string::npos) mantissa.erase(mantissa.find_last_not_of('0') + 1);
  if (mantissa.back() == '.') mantissa.pop_back();
  std::string power = text.substr(exponent);
  if (power.starts_with("e-0")) power.erase(2, 1);
  return mantissa + power;
}

std::string digits(double value, int significant) {
  if (value == 0) return "0";
  if (value >= 1000 && value < 1e15) return spec::count_text(static_cast<std::uint64_t>(std::llround(value)));
  const int decimals = significant - 1 - static_cast<int>(std::floor(std::log10(std::abs(value))));
  if (std::abs(value) < 1e-3) return without_zeros(fmt::format("{:.{}e}", value, significant - 1));
  return without_zeros(fmt::format("{:.{}f}", value, std::max(decimals, 0)));
}

/// Both ends in the unit of the greater, with at least three digits and as many as tell them apart.
std::string in_one_unit(Unit unit, double low, double high) {
  const Scale scale = scale_of(unit, high);
  std::string from, to;
  for (int significant = 3; significant <= 9 && from == to; ++significant) {
    from = digits(low / scale.size, significant);
    to = digits(high / scale.size, significant);
  }
  return fmt::format("{} … {}{}", from, to, scale.suffix);
}

}  // namespace

std::optional<spec::Duration> within_of(const spec::Design& design, const analyzer::Prediction& prediction) {
  if (prediction.within || prediction.quantity != spec::Quantity::failure_probability) return prediction.within;
  return design.horizon.value;
}

std::string quantity_text(spec::Quantity quantity, std::optional<spec::Duration> within) {
  std::string text(spec::info(quantity).label);
  if (within) text += " within " + spec::seconds_text(spec::in_seconds(*within));
  return text;
}

std::string range_text(Unit unit, double low, double high) {
  if (std::isnan(low) || std::isnan(high)) return "unknown";
  const std::string from = spec::value_text(unit, low);
  if (low == high) return from;
  if (std::isinf(high)) return low <= 0 ? "unknown" : "at least " + from;
  const std::string to = spec::value_text(unit, high);
  const bool in_two_units = unit == Unit::seconds && high >= 59.95;
  if (in_two_units && from != to) return from + " … " + to;
  return in_one_unit(unit, low, high);
}

std::string band_text(Unit unit, const confirm::Band& band) {
  constexpr double rounding = 1e-8;  // of the value: what bands allow for nanoseconds
  const double middle = band.low + (band.high - band.low) / 2;
  if (std::isinf(band.high)) return band.low <= 0 ? "any" : "at least " + spec::value_text(unit, band.low);
  const double least = unit == Unit::seconds ? 1 : 0;  // times are whole nanoseconds
  if (band.high - band.low <= rounding * (least + std::abs(middle))) {
    const bool whole = (unit == Unit::probability || unit == Unit::share) && band.high >= 1;
    return spec::value_text(unit, whole ? 1 : band.low <= 0 ? 0 : middle);
  }
  if (band.low == 0) return "at most " + spec::value_text(unit, band.high);
  const bool to_the_end = (unit == Unit::probability || unit == Unit::share) && band.high >= 1;
  return to_the_end ? "at least " + spec::value_text(unit, band.low) : range_text(unit, band.low, band.high);
}

std::string method_text(const analyzer::Prediction& prediction) {
  const Unit unit = spec::info(prediction.quantity).unit;
  const double value = prediction.value, low = prediction.low, high = prediction.high;
  switch (prediction.method) {
    case analyzer::Method::exact:
      return "exact";
    case analyzer::Method::deterministic:
      return "deterministic";
    case analyzer::Method::bound: {
      if (std::isnan(low) && std::isnan(high)) return "bound";
      const bool no_low = !(low > 0), no_high = !std::isfinite(high);
      if (no_high) return no_low ? "bound" : "bound ≥ " + spec::value_text(unit, low);
      if (spec::value_text(unit, low) == spec::value_text(unit, high)) return "bound";
      if (no_low || low == value) return "bound ≤ " + spec::value_text(unit, high);
      return "bound " + range_text(unit, low, high);
    }
    case analyzer::Method::approximation: {
      const double error = std::max(high - value, value - low) / value;
      if (!(value > 0) || !std::isfinite(error) || error > 0.5) return "approximately " + range_text(unit, low, high);
      return error < 0.005 ? "± < 0.5 %" : fmt::format("± {:.2g} %", 100 * error);
    }
  }
  return "";
}

double margin(const spec::QuantityPromise& promise, double value) {
  const double room = promise.at_most ? promise.bound - value : value - promise.bound;
  if (promise.bound == 0) return room == 0 || std::isnan(room) ? room : std::copysign(HUGE_VAL, room);
  return room / promise.bound;
}

std::string margin_text(const spec::QuantityPromise& promise, double value) {
  const double room = margin(promise, value);
  if (std::isnan(room)) return "–";
  if (room == 0) return "at the bound";
  const double times = value / promise.bound;
  const bool far = std::isinf(room) || times >= 2;
  if (far && std::isinf(times)) return value > 0 ? "without end" : "–";
  if (far) return spec::number_text(times) + " times the bound";
  return fmt::format("{} {} the bound", spec::share_text(std::abs(room)), value < promise.bound ? "below" : "above");
}

std::string_view name(confirm::Verdict verdict) {
  switch (verdict) {
    case confirm::Verdict::confirmed:
      return "confirmed";
    case confirm::Verdict::refuted:
      return "refuted";
    case confirm::Verdict::undecided:
      return "undecided";
    case confirm::Verdict::not_simulated:
      return "not_simulated";
  }
  return "";
}

std::string_view name(confirm::Kept kept) {
  switch (kept) {
    case confirm::Kept::pass:
      return "pass";
    case confirm::Kept::fail:
      return "fail";
    case confirm::Kept::undecided:
      return "undecided";
  }
  return "";
}

std::vector<std::string> short_names(const std::vector<std::string>& paths) {
  std::map<std::string, std::string> first_with;
  std::map<std::string, bool> clear;
  for (const std::string& path : paths) {
    const auto [at, is_new] = first_with.try_emplace(last_name(path), path);
    const bool same = is_new || at->second == path;
    clear[last_name(path)] = is_new || (clear[last_name(path)] && same);
  }
  std::vector<std::string> names;
  names.reserve(paths.size());
  for (const std::string& path : paths) names.push_back(clear[last_name(path)] ? last_name(path) : path);
  return names;
}

std::string last_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace treefall::report
