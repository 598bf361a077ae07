// Lays out pages; every word about a rule comes from its value.
#include "rules/documentation.hpp"

#include <fmt/format.h>

#include <array>

namespace treefall::rules {
namespace {

constexpr std::string_view marker = "# expect: ";

}  // namespace

std::string_view paragraphs(std::string_view text) {
  const auto first = text.find_first_not_of('\n');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of('\n') + 1 - first);
}

std::string example(std::string_view written) {
  std::string text;
  for (std::string_view rest = paragraphs(written); !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    const auto at = line.find(marker);
    text += line.substr(0, at);
    if (at != std::string_view::npos) text += "# <- reported here";
    text += '\n';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return text;
}

std::string_view name(analyzer::Group group) {
  switch (group) {
    case analyzer::Group::restart_budget:
      return "restart budget";
    case analyzer::Group::strategy_and_order:
      return "strategy and order";
    case analyzer::Group::links_and_messages:
      return "links and messages";
    case analyzer::Group::throughput:
      return "throughput and messages lost";
  }
  return {};
}

std::string_view name(analyzer::Confidence confidence) {
  switch (confidence) {
    case analyzer::Confidence::proved:
      return "proved";
    case analyzer::Confidence::model_based:
      return "model-based";
    case analyzer::Confidence::heuristic:
      return "heuristic";
  }
  return {};
}

std::string page(const analyzer::Rule& rule) {
  std::string text = fmt::format("# {}\n\n{}\n\n", rule.id, paragraphs(rule.summary));
  text += fmt::format("- severity: {}\n- confidence: {}\n- group: {}\n- confirmed by: {}\n\n",
                      spec::name(rule.severity), name(rule.confidence), name(rule.group),
                      rule.confirmed_by.empty() ? "nothing, this is advice" : paragraphs(rule.confirmed_by));
  text += fmt::format("## Why\n\n{}\n\n## Instead\n\n{}\n\n", paragraphs(rule.why), paragraphs(rule.instead));
  text +=
      fmt::format("## Bad\n\n```yaml\n{}```\n\n## Good\n\n```yaml\n{}```\n\n", example(rule.bad), example(rule.good));
  text += fmt::format(
      "## Ignore\n\nOn the line of the finding or the line above, with a reason:\n\n"
      "```yaml\n# treefall: ignore {} -- why this is wanted here\n```\n",
      rule.id);
  return text;
}

std::string index(std::span<const analyzer::Rule* const> rules) {
  std::string text =
      "# Rules\n\nEvery rule states what goes wrong, and with which numbers. `treefall explain RULE` prints the same "
      "pages; "
      "they are made\nfrom the rules themselves, and their examples are run by the tests.\n";
  constexpr std::array groups = {analyzer::Group::restart_budget, analyzer::Group::strategy_and_order,
                                 analyzer::Group::links_and_messages, analyzer::Group::throughput};
  for (const auto group : groups) {
    std::string rows;
    for (const auto* rule : rules)
      if (rule->group == group)
        rows += fmt::format("| [{0}]({0}.md) | {1} | {2} |\n", rule->id, spec::name(rule->severity),
                            paragraphs(rule->summary));
    if (rows.empty()) continue;
    const auto title = name(group);
    text += fmt::format("\n## {}{}\n\n| rule | severity | what it finds |\n|---|---|---|\n{}",
                        static_cast<char>(title[0] - 'a' + 'A'), title.substr(1), rows);
  }
  text +=
      "\n## From the linter itself\n\n"
      "| finding | severity | what it says |\n|---|---|---|\n"
      "| promise-broken | error | A promise under `expect` that the prediction breaks, even at the kind end of its "
      "error bar. |\n"
      "| unused-ignore | warning | A comment `# treefall: ignore RULE -- reason` that suppresses nothing, or names no "
      "rule. |\n";
  return text;
}

}  // namespace treefall::rules
