// treefall confirm FILE: predict, execute, compare.
#include "confirm/confirm.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/facts.hpp"
#include "analyzer/lint.hpp"
#include "beam/play.hpp"
#include "cli/interrupt.hpp"
#include "cli/load.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "rules/all.hpp"

namespace treefall::cli {

namespace {

constexpr auto kind = &report::Format::confirm;

const Option budget_option = {
    "--budget", 'b',   "TIME",  "wall-clock time to spend at most (default: a number of model events; on beam 30s)",
    "",         false, nullptr, check_duration,
};
const Option confidence_option = {
    "--confidence", 0, "P", "of the intervals that are observed", "95%", false, nullptr, check_share,
};
const Option on_option = {
    "--on",
    0,
    "WHERE",
    "what executes: the bundled runtime; or also the Erlang VM of this machine, in real time",
    "sim",
    false,
    [] {
      return std::vector<std::string_view>{"sim", "beam"};
    },
};

std::vector<Option> options() {
  return with_common({format_option<kind>(), output_option_for<kind>(), budget_option, confidence_option, on_option,
                      seed_option, jobs_option, stdin_filename_option});
}

/// A prediction refuted or a promise broken.
bool disagrees(const confirm::Confirmation& confirmation) {
  const auto there = [](const auto& check) { return check.beam && check.beam->verdict == confirm::Verdict::refuted; };
  const auto refuted = [&](const confirm::Check& check) {
    return check.verdict == confirm::Verdict::refuted || there(check);
  };
  const auto broken = [&](const confirm::PromiseCheck& check) {
    return check.kept == confirm::Kept::fail || there(check);
  };
  return std::any_of(confirmation.checks.begin(), confirmation.checks.end(), refuted) ||
         std::any_of(confirmation.promises.begin(), confirmation.promises.end(), broken);
}

bool on_beam(const Arguments& arguments) { return arguments.value(on_option) == "beam"; }

confirm::Options settings(const Arguments& arguments) {
  confirm::Options chosen;
  chosen.seed = whole(arguments.value(seed_option));
  chosen.jobs = jobs(arguments);
  chosen.confidence = share(arguments.value(confidence_option));
  if (on_beam(arguments)) {
    chosen.beam.emplace();
    if (arguments.has(budget_option)) chosen.beam->budget = duration(arguments.value(budget_option));
  } else if (arguments.has(budget_option)) {
    chosen.time = duration(arguments.value(budget_option));
    chosen.events = 1'000'000'000'000'000;  // the time is the budget
  }
  return chosen;
}

/// Finds the VM, and holds the design to its release. False, with the reason said, where it can't be played there.
bool meet_the_vm(spec::Design& design, confirm::Options& chosen, Console& console) {
  const beam::Installed vm = beam::installed(chosen.beam->erl);
  if (!vm.otp) {
    console.complain(vm.error, "`--on sim` executes on the bundled runtime");
    return false;
  }
  chosen.beam->otp = *vm.otp;
  if (design.otp.written() && design.otp.value != *vm.otp) {
    console.complain(
        fmt::format("the design is for OTP {}, the Erlang VM of this machine is OTP {}", design.otp.value, *vm.otp),
        fmt::format("put the `erl` of OTP {} first in PATH, or leave `otp` out of the design", design.otp.value));
    return false;
  }
  if (*vm.otp < spec::oldest_otp || *vm.otp > spec::newest_otp) {
    console.complain(fmt::format("the Erlang VM of this machine is OTP {}", *vm.otp),
                     fmt::format("releases from {} to {} are known", spec::oldest_otp, spec::newest_otp));
    return false;
  }
  design.otp.value = *vm.otp;
  return true;
}

confirm::Confirmation execute(const spec::Design& design, const confirm::Options& chosen, const std::atomic<bool>& stop,
                              Console& console) {
  const analyzer::Facts facts = analyzer::derive(design);
  const analyzer::Linting linting = analyzer::lint(design, facts, rules::all());
  Progress progress(console);
  return confirm::confirm(design, facts.predictions, linting.findings, chosen, stop,
                          [&](double share) { progress.show(share, "of the budget"); });
}

Exit run(const Arguments& arguments, Console& console) {
  auto loaded = load(arguments, console, format_named(arguments.value(format_option<kind>())));
  if (!loaded) return Exit::failed;
  const std::atomic<bool>& stop = stop_on_interrupt();
  confirm::Options chosen = settings(arguments);
  if (chosen.beam && !meet_the_vm(loaded->design, chosen, console)) return Exit::failed;
  const confirm::Confirmation confirmation = execute(loaded->design, chosen, stop, console);
  if (confirmation.interrupted) console.note("interrupted: verdicts rest on what was executed until then");
  const report::Confirmed confirmed{loaded->design, confirmation, chosen.confidence};
  const Exit exit = disagrees(confirmation) ? Exit::findings : Exit::clean;
  const Exit delivered =
      deliver<kind>(arguments, console, confirmed, confirmation.interrupted ? Exit::interrupted : exit);
  if (!confirmation.beam || confirmation.beam->error.empty()) return delivered;
  console.complain(confirmation.beam->error, "`--on sim` executes on the bundled runtime");
  return Exit::failed;
}

}  // namespace

const Command confirm = {
    "confirm",
    "FILE",
    1,
    1,
    "predicts, executes, and says of every prediction and promise whether execution agrees",
    "Exit code 1: a prediction is refuted or a promise is broken. Without --budget the result is the same on every "
    "machine. With --on beam the design is also played by real OTP on the `erl` in PATH, many copies at once. Ctrl-C "
    "keeps what is decided, says so, and ends with exit code 130.",
    options,
    run,
};

}  // namespace treefall::cli
