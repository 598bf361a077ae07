// Which interval a quantity gets, and why.
//
// - Failure probabilities: Clopper-Pearson over replicas. Of copies that are not told apart the share that failed is
//   one observation a replica; shares scatter less than hits and misses do, so the interval is on the safe side.
// - Mean time to failure: total time of all incarnations over their failures; what ended without one is censored. Under
//   30 failures the exact Poisson interval of the rate, which is right where the hazard is constant (that is how
//   budgets fail, once they are rarely exhausted); from 30 on the ratio estimator over replicas, which assumes nothing
//   about the law. Without chance (but for the clock's phase) incarnations do not share a law, and the mean is that of
//   the lives that ended.
//   With chance, lives that a replica's end L cuts off are counted as if the risk to give up were the same from the
//   start. Where it takes s to become so that makes the estimate too long by up to s / L, and never by more than the
//   estimate itself over L: E[min(T, L)] <= E[T] and L P(T > L) <= E[min(T, L)]. The lower end allows for it where
//   lives are short enough that it shows.
// - Rates and shares: the ratio estimator over independent units. The unit is the replica; under 32 replicas it is one
//   of 32 batches of each replica (batch means). Rare counts (under 50) also get the exact Poisson or Clopper-Pearson
//   interval, and the wider bounds of both hold; so do means over a few waits.
// - p99_wait: order statistics; the waits of neighbours in a queue are alike, so their number is divided by how much
//   more their mean scatters over units than that of independent waits would.
// - timeout_probability: calls that come late come together, while their callee is behind. Where they are rare, the
// exact
//   interval is that of so many fewer calls, as for p99_wait: a million calls without one say little of a queue that is
//   seldom behind, and then for thousands of calls.
// - Without any chance in the design all replicas are the same, and an interval has no width.
#include "runtime/measure.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/hazard.hpp"
#include "runtime/statistics.hpp"

namespace treefall::runtime {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Wide few_failures = 30;
constexpr Wide few_events = 50;
constexpr double nano = 1e-9;

struct Estimate {
  double value = 0;
  Interval interval;
  std::uint64_t samples = 0;
};

std::uint32_t copies_of(const Model& model, std::uint32_t tally) {
  return tally < model.node_tallies ? std::max<std::uint32_t>(model.nodes[tally].slots.count, 1) : 1;
}

const Moments& moments_of(const Total& total, Ratio ratio) { return total.replicas[static_cast<std::size_t>(ratio)]; }

/// Known only when a replica has ended: its batches know nothing of it.
bool seen_at_the_end(Ratio ratio) { return ratio == Ratio::mailbox_growth || ratio == Ratio::shutdown_time; }

/// The units over which a ratio scatters.
const Moments& units_of(const Sums& sums, const Total& total, Ratio ratio) {
  const Moments& replicas = total.replicas[static_cast<std::size_t>(ratio)];
  const Moments& batches = total.batches[static_cast<std::size_t>(ratio)];
  const bool whole = sums.replicas >= enough_replicas || batches.units < 2 || seen_at_the_end(ratio);
  return whole ? replicas : batches;
}

Interval wider(const Interval& a, const Interval& b) { return {std::min(a.low, b.low), std::max(a.high, b.high)}; }

std::uint64_t samples_of(Wide count) {
  return count > 0 ? static_cast<std::uint64_t>(std::min<Wide>(count, std::numeric_limits<std::int64_t>::max())) : 0;
}

Estimate share_of_replicas(const Sums& sums, double hits) {
  const auto trials = static_cast<double>(sums.replicas);
  return {hits / trials, {}, sums.replicas};
}

Estimate failure_probability(const Sums& sums, std::uint32_t tally, Time within, double confidence) {
  const std::vector<Time>& failures = sums.totals[tally].first_failures;
  const auto count = std::count_if(failures.begin(), failures.end(), [&](Time time) { return time <= within; });
  const double hits = static_cast<double>(count) / copies_of(sums.model, tally);
  Estimate estimate = share_of_replicas(sums, hits);
  estimate.interval = proportion(hits, static_cast<double>(sums.replicas), confidence);
  return estimate;
}

std::optional<Estimate> failure_probability_later(const Sums& sums, std::uint32_t tally, Time within,
                                                  double confidence) {
  if (copies_of(sums.model, tally) > 1) return std::nullopt;
  const Total& total = sums.totals[tally];
  Courses courses{sums.replicas, sums.until, total.first_failures, {}};
  auto failed = total.failed_in.begin();
  for (std::uint64_t replica = 0; replica < sums.replicas; ++replica) {
    if (failed != total.failed_in.end() && *failed == replica)
      ++failed;
    else if (sums.ends[replica] < sums.until)
      courses.ends.push_back(sums.ends[replica]);
  }
  const Extrapolated later = failure_probability_beyond(courses, within, confidence);
  return Estimate{later.value, later.interval, sums.replicas};
}

Estimate boot_failure_probability(const Sums& sums, std::uint32_t tally, double confidence) {
  const double hits = static_cast<double>(sums.totals[tally].boot_failures) / copies_of(sums.model, tally);
  Estimate estimate = share_of_replicas(sums, hits);
  estimate.interval = proportion(hits, static_cast<double>(sums.replicas), confidence);
  return estimate;
}

/// How long after its start a supervisor's risk of giving up has become what it stays: its window is full, and those of
/// the supervisors below it. Infinite where processes age.
double settles(const Model& model, std::uint32_t id) {
  const NodeInfo& node = model.nodes[id];
  if (!node.supervisor) {
    for (std::uint32_t i = 0; i < node.crashes.count; ++i) {
      const CrashEntry& entry = model.crashes[node.crashes.first + i];
      if (entry.at_times || entry.after.kind != Sampler::Kind::exponential) return infinity;
    }
    return 0;
  }
  double below = 0;
  for (const std::uint32_t child : node.children) below = std::max(below, settles(model, child));
  return below + static_cast<double>(node.max_seconds) + 1;
}

std::uint32_t node_of(const Model& model, const spec::Subject& subject) {
  if (const auto* application = std::get_if<spec::ApplicationSubject>(&subject))
    return model.places[model.applications[application->application].root].node;
  return std::get<spec::Target>(subject).node;
}

std::optional<Estimate> mean_time_to_failure(const Sums& sums, const spec::Subject& subject, const Total& total,
                                             double confidence) {
  const Moments& rate = moments_of(total, Ratio::failure_rate);
  if (rate.t == 0) return std::nullopt;
  if ((!sums.model.random || sums.model.only_phase) && rate.x > 0) {
    const Moments& lives = moments_of(total, Ratio::life);
    const double life = lives.ratio() * nano;
    const Interval interval = around(life, lives.standard_error() * nano, lives.contributing, confidence);
    return Estimate{life, interval, samples_of(rate.x)};
  }
  const double exposure = static_cast<double>(rate.t) * nano;
  const auto failures = static_cast<double>(rate.x);
  Interval hazard = poisson_rate(failures, exposure, confidence);
  if (rate.x >= few_failures && rate.contributing > 2) {
    hazard = around(failures / exposure, rate.standard_error() / nano, rate.contributing, confidence);
  }
  Estimate estimate;
  estimate.value = rate.x > 0 ? exposure / failures : std::numeric_limits<double>::quiet_NaN();
  estimate.interval = {1 / hazard.high, hazard.low > 0 ? 1 / hazard.low : infinity};
  const double each = exposure / static_cast<double>(std::max<std::uint64_t>(rate.units, 1));
  const double settled = settles(sums.model, node_of(sums.model, subject));
  if (estimate.interval.low < 2 * settled) estimate.interval.low /= 1 + std::min(estimate.interval.low, settled) / each;
  estimate.samples = samples_of(rate.x);
  return estimate;
}

/// What a ratio is called, in which unit it comes, and how it is counted.
struct RatioInfo {
  Ratio ratio;
  double factor;  // to base units
  bool counts_x;  // `samples` are what x counts; else what t counts, or the units
  bool counts_t;
  bool rare_rate;   // few events: Poisson
  bool rare_share;  // few events: Clopper-Pearson
  double most;
};

std::optional<RatioInfo> ratio_info(spec::Quantity quantity) {
  using spec::Quantity;
  switch (quantity) {
    case Quantity::restart_rate:
      return RatioInfo{Ratio::restart_rate, 1 / nano, true, false, true, false, infinity};
    case Quantity::crash_rate:
      return RatioInfo{Ratio::crash_rate, 1 / nano, true, false, true, false, infinity};
    case Quantity::availability:
      return RatioInfo{Ratio::availability, 1, false, false, false, false, 1};
    case Quantity::utilisation:
      return RatioInfo{Ratio::utilisation, 1, false, false, false, false, 1};
    case Quantity::throughput:
      return RatioInfo{Ratio::throughput, 1 / nano, true, false, true, false, infinity};
    case Quantity::mean_wait:
      return RatioInfo{Ratio::mean_wait, nano, false, true, false, false, infinity};
    case Quantity::timeout_probability:
      return RatioInfo{Ratio::timeouts, 1, false, true, false, true, 1};
    case Quantity::mailbox_length:
      return RatioInfo{Ratio::mailbox_length, 1, false, false, false, false, infinity};
    case Quantity::mailbox_growth:
      return RatioInfo{Ratio::mailbox_growth, 1 / nano, false, false, false, false, infinity};
    case Quantity::lost_messages:
      return RatioInfo{Ratio::lost, 1 / nano, true, false, true, false, infinity};
    case Quantity::lost_per_crash:
      return RatioInfo{Ratio::lost_per_crash, 1, false, true, true, false, infinity};
    case Quantity::boot_time:
      return RatioInfo{Ratio::boot_time, nano, false, true, false, false, infinity};
    case Quantity::shutdown_time:
      return RatioInfo{Ratio::shutdown_time, nano, false, true, false, false, infinity};
    case Quantity::failure_probability:
    case Quantity::mean_time_to_failure:
    case Quantity::p99_wait:
    case Quantity::boot_failure_probability:
      return std::nullopt;
  }
  return std::nullopt;
}

/// Waits are nearly all none in a process that is hardly busy: how many are not scatters more than a few units show.
/// Where nobody has waited yet, a wait is taken to be as long as a service.
Interval of_few_waits(const Total& total, const Moments& waits, double value, double factor, double confidence) {
  std::uint64_t waited = 0;
  total.waits.each([&](const Histogram::Bin& bin) { waited += bin.low > 0 ? bin.count : 0; });
  if (waited >= static_cast<std::uint64_t>(few_events)) return {value, value};
  const auto count = static_cast<double>(waited);
  const Interval events = poisson_rate(count, 1, confidence);
  if (waited > 0) return {value * events.low / count, value * events.high / count};
  const Wide handled = moments_of(total, Ratio::throughput).x;
  if (handled == 0) return {value, value};
  const double service = static_cast<double>(moments_of(total, Ratio::utilisation).x) / static_cast<double>(handled);
  return {0, events.high * service / static_cast<double>(waits.t) * factor};
}

/// How many neighbours in a queue tell as much as one wait that is independent of the others.
double alike(const Sums& sums, const Total& queue) {
  if (queue.taken == 0) return 1;
  const double error = units_of(sums, queue, Ratio::mean_wait).standard_error();
  const double independent = variance(queue.waits, queue.taken) / static_cast<double>(queue.taken);
  return independent > 0 ? std::max(1.0, error * error / independent) : 1;
}

/// `queue`: where the calls wait that a share is about.
std::optional<Estimate> ratio(const Sums& sums, const Total& total, const Total& queue, const RatioInfo& info,
                              double confidence) {
  const Moments& moments = moments_of(total, info.ratio);
  if (moments.t == 0) return std::nullopt;
  const Moments& units = units_of(sums, total, info.ratio);
  Estimate estimate;
  estimate.value = moments.ratio() * info.factor;
  estimate.interval = around(estimate.value, units.standard_error() * info.factor, units.contributing, confidence);
  const auto x = static_cast<double>(moments.x);
  const auto t = static_cast<double>(moments.t);
  if (info.rare_rate && moments.x < few_events) {
    const Interval exact = poisson_rate(x, t / info.factor, confidence);
    estimate.interval = moments.x == 0 ? exact : wider(estimate.interval, exact);
  }
  if (info.rare_share && moments.x < few_events) {
    const double together = alike(sums, queue);
    const Interval exact = proportion(x / together, t / together, confidence);
    estimate.interval = moments.x == 0 ? exact : wider(estimate.interval, exact);
  }
  if (info.ratio == Ratio::mean_wait || info.ratio == Ratio::mailbox_length)
    estimate.interval = wider(estimate.interval, of_few_waits(total, moments, estimate.value, info.factor, confidence));
  estimate.interval.low = std::max(estimate.interval.low, 0.0);
  estimate.interval.high = std::min(estimate.interval.high, info.most);
  estimate.samples = info.counts_x ? samples_of(moments.x) : info.counts_t ? samples_of(moments.t) : units.units;
  return estimate;
}

std::optional<Estimate> p99_wait(const Sums& sums, const Total& total, double confidence) {
  if (total.taken == 0) return std::nullopt;
  const Moments& units = units_of(sums, total, Ratio::mean_wait);
  const double error = units.standard_error();
  const double independent = variance(total.waits, total.taken) / static_cast<double>(total.taken);
  const double weight = error > 0 ? independent / (error * error) : 1;
  const QuantileEstimate found = quantile(total.waits, total.taken, 0.99, weight, confidence);
  return Estimate{found.value * nano, {found.interval.low * nano, found.interval.high * nano}, total.taken};
}

/// Where the calls of a subject wait: those of a source in its callee's mailbox, those to a worker in its own.
const Total& queue_of(const Sums& sums, const spec::Subject& subject, const Total& own) {
  const auto* traffic = std::get_if<spec::TrafficSubject>(&subject);
  if (traffic == nullptr) return own;
  const Destination& to = sums.model.destinations[sums.model.traffic[traffic->traffic].to];
  const Slot slot = to.first != no_slot ? to.first : sums.model.slots_of_node[sums.model.nodes[to.node].slots.first];
  return sums.totals[sums.model.tally_of_slot[slot]];
}

bool applies(const Model& model, const spec::Subject& subject, spec::Quantity quantity) {
  const spec::QuantityInfo& info = spec::info(quantity);
  if (std::holds_alternative<spec::ApplicationSubject>(subject)) return info.of_application;
  if (std::holds_alternative<spec::TrafficSubject>(subject)) return info.of_traffic;
  const bool supervisor = model.nodes[std::get<spec::Target>(subject).node].supervisor;
  return supervisor ? info.of_supervisor : info.of_worker;
}

void append(const Sums& sums, const spec::Subject& subject, double confidence, std::vector<Measurement>& to) {
  for (const spec::QuantityInfo& info : spec::quantities()) {
    const std::optional<Measurement> found = measure(sums, subject, info.quantity, std::nullopt, confidence);
    if (found) to.push_back(*found);
  }
}

}  // namespace

std::uint32_t tally_of(const Model& model, const spec::Subject& subject) {
  if (const auto* traffic = std::get_if<spec::TrafficSubject>(&subject)) return model.traffic[traffic->traffic].tally;
  if (const auto* application = std::get_if<spec::ApplicationSubject>(&subject)) {
    return model.applications[application->application].tally;
  }
  const auto& target = std::get<spec::Target>(subject);
  const NodeInfo& node = model.nodes[target.node];
  if (!model.told_apart[target.node] || target.pins.empty()) return node.tally;
  for (std::uint32_t i = 0; i < node.slots.count; ++i) {
    const Slot slot = model.slots_of_node[node.slots.first + i];
    const spec::Target own = target_of(model, slot);
    const bool same = std::all_of(target.pins.begin(), target.pins.end(), [&](const spec::Pin& pin) {
      return std::any_of(own.pins.begin(), own.pins.end(),
                         [&](const spec::Pin& other) { return other.node == pin.node && other.copy == pin.copy; });
    });
    if (same) return model.tally_of_slot[slot];
  }
  return node.tally;
}

std::optional<Measurement> measure(const Sums& sums, const spec::Subject& subject, spec::Quantity quantity,
                                   std::optional<spec::Duration> within, double confidence) {
  if (sums.replicas == 0 || !applies(sums.model, subject, quantity)) return std::nullopt;
  const std::uint32_t tally = tally_of(sums.model, subject);
  const Total& total = sums.totals[tally];
  std::optional<Estimate> estimate;
  const bool spans = quantity == spec::Quantity::failure_probability;
  const bool later = within && within->count() > sums.until && sums.model.random;
  const Time span = within && (later || within->count() < sums.until) ? within->count() : sums.until;
  if (spans && later) {
    estimate = failure_probability_later(sums, tally, span, confidence);
  } else if (spans) {
    estimate = failure_probability(sums, tally, span, confidence);
  } else if (quantity == spec::Quantity::boot_failure_probability) {
    estimate = boot_failure_probability(sums, tally, confidence);
  } else if (quantity == spec::Quantity::mean_time_to_failure) {
    estimate = mean_time_to_failure(sums, subject, total, confidence);
  } else if (quantity == spec::Quantity::p99_wait) {
    estimate = p99_wait(sums, total, confidence);
  } else if (const std::optional<RatioInfo> info = ratio_info(quantity)) {
    estimate = ratio(sums, total, queue_of(sums, subject, total), *info, confidence);
  }
  if (!estimate) return std::nullopt;
  if (!sums.model.random && !std::isnan(estimate->value)) estimate->interval = {estimate->value, estimate->value};
  Measurement result;
  result.subject = subject;
  result.quantity = quantity;
  if (spans) result.within = spec::Duration(span);
  result.value = estimate->value;
  result.low = estimate->interval.low;
  result.high = estimate->interval.high;
  result.confidence = confidence;
  result.samples = estimate->samples;
  return result;
}

std::vector<Measurement> measure_all(const Sums& sums, double confidence) {
  std::vector<Measurement> result;
  for (std::uint32_t id = 0; id < sums.model.nodes.size(); ++id) {
    const NodeInfo& node = sums.model.nodes[id];
    if (!sums.model.told_apart[id]) {
      spec::Target target;
      target.node = id;
      append(sums, target, confidence, result);
      continue;
    }
    for (std::uint32_t i = 0; i < node.slots.count; ++i) {
      append(sums, target_of(sums.model, sums.model.slots_of_node[node.slots.first + i]), confidence, result);
    }
  }
  for (std::uint32_t i = 0; i < sums.model.applications.size(); ++i) {
    append(sums, spec::ApplicationSubject{i}, confidence, result);
  }
  for (std::uint32_t i = 0; i + 1 < sums.model.traffic.size(); ++i) {
    append(sums, spec::TrafficSubject{i}, confidence, result);
  }
  return result;
}

}  // namespace treefall::runtime
