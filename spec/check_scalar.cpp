// The form of a single value.
#include <fmt/format.h>

#include <array>
#include <chrono>

#include "spec/check.hpp"
#include "spec/nearest.hpp"
#include "spec/otp.hpp"

namespace treefall::spec {

namespace {

using yaml::Cursor;

bool is_bare_number(std::string_view text) { return static_cast<bool>(parse_number(text)); }

template <class T>
std::optional<Complaint> complaint_of(const Parsed<T>& parsed) {
  if (parsed) return std::nullopt;
  return parsed.complaint();
}

std::optional<Complaint> name_complaint(std::string_view text) {
  if (text.empty()) return Complaint{"bad-value", "a name is empty", ""};
  if (text.find('/') != std::string_view::npos) {
    return Complaint{"bad-value", fmt::format("the name `{}` holds a `/`, which separates the parts of a path", text),
                     "rename it"};
  }
  const std::size_t open = text.rfind('[');
  const bool digits =
      open != std::string_view::npos && text.back() == ']' && open + 2 < text.size() &&
      text.substr(open + 1, text.size() - open - 2).find_first_not_of("0123456789") == std::string_view::npos;
  if (digits) {
    return Complaint{"bad-value",
                     fmt::format("the name `{}` ends in `{}`, which picks a copy", text, text.substr(open)),
                     "use `count` for several equal children, or rename it"};
  }
  return std::nullopt;
}

std::optional<Complaint> text_complaint(Scalar scalar, const Cursor& value) {
  const std::string_view text = value.text();
  if (!value.quoted() && (text == "true" || text == "false")) {
    return Complaint{"wrong-type", fmt::format("`{}` is a truth value, not {}", text, noun(scalar)),
                     fmt::format("write \"{}\" in quotes if the text is meant", text)};
  }
  if (scalar == Scalar::name) return name_complaint(text);
  if (scalar == Scalar::text) return std::nullopt;
  if (text.empty()) return Complaint{"bad-value", fmt::format("{} is empty", noun(scalar)), ""};
  if (scalar != Scalar::exit_reason || text.starts_with("shutdown:")) return std::nullopt;
  constexpr std::array<std::string_view, 3> reasons{"normal", "shutdown", "killed"};
  const auto near = nearest(text, reasons);
  if (near && *near != text)
    return Complaint{"bad-value", fmt::format("unknown exit reason `{}`", text),
                     fmt::format("did you mean `{}`?", *near)};
  return std::nullopt;
}

std::optional<Complaint> seconds_complaint(std::string_view text) {
  const auto parsed = parse_duration(text, std::chrono::seconds(1));
  if (!parsed) return parsed.complaint();
  if (*parsed % std::chrono::seconds(1) != Duration{0}) {
    return Complaint{"bad-value", fmt::format("`{}` is not a number of whole seconds", text),
                     "OTP counts the period in whole seconds"};
  }
  if (*parsed == Duration{0}) return Complaint{"bad-value", "the period is 0, which OTP refuses", "write at least `1`"};
  return std::nullopt;
}

std::optional<Complaint> bound_complaint(std::string_view text) {
  if (parse_probability(text) || parse_duration(text) || parse_rate(text) || parse_number(text)) return std::nullopt;
  const std::size_t percent = text.find('%');
  if (percent != std::string_view::npos && parse_number(text.substr(0, percent))) return std::nullopt;
  if (text.find('/') != std::string_view::npos) return parse_rate(text).complaint();
  return parse_duration(text).complaint();
}

/// A share may exceed 1 (offered load): a percentage or a number without limit.
Parsed<double> parse_share(std::string_view text) {
  const bool percent = text.ends_with('%');
  const auto number = parse_number(percent ? text.substr(0, text.size() - 1) : text);
  if (!number)
    return Complaint{number.complaint().rule, fmt::format("`{}` is not a share", text), "write `70%` or `0.7`"};
  return percent ? *number / 100.0 : *number;
}

}  // namespace

Parsed<double> parse_bound(Unit unit, std::string_view text) {
  switch (unit) {
    case Unit::probability:
      return parse_probability(text);
    case Unit::share:
      return parse_share(text);
    case Unit::messages:
      return parse_number(text);
    case Unit::per_second:
    case Unit::messages_per_second:
      return parse_rate(text);
    case Unit::seconds:
      break;
  }
  const auto duration = parse_duration(text);
  if (!duration) return duration.complaint();
  return in_seconds(*duration);
}

bool is_textual(Scalar scalar) {
  switch (scalar) {
    case Scalar::text:
    case Scalar::name:
    case Scalar::reference:
    case Scalar::subject:
    case Scalar::fault:
    case Scalar::exit_reason:
      return true;
    case Scalar::version:
    case Scalar::otp:
    case Scalar::boolean:
    case Scalar::natural:
    case Scalar::count:
    case Scalar::duration:
    case Scalar::positive_duration:
    case Scalar::seconds:
    case Scalar::milliseconds:
    case Scalar::rate:
    case Scalar::probability:
    case Scalar::distribution:
    case Scalar::bound:
      return false;
  }
  return false;
}

std::optional<Complaint> complaint(Scalar scalar, const Cursor& value) {
  const std::string_view text = value.text();
  if (is_textual(scalar)) return text_complaint(scalar, value);
  if (value.quoted() && (is_bare_number(text) || scalar == Scalar::boolean)) {
    return Complaint{"wrong-type", fmt::format("\"{}\" in quotes is text, not {}", text, noun(scalar)),
                     "remove the quotes"};
  }
  switch (scalar) {
    case Scalar::version:
      if (text == "1") return std::nullopt;
      return Complaint{"bad-value", fmt::format("the format version `{}` is unknown", text),
                       "write `treefall: 1`; a newer file needs a newer treefall"};
    case Scalar::otp:
      if (parse_whole(text, oldest_otp, newest_otp)) return std::nullopt;
      return Complaint{
          "bad-value", fmt::format("OTP `{}` is not known", text),
          fmt::format("write a release from {} to {}, as in `otp: {}`", oldest_otp, newest_otp, newest_otp)};
    case Scalar::boolean:
      return complaint_of(parse_boolean(text));
    case Scalar::natural:
      return complaint_of(parse_whole(text, 0, 0xffffffffU));
    case Scalar::count:
      return complaint_of(parse_whole(text, 1, 0xffffffffU));
    case Scalar::duration:
      return complaint_of(parse_duration(text));
    case Scalar::positive_duration: {
      const auto parsed = parse_duration(text);
      if (parsed && *parsed == Duration{0})
        return Complaint{"bad-value", fmt::format("`{}` must be more than 0", text), ""};
      return complaint_of(parsed);
    }
    case Scalar::seconds:
      return seconds_complaint(text);
    case Scalar::milliseconds:
      if (text == "infinity") return std::nullopt;
      return complaint_of(parse_duration(text, std::chrono::milliseconds(1)));
    case Scalar::rate:
      return complaint_of(parse_rate(text));
    case Scalar::probability:
      return complaint_of(parse_probability(text));
    case Scalar::distribution:
      return complaint_of(parse_distribution(text));
    case Scalar::bound:
      return bound_complaint(text);
    case Scalar::text:
    case Scalar::name:
    case Scalar::reference:
    case Scalar::subject:
    case Scalar::fault:
    case Scalar::exit_reason:
      break;
  }
  return std::nullopt;
}

}  // namespace treefall::spec
