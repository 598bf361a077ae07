// Counts what was found, once for every format.
#include "report/results.hpp"

#include <algorithm>

namespace treefall::report {

namespace {

void count(Tally& total, spec::Severity severity) {
  switch (severity) {
    case spec::Severity::error:
      ++total.errors;
      break;
    case spec::Severity::warning:
      ++total.warnings;
      break;
    case spec::Severity::info:
    case spec::Severity::hint:
      ++total.infos;
      break;
  }
}

}  // namespace

bool is_shown(const Linted& linted, const analyzer::Finding& finding) {
  return finding.diagnostic.severity <= linted.min_severity;
}

Tally tally(const Linted& linted) {
  Tally total;
  total.files = linted.files.size();
  for (const LintedFile& file : linted.files) {
    for (const analyzer::Finding& finding : file.findings) {
      count(total, finding.diagnostic.severity);
      if (!is_shown(linted, finding)) ++total.below;
    }
    total.suppressed += file.suppressed.size();
    total.promises += file.promises.size();
    for (const analyzer::PromiseCheck& check : file.promises) {
      total.broken += check.outcome == analyzer::PromiseCheck::Outcome::broken ? 1 : 0;
      total.unsaid += check.outcome == analyzer::PromiseCheck::Outcome::cannot_say ? 1 : 0;
    }
    if (!file.design) continue;
    for (spec::NodeId node = 0; node < file.design->nodes.size(); ++node) {
      total.processes += spec::copies(*file.design, node);
    }
  }
  return total;
}

}  // namespace treefall::report
