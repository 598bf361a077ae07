// What to say about a text that is not YAML, and how to go on behind the mistake, so that one slip does not hide the
// others.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "spec/diagnostic.hpp"
#include "spec/source.hpp"

namespace treefall::spec::yaml {

/// Where the YAML library stopped. Offsets are bytes.
struct Failure {
  std::size_t at = 0;
  std::string message;                 // the library's
  std::optional<std::size_t> bracket;  // the innermost one that is open
  std::optional<std::size_t> quote;    // where the last quoted scalar starts
  std::size_t quote_end = 0;
  bool unclosed_quote = false;  // it runs to the end of the text (the library does not mind)
  bool too_deep = false;
};

/// Says what is wrong, and blanks it out of `text` (which keeps its length and its lines). Nothing to say where it only
/// follows from what was said and blanked before.
std::optional<Diagnostic> repair(const Source& source, std::string& text, const Failure& failure);

}  // namespace treefall::spec::yaml
