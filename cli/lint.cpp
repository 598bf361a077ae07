// treefall lint PATH…: reads, derives, runs the rules, file by file.
#include "analyzer/lint.hpp"

#include <algorithm>

#include "cli/findings.hpp"
#include "cli/input.hpp"
#include "cli/load.hpp"
#include "cli/output.hpp"

namespace treefall::cli {

namespace {

constexpr auto kind = &report::Format::lint;

const Option fail_on_option = {
    "--fail-on",
    0,
    "SEVERITY",
    "from which severity on findings make the exit code 1",
    "warning",
    false,
    [] {
      return std::vector<std::string_view>{"error", "warning", "info", "never"};
    },
};
const Option min_severity_option = {
    "--min-severity",
    0,
    "SEVERITY",
    "show no findings below this; the last line counts them",
    "hint",
    false,
    [] {
      return std::vector<std::string_view>{"error", "warning", "info", "hint"};
    },
};

const Option profile_option = {
    "--profile",
    0,
    "PROFILE",
    "strict also says what is often meant to be so",
    "default",
    false,
    [] {
      return std::vector<std::string_view>{"default", "strict"};
    },
};

const Option sensitivity_option = {
    "--sensitivity",
    0,
    "",
    "say of each finding which number moves it most, and up to where the design would hold",
};

std::vector<Option> options() {
  return with_common({format_option<kind>(), output_option_for<kind>(), fail_on_option, min_severity_option,
                      profile_option, sensitivity_option, stdin_filename_option});
}

bool fails(const report::LintedFile& file, std::optional<spec::Severity> from) {
  return from && std::any_of(file.findings.begin(), file.findings.end(),
                             [&](const analyzer::Finding& finding) { return finding.diagnostic.severity <= *from; });
}

Exit run(const Arguments& arguments, Console& console) {
  Inputs inputs = read_inputs(arguments.operands, stdin_name(arguments));
  for (const std::string& complaint : inputs.complaints) console.complain(complaint);
  const bool for_people = arguments.value(format_option<kind>()) == "text";
  if (inputs.sources.empty() && for_people) return Exit::failed;

  report::Linted linted;
  linted.min_severity = *severity(arguments.value(min_severity_option));
  const auto profile =
      arguments.value(profile_option) == "strict" ? analyzer::Profile::strict : analyzer::Profile::standard;
  const auto from = severity(arguments.value(fail_on_option));
  Exit exit = Exit::clean;
  bool unread = !inputs.complaints.empty();
  for (spec::Source& source : inputs.sources) {
    linted.files.push_back(lint_source(std::move(source), profile));
    if (arguments.has(sensitivity_option)) add_influences(linted.files.back());
    if (!linted.files.back().design) unread = true;
    if (fails(linted.files.back(), from)) exit = Exit::findings;
  }
  return deliver<kind>(arguments, console, linted, unread ? Exit::failed : exit);
}

}  // namespace

const Command lint = {
    "lint",
    "PATH…",
    1,
    SIZE_MAX,
    "what is wrong with the designs in files and directories, found without running them",
    "A PATH is a file, a directory that is searched for .yaml and .yml, or - for standard input. A file that is no "
    "valid "
    "spec does not stop the others. Exit code 1: a finding from --fail-on on; 2: something could not be read.",
    options,
    run,
};

}  // namespace treefall::cli
