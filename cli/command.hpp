// What a command is: a value. Help, errors, and later manual pages and completions are made from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace treefall::cli {

class Console;

/// What the shell gets. 2 wins over 1. `interrupted` is what shells give a command that Ctrl-C has ended.
enum class Exit { clean = 0, findings = 1, failed = 2, interrupted = 130 };

struct Option {
  std::string_view name;   // `--seed`
  char letter = 0;         // `-s`, or none
  std::string_view value;  // what stands for the value in help: `N`; empty: a switch
  std::string_view help;
  std::string_view fallback = {};  // what holds where the option is not given; shown in help
  bool repeatable = false;
  /// The words it takes; for help, for what was probably meant, for completion. Null: any.
  std::vector<std::string_view> (*choices)() = nullptr;
  /// What is wrong with a value, or nothing. Null: nothing is.
  std::optional<std::string> (*check)(std::string_view value) = nullptr;
};

/// What was given, checked against the command's options.
class Arguments {
 public:
  std::vector<std::string> operands;

  void add(std::string_view option, std::string value) { given_[option].push_back(std::move(value)); }
  bool has(const Option& option) const { return given_.contains(option.name); }
  /// The last one given, else the fallback.
  std::string_view value(const Option& option) const {
    const auto at = given_.find(option.name);
    return at == given_.end() ? option.fallback : std::string_view(at->second.back());
  }
  std::vector<std::string> values(const Option& option) const {
    const auto at = given_.find(option.name);
    return at == given_.end() ? std::vector<std::string>{} : at->second;
  }

 private:
  std::map<std::string_view, std::vector<std::string>> given_;
};

struct Command {
  std::string_view name;
  std::string_view operands;  // as in the usage line: `PATH…`
  std::size_t least_operands = 0;
  std::size_t most_operands = 0;
  std::string_view summary;  // one line, in the list of commands
  std::string_view details;  // more, in its own help
  std::vector<Option> (*options)() = nullptr;
  Exit (*run)(const Arguments&, Console&) = nullptr;
};

// One line a command; each stands in the file of its name.
extern const Command lint, predict, simulate, confirm, diff, tune, trace, show, explain, rules, schema;

/// All, in the order of help.
std::span<const Command* const> commands();

}  // namespace treefall::cli
