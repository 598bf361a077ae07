// Numbers are read as exact decimals (digits and a power of ten) and become integers or the nearest double only at the
// end: `0.1s` is 100000000 ns, not the product of two roundings.
#include "spec/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "spec/nearest.hpp"

namespace treefall::spec {

namespace {

struct UnitName {
  std::string_view name;
  std::int64_t nanoseconds;
};

constexpr std::array<UnitName, 8> duration_units{{{"ns", 1},
                                                  {"us", 1'000},
                                                  {"µs", 1'000},
                                                  {"ms", 1'000'000},
                                                  {"s", 1'000'000'000},
                                                  {"min", 60'000'000'000},
                                                  {"h", 3'600'000'000'000},
                                                  {"d", 86'400'000'000'000}}};
constexpr std::array<UnitName, 5> rate_units{{{"s", 1'000'000'000},
                                              {"min", 60'000'000'000},
                                              {"h", 3'600'000'000'000},
                                              {"day", 86'400'000'000'000},
                                              {"d", 86'400'000'000'000}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 22> unit_spellings{
    {{"m", "min"},       {"sec", "s"},    {"secs", "s"},  {"second", "s"},  {"seconds", "s"}, {"minute", "min"},
     {"minutes", "min"}, {"mins", "min"}, {"hour", "h"},  {"hours", "h"},   {"hr", "h"},      {"hrs", "h"},
     {"day", "d"},       {"days", "d"},   {"msec", "ms"}, {"millis", "ms"}, {"usec", "us"},   {"nsec", "ns"},
     {"S", "s"},         {"MS", "ms"},    {"H", "h"},     {"D", "d"}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view without_spaces(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// The length of the decimal number at the start: digits, at most one point, an exponent.
std::size_t number_length(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && is_digit(text[i])) ++i;
  if (i == 0) return 0;
  if (i + 1 < text.size() && text[i] == '.' && is_digit(text[i + 1])) {
    ++i;
    while (i < text.size() && is_digit(text[i])) ++i;
  }
  std::size_t e = i;
  if (e < text.size() && (text[e] == 'e' || text[e] == 'E')) {
    ++e;
    if (e < text.size() && (text[e] == '+' || text[e] == '-')) ++e;
    if (e < text.size() && is_digit(text[e])) {
      while (e < text.size() && is_digit(text[e])) ++e;
      i = e;
    }
  }
  return i;
}

/// What is odd about a text that should start with a number.
std::optional<Complaint> number_complaint(std::string_view text, std::string_view expected) {
  const auto complaint = [&](std::string rule, std::string message, std::string help) {
    return Complaint{std::move(rule), std::move(message), std::move(help)};
  };
  if (text.empty()) return complaint("wrong-type", fmt::format("{} is missing", expected), "");
  if (text.front() == '-')
    return complaint("bad-value", fmt::format("`{}` is negative", text), fmt::format("{} is never below 0", expected));
  if (text.front() == '+')
    return complaint("bad-value", fmt::format("`{}` has a sign", text), fmt::format("write `{}`", text.substr(1)));
  if (text.front() == '.' && text.size() > 1 && is_digit(text[1])) {
    return complaint("bad-value", fmt::format("`{}` starts with the point", text), fmt::format("write `0{}`", text));
  }
  if (text.starts_with("0x") || text.starts_with("0X") || text.starts_with("0o") || text.starts_with("0b")) {
    return complaint("bad-value", fmt::format("`{}` is not a decimal number", text),
                     "numbers are decimal in this language");
  }
  if (text.size() > 1 && text[0] == '0' && is_digit(text[1])) {
    std::size_t zeros = 1;
    while (zeros + 1 < text.size() && text[zeros] == '0' && is_digit(text[zeros + 1])) ++zeros;
    return complaint("bad-value", fmt::format("`{}` starts with 0, which some tools read as octal", text),
                     fmt::format("write `{}`", text.substr(zeros)));
  }
  const std::size_t length = number_length(text);
  if (length > 0 && length < text.size() && text[length] == '_') {
    std::string plain(text);
    std::erase(plain, '_');
    return complaint("bad-value", fmt::format("`{}` has an underscore", text), fmt::format("write `{}`", plain));
  }
  return std::nullopt;
}

/// The nearest double; infinite where it is too large.
double to_double(std::string_view number) {
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc::result_out_of_range) return value;
  // Out of range either way: a negative exponent means a number too small to tell from 0.
  return number.find("e-") != std::string_view::npos || number.find("E-") != std::string_view::npos
             ? 0.0
             : std::numeric_limits<double>::infinity();
}

/// number * unit in nanoseconds, rounded half up; nothing where it exceeds the range.
std::optional<std::int64_t> nanoseconds(std::string_view number, std::int64_t unit) {
  const std::size_t e = std::min(number.find_first_of("eE"), number.size());
  long exponent = 0;
  if (e < number.size()) {
    const std::string_view written = number.substr(e + 1 + (number[e + 1] == '+' ? 1 : 0));
    if (std::from_chars(written.data(), written.data() + written.size(), exponent).ec != std::errc{}) {
      exponent = written.front() == '-' ? -100'000 : 100'000;
    }
  }
  std::string digits;
  bool behind_point = false;
  for (const char c : number.substr(0, e)) {
    if (c == '.') {
      behind_point = true;
    } else if (!digits.empty() || c != '0') {
      digits += c;
      if (behind_point) --exponent;
    } else if (behind_point) {
      --exponent;
    }
  }
  if (digits.empty()) return 0;
  // What stands behind the 24th digit is below a thousandth of a nanosecond of any duration that fits.
  if (digits.size() > 24) {
    exponent += static_cast<long>(digits.size() - 24);
    digits.resize(24);
  }
  __extension__ using Wide = unsigned __int128;
  Wide value = 0;
  for (const char c : digits) value = value * 10 + static_cast<unsigned>(c - '0');
  const Wide limit = static_cast<Wide>(std::numeric_limits<std::int64_t>::max()) - 1;
  // Cancel the unit's powers of ten first, so that the product stays below 128 bits.
  std::int64_t rest = unit;
  while (exponent < 0 && rest % 10 == 0) {
    rest /= 10;
    ++exponent;
  }
  if (value > (~Wide{0}) / static_cast<Wide>(rest)) return std::nullopt;
  value *= static_cast<Wide>(rest);
  for (; exponent > 0; --exponent) {
    if (value > limit) return std::nullopt;
    value *= 10;
  }
  bool half = false;
  for (; exponent < 0 && value > 0; ++exponent) {
    half = value % 10 >= 5;
    value /= 10;
  }
  if (exponent == 0 && half) ++value;
  if (value > limit) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::optional<std::int64_t> unit_named(std::string_view name) {
  for (const UnitName& unit : duration_units) {
    if (unit.name == name) return unit.nanoseconds;
  }
  return std::nullopt;
}

Complaint no_unit(std::string_view text) {
  return {"bad-unit", fmt::format("`{}` has no unit", text),
          fmt::format("write `{}ms`, `{}s`, `{}min`, …", text, text, text)};
}

Complaint bad_unit(std::string_view number, std::string_view unit) {
  Complaint complaint{"bad-unit", fmt::format("unknown unit `{}`", unit), "the units are ns, us, ms, s, min, h, d"};
  for (const auto& [spelling, meant] : unit_spellings) {
    if (spelling != unit) continue;
    complaint.help = fmt::format("write `{}{}`", number, meant);
    if (unit == "m") complaint.help += fmt::format(" for minutes, `{}ms` for milliseconds", number);
  }
  return complaint;
}

Parsed<Duration> whole_duration(std::string_view text, std::int64_t bare_unit) {
  text = without_spaces(text);
  if (text == "infinity")
    return Complaint{"bad-value", "`infinity` is not allowed here", "write a finite duration, `30d`"};
  if (auto odd = number_complaint(text, "a duration")) return *odd;
  const std::size_t length = number_length(text);
  if (length == 0) {
    constexpr std::array<std::string_view, 3> endless{"infinity", ":infinity", "never"};
    const bool meant = nearest(text, endless).has_value();
    return Complaint{"wrong-type", fmt::format("`{}` is not a duration", text),
                     meant ? "write `infinity` where OTP takes it, else a number and its unit, `30d`"
                           : "write a number and its unit, `5ms`, `2s`, `1.5min`"};
  }
  const std::string_view number = text.substr(0, length);
  const std::string_view name = without_spaces(text.substr(length));
  if (name.empty() && bare_unit == 0) return no_unit(text);
  const std::optional<std::int64_t> unit = name.empty() ? bare_unit : unit_named(name);
  if (!unit) return bad_unit(number, name);
  const auto value = nanoseconds(number, *unit);
  if (!value)
    return Complaint{"bad-value", fmt::format("`{}` is longer than 292 years", text),
                     "time is counted in nanoseconds, which end there; write a shorter one"};
  return Duration{*value};
}

}  // namespace

Parsed<Duration> parse_duration(std::string_view text) { return whole_duration(text, 0); }

Parsed<Duration> parse_duration(std::string_view text, Duration unit_of_bare_number) {
  return whole_duration(text, unit_of_bare_number.count());
}

Parsed<double> parse_rate(std::string_view text) {
  text = without_spaces(text);
  if (auto odd = number_complaint(text, "a rate")) return *odd;
  const std::string help = "write a number per unit of time, `120/s`, `2/min`, `1/h`, `3/day`";
  const std::size_t length = number_length(text);
  if (length == 0) return Complaint{"wrong-type", fmt::format("`{}` is not a rate", text), help};
  const std::string_view rest = without_spaces(text.substr(length));
  if (rest.empty() || rest.front() != '/') return Complaint{"bad-unit", fmt::format("`{}` is not a rate", text), help};
  const std::string_view unit = without_spaces(rest.substr(1));
  for (const UnitName& known : rate_units) {
    if (known.name != unit) continue;
    const double value = to_double(text.substr(0, length)) / (static_cast<double>(known.nanoseconds) * 1e-9);
    if (!(value <= 1e12))
      return Complaint{"bad-value", fmt::format("`{}` is more than 1e12 per second", text),
                       "write a rate that a machine could see"};
    return value;
  }
  Complaint complaint{"bad-unit", fmt::format("unknown unit `/{}`", unit), help};
  for (const auto& [spelling, meant] : unit_spellings) {
    if (spelling == unit)
      complaint.help = fmt::format("write `{}/{}`", text.substr(0, length), meant == "d" ? "day" : meant);
  }
  return complaint;
}

Parsed<double> parse_probability(std::string_view text) {
  text = without_spaces(text);
  if (text == "always") return 1.0;
  if (text == "never") return 0.0;
  if (auto odd = number_complaint(text, "a probability")) return *odd;
  const std::string help = "write `0.1%`, `0.001`, `1e-6`, `always` or `never`";
  const std::size_t length = number_length(text);
  const std::string_view rest = length == 0 ? text : without_spaces(text.substr(length));
  if (length == 0 || !(rest.empty() || rest == "%"))
    return Complaint{"wrong-type", fmt::format("`{}` is not a probability", text), help};
  // A percentage is the decimal with its point moved, then rounded once.
  const bool percent = rest == "%";
  double value = to_double(text.substr(0, length));
  if (percent) value /= 100.0;
  if (!(value <= 1.0)) {
    return Complaint{"bad-value", fmt::format("`{}` is more than {}", text, percent ? "100%" : "1"),
                     !percent && value <= 100 ? fmt::format("write `{}%` if a percentage is meant", text) : help};
  }
  return value;
}

Parsed<std::uint64_t> parse_whole(std::string_view text, std::uint64_t least, std::uint64_t most) {
  text = without_spaces(text);
  if (auto odd = number_complaint(text, "this number")) return *odd;
  if (!std::all_of(text.begin(), text.end(), is_digit)) {
    return Complaint{"wrong-type", fmt::format("`{}` is not a whole number", text), "write digits only, `3`"};
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value > most)
    return Complaint{"bad-value", fmt::format("`{}` is too large", text), fmt::format("write at most {}", most)};
  if (value < least)
    return Complaint{"bad-value", fmt::format("`{}` is too small", text), fmt::format("write at least {}", least)};
  return value;
}

Parsed<double> parse_number(std::string_view text) {
  text = without_spaces(text);
  if (auto odd = number_complaint(text, "this number")) return *odd;
  if (number_length(text) != text.size())
    return Complaint{"wrong-type", fmt::format("`{}` is not a number", text), "write a number, `10` or `0.5`"};
  const double value = to_double(text);
  if (!std::isfinite(value)) return Complaint{"bad-value", fmt::format("`{}` is too large", text), ""};
  return value;
}

Parsed<bool> parse_boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  for (const std::string_view yes : {"yes", "Yes", "YES", "on", "On", "ON", "y", "Y", "True", "TRUE"}) {
    if (text == yes) return Complaint{"wrong-type", fmt::format("`{}` is text in this language", text), "write `true`"};
  }
  for (const std::string_view no : {"no", "No", "NO", "off", "Off", "OFF", "n", "N", "False", "FALSE"}) {
    if (text == no) return Complaint{"wrong-type", fmt::format("`{}` is text in this language", text), "write `false`"};
  }
  return Complaint{"wrong-type", fmt::format("`{}` is neither `true` nor `false`", text), "write `true` or `false`"};
}

}  // namespace treefall::spec
