// All findings of one text: the reader's and the rules'.
#pragma once

#include "report/results.hpp"
#include "spec/source.hpp"

namespace treefall::cli {

report::LintedFile lint_source(spec::Source source, analyzer::Profile profile = analyzer::Profile::standard);

/// Says of each finding what it is most sensitive to. Takes a hundred times as long as the linting.
void add_influences(report::LintedFile& file);

}  // namespace treefall::cli
