// Settings that are fine one by one and impossible together, after the field table: what OTP refuses, and what has no
// meaning.
#pragma once

#include <vector>

#include "spec/diagnostic.hpp"
#include "spec/mapping.hpp"

namespace treefall::spec {

/// Walks over a whole file. Where the text is not `complete`, or a mapping has a key that is not known, nothing is
/// missed.
void check_combinations(const yaml::Cursor& file, bool complete, std::vector<Diagnostic>& out);
/// What a supervisor asks of one child that is not among its `children`: the script starts it.
void check_started(const Mapping& supervisor, const Mapping& child, const Mapping& file, std::vector<Diagnostic>& out);

}  // namespace treefall::spec
