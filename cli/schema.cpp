// treefall schema: the JSON Schema of specs.
#include "spec/schema.hpp"

#include "cli/console.hpp"
#include "cli/options.hpp"

namespace treefall::cli {

namespace {

std::vector<Option> options() { return with_common({}); }

Exit run(const Arguments&, Console& console) {
  console.out(spec::schema());
  return Exit::clean;
}

}  // namespace

const Command schema = {
    "schema", "", 0, 0, "the JSON Schema (draft-07) of specs, for editors", "", options, run,
};

}  // namespace treefall::cli
