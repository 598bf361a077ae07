// From words of the shell to a command with arguments, or to what is wrong with them.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "cli/command.hpp"

namespace treefall::cli {

/// Nothing to run: help or version for standard output, or what is wrong with the words.
struct Notice {
  Exit exit = Exit::clean;
  std::string text;
  std::string help = {};  // what to do about it
};

struct Invocation {
  const Command* command = nullptr;
  Arguments arguments;
};

/// `words`: the command line without the program's name.
std::variant<Invocation, Notice> parse(const std::vector<std::string>& words);

}  // namespace treefall::cli
