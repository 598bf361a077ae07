// What the binary and docs/rules say about a rule, made from the rule's own value.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "analyzer/rule.hpp"

namespace treefall::rules {

std::string_view name(analyzer::Group group);
std::string_view name(analyzer::Confidence confidence);
std::string_view name(spec::Severity severity);

/// The page of one rule, Markdown: docs/rules/ID.md and `treefall explain ID`.
std::string page(const analyzer::Rule& rule);
/// The list of all, by group, Markdown: docs/rules/README.md.
std::string index(std::span<const analyzer::Rule* const> rules);

}  // namespace treefall::rules
