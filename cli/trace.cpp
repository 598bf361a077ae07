// treefall trace FILE: one execution, event by event.
#include "cli/load.hpp"
#include "cli/options.hpp"
#include "runtime/simulate.hpp"

namespace treefall::cli {

namespace {

const Option replica_option = {
    "--replica", 'r', "N", "which execution of that seed", "0", false, nullptr, check_whole,
};

std::vector<Option> options() {
  return with_common({seed_option, replica_option, until_option, stdin_filename_option});
}

Exit run(const Arguments& arguments, Console& console) {
  const auto loaded = load(arguments, console);
  if (!loaded) return Exit::failed;
  const spec::Duration until =
      arguments.has(until_option) ? duration(arguments.value(until_option)) : loaded->design.horizon.value;
  runtime::trace(loaded->design, whole(arguments.value(seed_option)), whole(arguments.value(replica_option)), until,
                 [&](std::string_view line) { return console.out(line) && console.out("\n"); });
  return Exit::clean;
}

}  // namespace

const Command trace = {
    "trace", "FILE", 1, 1, "one execution, event by event, as JSON Lines", "It ends with the node, or at --until.",
    options, run,
};

}  // namespace treefall::cli
