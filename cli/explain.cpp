// treefall explain RULE | FILE:LINE[:COL]: why a rule is one, or what was found at a place.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "cli/findings.hpp"
#include "cli/input.hpp"
#include "cli/load.hpp"
#include "cli/output.hpp"
#include "report/finding_text.hpp"
#include "report/frame.hpp"
#include "report/glyphs.hpp"
#include "report/resolved.hpp"
#include "rules/all.hpp"

namespace treefall::cli {

namespace {

constexpr auto kind = &report::Format::rules;

std::vector<Option> options() {
  return with_common({format_option<kind>(), output_option_for<kind>(), stdin_filename_option});
}

// ---- a place ------------------------------------------------------------------------------------------------------

struct Place {
  std::string file;
  std::uint32_t line = 0;
  std::optional<std::uint32_t> column;
};

/// Takes `:NUMBER` off the end of `text`.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == text.size()) return std::nullopt;
  std::uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data() + colon + 1, end, number);
  if (error != std::errc() || stopped != end || number == 0) return std::nullopt;
  text = text.substr(0, colon);
  return number;
}

std::optional<Place> place_of(std::string_view text) {
  const auto last = take_number(text);
  if (!last || text.empty()) return std::nullopt;
  const auto before = take_number(text);
  if (text.empty()) return std::nullopt;
  if (before) return Place{std::string(text), *before, *last};
  return Place{std::string(text), *last, std::nullopt};
}

bool covers(const spec::Span& span, const Place& place) {
  const auto [line, column] = std::pair(place.line, place.column);
  if (!column) return span.start.line <= line && line <= span.end.line;
  const auto at = std::pair(line, *column);
  const auto start = std::pair(span.start.line, span.start.column);
  return start <= at && (at < std::pair(span.end.line, span.end.column) || at == start);
}

std::string name_of(const analyzer::Finding& finding, const Place& place) {
  const spec::Position& at = finding.diagnostic.span.start;
  return fmt::format("{}:{}:{}", place.file, at.line, at.column);
}

/// What to try where nothing was found.
std::string nearest_finding(const std::vector<analyzer::Finding>& findings, const Place& place) {
  if (findings.empty()) return "there is no finding in this file";
  const auto distance = [&](const analyzer::Finding& finding) {
    const std::uint32_t line = finding.diagnostic.span.start.line;
    return line > place.line ? line - place.line : place.line - line;
  };
  const auto nearest = std::min_element(findings.begin(), findings.end(),
                                        [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
  return fmt::format("`treefall explain {}` explains the nearest", name_of(*nearest, place));
}

/// The finding, the rule behind it in short, what holds for the process, how to ignore it.
std::string explanation(const report::LintedFile& file, const analyzer::Finding& finding, const report::Paint& paint) {
  const std::string& id = finding.diagnostic.rule;
  const analyzer::Rule* rule = rules::find(id);
  std::string text = report::frame(file.source, report::as_diagnostic(finding), paint,
                                   rule == nullptr ? "" : "treefall explain " + id);
  if (rule != nullptr) text += fmt::format("\nwhat the rule says: {}\n", rule->summary);
  if (!file.design) return text;
  if (const auto node = report::node_at(*file.design, finding))
    text.append("\n").append(report::resolved(*file.design, *node, paint));
  return text +
         fmt::format("\nto ignore it, on the line above {}:\n  # treefall: ignore {} -- why this is wanted here\n",
                     finding.diagnostic.span.start.line, id);
}

/// For people more than a lint result, for programs the same.
std::string explanations(const report::Linted& linted, const report::Format& format, const report::Look& look) {
  if (format.name != "text") return format.lint(linted, look);
  std::string text;
  for (const analyzer::Finding& finding : linted.files.front().findings)
    text.append(text.empty() ? "" : "\n").append(explanation(linted.files.front(), finding, look.paint));
  return text;
}

Exit explain_place(const Place& place, const Arguments& arguments, Console& console) {
  Inputs inputs = read_inputs({place.file}, stdin_name(arguments));
  for (const std::string& complaint : inputs.complaints) console.complain(complaint);
  if (inputs.sources.size() != 1 || !inputs.complaints.empty()) return Exit::failed;
  report::Linted linted;
  linted.files.push_back(lint_source(std::move(inputs.sources.front())));
  report::LintedFile& file = linted.files.front();
  const std::string nearest = nearest_finding(file.findings, place);
  std::erase_if(file.findings, [&](const auto& finding) { return !covers(finding.diagnostic.span, place); });
  if (file.findings.empty()) {
    console.complain(fmt::format("no finding at {}", arguments.operands.front()), nearest);
    return Exit::failed;
  }
  add_influences(file);
  const auto render = [&](const report::Format& format, const report::Look& look) {
    return explanations(linted, format, look);
  };
  return deliver(arguments, console, arguments.value(format_option<kind>()), render, Exit::clean);
}

Exit run(const Arguments& arguments, Console& console) {
  const std::string& what = arguments.operands.front();
  if (const analyzer::Rule* rule = rules::find(what)) {
    return deliver<kind>(arguments, console, report::Rules{{rule}, true}, Exit::clean);
  }
  if (const auto place = place_of(what)) return explain_place(*place, arguments, console);
  const auto meant = rules::nearest(what);
  console.complain(fmt::format("`{}` is neither a rule nor FILE:LINE", what),
                   meant ? fmt::format("did you mean `{}`?", *meant) : "`treefall rules` lists the rules");
  return Exit::failed;
}

}  // namespace

const Command explain = {
    "explain",
    "RULE | FILE:LINE[:COL]",
    1,
    1,
    "why a rule is one, or what was found at a place and what holds there",
    "",
    options,
    run,
};

}  // namespace treefall::cli
