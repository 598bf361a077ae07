// A finding as people read it: its diagnostic, with what else is known of it among the facts.
#pragma once

#include <string>

#include "analyzer/finding.hpp"
#include "spec/diagnostic.hpp"

namespace treefall::report {

/// The diagnostic with notes for how sure it is, where that is not plain from the finding itself, and for what it is
/// most sensitive to.
spec::Diagnostic as_diagnostic(const analyzer::Finding& finding);

/// `most sensitive to …; holds up to …`; empty where that is not known.
std::string most_sensitive_to(const analyzer::Finding& finding);

}  // namespace treefall::report
