// Knows the terminal's escape sequences for colours; nobody else does.
#include "report/paint.hpp"

namespace treefall::report {

namespace {

std::string_view sequence(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::strong:
      return "\x1b[1m";
    case Style::faint:
      return "\x1b[2m";
    case Style::error:
    case Style::bad:
      return "\x1b[1;31m";
    case Style::warning:
      return "\x1b[1;33m";
    case Style::info:
    case Style::hint:
      return "\x1b[1;36m";
    case Style::primary:
      return "\x1b[1;35m";
    case Style::secondary:
      return "\x1b[1;34m";
    case Style::good:
      return "\x1b[32m";
  }
  return "";
}

}  // namespace

std::string Paint::operator()(Style style, std::string_view text) const {
  const std::string_view start = sequence(style);
  if (!colours || start.empty() || text.empty()) return std::string(text);
  return std::string(start).append(text).append("\x1b[0m");
}

Style style_of(spec::Severity severity) {
  switch (severity) {
    case spec::Severity::error:
      return Style::error;
    case spec::Severity::warning:
      return Style::warning;
    case spec::Severity::info:
      return Style::info;
    case spec::Severity::hint:
      return Style::hint;
  }
  return Style::plain;
}

}  // namespace treefall::report
