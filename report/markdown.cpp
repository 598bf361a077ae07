// Tables of GitHub-flavoured Markdown. What comes from a spec cannot end a cell, open a tag or name a user.
#include "report/markdown.hpp"

#include <fmt/format.h>

#include "report/difference_words.hpp"
#include "report/glyphs.hpp"
#include "spec/wording.hpp"

namespace treefall::report::markdown {

namespace {

using advice::Change;

/// Code spans stay as they are, but for what would end the cell around them; elsewhere marks are escaped.
std::string escaped(std::string_view text) {
  std::string safe;
  bool code = false;
  for (const char c : shown(text)) {
    if (c == '`') code = !code;
    if (c == '|') safe += '\\';
    if (!code && (c == '*' || c == '_' || c == '[' || c == ']' || c == '#')) safe += '\\';
    if (!code && c == '<')
      safe += "&lt;";
    else if (!code && c == '@')
      safe += "&#64;";
    else
      safe += c;
  }
  return code ? safe + "`" : safe;
}

std::string row(const std::vector<std::string>& cells) { return fmt::format("| {} |\n", fmt::join(cells, " | ")); }

std::string heading(const std::vector<std::string>& names) {
  std::string line = "|";
  for (std::size_t i = 0; i < names.size(); ++i) line += "---|";
  return row(names) + line + "\n";
}

std::string findings(const char* title, const LintedFile& file, const std::vector<std::size_t>& which) {
  if (which.empty()) return "";
  std::string text = fmt::format("\n### {} ({})\n\n", title, which.size()) + heading({"finding", "where", "what"});
  for (const std::size_t i : which) {
    const spec::Diagnostic& what = file.findings[i].diagnostic;
    const std::string where = fmt::format("`{}:{}`", shown(file.source.file()), what.span.start.line);
    text += row({fmt::format("{} `{}`", spec::name(what.severity), what.rule), escaped(where), escaped(what.message)});
  }
  return text;
}

std::string in_words(Change change) {
  switch (change) {
    case Change::better:
      return "better";
    case Change::worse:
      return "**worse**";
    case Change::unchanged:
      return "unchanged";
    case Change::undecided:
      return "within their errors";
    case Change::appeared:
      return "only in the new design";
    case Change::gone:
      return "only in the old design";
  }
  return "";
}

std::string quantities(const Compared& compared) {
  const std::vector<ChangedRow> changed = changed_rows(compared);
  if (changed.empty()) return "";
  std::string text = fmt::format("\n### Quantities ({})\n\n", changed.size()) +
                     heading({"process", "quantity", "old", "new", "change", "shown by"});
  for (const ChangedRow& one : changed)
    text += row({escaped("`" + one.process + "`"), escaped(one.quantity), escaped(one.before), escaped(one.after),
                 in_words(one.change), escaped(one.shown_by)});
  return text;
}

}  // namespace

std::string diff(const Compared& compared, const Look&) {
  const advice::Difference& difference = compared.difference;
  std::string text = escaped(sentence(compared)) + ".\n";
  text += findings("New findings", compared.after, difference.appeared);
  text += findings("Fixed", compared.before, difference.fixed);
  text += findings("Newly ignored", compared.before, difference.suppressed);
  text += quantities(compared);
  return text + fmt::format("\nUnchanged: {}.\n", rest_text(difference));
}

}  // namespace treefall::report::markdown
