// Knows CLI11, which splits words into options and operands, and hides its habits (measured on 2.1.2): options with a
// list as value swallow operands behind them unless told not to; unknown words are reported without a suggestion, so
// they are collected and judged here; a command's name is looked for among operands unless each command has its own
// parser.
#include "cli/parse.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "cli/help.hpp"
#include "cli/options.hpp"
#include "spec/nearest.hpp"
#include "spec/version.hpp"

namespace treefall::cli {

namespace {

using Words = std::vector<std::string>;

Notice error(std::string text, std::string help) { return {Exit::failed, std::move(text), std::move(help)}; }

/// `, did you mean ...?` as help, else where to look.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& known,
                       const std::string& otherwise) {
  const auto meant = spec::nearest(word, known);
  return meant ? fmt::format("did you mean `{}`?", *meant) : otherwise;
}

const Command* find(std::string_view name) {
  const auto all = commands();
  const auto at = std::find_if(all.begin(), all.end(), [&](const Command* command) { return command->name == name; });
  return at == all.end() ? nullptr : *at;
}

std::string see_help(const Command& command) { return fmt::format("see `treefall {} --help`", command.name); }

/// What CLI11 has found: for each option its values, and the operands.
struct Split {
  std::map<std::string_view, Words> values;
  Words operands;
  Words unknown;
  std::string complaint;
};

/// CLI11's own words are "--seed: 1 required STRING missing" and the like; the option is all that is of use.
std::string missing_value(const CLI::ParseError& problem) {
  const std::string text = problem.what();
  const std::size_t end = text.find_first_of(": ");
  return fmt::format("option `{}` needs a value", text.substr(0, end));
}

Split split(const std::vector<Option>& options, bool stop_at_operand, const Words& words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  app.prefix_command(stop_at_operand);
  Split result;
  std::map<std::string_view, bool> switches;
  for (const Option& option : options) {
    std::string names(option.name);
    if (option.letter != 0) names = fmt::format("-{},{}", option.letter, option.name);
    if (option.value.empty()) {
      app.add_flag(names, switches[option.name])->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    } else {
      app.add_option(names, result.values[option.name])
          ->allow_extra_args(false)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
  }
  if (!stop_at_operand) app.add_option("operands", result.operands);
  try {
    app.parse(Words(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& problem) {
    result.complaint = missing_value(problem);
  }
  result.unknown = app.remaining();
  for (const auto& [name, given] : switches) {
    if (given) result.values[name] = {"true"};
  }
  return result;
}

std::optional<Notice> wrong_value(const Option& option, const std::string& value) {
  if (option.choices != nullptr) {
    const auto choices = option.choices();
    if (std::find(choices.begin(), choices.end(), value) != choices.end()) return std::nullopt;
    const std::string list = fmt::format("it takes {}", fmt::join(choices, ", "));
    return error(fmt::format("`{}` is no value of `{}`", value, option.name), suggestion(value, choices, list));
  }
  if (option.check == nullptr) return std::nullopt;
  const auto complaint = option.check(value);
  if (!complaint) return std::nullopt;
  return error(fmt::format("option `{}`: {}", option.name, *complaint), "");
}

/// `-:12` is a place in standard input, no option.
void take_places(Split& found) {
  const auto places = std::stable_partition(found.unknown.begin(), found.unknown.end(),
                                            [](const std::string& word) { return !word.starts_with("-:"); });
  found.operands.insert(found.operands.end(), places, found.unknown.end());
  found.unknown.erase(places, found.unknown.end());
}

std::optional<Notice> unknown_option(const Words& unknown, const std::vector<Option>& options,
                                     const std::string& otherwise) {
  const auto at = std::find_if(unknown.begin(), unknown.end(),
                               [](const auto& w) { return w.size() > 1 && w[0] == '-' && w != "--"; });
  if (at == unknown.end()) return std::nullopt;
  std::vector<std::string_view> known;
  for (const Option& option : options) known.push_back(option.name);
  const std::string name = at->substr(0, at->find('='));
  return error(fmt::format("unknown option `{}`", name), suggestion(name, known, otherwise));
}

std::optional<Notice> wrong_operands(const Command& command, const Words& operands) {
  if (operands.size() < command.least_operands) {
    return error(fmt::format("`treefall {}` needs {}", command.name, command.operands), see_help(command));
  }
  if (operands.size() > command.most_operands) {
    const std::string& first = operands[command.most_operands];
    return error(fmt::format("`treefall {}` does not take `{}`", command.name, first), see_help(command));
  }
  return std::nullopt;
}

std::variant<Invocation, Notice> parse_command(const Command& command, const Words& common, const Words& words) {
  std::vector<Option> options = command.options();
  Words all = common;
  all.insert(all.end(), words.begin(), words.end());
  Split found = split(options, false, all);
  if (found.values.contains(help_option.name)) return Notice{Exit::clean, help(command)};
  take_places(found);
  if (auto notice = unknown_option(found.unknown, options, see_help(command))) return *notice;
  if (!found.complaint.empty()) return error(found.complaint, see_help(command));
  Invocation invocation{&command, {}};
  for (const Option& option : options) {
    for (const std::string& value : found.values[option.name]) {
      if (auto notice = option.value.empty() ? std::nullopt : wrong_value(option, value)) return *notice;
      invocation.arguments.add(option.name, value);
    }
  }
  if (auto notice = wrong_operands(command, found.operands)) return *notice;
  invocation.arguments.operands = std::move(found.operands);
  return invocation;
}

}  // namespace

std::variant<Invocation, Notice> parse(const Words& words) {
  const std::vector<Option> options = {help_option, version_option, color_option};
  const Split found = split(options, true, words);
  const std::string otherwise = "see `treefall --help`";
  if (found.values.contains(help_option.name)) return Notice{Exit::clean, help()};
  if (found.values.contains(version_option.name)) return Notice{Exit::clean, fmt::format("treefall {}\n", version)};
  if (!found.complaint.empty()) return error(found.complaint, otherwise);
  if (found.unknown.empty()) return error("no command given", "`treefall --help` lists the commands");
  const std::string& name = found.unknown.front();
  if (auto notice = unknown_option({name}, options, otherwise)) return *notice;
  if (const Command* command = find(name)) {
    Words common;
    for (const std::string& value : found.values.at(color_option.name)) common.push_back("--color=" + value);
    return parse_command(*command, common, Words(found.unknown.begin() + 1, found.unknown.end()));
  }
  std::vector<std::string_view> known;
  for (const Command* command : commands()) known.push_back(command->name);
  return error(fmt::format("unknown command `{}`", name), suggestion(name, known, otherwise));
}

}  // namespace treefall::cli
