// treefall tune FILE: the restart intensity that keeps a promise and still notices a crash loop, per supervisor.
#include "advice/tune.hpp"

#include <algorithm>

#include "cli/interrupt.hpp"
#include "cli/load.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"

namespace treefall::cli {

namespace {

constexpr auto kind = &report::Format::tune;

const Option probability_option = {
    "--failure-probability",
    0,
    "P",
    "what each supervisor may give up with at most (default: what it promises under `expect`, else 0.1%)",
    "",
    false,
    nullptr,
    check_share,
};
const Option within_option = {
    "--within", 0,     "TIME",  "the span that this is about (default: that of the promise, else the horizon)",
    "",         false, nullptr, check_duration,
};
const Option diff_option = {
    "--diff",
    0,
    "",
    "write the change to the spec as a unified diff, and nothing else, to standard output",
};

std::vector<Option> options() {
  return with_common({format_option<kind>(), output_option_for<kind>(), probability_option, within_option, diff_option,
                      seed_option, jobs_option, stdin_filename_option});
}

/// A promise that is broken as the spec stands.
bool broken(const advice::Tuned& tuned) {
  return tuned.outcome != advice::Outcome::kept && tuned.outcome != advice::Outcome::cannot_say;
}

advice::TuneOptions settings(const Arguments& arguments) {
  advice::TuneOptions chosen;
  if (arguments.has(probability_option)) chosen.probability = share(arguments.value(probability_option));
  if (arguments.has(within_option)) chosen.within = duration(arguments.value(within_option));
  chosen.execution.seed = whole(arguments.value(seed_option));
  chosen.execution.jobs = jobs(arguments);
  chosen.execution.events = advice::usual_events;
  return chosen;
}

Exit run(const Arguments& arguments, Console& console) {
  const auto loaded = load(arguments, console, format_named(arguments.value(format_option<kind>())));
  if (!loaded) return Exit::failed;
  const std::atomic<bool>& stop = stop_on_interrupt();
  advice::Tuning tuning;
  {
    Progress progress(console);
    tuning = advice::tune(loaded->source, loaded->design, settings(arguments), stop,
                          [&](double share) { progress.show(share, "of the supervisors"); });
  }
  if (stop) console.note("interrupted: supervisors that are not named were not looked at");
  if (!tuning.not_written.empty()) console.note("no diff: " + tuning.not_written);
  const bool any = std::any_of(tuning.supervisors.begin(), tuning.supervisors.end(), broken);
  const Exit exit = stop ? Exit::interrupted : any ? Exit::findings : Exit::clean;
  const report::Advised advised{loaded->source, loaded->design, tuning, whole(arguments.value(seed_option))};
  if (!arguments.has(diff_option)) return deliver<kind>(arguments, console, advised, exit);
  console.out(advice::unified_diff(loaded->source, tuning.edits));
  return tuning.not_written.empty() ? exit : Exit::failed;
}

}  // namespace

const Command tune = {
    "tune",
    "FILE",
    1,
    1,
    "the restart intensity that keeps a promise and still notices a crash loop, per supervisor",
    "Every value that is recommended has been confirmed by execution. Where no value keeps the promise, it says what "
    "else would. Exit code 1: a supervisor does not keep its promise as the spec stands.",
    options,
    run,
};

}  // namespace treefall::cli
