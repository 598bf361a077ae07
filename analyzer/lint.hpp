// The loop that runs the rules: findings in, suppressions and broken promises considered, one list out.
// Hides merging, suppression, order and fingerprints; knows no rule by name.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analyzer/finding.hpp"
#include "analyzer/rule.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// A finding that a comment in the file has put aside, with the comment's reason.
struct Suppressed {
  Finding finding;
  std::string reason;
};

struct Linting {
  std::vector<Finding> findings;       // by position, then rule
  std::vector<Suppressed> suppressed;  // by position, then rule
};

/// What the loop itself reports, beside what the rules do.
inline constexpr std::string_view promise_broken = "promise-broken";
inline constexpr std::string_view unused_ignore = "unused-ignore";

/// Runs every rule of `rules` on the design; `facts` are those of the same design. What only a stricter profile reports
/// is left out, and still used by the comment that suppresses it.
Linting lint(const spec::Design& design, const Facts& facts, std::span<const Rule* const> rules,
             Profile profile = Profile::standard);

/// What the reader says of a text, as findings: certain, about no process.
std::vector<Finding> as_findings(std::vector<spec::Diagnostic> diagnostics);

}  // namespace treefall::analyzer
