// Colours, only when asked: the same text with and without, so that nothing is said by colour alone.
#pragma once

#include <string>
#include <string_view>

#include "spec/diagnostic.hpp"

namespace treefall::report {

enum class Style { plain, strong, faint, error, warning, info, hint, primary, secondary, good, bad };

struct Paint {
  bool colours = false;
  /// `text` in that style; unchanged without colours.
  std::string operator()(Style style, std::string_view text) const;
};

Style style_of(spec::Severity severity);

}  // namespace treefall::report
