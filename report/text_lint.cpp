// Findings as frames with a last line that hides nothing; rules as a list or as pages.
#include <fmt/format.h>

#include <vector>

#include "report/finding_text.hpp"
#include "report/frame.hpp"
#include "report/glyphs.hpp"
#include "report/table.hpp"
#include "report/text.hpp"
#include "rules/all.hpp"
#include "rules/documentation.hpp"
#include "spec/wording.hpp"

namespace treefall::report::text {

namespace {

std::string explanation(const std::string& rule) {
  return rules::find(rule) != nullptr ? "treefall explain " + rule : std::string();
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

/// ` · 3 promises: 1 pass, 1 fail, 1 undecided`, and how to decide it.
std::string promises(const Tally& total) {
  std::string text = fmt::format(" · {}: {} pass, {} fail", spec::count_text(total.promises, "promise"),
                                 total.promises - total.broken - total.unsaid, total.broken);
  if (total.unsaid > 0) text += fmt::format(", {} undecided (`treefall confirm` executes)", total.unsaid);
  return text;
}

/// `2 errors, 1 warning in 1 file, 507 processes (3 suppressed) · 4 ms`.
std::string summary(const Tally& total, const Look& look) {
  std::vector<std::string> found;
  if (total.errors > 0) found.push_back(look.paint(Style::error, spec::count_text(total.errors, "error")));
  if (total.warnings > 0) found.push_back(look.paint(Style::warning, spec::count_text(total.warnings, "warning")));
  if (total.infos > 0) found.push_back(look.paint(Style::info, spec::count_text(total.infos, "info")));
  if (found.empty()) found.push_back(look.paint(Style::good, "no findings"));
  std::string text = joined(found) + " in " + spec::count_text(total.files, "file");
  if (total.processes > 0) {
    text += ", " + (total.processes == 1 ? "1 process" : spec::count_text(total.processes) + " processes");
  }
  std::vector<std::string> unseen;
  if (total.suppressed > 0) unseen.push_back(spec::count_text(total.suppressed) + " suppressed");
  if (total.below > 0) unseen.push_back(spec::count_text(total.below) + " below --min-severity not shown");
  if (!unseen.empty()) text += " (" + joined(unseen) + ")";
  if (total.promises > 0) text += promises(total);
  if (look.elapsed) text += " · " + spec::seconds_text(std::chrono::duration<double>(*look.elapsed).count());
  return text + "\n";
}

}  // namespace

std::string lint(const Linted& linted, const Look& look) {
  std::string text;
  for (const LintedFile& file : linted.files) {
    for (const analyzer::Finding& finding : file.findings) {
      if (!is_shown(linted, finding)) continue;
      text += frame(file.source, as_diagnostic(finding), look.paint, explanation(finding.diagnostic.rule)) + "\n";
    }
  }
  return text + summary(tally(linted), look);
}

std::string broken(const Broken& broken, const Look& look) {
  std::string text;
  for (const spec::Diagnostic& diagnostic : broken.diagnostics) {
    if (!text.empty()) text += "\n";
    text += frame(broken.source, diagnostic, look.paint);
  }
  return text;
}

std::string rules(const Rules& rules, const Look& look) {
  std::string text;
  if (rules.as_pages) {
    for (const analyzer::Rule* rule : rules.list) text += treefall::rules::page(*rule);
    return text;
  }
  Rows rows = {{{"rule", {}}, {"severity", {}}, {"confidence", {}}, {"what it finds", {}}}};
  for (const analyzer::Rule* rule : rules.list) {
    rows.push_back({{std::string(rule->id), Style::strong},
                    {std::string(spec::name(rule->severity)), style_of(rule->severity)},
                    {std::string(treefall::rules::name(rule->confidence)), {}},
                    {std::string(rule->summary), {}}});
  }
  return table(rows, look.paint) + "treefall explain RULE tells why, with examples\n";
}

}  // namespace treefall::report::text
