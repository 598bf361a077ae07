// Lays out help in lines of at most 100 columns.
#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/options.hpp"
#include "spec/version.hpp"

namespace treefall::cli {

namespace {

constexpr std::size_t width = 100;

/// `text` broken at spaces, lines after the first indented.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string lines;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (column > indent && column + 1 + word.size() > width) {
      lines.append("\n").append(indent, ' ');
      column = indent;
    } else if (column > indent) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string left_of(const Option& option) {
  std::string text = option.letter == 0 ? "    " : fmt::format("-{}, ", option.letter);
  text += option.name;
  if (option.choices != nullptr) {
    text += fmt::format(" {}", fmt::join(option.choices(), "|"));
  } else if (!option.value.empty()) {
    text += fmt::format(" {}", option.value);
  }
  return text;
}

std::string right_of(const Option& option) {
  std::string text(option.help);
  if (!option.fallback.empty()) text += fmt::format(" (default: {})", option.fallback);
  if (option.repeatable) text += "; repeatable";
  return text;
}

std::string list(const std::vector<Option>& options) {
  constexpr std::size_t column = 28;
  std::string text;
  for (const Option& option : options) {
    const std::string left = "  " + left_of(option);
    const bool fits = left.size() + 2 <= column;
    text += left + (fits ? std::string(column - left.size(), ' ') : "\n" + std::string(column, ' '));
    text += wrapped(right_of(option), column) + "\n";
  }
  return text;
}

}  // namespace

std::string help() {
  std::string text = fmt::format("treefall {}: tells how a supervision tree will fall, before it does\n\n", version) +
                     "usage: treefall COMMAND [OPTIONS] …\n\ncommands:\n";
  for (const Command* command : commands())
    text += fmt::format("  {:<10}{}\n", command->name, wrapped(command->summary, 12));
  text += "\noptions:\n" + list({color_option, help_option, version_option});
  text +=
      "\nexit codes: 0 clean, 1 findings, a broken promise or a refuted prediction, 2 the work could not be done\n"
      "`treefall COMMAND --help` tells more; `treefall explain RULE` explains a finding\n";
  return text;
}

std::string help(const Command& command) {
  std::string text = fmt::format("treefall {}: {}\n\nusage: treefall {} [OPTIONS]{}{}\n", command.name, command.summary,
                                 command.name, command.operands.empty() ? "" : " ", command.operands);
  if (!command.details.empty()) text += fmt::format("\n{}\n", wrapped(command.details, 0));
  return text + "\noptions:\n" + list(command.options());
}

}  // namespace treefall::cli
