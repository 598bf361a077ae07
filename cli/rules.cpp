// treefall rules: the list of rules.
#include "cli/output.hpp"
#include "rules/all.hpp"

namespace treefall::cli {

namespace {

constexpr auto kind = &report::Format::rules;

std::vector<Option> options() { return with_common({format_option<kind>(), output_option_for<kind>()}); }

Exit run(const Arguments& arguments, Console& console) {
  const auto all = rules::all();
  return deliver<kind>(arguments, console, report::Rules{{all.begin(), all.end()}}, Exit::clean);
}

}  // namespace

const Command rules = {
    "rules", "", 0, 0, "the rules, with severity and what they find", "", options, run,
};

}  // namespace treefall::cli
