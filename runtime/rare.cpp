// An excursion begins when a restart is counted while all windows below the supervisor are empty, and ends when they
// are empty again. How many of them end with the supervisor's giving up is the product, over the steps of `Importance`,
// of the share of trials that come from one step to the next before they end; the states in which they get there are
// where the next step's trials begin. Both factors are unbiased whatever the steps are (fixed effort; Garvels 2000),
// and the execution needs not be regenerative: excursions are drawn as they begin in the long run (excursions.hpp).
//
// Each trial is given other chances from its first moment on, with the next crash brought about where it is unlikely
// (forcing.hpp).
//
// The error is that of independent repetitions, never that of the product. What makes it too small is looked for:
// few successes at a step, and repetitions of which some carry nearly all (mathematics: median far below mean). Where
// there is one window only, the same excursions are played to their ends under other crash rates (tilting.hpp), and the
// two must agree.
#include "runtime/rare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "runtime/excursions.hpp"
#include "runtime/measure.hpp"
#include "runtime/memory.hpp"
#include "runtime/statistics.hpp"
#include "runtime/threads.hpp"
#include "runtime/tilting.hpp"

namespace treefall::runtime {
namespace {

constexpr std::uint32_t repetitions = 20;
constexpr std::uint64_t first_trials = 500;  // at each step
constexpr std::uint64_t most_trials = 64'000;
constexpr std::uint32_t most_steps = 600;
constexpr std::uint64_t few_successes = 50;
constexpr double rare_successes = 0.01;  // share of trials
constexpr double lopsided = 0.9;         // median / mean
constexpr double too_far = 4;            // standard errors between two methods

struct Repetition {
  double per_second = 0;
  std::optional<double> tilted = {};  // the same by tilting
  std::uint64_t events = 0;
  std::uint64_t fewest = ~std::uint64_t{0};  // successes at a step
  double least_share = 1;                    // of trials that were successes, at a step
  bool halted = false;
  bool seen = false;  // for as long as asked, with a restart, within the effort
};

/// Plays on until a step above `height` is reached (true), or the excursion is over.
bool climbs(const Search& search, Execution& x, std::uint32_t height, std::uint32_t& reached,
            const std::atomic<bool>& stop) {
  for (;;) {
    reached = has_fallen(x, search.of) ? search.importance.top() : search.importance.height(x);
    if (reached > height) return true;
    const Time calm = search.importance.calm(x);
    if (x.over || x.trouble != nullptr || calm <= x.now + 1 || stop) return false;
    x.lookout->counted = false;
    x.until = calm - 1;
    play(x, is_set, &stop);
  }
}

/// So many of them, each as often as its weight says on average, in order (systematic resampling, Kitagawa 1996).
std::vector<std::size_t> resampled(const std::vector<Entrance>& entrances, std::uint64_t many, Stream& chance) {
  double total = 0;
  for (const Entrance& entrance : entrances) total += entrance.weight;
  std::vector<std::size_t> chosen;
  chosen.reserve(many);
  const double step = total / static_cast<double>(many);
  double next = chance.uniform() * step;
  double sum = 0;
  for (std::size_t i = 0; i < entrances.size(); ++i) {
    sum += entrances[i].weight;
    while (next < sum && chosen.size() < many) chosen.push_back(i), next += step;
  }
  while (chosen.size() < many) chosen.push_back(entrances.size() - 1);
  return chosen;
}

Repetition repeat(const Search& search, std::uint32_t number, const std::atomic<bool>& stop) {
  Repetition result;
  Execution x(search.model, nullptr);
  Lookout lookout{search.importance.below(), false};
  x.lookout = &lookout;
  Beginnings begun = begin_excursions(search, x, number, stop, result.events);
  result.halted = stop;
  result.seen = begun.seen * 1e9 >= static_cast<double>(search.least_time) && !begun.entrances.empty();
  result.per_second = begun.per_second;
  if (begun.entrances.empty()) result.fewest = 0;
  result.tilted = tilted(search, begun, x, number, stop, result.events);
  std::vector<Entrance> from = std::move(begun.entrances);
  Stream chance = stream(search.seed, number, source_name("", "splitting"));
  std::uint64_t trial = 0;
  for (std::uint32_t height = 1; height < search.importance.top() && !from.empty() && !result.halted; ++height) {
    std::vector<Entrance> next;
    double weight = 0;
    const double each = 1.0 / static_cast<double>(search.trials);
    for (const std::size_t i : resampled(from, search.trials, chance)) {
      const Entrance& entrance = from[i];
      if (entrance.height > height) {  // it came two steps at once
        next.push_back({entrance.state, entrance.height, each});
        weight += each;
        continue;
      }
      static_cast<State&>(x) = entrance.state;
      x.events = 0;
      reset_streams(x, ~search.seed, (std::uint64_t{number} << 40) + ++trial);
      const double forced = search.forcing.set(x, search.importance, chance);
      std::uint32_t reached = 0;
      if (climbs(search, x, height, reached, stop)) {
        next.push_back({x, reached, forced * each});
        weight += forced * each;
      }
      result.events += x.events;
      if (stop || result.events > search.most_events) break;
    }
    if (stop) result.halted = true;
    if (result.events > search.most_events) {
      result.seen = false;
      break;
    }
    result.per_second *= weight;
    result.fewest = std::min<std::uint64_t>(result.fewest, next.size());
    result.least_share = std::min(result.least_share, static_cast<double>(next.size()) * each);
    from = std::move(next);
  }
  if (from.empty()) result.per_second = 0;
  return result;
}

std::vector<Repetition> repeat_all(const Search& search, unsigned jobs, const std::atomic<bool>& stop) {
  std::vector<Repetition> all(repetitions);
  std::atomic<std::uint32_t> next{0};
  on_threads(std::min<unsigned>(std::max(jobs, 1u), repetitions), [&](unsigned) {
    for (std::uint32_t i = next++; i < repetitions; i = next++) all[i] = repeat(search, i, stop);
  });
  return all;
}

std::string doubt_of(const std::vector<Repetition>& all, double mean) {
  std::vector<double> values;
  std::uint64_t fewest = ~std::uint64_t{0};
  double share = 1;
  for (const Repetition& one : all) {
    values.push_back(one.per_second);
    fewest = std::min(fewest, one.fewest);
    share = std::min(share, one.least_share);
  }
  std::nth_element(values.begin(), values.begin() + repetitions / 2, values.end());
  if (fewest < few_successes) return "few trials come from one step to the next";
  if (share < rare_successes) return "hardly a trial comes from one step to the next";
  if (values[repetitions / 2] < lopsided * mean) return "few repetitions carry most of the result";
  return {};
}

/// The mean of the repetitions and its standard error.
RareFailure::Rate mean_of(const std::vector<Repetition>& all, double (*value)(const Repetition&)) {
  RareFailure::Rate rate;
  for (const Repetition& one : all) rate.per_second += value(one) / repetitions;
  double squares = 0;
  for (const Repetition& one : all) squares += (value(one) - rate.per_second) * (value(one) - rate.per_second);
  rate.standard_error = std::sqrt(squares / (repetitions - 1) / repetitions);
  return rate;
}

RareFailure summed_up(const Search& search, const std::vector<Repetition>& all) {
  RareFailure result;
  result.repetitions = repetitions;
  result.steps = search.importance.top();
  result.trials = search.trials;
  for (const Repetition& one : all) result.events += one.events;
  const auto rate = mean_of(all, [](const Repetition& one) { return one.per_second; });
  result.per_second = rate.per_second;
  result.standard_error = rate.standard_error;
  result.doubt = doubt_of(all, result.per_second);
  if (!std::all_of(all.begin(), all.end(), [](const Repetition& one) { return one.tilted.has_value(); })) return result;
  result.tilting = mean_of(all, [](const Repetition& one) { return *one.tilted; });
  const double apart = std::abs(result.tilting->per_second - result.per_second);
  if (result.doubt.empty() && apart > too_far * std::hypot(result.tilting->standard_error, result.standard_error))
    result.doubt = fmt::format("tilting the crash rate says {:.3g} a second, splitting {:.3g}",
                               result.tilting->per_second, result.per_second);
  return result;
}

std::optional<Slot> slot_of(const Model& model, const spec::Subject& subject) {
  if (const auto* application = std::get_if<spec::ApplicationSubject>(&subject))
    return model.applications[application->application].root;
  const auto* target = std::get_if<spec::Target>(&subject);
  if (target == nullptr || !model.nodes[target->node].supervisor || model.nodes[target->node].slots.count != 1)
    return std::nullopt;
  return model.slots_of_node[model.nodes[target->node].slots.first];
}

Interval interval_of(const RareFailure& failure, double confidence) {
  Interval interval = around(failure.per_second, failure.standard_error, failure.repetitions, confidence);
  interval.low = std::max(interval.low, 0.0);
  return interval;
}

Measurement measurement_of(const RareFailure& failure, const spec::Subject& subject, double confidence) {
  Measurement measured;
  measured.subject = subject;
  measured.confidence = confidence;
  measured.samples = failure.trials * failure.repetitions;
  measured.splitting = fmt::format("splitting: {} repetitions of {} trials at each of {} steps", failure.repetitions,
                                   failure.trials, failure.steps);
  return measured;
}

std::optional<RareFailure> find(const Model& model, Slot of, double settles, std::uint64_t seed, unsigned jobs,
                                const RareEffort& effort, const std::atomic<bool>& stop) {
  Search search{model, of, Importance(model, of), Forcing(model, of), seed};
  if (search.importance.top() > most_steps) return std::nullopt;
  search.settles = whole(settles * 1e9);
  search.least_time = whole(std::max(effort.least_time, settles) * 1e9);
  search.most_events = effort.events / repetitions;
  std::optional<RareFailure> result;
  std::uint64_t spent = 0;
  for (search.trials = first_trials; search.trials <= most_trials; search.trials *= 2) {
    const auto all = repeat_all(search, jobs, stop);
    const auto some = [&all](auto what) { return std::any_of(all.begin(), all.end(), what); };
    if (stop || some([](const Repetition& one) { return one.halted; })) return result;
    if (some([](const Repetition& one) { return !one.seen; })) return result;
    result = summed_up(search, all);
    spent += result->events;
    result->events = spent;
    const bool precise = result->standard_error <= effort.precision * result->per_second;
    if ((precise && result->doubt.empty()) || spent * 3 > effort.events) break;
  }
  return result;
}

}  // namespace

std::vector<std::optional<RareFailure>> rare_failures(const spec::Design& design,
                                                      const std::vector<spec::Subject>& subjects, std::uint64_t seed,
                                                      unsigned jobs, const RareEffort& effort,
                                                      const std::atomic<bool>& stop) {
  std::vector<std::optional<RareFailure>> all(subjects.size());
  const Model model = compile(design);
  if (!model.random || model.only_phase || has_given_times(design)) return all;
  std::map<Slot, std::vector<std::size_t>> asked;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const auto slot = slot_of(model, subjects[i]);
    if (slot && std::isfinite(settling_time(model, subjects[i]))) asked[*slot].push_back(i);
  }
  RareEffort each = effort;
  each.events = effort.events / std::max<std::size_t>(asked.size(), 1);
  for (const auto& [slot, those] : asked) {
    const auto found = find(model, slot, settling_time(model, subjects[those.front()]), seed, jobs, each, stop);
    for (const std::size_t i : those) all[i] = found;
  }
  return all;
}

Measurement probability_of(const RareFailure& failure, const spec::Subject& subject, spec::Duration within,
                           double confidence) {
  Measurement measured = measurement_of(failure, subject, confidence);
  const Interval rate = interval_of(failure, confidence);
  const auto probability = [seconds = spec::in_seconds(within)](double per_second) {
    return -std::expm1(-per_second * seconds);
  };
  measured.quantity = spec::Quantity::failure_probability;
  measured.within = within;
  measured.value = probability(failure.per_second);
  measured.low = probability(rate.low);
  measured.high = probability(rate.high);
  return measured;
}

Measurement mean_time_of(const RareFailure& failure, const spec::Subject& subject, double confidence) {
  Measurement measured = measurement_of(failure, subject, confidence);
  const Interval rate = interval_of(failure, confidence);
  measured.quantity = spec::Quantity::mean_time_to_failure;
  measured.value = 1 / failure.per_second;
  measured.low = 1 / rate.high;
  measured.high = 1 / rate.low;
  return measured;
}

}  // namespace treefall::runtime
