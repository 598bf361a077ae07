// Columns of text, aligned by what they take on a terminal.
#pragma once

#include <string>
#include <vector>

#include "report/paint.hpp"

namespace treefall::report {

struct Cell {
  std::string text;  // shown as it is
  Style style = Style::plain;
};

using Rows = std::vector<std::vector<Cell>>;

/// Rows of cells; indented by two spaces, two between columns. The first row is the heading.
std::string table(const Rows& rows, const Paint& paint);
/// The same without a heading.
std::string table_body(const Rows& rows, const Paint& paint);

}  // namespace treefall::report
