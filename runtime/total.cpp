// Which interval a quantity gets, and why.
//
// - Failure probabilities: Clopper-Pearson over replicas. Of copies that are not told apart the share that failed is
//   one observation a replica; shares scatter less than hits and misses do, so the interval is on the safe side.
// - Mean time to failure: the mean of all lives where each was seen to its end. Else total time of all incarnations
// over
//   their failures; what ended without one is censored. Under
//   30 failures the exact Poisson interval of the rate, which is right where the hazard is constant (that is how
//   budgets fail, once they are rarely exhausted); from 30 on the ratio estimator over replicas. Without chance (but
//   for the clock's phase) incarnations do not share a law, and the mean is that of the lives that ended. With chance,
//   lives that a replica's end L cuts off are counted as if the risk to give up were the same from the start. Where it
//   takes s to become so that makes the estimate too long by up to s / L, and never by more than the estimate itself
//   over L: E[min(T, L)] <= E[T] and L P(T > L) <= E[min(T, L)]. The lower end allows for it where lives are short
//   enough that it shows. Where the risk never becomes the same (processes age, or the design has a rhythm as long as a
//   replica) it may fall after L: nothing bounds the mean from above, and the upper end is open.
// - Rates and shares: the ratio estimator over independent units. The unit is the replica; under 32 replicas it is one
//   of 32 batches of each replica (batch means). Rare counts (under 50) also get the exact Poisson or Clopper-Pearson
//   interval, and the wider bounds of both hold; so do means over a few waits.
// - p99_wait: order statistics; the waits of neighbours in a queue are alike, so their number is divided by how much
//   more their mean scatters over units than that of independent waits would.
// - timeout_probability: calls that come late come together, while their callee is behind. Where they are rare, the
//   exact interval is that of so many fewer calls, as for p99_wait: a million calls without one say little of a queue
//   that is seldom behind, and then for thousands of calls.
// - Without any chance in the design all replicas are the same, and an interval has no width.
#include "runtime/total.hpp"

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
constexpr double seconds_per_ns = 1e-9;

struct Estimate {
  double value = 0;
  Interval interval;
  std::uint64_t samples = 0;
};

const Moments& moments_of(const Total& total, Ratio ratio) { return total.replicas[static_cast<std::size_t>(ratio)]; }

/// Known only when a replica has ended: its batches know nothing of it.
bool seen_at_the_end(Ratio ratio) { return ratio == Ratio::mailbox_growth || ratio == Ratio::shutdown_time; }

/// The units over which a ratio scatters.
const Moments& units_of(const Extent& extent, const Total& total, Ratio ratio) {
  const Moments& replicas = total.replicas[static_cast<std::size_t>(ratio)];
  const Moments& batches = total.batches[static_cast<std::size_t>(ratio)];
  const bool whole = extent.replicas >= enough_replicas || batches.units < 2 || seen_at_the_end(ratio);
  return whole ? replicas : batches;
}

Interval wider(const Interval& a, const Interval& b) { return {std::min(a.low, b.low), std::max(a.high, b.high)}; }

std::uint64_t samples_of(Wide count) {
  return count > 0 ? static_cast<std::uint64_t>(std::min<Wide>(count, std::numeric_limits<std::int64_t>::max())) : 0;
}

Estimate share_of_replicas(const Extent& extent, double hits) {
  const auto trials = static_cast<double>(extent.replicas);
  return {hits / trials, {}, extent.replicas};
}

Estimate failure_probability(const Extent& extent, const Total& total, Time within, double confidence) {
  const std::vector<Time>& failures = total.first_failures;
  const auto count = std::count_if(failures.begin(), failures.end(), [&](Time time) { return time <= within; });
  const double hits = static_cast<double>(count) / extent.copies;
  Estimate estimate = share_of_replicas(extent, hits);
  estimate.interval = proportion(hits, static_cast<double>(extent.replicas), confidence);
  return estimate;
}

std::optional<Estimate> failure_probability_later(const Extent& extent, const Total& total, Time within,
                                                  double confidence) {
  if (extent.copies > 1) return std::nullopt;
  Courses courses{extent.replicas, extent.until, total.first_failures, {}};
  auto failed = total.failed_in.begin();
  for (std::uint64_t replica = 0; replica < extent.replicas; ++replica) {
    if (failed != total.failed_in.end() && *failed == replica)
      ++failed;
    else if ((*extent.ends)[replica] < extent.until)
      courses.ends.push_back((*extent.ends)[replica]);
  }
  const Extrapolated later = failure_probability_beyond(courses, within, confidence);
  return Estimate{later.value, later.interval, extent.replicas};
}

Estimate boot_failure_probability(const Extent& extent, const Total& total, double confidence) {
  const double hits = static_cast<double>(total.boot_failures) / extent.copies;
  Estimate estimate = share_of_replicas(extent, hits);
  estimate.interval = proportion(hits, static_cast<double>(extent.replicas), confidence);
  return estimate;
}

/// Replicas that are cut off see more of what comes right after a start, when nothing can fail yet. Within a time t
/// there are at least t / M - 1 failures of mean M (renewal theory), and once the risk has settled they come at the
/// rate 1 / M at least; by either M may be less than time over failures.
double without_starts(double low, double until, double settles) {
  const double by_renewals = 1 / (1 + low / until);
  const double by_hazard = settles < until ? 1 - settles / until : 0;
  return low * std::max(by_renewals, by_hazard);
}

/// What lives once in each replica lives at least as long as the replicas show on average, however they were cut off.
/// Half of the error that the interval may have belongs to this bound.
double at_least_as_seen(const Moments& rate, double confidence) {
  if (rate.units < few_failures) return 0;
  const double units = static_cast<double>(rate.units);
  const double mean = static_cast<double>(rate.t) / units;
  const double squares = static_cast<double>(rate.tt.value()) / units;
  const double variance = std::max(0.0, squares - mean * mean) * units / (units - 1);
  return around(mean, std::sqrt(variance / units), rate.units, (1 + confidence) / 2).low * seconds_per_ns;
}

/// Every life was seen to its end.
Estimate mean_of_lives(const Total& total, double confidence) {
  const Moments& lives = moments_of(total, Ratio::life);
  const double life = lives.ratio() * seconds_per_ns;
  const auto& times = total.first_failures;  // their skewness is that of the lives, but for those after a restart
  const auto count = static_cast<double>(times.size());
  double mean = 0;
  for (const Time time : times) mean += static_cast<double>(time) / count;
  double second = 0;
  double third = 0;
  for (const Time time : times) {
    const double off = static_cast<double>(time) - mean;
    second += off * off / count;
    third += off * off * off / count;
  }
  const double skew = second > 0 ? third / std::pow(second, 1.5) / std::sqrt(count) : 0;
  const double error = lives.standard_error() * seconds_per_ns;
  Estimate estimate{life, around_skewed(life, error, lives.contributing, std::min(skew, most_skew), confidence),
                    samples_of(lives.t)};
  if (skew > most_skew) estimate.interval.high = infinity;
  return estimate;
}

std::optional<Estimate> mean_time_to_failure(const Extent& extent, const Total& total, double confidence) {
  const Moments& rate = moments_of(total, Ratio::failure_rate);
  if (rate.t == 0) return std::nullopt;
  if ((!extent.random || extent.only_phase) && rate.x > 0) {
    const Moments& lives = moments_of(total, Ratio::life);
    const double life = lives.ratio() * seconds_per_ns;
    const Interval interval = around(life, lives.standard_error() * seconds_per_ns, lives.contributing, confidence);
    return Estimate{life, interval, samples_of(rate.x)};
  }
  if (rate.x >= few_failures && rate.t == moments_of(total, Ratio::life).x) return mean_of_lives(total, confidence);
  const double exposure = static_cast<double>(rate.t) * seconds_per_ns;
  const auto failures = static_cast<double>(rate.x);
  Interval hazard = poisson_rate(failures, exposure, confidence);
  if (rate.x >= few_failures && rate.contributing > 2) {
    hazard = around(failures / exposure, rate.standard_error() / seconds_per_ns, rate.contributing, confidence);
  }
  Estimate estimate;
  estimate.value = rate.x > 0 ? exposure / failures : std::numeric_limits<double>::quiet_NaN();
  estimate.interval = {1 / hazard.high, hazard.low > 0 ? 1 / hazard.low : infinity};
  estimate.interval.low =
      without_starts(estimate.interval.low, static_cast<double>(extent.until) * seconds_per_ns, extent.settles_s);
  if (extent.lives_once && rate.x > 0)
    estimate.interval.low = std::max(estimate.interval.low, at_least_as_seen(rate, confidence));
  if (!std::isfinite(extent.settles_s)) estimate.interval.high = infinity;
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
      return RatioInfo{Ratio::restart_rate, 1 / seconds_per_ns, true, false, true, false, infinity};
    case Quantity::crash_rate:
      return RatioInfo{Ratio::crash_rate, 1 / seconds_per_ns, true, false, true, false, infinity};
    case Quantity::availability:
      return RatioInfo{Ratio::availability, 1, false, false, false, false, 1};
    case Quantity::utilisation:
      return RatioInfo{Ratio::utilisation, 1, false, false, false, false, 1};
    case Quantity::throughput:
      return RatioInfo{Ratio::throughput, 1 / seconds_per_ns, true, false, true, false, infinity};
    case Quantity::mean_wait:
      return RatioInfo{Ratio::mean_wait, seconds_per_ns, false, true, false, false, infinity};
    case Quantity::timeout_probability:
      return RatioInfo{Ratio::timeouts, 1, false, true, false, true, 1};
    case Quantity::mailbox_length:
      return RatioInfo{Ratio::mailbox_length, 1, false, false, false, false, infinity};
    case Quantity::mailbox_growth:
      return RatioInfo{Ratio::mailbox_growth, 1 / seconds_per_ns, false, false, false, false, infinity};
    case Quantity::lost_messages:
      return RatioInfo{Ratio::lost, 1 / seconds_per_ns, true, false, true, false, infinity};
    case Quantity::lost_per_crash:
      return RatioInfo{Ratio::lost_per_crash, 1, false, true, true, false, infinity};
    case Quantity::boot_time:
      return RatioInfo{Ratio::boot_time, seconds_per_ns, false, true, false, false, infinity};
    case Quantity::shutdown_time:
      return RatioInfo{Ratio::shutdown_time, seconds_per_ns, false, true, false, false, infinity};
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
double alike(const Extent& extent, const Total& queue) {
  if (queue.taken == 0) return 1;
  const double error = units_of(extent, queue, Ratio::mean_wait).standard_error();
  const double independent = variance(queue.waits, queue.taken) / static_cast<double>(queue.taken);
  return independent > 0 ? std::max(1.0, error * error / independent) : 1;
}

/// `queue`: where the calls wait that a share is about.
std::optional<Estimate> ratio(const Extent& extent, const Total& total, const Total& queue, const RatioInfo& info,
                              double confidence) {
  const Moments& moments = moments_of(total, info.ratio);
  if (moments.t == 0) return std::nullopt;
  const Moments& units = units_of(extent, total, info.ratio);
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
    const double together = alike(extent, queue);
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

std::optional<Estimate> p99_wait(const Extent& extent, const Total& total, double confidence) {
  if (total.taken == 0) return std::nullopt;
  const Moments& units = units_of(extent, total, Ratio::mean_wait);
  const double error = units.standard_error();
  const double independent = variance(total.waits, total.taken) / static_cast<double>(total.taken);
  const double weight = error > 0 ? independent / (error * error) : 1;
  const QuantileEstimate found = quantile(total.waits, total.taken, 0.99, weight, confidence);
  return Estimate{found.value * seconds_per_ns,
                  {found.interval.low * seconds_per_ns, found.interval.high * seconds_per_ns},
                  total.taken};
}

}  // namespace

Pairs pairs_of(const Tally& tally, Time now, Time span, std::uint32_t copies) {
  const Wide time = static_cast<Wide>(now) * copies;
  const Wide up = tally.up.until(now);
  Pairs pairs;
  const auto set = [&](Ratio ratio, Wide x, Wide t) { pairs[static_cast<std::size_t>(ratio)] = {x, t}; };
  set(Ratio::availability, up, static_cast<Wide>(span) * copies);
  set(Ratio::utilisation, tally.busy.until(now), up);
  set(Ratio::throughput, static_cast<Wide>(tally.handled), time);
  set(Ratio::mean_wait, tally.waited, static_cast<Wide>(tally.taken));
  set(Ratio::timeouts, static_cast<Wide>(tally.timeouts), static_cast<Wide>(tally.calls));
  set(Ratio::crash_rate, static_cast<Wide>(tally.crashes), time);
  set(Ratio::restart_rate, static_cast<Wide>(tally.restarts), time);
  set(Ratio::lost, static_cast<Wide>(tally.lost), time);
  set(Ratio::lost_per_crash, static_cast<Wide>(tally.lost_at_crashes), static_cast<Wide>(tally.crashes));
  set(Ratio::mailbox_length, tally.waited + tally.discarded_wait, time);
  set(Ratio::mailbox_growth, static_cast<Wide>(tally.left), tally.left_age);
  set(Ratio::life, tally.lives, static_cast<Wide>(tally.gave_up));
  set(Ratio::failure_rate, static_cast<Wide>(tally.gave_up), tally.at_risk);
  set(Ratio::boot_time, tally.boot_time, static_cast<Wide>(tally.boots));
  set(Ratio::shutdown_time, tally.shutdown_time, static_cast<Wide>(tally.shutdowns));
  return pairs;
}

void add(Total& total, std::uint64_t replica, const Tally& tally, const Pairs& pairs,
         const std::array<Moments, ratio_count>* batches) {
  for (std::size_t ratio = 0; ratio < ratio_count; ++ratio) {
    total.replicas[ratio].add(pairs[ratio].x, pairs[ratio].t);
    if (batches != nullptr) total.batches[ratio].merge((*batches)[ratio]);
  }
  total.waits.merge(tally.waits);
  total.taken += tally.taken;
  total.boot_failures += tally.boot_failures;
  if (tally.first_failures.empty()) return;
  if (total.failed_replicas++ == 0) total.first_failed = replica;
  total.first_failures.insert(total.first_failures.end(), tally.first_failures.begin(), tally.first_failures.end());
  total.failed_in.resize(total.first_failures.size(), replica);
}

std::optional<Measurement> estimate(const Total& total, const Extent& extent, const spec::Subject& subject,
                                    spec::Quantity quantity, std::optional<spec::Duration> within, double confidence) {
  if (extent.replicas == 0) return std::nullopt;
  std::optional<Estimate> found;
  const bool spans = quantity == spec::Quantity::failure_probability;
  const bool later = within && within->count() > extent.until && extent.random && extent.ends != nullptr;
  const Time span = within && (later || within->count() < extent.until) ? within->count() : extent.until;
  if (spans && later) {
    found = failure_probability_later(extent, total, span, confidence);
  } else if (spans) {
    found = failure_probability(extent, total, span, confidence);
  } else if (quantity == spec::Quantity::boot_failure_probability) {
    found = boot_failure_probability(extent, total, confidence);
  } else if (quantity == spec::Quantity::mean_time_to_failure) {
    found = mean_time_to_failure(extent, total, confidence);
  } else if (quantity == spec::Quantity::p99_wait) {
    found = p99_wait(extent, total, confidence);
  } else if (const std::optional<RatioInfo> info = ratio_info(quantity)) {
    found = ratio(extent, total, extent.queue == nullptr ? total : *extent.queue, *info, confidence);
  }
  if (!found) return std::nullopt;
  if (!extent.random && !std::isnan(found->value)) found->interval = {found->value, found->value};
  const std::optional<spec::Duration> spanned = spans ? std::optional(spec::Duration(span)) : std::nullopt;
  return Measurement{subject,    quantity,      spanned, found->value, found->interval.low, found->interval.high,
                     confidence, found->samples};
}

}  // namespace treefall::runtime
