// Both writers make lines of one shape: a flat object, keys in a fixed order, `"key": value`. That is all this knows.
#include "confirm/trace_line.hpp"

#include <algorithm>
#include <charconv>

namespace treefall::confirm {

std::string_view field(std::string_view line, std::string_view key) {
  const std::string pattern = '"' + std::string(key) + "\":";
  const std::size_t at = line.find(pattern);
  if (at == std::string_view::npos) return {};
  std::string_view rest = line.substr(at + pattern.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  if (rest.starts_with('"')) return rest.substr(1, rest.find('"', 1) - 1);
  return rest.substr(0, rest.find_first_of(",}"));
}

std::int64_t number(std::string_view line, std::string_view key) {
  const std::string_view digits = field(line, key);
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::string without_copies(std::string_view path) {
  std::string plain;
  bool inside = false;
  for (const char c : path) {
    if (c == ']') inside = false;
    if (!inside) plain += c;
    if (c == '[') inside = true;
  }
  return plain;
}

}  // namespace treefall::confirm
