// UTF-8 is checked after RFC 3629 (no overlong forms, no surrogates, nothing above U+10FFFF); control characters after
// the printable set of YAML 1.2, chapter 5.1.
#include "spec/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace treefall::spec::yaml {

namespace {

unsigned char byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_break(char c) { return c == '\n' || c == '\r'; }
bool is_space(char c) { return is_blank(c) || is_break(c); }

/// The length of the well-formed UTF-8 sequence at `at`; 0 where there is none.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const unsigned char lead = byte_at(text, at);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || at + length > text.size()) return 0;
  unsigned char low = 0x80, high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  const unsigned char second = byte_at(text, at + 1);
  if (second < low || second > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(text, at + i) & 0xC0U) != 0x80U) return 0;
  }
  return length;
}

struct Fault {
  std::string message, help;
};

Fault control_fault(unsigned code) {
  if (code == 0)
    return {"a NUL byte stands in the text", "the file may be binary, or saved as UTF-16; save it as UTF-8 text"};
  return {fmt::format("the control character U+{:04X} stands in the text", code),
          fmt::format("remove it; a text that needs it is written in double quotes with `\\x{:02x}`", code)};
}

/// What is wrong with the character of `length` bytes at `at`.
std::optional<Fault> fault_at(std::string_view text, std::size_t at, std::size_t length) {
  const unsigned char c = byte_at(text, at);
  if (length == 0) {
    return Fault{fmt::format("the byte 0x{:02X} is not UTF-8", c),
                 "save the file as UTF-8; it looks like Latin-1 or a damaged copy"};
  }
  if (c == '\r' && byte_at(text, at + 1) != '\n') {
    return Fault{"a lone carriage return stands in the text",
                 "end lines with a line feed, or carriage return and line feed"};
  }
  if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) return control_fault(c);
  if (c == 0xC2 && byte_at(text, at + 1) < 0xA0 && byte_at(text, at + 1) != 0x85)
    return control_fault(byte_at(text, at + 1));
  return std::nullopt;
}

bool looks_like_utf32(std::string_view text) {
  if (text.size() < 4) return false;
  const std::string_view four = text.substr(0, 4);
  const bool little = four.starts_with(std::string_view("\xFF\xFE\0\0", 4)) ||
                      (four[0] != 0 && four.substr(1) == std::string_view("\0\0\0", 3));
  const bool big = four == std::string_view("\0\0\xFE\xFF", 4) ||
                   (four.substr(0, 3) == std::string_view("\0\0\0", 3) && four[3] != 0);
  return little || big;
}

bool looks_like_utf16(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return true;
  return text.size() >= 4 &&
         ((text[0] == 0 && text[1] != 0 && text[2] == 0) || (text[0] != 0 && text[1] == 0 && text[3] == 0));
}

Diagnostic encoding_error(const Source& source, std::size_t from, std::size_t to, Fault fault) {
  Diagnostic d;
  d.rule = "yaml-encoding";
  d.message = std::move(fault.message);
  d.help = std::move(fault.help);
  d.span = {source.position(static_cast<std::uint32_t>(from)), source.position(static_cast<std::uint32_t>(to))};
  return d;
}

}  // namespace

std::string clean(const Source& source, std::vector<Diagnostic>& diagnostics) {
  const std::string_view text = source.text();
  const bool is_utf32 = looks_like_utf32(text);
  if (is_utf32 || looks_like_utf16(text)) {
    diagnostics.push_back(encoding_error(source, 0, is_utf32 ? 4 : std::min<std::size_t>(2, text.size()),
                                         {is_utf32 ? "the text is UTF-32" : "the text is UTF-16", "save it as UTF-8"}));
    return {};
  }
  std::string result(text);
  bool reported = false;  // in this line: one report is enough
  for (std::size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; at < text.size();) {
    const std::size_t length = sequence_length(text, at);
    const std::size_t step = std::max<std::size_t>(1, length);
    if (auto fault = fault_at(text, at, length)) {
      if (!reported) diagnostics.push_back(encoding_error(source, at, at + step, std::move(*fault)));
      reported = true;
      std::fill_n(result.begin() + static_cast<std::ptrdiff_t>(at), step, text[at] == '\r' ? '\n' : '?');
    }
    if (text[at] == '\n') reported = false;
    at += step;
  }
  return result;
}

void blank_foreign_lines(const Source& source, std::string& text, std::vector<Diagnostic>& diagnostics) {
  struct Foreign {
    std::string_view start;
    std::string_view message, help;
  };
  constexpr std::string_view merge = "a merge has left a conflict here",
                             resolve = "keep one side, and remove the marker";
  constexpr std::array<Foreign, 5> all{{{"<<<<<<< ", merge, resolve},
                                        {"=======", merge, resolve},
                                        {">>>>>>> ", merge, resolve},
                                        {"```", "a Markdown fence is no YAML", "remove the line"},
                                        {"//", "a comment starts with `#` in YAML", "write `#`"}}};
  for (std::size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; at < text.size(); at = line_end(text, at) + 1) {
    const std::string_view line = std::string_view(text).substr(at, line_end(text, at) - at);
    const auto found = std::ranges::find_if(all, [&](const Foreign& one) { return line.starts_with(one.start); });
    if (found == all.end()) continue;
    const std::size_t end = at + line.size();
    Diagnostic d;
    d.rule = "yaml-syntax";
    d.message = found->message;
    d.help = found->help;
    d.span = {source.position(static_cast<std::uint32_t>(at)), source.position(static_cast<std::uint32_t>(end))};
    diagnostics.push_back(std::move(d));
    std::fill(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(end), ' ');
  }
}

std::optional<std::size_t> bracket_nested(std::string_view text, std::size_t most) {
  std::size_t open = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[' || text[i] == '{') ++open;
    if ((text[i] == ']' || text[i] == '}') && open > 0) --open;
    if (open > most) return i;
  }
  return std::nullopt;
}

std::size_t line_start(std::string_view text, std::size_t at) {
  if (at == 0) return 0;
  const std::size_t found = text.rfind('\n', at - 1);
  return found == std::string_view::npos ? 0 : found + 1;
}

std::size_t line_end(std::string_view text, std::size_t at) { return std::min(text.find('\n', at), text.size()); }

std::size_t indentation(std::string_view text, std::size_t start_of_line) {
  const std::size_t found = text.find_first_not_of(' ', start_of_line);
  return (found == std::string_view::npos ? text.size() : found) - start_of_line;
}

std::size_t skip_trivia(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (is_space(text[at])) {
      ++at;
    } else if (text[at] == '#' && (at == 0 || is_space(text[at - 1]))) {
      at = line_end(text, at);
    } else {
      break;
    }
  }
  return at;
}

std::size_t end_of_name(std::string_view text, std::size_t at) {
  while (at < text.size() && !is_space(text[at]) && std::string_view(",[]{}").find(text[at]) == std::string_view::npos)
    ++at;
  return at;
}

std::size_t skip_properties(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) at = skip_trivia(text, end_of_name(text, at));
  return at;
}

std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '\'' && i + 1 < text.size() && text[i + 1] == quote) {
        ++i;
      } else {
        return i + 1;
      }
    }
  }
  return std::string_view::npos;
}

std::size_t end_of_plain(std::string_view text, std::size_t at, std::string_view value) {
  // A plain scalar has no escapes: what is not blank stands in the text as it stands in the value, in the same order.
  std::size_t end = at;
  for (const char c : value) {
    if (is_space(c)) continue;
    std::size_t i = end;
    while (i < text.size() && is_space(text[i])) ++i;
    if (i >= text.size() || text[i] != c) return end;
    end = i + 1;
  }
  return end;
}

std::size_t end_of_block(std::string_view text, std::size_t at) {
  std::size_t end = line_end(text, at);
  std::optional<std::size_t> indent;
  for (std::size_t line = end + 1; line < text.size(); line = line_end(text, line) + 1) {
    const std::size_t spaces = indentation(text, line);
    const std::size_t stop = line_end(text, line);
    if (line + spaces >= stop || text[line + spaces] == '\r') continue;  // blank
    if (!indent) indent = std::max<std::size_t>(1, spaces);
    if (spaces < *indent) break;
    end = stop;
  }
  if (end > at && end <= text.size() && text[end - 1] == '\r') --end;
  return end;
}

}  // namespace treefall::spec::yaml
