// What the binary and docs/rules say about a rule, made from the rule's own value.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "analyzer/rule.hpp"

namespace treefall::rules {

std::string_view name(analyzer::Group group);
std::string_view name(analyzer::Confidence confidence);

/// A rule's text without the line ends around it.
std::string_view paragraphs(std::string_view text);
/// An example as a reader wants it: what the tests read as `# expect: …` points at the place.
std::string example(std::string_view written);
/// The page of one rule, Markdown: docs/rules/ID.md and `treefall explain ID`.
std::string page(const analyzer::Rule& rule);
/// The list of all, by group, Markdown: docs/rules/README.md.
std::string index(std::span<const analyzer::Rule* const> rules);

}  // namespace treefall::rules
