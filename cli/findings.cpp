// The way from a text to its findings, for every command that speaks of findings.
#include "cli/findings.hpp"

#include <algorithm>

#include "analyzer/facts.hpp"
#include "analyzer/lint.hpp"
#include "analyzer/sensitivity.hpp"
#include "rules/all.hpp"
#include "spec/read.hpp"

namespace treefall::cli {

report::LintedFile lint_source(spec::Source source, analyzer::Profile profile) {
  spec::Reading reading = spec::read(source);
  report::LintedFile file{
      std::move(source), std::nullopt, analyzer::as_findings(std::move(reading.diagnostics)), {}, {}};
  if (!reading.design) return file;
  const analyzer::Facts facts = analyzer::derive(*reading.design);
  analyzer::Linting linting = analyzer::lint(*reading.design, facts, rules::all(), profile);
  std::move(linting.findings.begin(), linting.findings.end(), std::back_inserter(file.findings));
  std::stable_sort(file.findings.begin(), file.findings.end(),
                   [](const analyzer::Finding& a, const analyzer::Finding& b) {
                     return a.diagnostic.span.start.byte < b.diagnostic.span.start.byte;
                   });
  file.suppressed = std::move(linting.suppressed);
  file.promises = facts.promises;
  file.design = std::move(reading.design);
  return file;
}

void add_influences(report::LintedFile& file) {
  const bool any = std::any_of(file.findings.begin(), file.findings.end(),
                               [](const analyzer::Finding& finding) { return finding.prediction.has_value(); });
  if (!file.design || !any) return;
  analyzer::find_influences(*file.design, analyzer::derive(*file.design), rules::all(), analyzer::usual_effort,
                            file.findings);
}

}  // namespace treefall::cli
