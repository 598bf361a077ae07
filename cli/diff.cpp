// treefall diff OLD NEW: what a change does to the findings and to the risk.
#include <algorithm>

#include "advice/difference.hpp"
#include "analyzer/facts.hpp"
#include "cli/findings.hpp"
#include "cli/input.hpp"
#include "cli/interrupt.hpp"
#include "cli/load.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "report/text.hpp"

namespace treefall::cli {

namespace {

constexpr auto kind = &report::Format::diff;

const Option fail_on_option = {
    "--fail-on",
    0,
    "SEVERITY",
    "from which severity on new findings make the exit code 1",
    "warning",
    false,
    [] {
      return std::vector<std::string_view>{"error", "warning", "info", "never"};
    },
};

std::vector<Option> options() {
  return with_common({format_option<kind>(), output_option_for<kind>(), fail_on_option, seed_option, jobs_option,
                      stdin_filename_option});
}

/// One side. Nothing where it can't be read; then all that is wrong has been said.
std::optional<report::LintedFile> side(const std::string& path, const Arguments& arguments, Console& console) {
  Inputs inputs = read_inputs({path}, stdin_name(arguments));
  if (inputs.sources.size() > 1) inputs.complaints.push_back("`" + path + "` holds several specs, this takes one");
  for (const std::string& complaint : inputs.complaints) console.complain(complaint);
  if (!inputs.complaints.empty()) return std::nullopt;
  report::LintedFile file = lint_source(std::move(inputs.sources.front()));
  if (file.design) return file;
  std::vector<spec::Diagnostic> wrong;
  for (const analyzer::Finding& finding : file.findings) wrong.push_back(finding.diagnostic);
  const report::Broken broken{file.source, wrong};
  console.err(report::text::broken(broken, {console.error_paint(), {}}));
  const report::Format* format = format_named(arguments.value(format_option<kind>()));
  if (format->broken != nullptr) console.out(format->broken(broken, {}));
  return std::nullopt;
}

bool fails(const report::LintedFile& after, const advice::Difference& difference, const Arguments& arguments) {
  const auto from = severity(arguments.value(fail_on_option));
  return from && std::any_of(difference.appeared.begin(), difference.appeared.end(),
                             [&](std::size_t i) { return after.findings[i].diagnostic.severity <= *from; });
}

advice::Difference compare(const report::LintedFile& before, const report::LintedFile& after,
                           const Arguments& arguments, const std::atomic<bool>& stop, Console& console) {
  const analyzer::Facts old_facts = analyzer::derive(*before.design), new_facts = analyzer::derive(*after.design);
  confirm::PairedOptions chosen;
  chosen.seed = whole(arguments.value(seed_option));
  chosen.jobs = jobs(arguments);
  Progress progress(console);
  return advice::difference({*before.design, before.findings, before.suppressed, old_facts.predictions},
                            {*after.design, after.findings, after.suppressed, new_facts.predictions}, chosen, stop,
                            [&](double share) { progress.show(share, "of the executions"); });
}

Exit run(const Arguments& arguments, Console& console) {
  const std::string &old_path = arguments.operands[0], &new_path = arguments.operands[1];
  if (old_path == "-" && new_path == "-") {
    console.complain("only one of the two can be standard input");
    return Exit::failed;
  }
  const auto before = side(old_path, arguments, console);
  if (!before) return Exit::failed;
  const auto after = side(new_path, arguments, console);
  if (!after) return Exit::failed;
  const std::atomic<bool>& stop = stop_on_interrupt();
  const advice::Difference difference = compare(*before, *after, arguments, stop, console);
  if (stop) console.note("interrupted: what was not executed is not told apart");
  const report::Compared compared{*before, *after, difference, whole(arguments.value(seed_option))};
  const Exit exit = fails(*after, difference, arguments) ? Exit::findings : Exit::clean;
  return deliver<kind>(arguments, console, compared, stop ? Exit::interrupted : exit);
}

}  // namespace

const Command diff = {
    "diff",
    "OLD NEW",
    2,
    2,
    "what a change of a design does to the findings and to the risk",
    "Findings that are new, fixed and unchanged; quantities that are better or worse beyond their errors. What the "
    "predictions do not tell apart is executed, both designs with the same random numbers. Exit code 1: a new finding "
    "from --fail-on on.",
    options,
    run,
};

}  // namespace treefall::cli
