// treefall simulate FILE: executes the design often and measures.
//
// How many replicas, where nobody says: as many as fit into a budget of model events, from 10 to 1,000. Events, not
// time: the same command gives the same bytes on every machine. With a precision: the number doubles until every
// interval is narrow enough.
#include "runtime/simulate.hpp"

#include <algorithm>
#include <cmath>

#include "cli/interrupt.hpp"
#include "cli/load.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "runtime/lives.hpp"
#include "runtime/memory.hpp"
#include "runtime/rare.hpp"
#include "spec/wording.hpp"

namespace treefall::cli {

namespace {

constexpr auto kind = &report::Format::simulate;
constexpr std::uint64_t event_budget = 100'000'000;
constexpr std::uint64_t fewest = 10;
constexpr std::uint64_t most_by_default = 1000;
constexpr std::uint64_t most_for_precision = 10'000'000;
constexpr std::uint64_t most_events_for_precision = 1'000'000'000;
constexpr double confidence = 0.95;
constexpr std::uint64_t first_lives = 200;
constexpr double precision_of_lives = 0.1;

const Option replicas_option = {
    "--replicas", 'n',   "N",     "how often to execute (default: up to 1,000, fewer where one is long)",
    "",           false, nullptr, check_positive,
};
const Option precision_option = {
    "--precision",
    'p',
    "P",
    "execute until each interval is at most this part of its value to either side: 5%; --replicas is the most "
    "(default: "
    "as many as a billion events)",
    "",
    false,
    nullptr,
    check_share,
};

std::vector<Option> options() {
  return with_common({format_option<kind>(), output_option_for<kind>(), replicas_option, until_option, seed_option,
                      jobs_option, precision_option, stdin_filename_option});
}

/// What was never seen or never happened has no relative width and holds nobody up, nor does a slope of nothing.
bool narrow_enough(const runtime::Measurement& one, double precision) {
  if (!(one.value > 0) || !std::isfinite(one.value)) return true;
  if (one.quantity == spec::Quantity::mailbox_growth && one.low <= 0) return true;
  return std::max(one.high - one.value, one.value - one.low) <= precision * one.value;
}

std::vector<runtime::Measurement> too_wide(const runtime::Experiment& experiment, double precision) {
  auto all = experiment.measure_all(confidence);
  std::erase_if(all, [&](const runtime::Measurement& one) { return narrow_enough(one, precision); });
  return all;
}

/// How an experiment grows.
class Growth {
 public:
  explicit Growth(const Arguments& arguments) {
    if (arguments.has(replicas_option)) exactly_ = whole(arguments.value(replicas_option));
    if (arguments.has(precision_option)) precision_ = share(arguments.value(precision_option));
  }

  /// How many replicas there shall be next; as many as there are: enough.
  std::uint64_t next(const runtime::Experiment& experiment) const {
    const std::uint64_t done = experiment.replicas();
    if (precision_) return done == 0 ? std::min(fewest, cap()) : next_for_precision(experiment, done);
    if (exactly_) return *exactly_;
    if (done == 0) return 1;
    return std::max(done, std::min(2 * done, affordable(experiment)));
  }

  /// How many there will be, as far as can be told now.
  std::uint64_t expected(const runtime::Experiment& experiment) const {
    return exactly_ || precision_ ? cap() : affordable(experiment);
  }

 private:
  std::uint64_t cap() const { return exactly_.value_or(most_for_precision); }
  static std::uint64_t affordable(const runtime::Experiment& experiment) {
    if (experiment.replicas() == 0) return most_by_default;
    const double each = static_cast<double>(experiment.events()) / static_cast<double>(experiment.replicas());
    const double number = static_cast<double>(event_budget) / std::max(1.0, each);
    return static_cast<std::uint64_t>(std::clamp<double>(number, fewest, most_by_default));
  }
  std::uint64_t next_for_precision(const runtime::Experiment& experiment, std::uint64_t done) const {
    const bool affordable = exactly_ || 2 * experiment.events() <= most_events_for_precision;
    return !affordable || too_wide(experiment, *precision_).empty() ? done : std::min(2 * done, cap());
  }

  std::optional<std::uint64_t> exactly_;
  std::optional<double> precision_;
};

void grow(runtime::Experiment& experiment, const Growth& growth, const std::atomic<bool>& stop, Console& console) {
  Progress progress(console);
  for (std::uint64_t wanted = growth.next(experiment); wanted > experiment.replicas() && !stop && !experiment.trouble();
       wanted = growth.next(experiment)) {
    const auto expected = static_cast<double>(growth.expected(experiment));
    experiment.extend(wanted, stop, [&](std::uint64_t done) {
      progress.show(static_cast<double>(done) / expected, spec::count_text(done, "replica"));
    });
  }
}

/// Gives what was never or hardly seen to fail the risk that splitting finds, with as many events as the replicas took.
void measure_rare_failures(const spec::Design& design, spec::Duration until, std::uint64_t seed, unsigned jobs,
                           std::uint64_t events, const std::atomic<bool>& stop,
                           std::vector<runtime::Measurement>& measurements) {
  constexpr double hardly = 5;  // failures
  constexpr std::uint64_t fewest_events = 20'000'000;
  std::vector<runtime::Measurement*> open;
  std::vector<spec::Subject> subjects;
  for (auto& one : measurements) {
    const bool risk =
        one.quantity == spec::Quantity::failure_probability && one.value * static_cast<double>(one.samples) < hardly;
    const bool time = one.quantity == spec::Quantity::mean_time_to_failure && static_cast<double>(one.samples) < hardly;
    if (!risk && !time) continue;
    open.push_back(&one);
    subjects.push_back(one.subject);
  }
  if (open.empty()) return;
  runtime::RareEffort effort;
  effort.events = std::max(fewest_events, events);
  effort.least_time = 20 * runtime::clocks_of(design).slowest;
  const auto found = runtime::rare_failures(design, subjects, seed, jobs, effort, stop);
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (!found[i] || !found[i]->doubt.empty()) continue;
    *open[i] = open[i]->quantity == spec::Quantity::mean_time_to_failure
                   ? runtime::mean_time_of(*found[i], open[i]->subject, confidence)
                   : runtime::probability_of(*found[i], open[i]->subject, open[i]->within.value_or(until), confidence);
  }
}

/// Where the horizon cuts lives off so that they do not show their mean, it is measured on complete ones, with as many
/// events as the replicas took.
void measure_lives(const runtime::Experiment& experiment, const spec::Design& design, spec::Duration until,
                   std::uint64_t seed, unsigned jobs, const std::atomic<bool>& stop,
                   std::vector<runtime::Measurement>& measurements) {
  constexpr double wide = 1.5;  // from end to end of the interval
  constexpr std::uint64_t fewest_events = 20'000'000;
  constexpr std::uint64_t most_lives = 100'000;
  const std::uint64_t events = std::max(fewest_events, experiment.events());
  const double played = spec::in_seconds(until) * static_cast<double>(experiment.replicas());
  const double affordable =
      played * static_cast<double>(events) / static_cast<double>(std::max<std::uint64_t>(experiment.events(), 1));
  std::vector<runtime::Measurement*> open;
  std::vector<spec::Subject> subjects;
  for (auto& one : measurements) {
    const bool cut = one.quantity == spec::Quantity::mean_time_to_failure && one.samples > 0 && one.splitting.empty() &&
                     one.high > wide * one.low;
    if (!cut || one.value * static_cast<double>(first_lives) > affordable) continue;
    open.push_back(&one);
    subjects.push_back(one.subject);
  }
  if (open.empty() || stop) return;
  runtime::Lifetimes lifetimes(design, subjects, seed, jobs, events / (2 * first_lives));
  for (std::uint64_t wanted = std::max(first_lives, experiment.replicas());
       wanted <= most_lives && !stop && 2 * lifetimes.events() <= events; wanted *= 2) {
    lifetimes.extend(wanted, stop);
    if (lifetimes.troubled()) break;
    bool precise = true;
    for (std::size_t i = 0; i < open.size(); ++i) {
      const auto found = lifetimes.measure(i, confidence);
      precise = precise && found && narrow_enough(found->measured, precision_of_lives);
      const bool better = found && (std::isfinite(found->measured.high) ||
                                    (std::isinf(open[i]->high) && found->measured.low > open[i]->low));
      if (better) *open[i] = found->measured;
    }
    if (precise) break;
  }
}

Exit run(const Arguments& arguments, Console& console) {
  const auto loaded = load(arguments, console, format_named(arguments.value(format_option<kind>())));
  if (!loaded) return Exit::failed;
  const spec::Duration until =
      arguments.has(until_option) ? duration(arguments.value(until_option)) : loaded->design.horizon.value;
  const std::uint64_t seed = whole(arguments.value(seed_option));
  const std::atomic<bool>& stop = stop_on_interrupt();
  runtime::Experiment experiment(loaded->design, seed, until, jobs(arguments));
  grow(experiment, Growth(arguments), stop, console);
  if (stop) {
    console.note("interrupted: what follows is from the " + spec::count_text(experiment.replicas(), "replica") +
                 " that were complete");
  }
  if (arguments.has(precision_option) && !stop) {
    const auto wide = too_wide(experiment, share(arguments.value(precision_option)));
    if (!wide.empty())
      console.note("not narrow enough yet: " + spec::count_text(wide.size(), "interval") + ", the first being " +
                   spec::path(loaded->design, wide.front().subject) + " " +
                   std::string(spec::info(wide.front().quantity).name));
  }
  const auto trouble = experiment.trouble();
  if (trouble)
    console.complain("replica " + std::to_string(trouble->replica) + " could not go on at " +
                         spec::seconds_text(spec::in_seconds(trouble->at)) + ": " + trouble->what,
                     "nothing is measured: the replicas that went well alone would not be what the design does");
  auto measurements = trouble ? std::vector<runtime::Measurement>{} : experiment.measure_all(confidence);
  if (!stop && !trouble) {
    measure_rare_failures(loaded->design, until, seed, jobs(arguments), experiment.events(), stop, measurements);
    measure_lives(experiment, loaded->design, until, seed, jobs(arguments), stop, measurements);
  }
  const report::Simulated simulated{loaded->design, seed,       experiment.replicas(),   experiment.events(),
                                    until,          confidence, std::move(measurements), trouble};
  const Exit exit = trouble ? Exit::failed : Exit::clean;
  return deliver<kind>(arguments, console, simulated, stop ? Exit::interrupted : exit);
}

}  // namespace

const Command simulate = {
    "simulate",
    "FILE",
    1,
    1,
    "executes the design as OTP would, often, and measures",
    "Quantities stand with their 95 % intervals. The same seed gives the same result for any number of threads. Ctrl-C "
    "keeps the replicas that are complete, says so, and ends with exit code 130.",
    options,
    run,
};

}  // namespace treefall::cli
