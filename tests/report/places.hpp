// Spans by the text that they cover.
#pragma once

#include <cstdint>
#include <string_view>

#include "spec/source.hpp"

namespace treefall::tests {

/// The place of `what` in the source; of its first occurrence from byte `from` on.
inline spec::Span at(const spec::Source& source, std::string_view what, std::size_t from = 0) {
  const std::size_t start = source.text().find(what, from);
  return {source.position(static_cast<std::uint32_t>(start)),
          source.position(static_cast<std::uint32_t>(start + what.size()))};
}

}  // namespace treefall::tests
