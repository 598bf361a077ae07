// A design as the normalised text of its spec.
#pragma once

#include <string>

#include "spec/design.hpp"

namespace treefall::spec {

/// YAML that reads back to an equal design: every default filled in and followed by a comment that says where it came
/// from, references as full paths, values in one canonical form. Showing what was read from it gives the same text but
/// for those comments, since then all stands in the file.
std::string show(const Design& design);

}  // namespace treefall::spec
