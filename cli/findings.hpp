// All findings of one text: the reader's and the rules'.
#pragma once

#include "report/results.hpp"
#include "spec/source.hpp"

namespace treefall::cli {

report::LintedFile lint_source(spec::Source source, analyzer::Profile profile = analyzer::Profile::standard);

}  // namespace treefall::cli
