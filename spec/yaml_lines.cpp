#include "spec/yaml_lines.hpp"

#include <algorithm>

#include "spec/yaml_text.hpp"

namespace treefall::spec::yaml {

Line line_at(std::string_view text, std::size_t at) {
  Line line;
  line.start = line_start(text, std::min(at, text.size()));
  line.end = line_end(text, line.start);
  line.content = std::min(text.find_first_not_of(" \t", line.start), line.end);
  if (line.content < line.end && text[line.content] == '#') line.end = line.content;
  const std::size_t comment = text.substr(0, line.end).find(" #", line.content);
  if (comment != std::string_view::npos) line.end = comment;
  while (line.end > line.content &&
         (text[line.end - 1] == ' ' || text[line.end - 1] == '\r' || text[line.end - 1] == '\t'))
    --line.end;
  return line;
}

std::optional<Line> line_before(std::string_view text, std::size_t start) {
  while (start > 0) {
    const Line line = line_at(text, start - 1);
    if (!line.empty()) return line;
    start = line.start;
  }
  return std::nullopt;
}

std::optional<std::size_t> key_colon(std::string_view text, const Line& line, std::size_t from) {
  for (std::size_t i = from; i < line.end; ++i) {
    if (text[i] == ':' && (i + 1 >= line.end || text[i + 1] == ' ' || text[i + 1] == '\t')) return i;
  }
  return std::nullopt;
}

void blank(std::string& text, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < std::min(to, text.size()); ++i) {
    if (text[i] != '\n') text[i] = ' ';
  }
}

void blank_block(std::string& text, const Line& line) {
  const std::size_t indent = line.indent();
  std::size_t end = line_end(text, line.start);
  while (end < text.size()) {
    const Line next = line_at(text, end + 1);
    if (!next.empty() && next.indent() <= indent) break;
    end = line_end(text, next.start);
  }
  blank(text, line.start, end);
}

void blank_value(std::string& text, std::size_t from) {
  const std::size_t end = line_end(text, from);
  blank(text, from, end);
  if (from < end) text[from] = '~';
}

std::optional<std::size_t> column_of_siblings(std::string_view text, const Line& line) {
  constexpr std::size_t near = 1, furthest = 200;
  const bool item = text[line.content] == '-';
  std::optional<std::size_t> best;
  const auto distance = [&](std::size_t column) {
    return column > line.indent() ? column - line.indent() : line.indent() - column;
  };
  std::optional<Line> above = line_before(text, line.start);
  for (std::size_t lines = 0; above && lines < furthest; ++lines, above = line_before(text, above->start)) {
    std::size_t column = above->indent();
    const bool other_item = text[above->content] == '-';
    if (other_item && !item) column = text.find_first_not_of("- ", above->content) - above->start;
    if ((other_item || !item) && distance(column) <= near && (!best || distance(column) < distance(*best)))
      best = column;
    if (above->indent() + near < line.indent()) break;
  }
  return best;
}

namespace {

void move_line(Patched& patched, const Line& line, std::size_t from, std::size_t to) {
  if (to > from) patched.insert(line.start, to - from, ' ');
  if (to < from) patched.erase(line.start, from - to);
}

}  // namespace

void move_block(Patched& patched, const Line& line, std::size_t to) {
  const std::string& text = patched.text;
  const std::size_t from = line.indent();
  const std::size_t start = line.start;
  const std::size_t behind_dash = text.find_first_not_of("- ", line.content) - line.content;
  move_line(patched, line, from, to);
  Line next = line_at(text, line_end(text, start) + 1);
  const bool fits = text[start + to] == '-' ? next.indent() == to + behind_dash : next.indent() >= to;
  while (!fits && next.start > start && next.start < text.size() && (next.empty() || next.indent() > from)) {
    if (!next.empty()) move_line(patched, next, from, to);
    next = line_at(text, line_end(text, next.start) + 1);
  }
}

}  // namespace treefall::spec::yaml
