// Settings that are fine one by one and impossible together: what OTP refuses, and what has no meaning.
#pragma once

#include <vector>

#include "spec/build.hpp"

namespace treefall::spec {

/// Ids, OTP's bad_combination and settings of a kind that the supervisor is not.
void check_combinations(const Design& design, const std::vector<NodeSource>& sources, std::vector<Diagnostic>& out);
/// Keys of a file that need or exclude each other: traffic, script, promises.
void check_companions(const Mapping& file, std::vector<Diagnostic>& out);

}  // namespace treefall::spec
