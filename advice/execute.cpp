// A budget that keeps a promise of 0.1 % in 30 days gives up so seldom that few executions show it. What the prediction
// rests on (the budget, the tree, the law of the crashes) is the same when all crashes come f times as often, so that
// is executed, with an f at which giving up is as likely as not within a hundred periods of the budget.
#include "advice/execute.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "advice/search.hpp"
#include "spec/wording.hpp"

namespace treefall::advice {

namespace {

constexpr std::array visible = {0.5, 0.2, 0.08};  // probabilities that are aimed at, in turn
constexpr double hardly = 0.05;                   // a smaller one is not worth executing
constexpr double says_something = 0.8;            // a prediction whose error bar goes beyond can't be put to the test
constexpr double most_times = 1e5;                // as often
constexpr double periods = 100;                   // that such an execution lasts

void scale(spec::CrashClock& clock, double times) {
  if (auto* rate = std::get_if<spec::CrashClock::Rate>(&clock.when)) rate->per_second *= times;
  auto* after = std::get_if<spec::CrashClock::After>(&clock.when);
  if (after != nullptr && !spec::is_constant(after->since_start))
    after->since_start = spec::scaled(after->since_start, 1 / times);
}

void scale(spec::Handler& handler, double times) {
  const auto more = [&](double& probability) {
    if (probability < 1) probability = std::min(probability * times, 1.0);
  };
  more(handler.crash_probability);
  for (spec::Task& task : handler.tasks) more(task.crash_probability);
}

/// The prediction for crashes `times` as frequent.
analyzer::Prediction predicted_at(const spec::Design& design, double times, analyzer::Remembered& remembered) {
  return promised_prediction(with_crashes(design, times), remembered);
}

bool can_be_tested(const analyzer::Prediction& prediction) {
  return prediction.value >= hardly && prediction.high <= says_something;
}

/// How much more frequent crashes must be for the promised event to be seen, and its prediction to be put to the test;
/// nothing where no factor does that.
std::optional<double> visible_factor(const spec::Design& design, analyzer::Remembered& remembered) {
  for (const double wanted : visible) {
    double low = 0, high = std::log(most_times);  // of the logarithm
    // Where crashes are hardly apart any more, nothing is predicted: that is too often.
    for (int step = 0; step < 20 && high - low > 0.02; ++step) {
      const double middle = (low + high) / 2;
      (predicted_at(design, std::exp(middle), remembered).value < wanted ? low : high) = middle;
    }
    if (can_be_tested(predicted_at(design, std::exp(low), remembered))) return std::exp(low);
  }
  return std::nullopt;
}

/// Judges the prediction of what is promised.
Execution verdict_on_prediction(const spec::Design& design, const analyzer::Prediction& prediction,
                                const confirm::Options& options, const std::atomic<bool>& stop) {
  Execution execution;
  execution.predicted = prediction;
  execution.because = prediction.because;
  const confirm::Confirmation confirmation = confirm::confirm(design, {prediction}, {}, options, stop);
  if (confirmation.checks.empty()) return execution;
  const confirm::Check& check = confirmation.checks.front();
  execution.replicas = confirmation.replicas;
  execution.observed = check.observed;
  execution.band = check.band;
  execution.verdict = check.verdict;
  execution.because = check.because;
  return execution;
}

/// Judges the promise itself: a figure far below its bound may stay too rare for a band of its own.
Execution verdict_on_promise(const spec::Design& design, const analyzer::Prediction& prediction,
                             const confirm::Options& options, const std::atomic<bool>& stop) {
  const confirm::Confirmation confirmation = confirm::confirm(design, {}, {}, options, stop);
  const confirm::PromiseCheck& promise = confirmation.promises.front();
  Execution execution;
  execution.predicted = prediction;
  execution.replicas = confirmation.replicas;
  execution.observed = promise.observed;
  execution.band = {0, std::get<spec::QuantityPromise>(design.promises.front().what).bound};
  execution.because = promise.because;
  switch (promise.kept) {
    case confirm::Kept::pass:
      execution.verdict = confirm::Verdict::confirmed;
      break;
    case confirm::Kept::fail:
      execution.verdict = confirm::Verdict::refuted;
      break;
    case confirm::Kept::undecided:
      execution.verdict = confirm::Verdict::undecided;
      break;
  }
  return execution;
}

/// The same tree, executed for a short time in which the promised event is to be seen.
spec::Design shortened(spec::Design design) {
  auto& promise = std::get<spec::QuantityPromise>(design.promises.front().what);
  const auto* target = std::get_if<spec::Target>(&promise.subject);
  const auto* supervisor = target == nullptr ? nullptr : spec::as_supervisor(design.nodes[target->node]);
  const std::uint64_t period = supervisor == nullptr ? 5 : supervisor->max_seconds.value;
  const double seconds = periods * (static_cast<double>(std::min<std::uint64_t>(period, 36'000)) + 1);
  promise.within = std::min(*promise.within, spec::Duration(static_cast<std::int64_t>(seconds * 1e9)));
  design.horizon.value = *promise.within;
  return design;
}

}  // namespace

spec::Design with_crashes(spec::Design design, double times) {
  for (spec::Node& node : design.nodes) {
    auto* worker = std::get_if<spec::Worker>(&node.role);
    if (worker == nullptr) continue;
    for (spec::CrashClock& clock : worker->crashes)
      if (!clock.during) scale(clock, times);
    if (worker->handles)
      for (spec::NamedHandler& named : *worker->handles) scale(named.handler, times);
    for (spec::Tick& tick : worker->ticks) scale(tick.handler, times);
  }
  return design;
}

Execution execute(const spec::Design& design, const confirm::Options& options, analyzer::Remembered& remembered,
                  const std::atomic<bool>& stop) {
  // Half of the budget for each of the two ways.
  confirm::Options chosen = options;
  chosen.events = options.events / 2;
  // What is proved never to happen is confirmed by the silence that execution can show.
  const analyzer::Prediction prediction = promised_prediction(design, remembered);
  const bool never = prediction.high == 0 && prediction.method != analyzer::Method::approximation;
  const Execution as_it_is = never ? verdict_on_prediction(design, prediction, chosen, stop)
                                   : verdict_on_promise(design, prediction, chosen, stop);
  if (as_it_is.verdict != confirm::Verdict::undecided || stop) return as_it_is;
  const spec::Design seen = shortened(design);
  const auto times = visible_factor(seen, remembered);
  if (!times) {
    Execution undecided = as_it_is;
    undecided.because = "too rare to be seen in what the budget executes, and no crash rate makes it frequent";
    return undecided;
  }
  const spec::Design often = with_crashes(seen, *times);
  Execution execution = verdict_on_prediction(often, promised_prediction(often, remembered), chosen, stop);
  execution.faster = *times;
  return execution;
}

Execution execute_prediction(const spec::Design& design, const confirm::Options& options,
                             analyzer::Remembered& remembered, const std::atomic<bool>& stop) {
  const analyzer::Prediction prediction = promised_prediction(design, remembered);
  if (can_be_tested(prediction)) return verdict_on_prediction(design, prediction, options, stop);
  Execution undecided;
  undecided.because = "its error bar is too wide to be put to the test";
  return undecided;
}

}  // namespace treefall::advice
