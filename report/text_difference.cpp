// The difference between two designs for people: one sentence, findings that came and went, quantities that changed.
#include <fmt/format.h>

#include "report/difference_words.hpp"
#include "report/glyphs.hpp"
#include "report/table.hpp"
#include "report/text.hpp"
#include "spec/wording.hpp"

namespace treefall::report::text {

namespace {

using advice::Change;

Style style_of_change(Change change) {
  switch (change) {
    case Change::better:
      return Style::good;
    case Change::worse:
      return Style::bad;
    case Change::undecided:
      return Style::warning;
    case Change::unchanged:
    case Change::appeared:
    case Change::gone:
      return Style::faint;
  }
  return Style::plain;
}

std::string in_words(Change change) { return change == Change::appeared ? "only new" : std::string(name(change)); }

std::string findings(const char* title, const LintedFile& file, const std::vector<std::size_t>& which,
                     const Look& look) {
  if (which.empty()) return "";
  Rows rows;
  for (const std::size_t i : which) {
    const spec::Diagnostic& what = file.findings[i].diagnostic;
    rows.push_back({{std::string(spec::name(what.severity)) + "[" + what.rule + "]", report::style_of(what.severity)},
                    {fmt::format("{}:{}:{}", shown(file.source.file()), what.span.start.line, what.span.start.column)},
                    {shown(what.message)}});
  }
  return fmt::format("\n{}\n{}", look.paint(Style::strong, title), table_body(rows, look.paint));
}

std::string quantities(const Compared& compared, const Look& look) {
  const std::vector<ChangedRow> changed = changed_rows(compared);
  if (changed.empty()) return "";
  Rows rows = {{{"process"}, {"quantity"}, {"old"}, {"new"}, {"change"}, {"shown by"}}};
  for (const ChangedRow& row : changed)
    rows.push_back({{row.process},
                    {row.quantity},
                    {row.before},
                    {row.after, Style::strong},
                    {in_words(row.change), style_of_change(row.change)},
                    {row.shown_by, Style::faint}});
  return fmt::format("\n{}", table(rows, look.paint));
}

}  // namespace

std::string diff(const Compared& compared, const Look& look) {
  const advice::Difference& difference = compared.difference;
  std::string text = look.paint(Style::strong, sentence(compared)) + "\n";
  text += findings("new findings", compared.after, difference.appeared, look);
  text += findings("fixed", compared.before, difference.fixed, look);
  text += findings("newly ignored", compared.before, difference.suppressed, look);
  text += quantities(compared, look);
  text += "\nunchanged: " + rest_text(difference);
  if (look.elapsed) text += " · " + spec::seconds_text(std::chrono::duration<double>(*look.elapsed).count());
  return text + "\n";
}

}  // namespace treefall::report::text
