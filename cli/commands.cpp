// The list of commands. To add one: its file, its name in command.hpp, one line here.
#include <array>

#include "cli/command.hpp"

namespace treefall::cli {

std::span<const Command* const> commands() {
  static constexpr std::array all = {&lint,  &predict, &simulate, &confirm, &diff,  &tune,
                                     &trace, &show,    &explain,  &rules,   &schema};
  return all;
}

}  // namespace treefall::cli
