// Our Erlang modules, as the texts of the .erl files beside this one; the build puts them into the program.
#pragma once

#include <span>
#include <string_view>

namespace treefall::beam {

struct Module {
  std::string_view name;
  std::string_view text;
};

std::span<const Module> modules();

}  // namespace treefall::beam
