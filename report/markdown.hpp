// Results as GitHub-flavoured Markdown, for a pull request: the first line is one sentence that says it all.
#pragma once

#include <string>

#include "report/results.hpp"

namespace treefall::report::markdown {

std::string diff(const Compared& compared, const Look& look);

}  // namespace treefall::report::markdown
