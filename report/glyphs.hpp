// How text from outside shows on a terminal: what each character takes in cells, and what must not reach the terminal
// as it is. A spec can carry terminal escapes, bidirectional overrides and bytes that are no text at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace treefall::report {

/// One code point, or one byte that belongs to none, as it is shown.
struct Glyph {
  std::uint32_t byte = 0;   // where it starts in the text
  std::uint32_t cells = 1;  // by East Asian width; 0 for a combining mark
  std::string text;
};

/// A tab becomes four spaces; control, bidirectional and other invisible characters become `\u{1b}`, bytes that are
/// not UTF-8 `\xff`.
std::vector<Glyph> glyphs(std::string_view text);
/// The whole text so shown.
std::string shown(std::string_view text);
/// Display cells of a text that can be shown as it is.
std::size_t cells(std::string_view text);

}  // namespace treefall::report
