// Changes of a spec's text: numbers replaced where they stand, lines put in, nothing else touched. Comments and layout
// stay as their author wrote them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/intensity.hpp"
#include "spec/design.hpp"
#include "spec/source.hpp"

namespace treefall::advice {

/// Bytes [from, to) become `text`.
struct Edit {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::string text;
};

/// Edits that do not overlap, in any order; those at one place in the order given.
std::string applied(std::string_view text, const std::vector<Edit>& edits);

/// The edits that give a supervisor this restart intensity.
std::vector<Edit> budget_edits(const spec::Source& source, const spec::Design& design, spec::NodeId supervisor,
                               const analyzer::Window& window);

/// The edits that put a child under a supervisor of its own with this name and intensity.
std::vector<Edit> wrapping_edits(const spec::Source& source, const spec::Design& design, spec::NodeId child,
                                 const std::string& name, const analyzer::Window& window);

/// What `diff -u` would print for these edits, with `a/FILE` and `b/FILE` as git has them; empty without edits.
std::string unified_diff(const spec::Source& source, const std::vector<Edit>& edits);

}  // namespace treefall::advice
