// Specs from files, directories and standard input.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/source.hpp"

namespace treefall::cli {

struct Inputs {
  std::vector<spec::Source> sources;    // by name, each once
  std::vector<std::string> complaints;  // what could not be read, and why
};

/// A path is a file, read whatever its name; a directory, searched for `.yaml` and `.yml` that are not hidden; or `-`,
/// standard input, called `stdin_name` in results.
Inputs read_inputs(const std::vector<std::string>& paths, std::string_view stdin_name);

}  // namespace treefall::cli
