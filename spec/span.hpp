// Places in the text of a spec. Lines and columns count from 1; a column counts code points, as our JSON does;
// `byte` is the offset into the UTF-8 text. A span ends just behind its last character.
#pragma once

#include <cstdint>

namespace treefall::spec {

struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  std::uint32_t byte = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

struct Span {
  Position start;
  Position end;
  friend bool operator==(const Span&, const Span&) = default;
};

/// From the start of `first` to the end of `last`.
inline Span join(const Span& first, const Span& last) { return {first.start, last.end}; }

}  // namespace treefall::spec
