// Help, from the table of commands and options.
#pragma once

#include <string>

#include "cli/command.hpp"

namespace treefall::cli {

std::string help();
std::string help(const Command& command);

}  // namespace treefall::cli
