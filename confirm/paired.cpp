// Common random numbers (P. Glasserman, D. D. Yao, Management Science 38, 1992): random streams are named by seed,
// replica and process, so a process that an edit leaves alone crashes at the same moments in both designs, and the
// difference scatters less than either. Pairs of batches with seeds of their own are independent: Student's t on the
// differences of their results, of logarithms where all are positive, as effects multiply. All claims are judged
// together (Bonferroni). The correlation says whether the common numbers helped.
#include "confirm/paired.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "confirm/stage.hpp"
#include "runtime/simulate.hpp"
#include "runtime/statistics.hpp"
#include "spec/wording.hpp"

namespace treefall::confirm {
namespace {

using spec::Duration;

constexpr std::uint64_t batches = 20;
constexpr double most_per_batch = 200;  // of each design in a batch
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

struct Size {
  Duration until{};
  std::uint64_t replicas = 1;
};

/// How long and how many replicas the budget allows in each batch.
Size size_of(const spec::Design& before, const spec::Design& after, Duration longest, const PairedOptions& options,
             const std::atomic<bool>& stop) {
  const double both = pilot(before, longest, options.seed, stop).until(longest) +
                      pilot(after, longest, options.seed, stop).until(longest);
  const double affordable = static_cast<double>(options.events) / (batches * std::max(both, 1.0));
  if (affordable >= 1) return {longest, static_cast<std::uint64_t>(std::min(affordable, most_per_batch))};
  return {Duration(static_cast<std::int64_t>(static_cast<double>(longest.count()) * affordable)), 1};
}

struct Series {
  std::vector<double> before;
  std::vector<double> after;
};

double measured(const runtime::Experiment& experiment, const spec::Subject& subject, const PairedClaim& claim,
                double confidence) {
  const auto found = experiment.measure(subject, claim.quantity, claim.within, confidence);
  return found ? found->value : unknown;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double scatter(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = mean(a), mean_b = mean(b);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum / static_cast<double>(a.size() - 1);
}

double correlation(const Series& series) {
  const double both = scatter(series.before, series.before) * scatter(series.after, series.after);
  return both > 0 ? scatter(series.before, series.after) / std::sqrt(both) : unknown;
}

bool everywhere(const Series& series, bool (*holds)(double)) {
  return std::all_of(series.before.begin(), series.before.end(), holds) &&
         std::all_of(series.after.begin(), series.after.end(), holds);
}

Paired judged(const Series& series, const Size& size, double confidence) {
  Paired paired;
  paired.confidence = confidence;
  paired.batches = series.before.size();
  paired.replicas = size.replicas;
  paired.until = size.until;
  paired.before = mean(series.before);
  paired.after = mean(series.after);
  paired.correlation = correlation(series);
  paired.value = paired.low = paired.high = unknown;
  if (!everywhere(series, [](double value) { return std::isfinite(value); })) {
    paired.because = "not every execution shows it";
    return paired;
  }
  paired.is_ratio = everywhere(series, [](double value) { return value > 0; });
  std::vector<double> differences;
  for (std::size_t i = 0; i < series.before.size(); ++i)
    differences.push_back(paired.is_ratio ? std::log(series.after[i] / series.before[i])
                                          : series.after[i] - series.before[i]);
  const double middle = mean(differences);
  const double error = std::sqrt(scatter(differences, differences) / static_cast<double>(differences.size()));
  const auto interval = runtime::around(middle, error, differences.size(), confidence);
  paired.value = paired.is_ratio ? std::exp(middle) : middle;
  paired.low = paired.is_ratio ? std::exp(interval.low) : interval.low;
  paired.high = paired.is_ratio ? std::exp(interval.high) : interval.high;
  return paired;
}

}  // namespace

std::vector<Paired> compare(const spec::Design& before, const spec::Design& after,
                            const std::vector<PairedClaim>& claims, const PairedOptions& options,
                            const std::atomic<bool>& stop, const std::function<void(double)>& progress) {
  if (claims.empty()) return {};
  Duration longest = std::min(before.horizon.value, after.horizon.value);
  for (const PairedClaim& claim : claims) longest = std::max(longest, claim.within);
  const Size size = size_of(before, after, longest, options, stop);
  const double confidence = 1 - (1 - options.confidence) / static_cast<double>(claims.size());
  std::vector<Series> series(claims.size());
  for (std::uint64_t batch = 0; batch < batches && !stop; ++batch) {
    runtime::Experiment one(before, options.seed + batch, size.until, options.jobs);
    runtime::Experiment other(after, options.seed + batch, size.until, options.jobs);
    one.extend(size.replicas, stop);
    other.extend(size.replicas, stop);
    if (one.replicas() < size.replicas || other.replicas() < size.replicas) break;
    for (std::size_t i = 0; i < claims.size(); ++i) {
      series[i].before.push_back(measured(one, claims[i].before, claims[i], confidence));
      series[i].after.push_back(measured(other, claims[i].after, claims[i], confidence));
    }
    if (progress) progress(static_cast<double>(batch + 1) / batches);
  }
  std::vector<Paired> results;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    Paired paired;
    paired.value = paired.low = paired.high = unknown;
    const bool too_long = about_giving_up(claims[i].quantity) && claims[i].within > size.until;
    if (too_long)
      paired.because =
          "executing both for " + spec::seconds_text(spec::in_seconds(claims[i].within)) + " is beyond the budget";
    else if (series[i].before.size() < 2)
      paired.because = "no executions were finished";
    else
      paired = judged(series[i], size, confidence);
    results.push_back(std::move(paired));
  }
  return results;
}

}  // namespace treefall::confirm
