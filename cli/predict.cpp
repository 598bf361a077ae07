// treefall predict FILE: what the analyser can say in numbers.
#include "analyzer/facts.hpp"
#include "cli/load.hpp"
#include "cli/output.hpp"

namespace treefall::cli {

namespace {

constexpr auto kind = &report::Format::predict;

std::vector<Option> options() {
  return with_common({format_option<kind>(), output_option_for<kind>(), stdin_filename_option});
}

Exit run(const Arguments& arguments, Console& console) {
  const auto loaded = load(arguments, console, format_named(arguments.value(format_option<kind>())));
  if (!loaded) return Exit::failed;
  const analyzer::Facts facts = analyzer::derive(loaded->design);
  const report::Predicted predicted{loaded->design, facts.predictions, facts.tolerances};
  return deliver<kind>(arguments, console, predicted, Exit::clean);
}

}  // namespace

const Command predict = {
    "predict",
    "FILE",
    1,
    1,
    "every quantity that can be stated of each process, with method and error bar",
    "For a spec without rates: what each supervisor tolerates.",
    options,
    run,
};

}  // namespace treefall::cli
