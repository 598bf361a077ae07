// The door of spec/: a text in, a design or the list of all that is wrong with it out.
#pragma once

#include <optional>
#include <vector>

#include "spec/design.hpp"
#include "spec/diagnostic.hpp"
#include "spec/source.hpp"

namespace treefall::spec {

struct Reading {
  std::optional<Design> design;         // only where no diagnostic is an error
  std::vector<Diagnostic> diagnostics;  // by position; all mistakes of the file
};

/// Never throws on bad input; takes under 2 s and 300 MiB for any text of up to 1 MiB.
Reading read(const Source& source);

}  // namespace treefall::spec
