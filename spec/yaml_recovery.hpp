// What to say about a text that is not YAML, and how to go on behind the mistake, so that one slip does not hide the
// others.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "spec/diagnostic.hpp"
#include "spec/source.hpp"
#include "spec/yaml.hpp"

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
  bool again = false;  // in the line in which it stopped the time before; mending that was not enough
};

struct Repair {
  std::optional<Diagnostic> said;  // nothing where it only follows from what was said before
  bool mended = false;             // nothing was blanked out, something put in or moved
  bool moved = false;              // a line, into the column of those above it that are near
  bool loses = true;               // something is left out; false: all that was meant can be read now
};

/// Says what is wrong, and puts into `text` what is missing or blanks out what can't be read; lines stay lines.
Repair repair(const Source& source, Patched& text, const Failure& failure);

}  // namespace treefall::spec::yaml
