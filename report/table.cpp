// Hides the arithmetic of column widths.
#include "report/table.hpp"

#include <algorithm>

#include "report/glyphs.hpp"

namespace treefall::report {

namespace {

std::vector<std::size_t> widths_of(const Rows& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], cells(row[i].text));
  }
  return widths;
}

/// Spaces are owed until the next text comes, so that no line ends in spaces.
std::string line(const std::vector<Cell>& row, const std::vector<std::size_t>& widths, const Paint& paint) {
  std::string text;
  std::size_t owed = 2;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!row[i].text.empty()) {
      text += std::string(owed, ' ') + paint(row[i].style, row[i].text);
      owed = 0;
    }
    owed += widths[i] - cells(row[i].text) + 2;
  }
  return text + "\n";
}

}  // namespace

std::string table(const Rows& rows, const Paint& paint) {
  Rows with_heading = rows;
  if (!rows.empty()) {
    for (Cell& cell : with_heading.front()) cell.style = Style::faint;
  }
  return table_body(with_heading, paint);
}

std::string table_body(const Rows& rows, const Paint& paint) {
  const std::vector<std::size_t> widths = widths_of(rows);
  std::string text;
  for (const auto& row : rows) text += line(row, widths, paint);
  return text;
}

}  // namespace treefall::report
