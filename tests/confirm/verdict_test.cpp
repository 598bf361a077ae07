// The verdict procedure put to the test itself: experiments of which the truth is known, judged look by look as an
// execution is. Neither a wrong prediction may be confirmed nor a right one refuted more often than the error that the
// confidence leaves. Right is what lies within the band, a tenth on either side.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "confirm/band.hpp"
#include "confirm/stage.hpp"
#include "runtime/statistics.hpp"

using namespace treefall;
using confirm::Verdict;

namespace {

constexpr int experiments = 2'000;
constexpr double predicted = 0.1;
constexpr double tolerance = 1.1;

struct Rates {
  double confirmed = 0;
  double refuted = 0;
  double replicas = 0;  // on average
};

confirm::Claim claim_about(spec::Quantity quantity) {
  analyzer::Prediction prediction;
  prediction.quantity = quantity;
  prediction.value = prediction.low = prediction.high = predicted;
  confirm::Claim claim;
  claim.quantity = quantity;
  claim.band = confirm::band_of(prediction, tolerance, std::chrono::hours(24));
  return claim;
}

/// Looks at 100, 200, 400, … replicas up to `most`.
template <class Observe>
Rates play(const confirm::Claim& claim, std::size_t family, std::uint64_t most, Observe&& new_experiment) {
  const confirm::Budget budget{most, 0.95, family};
  Rates rates;
  for (int i = 0; i < experiments; ++i) {
    auto experiment = new_experiment();
    auto verdict = Verdict::undecided;
    std::uint64_t played = 0;
    for (unsigned look = 0; verdict == Verdict::undecided; ++look) {
      const std::uint64_t wanted = played == 0 ? 100 : 2 * played;
      if (wanted > most) break;
      experiment.extend(wanted - played);
      played = wanted;
      verdict = confirm::decide(claim, budget, look, true, [&](double confidence) {
        runtime::Measurement seen;
        const auto interval = experiment.interval(confidence);
        seen.value = experiment.value();
        seen.low = interval.low;
        seen.high = interval.high;
        return std::optional(seen);
      });
    }
    rates.confirmed += verdict == Verdict::confirmed ? 1.0 / experiments : 0;
    rates.refuted += verdict == Verdict::refuted ? 1.0 / experiments : 0;
    rates.replicas += static_cast<double>(played) / experiments;
  }
  return rates;
}

/// Replicas that fail with a probability: Clopper-Pearson, as for failure probabilities.
struct Proportion {
  double truth;
  std::mt19937_64& random;
  double hits = 0;
  double trials = 0;
  void extend(std::uint64_t more) {
    hits += static_cast<double>(std::binomial_distribution<std::uint64_t>(more, truth)(random));
    trials += static_cast<double>(more);
  }
  runtime::Interval interval(double confidence) const { return runtime::proportion(hits, trials, confidence); }
  double value() const { return hits / trials; }
};

/// Events at a rate per second, a replica lasting ten: the exact Poisson interval, as for rare events.
struct Rate {
  double truth;
  std::mt19937_64& random;
  double count = 0;
  double exposure = 0;
  void extend(std::uint64_t more) {
    const double time = 10 * static_cast<double>(more);
    count += static_cast<double>(std::poisson_distribution<std::uint64_t>(truth * time)(random));
    exposure += time;
  }
  runtime::Interval interval(double confidence) const { return runtime::poisson_rate(count, exposure, confidence); }
  double value() const { return count / exposure; }
};

}  // namespace

TEST_CASE("verdicts on proportions keep their error rates", "[verdict][statistics]") {
  std::mt19937_64 random(20'240);
  const auto claim = claim_about(spec::Quantity::failure_probability);
  for (const double off : {1.0, 1.02, 1.05, 1.09, 1.099, 0.92}) {
    const Rates rates = play(claim, 1, 13'107'200, [&] { return Proportion{predicted * off, random}; });
    CAPTURE(off, rates.confirmed, rates.refuted, rates.replicas);
    CHECK(rates.refuted <= 0.05);
    if (off <= 1.05 && off >= 1) CHECK(rates.confirmed >= 0.98);
  }
  for (const double off : {1.101, 1.11, 1.15, 1.3, 2.0, 0.9, 0.5}) {
    const Rates rates = play(claim, 1, 13'107'200, [&] { return Proportion{predicted * off, random}; });
    CAPTURE(off, rates.confirmed, rates.refuted, rates.replicas);
    CHECK(rates.confirmed <= 0.05);
    if (off >= 1.15) CHECK(rates.refuted >= 0.98);
  }
}

TEST_CASE("verdicts on rates keep their error rates", "[verdict][statistics]") {
  std::mt19937_64 random(20'241);
  const auto claim = claim_about(spec::Quantity::crash_rate);
  for (const double off : {1.0, 1.05, 1.09, 0.92}) {
    const Rates rates = play(claim, 1, 1'638'400, [&] { return Rate{predicted * off, random}; });
    CAPTURE(off, rates.confirmed, rates.refuted, rates.replicas);
    CHECK(rates.refuted <= 0.05);
  }
  for (const double off : {1.11, 1.15, 1.3, 0.5}) {
    const Rates rates = play(claim, 1, 1'638'400, [&] { return Rate{predicted * off, random}; });
    CAPTURE(off, rates.confirmed, rates.refuted, rates.replicas);
    CHECK(rates.confirmed <= 0.05);
  }
}

TEST_CASE("of two hundred right predictions in one report none is refuted in nineteen reports of twenty",
          "[verdict][statistics]") {
  std::mt19937_64 random(20'242);
  const auto claim = claim_about(spec::Quantity::failure_probability);
  // At the very edge of the band, where refuting is easiest; ten reports of 200 stand for the family.
  const Rates rates = play(claim, 200, 819'200, [&] { return Proportion{predicted * tolerance, random}; });
  CAPTURE(rates.refuted);
  CHECK(rates.refuted <= 0.05 / 200 + 3 * std::sqrt(0.05 / 200 / experiments));
}
