// A text linted as the command does it, and findings as short lines that compare and print well.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/facts.hpp"
#include "analyzer/lint.hpp"
#include "rules/all.hpp"
#include "spec/read.hpp"
#include "tests/rules/expectation.hpp"

namespace treefall::tests {

struct Linted {
  std::vector<std::string> unreadable;  // what the reader says, if it is not a design
  analyzer::Linting linting;
};

inline Linted lint_text(const std::string& file, const std::string& text) {
  Linted result;
  const auto reading = spec::read(spec::Source(file, text));
  for (const auto& diagnostic : reading.diagnostics)
    result.unreadable.push_back(fmt::format("{}: {}", diagnostic.span.start.line, diagnostic.message));
  if (reading.design) result.linting = analyzer::lint(*reading.design, analyzer::derive(*reading.design), rules::all());
  return result;
}

/// `12 certain-cascade`, sorted.
inline std::vector<std::string> places(const std::vector<analyzer::Finding>& findings) {
  std::vector<std::pair<std::uint32_t, std::string>> sorted;
  for (const auto& finding : findings) sorted.emplace_back(finding.diagnostic.span.start.line, finding.diagnostic.rule);
  std::ranges::sort(sorted);
  std::vector<std::string> lines;
  for (const auto& [line, rule] : sorted) lines.push_back(fmt::format("{} {}", line, rule));
  return lines;
}

inline std::vector<std::string> places(const std::vector<Expectation>& expected) {
  std::vector<std::pair<std::uint32_t, std::string>> sorted;
  for (const auto& [line, rule, verdict] : expected) sorted.emplace_back(line, rule);
  std::ranges::sort(sorted);
  std::vector<std::string> lines;
  for (const auto& [line, rule] : sorted) lines.push_back(fmt::format("{} {}", line, rule));
  return lines;
}

/// Everything that was said, for the message of a test that fails.
inline std::string transcript(const analyzer::Linting& linting) {
  std::string text;
  for (const auto& finding : linting.findings) {
    text += fmt::format("{} {}: {}\n", finding.diagnostic.span.start.line, finding.diagnostic.rule,
                        finding.diagnostic.message);
    for (const auto& note : finding.diagnostic.notes) text += "    " + note + "\n";
  }
  return text;
}

}  // namespace treefall::tests
