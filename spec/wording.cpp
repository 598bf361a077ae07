// Picks units and rounds; knows nothing of what the numbers mean.
#include "spec/wording.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace treefall::spec {
namespace {

/// printf writes 3.1e-05; people write 3.1e-5.
std::string without_exponent_padding(std::string text) {
  const auto at = text.find('e');
  if (at == std::string::npos) return text;
  while (at + 2 < text.size() - 1 && text[at + 2] == '0') text.erase(at + 2, 1);
  if (text[at + 1] == '+') text.erase(at + 1, 1);
  return text;
}

/// The larger unit in whole numbers and the rest in the smaller: 87.3 s is `1 min 27 s`.
std::string in_two_units(double smaller, double per_larger, const char* larger_name, const char* smaller_name) {
  const auto total = static_cast<std::uint64_t>(std::llround(smaller));
  const auto step = static_cast<std::uint64_t>(per_larger);
  if (total % step == 0) return fmt::format("{} {}", total / step, larger_name);
  return fmt::format("{} {} {} {}", total / step, larger_name, total % step, smaller_name);
}

/// The noun behind a number: `messages`, but 1 `message`.
std::string after_number(const std::string& number, const std::string& nouns) {
  if (number != "1" || !nouns.ends_with('s')) return nouns;
  const bool long_ending = nouns.ends_with("shes") || nouns.ends_with("sses");
  return nouns.substr(0, nouns.size() - (long_ending ? 2 : 1));
}

struct RateStep {
  double seconds;
  const char* name;
};
constexpr std::array<RateStep, 4> rate_steps = {{{1, "s"}, {60, "min"}, {3600, "h"}, {86400, "day"}}};

/// The shortest unit that gives at least one; 1e-9 forgives what dividing by 60 and 3600 has rounded.
RateStep unit_of(double per_second) {
  for (const auto& unit : rate_steps)
    if (per_second * unit.seconds >= 1 - 1e-9) return unit;
  return rate_steps.back();
}

}  // namespace

std::string number_text(double value) {
  if (std::isnan(value)) return "unknown";
  if (std::isinf(value)) return value > 0 ? "infinite" : "-infinite";
  if (value >= 999.5 && value < 1e15) return count_text(static_cast<std::uint64_t>(std::llround(value)));
  return without_exponent_padding(fmt::format("{:.3g}", value));
}

std::string count_text(std::uint64_t value) {
  auto text = std::to_string(value);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

std::string count_text(std::uint64_t value, const std::string& noun) {
  const char* ending = value == 1 ? "" : noun.ends_with('s') ? "es" : "s";
  return fmt::format("{} {}{}", count_text(value), noun, ending);
}

std::string seconds_text(double seconds) {
  if (std::isnan(seconds)) return "unknown";
  if (std::isinf(seconds)) return "never";
  if (seconds == 0) return "0 s";
  if (seconds < 0) return fmt::format("-{}", seconds_text(-seconds));
  if (seconds < 0.9995e-6) return number_text(seconds * 1e9) + " ns";
  if (seconds < 0.9995e-3) return number_text(seconds * 1e6) + " us";
  if (seconds < 0.9995) return number_text(seconds * 1e3) + " ms";
  if (seconds < 59.95) return number_text(seconds) + " s";
  if (seconds < 3599.5) return in_two_units(seconds, 60, "min", "s");
  if (seconds < 86370) return in_two_units(seconds / 60, 60, "h", "min");
  const double days = seconds / 86400;
  if (days < 730) return number_text(days) + (number_text(days) == "1" ? " day" : " days");
  return number_text(days / 365.25) + " years";
}

std::string rate_text(double per_second) {
  if (!std::isfinite(per_second)) return number_text(per_second) + "/s";
  if (per_second == 0) return "0/s";
  if (per_second < 0) return fmt::format("-{}", rate_text(-per_second));
  const auto unit = unit_of(per_second);
  return number_text(per_second * unit.seconds) + "/" + unit.name;
}

std::string rate_text(double per_second, const std::string& noun) {
  const auto text = rate_text(per_second);
  const auto slash = text.rfind('/');
  return fmt::format("{} {}{}", text.substr(0, slash), after_number(text.substr(0, slash), noun), text.substr(slash));
}

std::string share_text(double share) {
  if (!std::isfinite(share)) return number_text(share);
  if (share != 0 && std::abs(share) < 9.995e-4) return number_text(share);
  const double percent = share * 100;
  if (share >= 1 || percent < 99.95) return number_text(percent) + " %";
  const double missing = 1 - share;
  return missing < 1e-6 ? "> 99.9999 %" : fmt::format("{:.4f}", std::floor(percent * 1e4) / 1e4) + " %";
}

std::string value_text(Unit unit, double value) {
  switch (unit) {
    case Unit::probability:
    case Unit::share:
      return share_text(value);
    case Unit::seconds:
      return seconds_text(value);
    case Unit::per_second:
      return rate_text(value);
    case Unit::messages:
      return number_text(value) + " " + after_number(number_text(value), "messages");
    case Unit::messages_per_second:
      return rate_text(value, "messages");
  }
  return number_text(value);
}

}  // namespace treefall::spec
