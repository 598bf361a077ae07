// What a rule is: a value. Its documentation is in it and its examples are executed by the tests.
#pragma once

#include <string_view>
#include <vector>

#include "analyzer/finding.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

struct Facts;

enum class Group { restart_budget, strategy_and_order, links_and_messages, throughput };

struct Rule {
  std::string_view id;  // kebab-case, states the bad thing, never reused
  spec::Severity severity = spec::Severity::warning;
  Confidence confidence = Confidence::model_based;
  Group group = Group::restart_budget;
  std::string_view summary;  // one sentence
  std::string_view why;      // paragraphs of Markdown
  std::string_view instead;  // what to do
  std::string_view bad;      // a whole spec; the guilty line is marked `# expect: ID [verdict]`
  std::string_view good;     // a whole spec on which every rule is silent
  /// How execution tests the claim; empty for advice that nothing can test.
  std::string_view confirmed_by;
  std::vector<Finding> (*check)(const spec::Design&, const Facts&) = nullptr;
};

}  // namespace treefall::analyzer
