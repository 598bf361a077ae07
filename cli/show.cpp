// treefall show FILE: the spec with every default filled in.
#include "spec/show.hpp"

#include "cli/load.hpp"
#include "cli/options.hpp"

namespace treefall::cli {

namespace {

std::vector<Option> options() { return with_common({stdin_filename_option}); }

Exit run(const Arguments& arguments, Console& console) {
  const auto loaded = load(arguments, console);
  if (!loaded) return Exit::failed;
  console.out(spec::show(loaded->design));
  return Exit::clean;
}

}  // namespace

const Command show = {
    "show", "FILE", 1, 1, "the spec with every default filled in, each with where it came from", "", options, run,
};

}  // namespace treefall::cli
