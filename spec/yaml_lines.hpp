// Lines of a text that is not YAML: where they start, what they may belong to; blanking them out and moving them.
// Places are byte offsets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "spec/yaml.hpp"

namespace treefall::spec::yaml {

struct Line {
  std::size_t start = 0;
  std::size_t content = 0;  // of the first character that is not blank
  std::size_t end = 0;      // behind the last one, without a comment
  bool empty() const { return content >= end; }
  std::size_t indent() const { return content - start; }
};

Line line_at(std::string_view text, std::size_t at);
/// The last line before `start` that holds anything.
std::optional<Line> line_before(std::string_view text, std::size_t start);
/// The colon that ends a key in this line, if any.
std::optional<std::size_t> key_colon(std::string_view text, const Line& line, std::size_t from);
/// The column of the nearest line above that this one may be a sibling of: an item of items, a key of keys. Nothing
/// where none is near.
std::optional<std::size_t> column_of_siblings(std::string_view text, const Line& line);

void blank(std::string& text, std::size_t from, std::size_t to);
/// A line and all below it that is indented more.
void blank_block(std::string& text, const Line& line);
/// Leaves `~` in place of the rest of a line.
void blank_value(std::string& text, std::size_t from);
/// Moves the line to a column; with all that is indented below it, unless that fits the column already.
void move_block(Patched& patched, const Line& line, std::size_t to);

}  // namespace treefall::spec::yaml
