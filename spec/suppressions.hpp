// Comments of the form `# treefall: ignore RULE[, RULE] -- reason`, with the part of the file that they hold for.
#pragma once

#include <vector>

#include "spec/design.hpp"
#include "spec/diagnostic.hpp"
#include "spec/yaml.hpp"

namespace treefall::spec {

/// Reports what looks like one but lacks its rule or its reason (as a warning), and leaves it out.
std::vector<Suppression> suppressions(const yaml::Tree& tree, const Source& source, std::vector<Diagnostic>& out);

}  // namespace treefall::spec
