#include "confirm/band.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

using namespace treefall;
using confirm::Band;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr spec::Duration day = std::chrono::hours(24);

analyzer::Prediction predicted(spec::Quantity quantity, double low, double value, double high,
                               analyzer::Method method) {
  analyzer::Prediction prediction;
  prediction.quantity = quantity;
  prediction.value = value;
  prediction.low = low;
  prediction.high = high;
  prediction.method = method;
  return prediction;
}

runtime::Measurement observed(double low, double high) {
  runtime::Measurement measurement;
  measurement.low = low;
  measurement.high = high;
  return measurement;
}

}  // namespace

TEST_CASE("chance is given the tolerance on both sides of the error bar") {
  const auto prediction = predicted(spec::Quantity::mean_time_to_failure, 80, 87, 90, analyzer::Method::bound);
  const Band band = confirm::band_of(prediction, 1.1, day);
  CHECK(band.low == Approx(80 / 1.1));
  CHECK(band.high == Approx(90 * 1.1));
}

TEST_CASE("what is deterministic is given none") {
  const auto prediction = predicted(spec::Quantity::mean_time_to_failure, 41, 41, 41, analyzer::Method::deterministic);
  const Band band = confirm::band_of(prediction, 1.1, day);
  CHECK(band.low == Approx(41).epsilon(1e-8));
  CHECK(band.high == Approx(41).epsilon(1e-8));
  CHECK(confirm::inside(observed(41, 41), band));
  CHECK(confirm::disjoint(observed(41.001, 41.001), band));
}

TEST_CASE("never is refuted by one event and confirmed by a long silence") {
  const auto never =
      predicted(spec::Quantity::mean_time_to_failure, infinity, infinity, infinity, analyzer::Method::exact);
  const Band band = confirm::band_of(never, 1.1, day);
  CHECK(confirm::inside(observed(27 * 86400.0, infinity), band));
  CHECK(confirm::disjoint(observed(100, 200), band));
  CHECK_FALSE(confirm::inside(observed(3600, infinity), band));
}

TEST_CASE("a predicted zero has the resolution of its unit") {
  const auto zero = predicted(spec::Quantity::timeout_probability, 0, 0, 0, analyzer::Method::exact);
  const Band band = confirm::band_of(zero, 1.1, day);
  CHECK(confirm::inside(observed(0, 1e-7), band));
  CHECK_FALSE(confirm::inside(observed(0, 0.03), band));
  CHECK(confirm::disjoint(observed(0.01, 0.02), band));
}

TEST_CASE("what cannot be told from zero has the band of zero, but a rare fall is no zero") {
  const auto tail = predicted(spec::Quantity::timeout_probability, 4e-102, 4e-102, 4e-102, analyzer::Method::exact);
  CHECK(confirm::inside(observed(0, 3e-8), confirm::band_of(tail, 1.1, day)));
  const auto rare = predicted(spec::Quantity::failure_probability, 1e-9, 1e-9, 1e-9, analyzer::Method::exact);
  CHECK_FALSE(confirm::inside(observed(0, 1e-4), confirm::band_of(rare, 1.1, day)));
}

TEST_CASE("a negative slope widens away from zero") {
  const auto draining = predicted(spec::Quantity::mailbox_growth, -2, -2, -2, analyzer::Method::exact);
  const Band band = confirm::band_of(draining, 1.1, day);
  CHECK(band.low == Approx(-2.2));
  CHECK(band.high == Approx(-2 / 1.1));
}

TEST_CASE("the looks never spend more than the whole error") {
  double spent = 0;
  for (unsigned look = 0; look < 100'000; ++look) spent += confirm::share_of_look(look);
  CHECK(spent < 1);
  CHECK(spent > 0.9999);
}

TEST_CASE("a band lies within what can be observed") {
  const auto zero = predicted(spec::Quantity::failure_probability, 0, 0, 0, analyzer::Method::deterministic);
  CHECK(confirm::band_of(zero, 1.1, day).low == 0);
  const auto always = predicted(spec::Quantity::failure_probability, 1, 1, 1, analyzer::Method::deterministic);
  CHECK(confirm::band_of(always, 1.1, day).high == 1);
  const auto likely = predicted(spec::Quantity::timeout_probability, 0.9, 0.95, 0.99, analyzer::Method::approximation);
  CHECK(confirm::band_of(likely, 1.1, day).high == 1);
}

TEST_CASE("what is proved to hold in every execution is refuted by one exception, whatever the interval") {
  using analyzer::Method;
  using spec::Quantity;
  const auto refutes = [](const analyzer::Prediction& prediction, double value) {
    runtime::Measurement seen;
    seen.value = value;
    const auto rule = confirm::without_exception(prediction);
    return rule && confirm::excepted(seen, *rule);
  };
  for (const auto method : {Method::deterministic, Method::exact, Method::bound}) {
    CHECK(refutes(predicted(Quantity::failure_probability, 1, 1, 1, method), 799.0 / 800));
    CHECK(refutes(predicted(Quantity::timeout_probability, 0, 0, 0, method), 1e-9));
    CHECK(refutes(predicted(Quantity::crash_rate, 0, 0, 0, method), 1e-12));
    CHECK(refutes(predicted(Quantity::mean_time_to_failure, infinity, infinity, infinity, method), 1e9));
    CHECK_FALSE(refutes(predicted(Quantity::failure_probability, 1, 1, 1, method), 1));
    CHECK_FALSE(refutes(predicted(Quantity::mean_time_to_failure, infinity, infinity, infinity, method), std::nan("")));
  }
  CHECK_FALSE(confirm::without_exception(predicted(Quantity::timeout_probability, 0, 0, 0, Method::approximation)));
  CHECK_FALSE(confirm::without_exception(predicted(Quantity::timeout_probability, 0, 0, 1e-9, Method::bound)));
  CHECK_FALSE(confirm::without_exception(predicted(Quantity::crash_rate, 1, 1, 1, Method::exact)));
}
