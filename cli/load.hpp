// The one design that a command works on.
#pragma once

#include <optional>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "report/formats.hpp"
#include "spec/design.hpp"
#include "spec/source.hpp"

namespace treefall::cli {

struct Loaded {
  spec::Source source;
  spec::Design design;
};

/// What stands for standard input's name in results.
std::string_view stdin_name(const Arguments& arguments);

/// Reads the file named by the first operand. Nothing where that fails: then all that is wrong stands on standard
/// error, and on standard output in the words of `format`, if that has any for it.
std::optional<Loaded> load(const Arguments& arguments, Console& console, const report::Format* format = nullptr);

}  // namespace treefall::cli
