#include "report/figures.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

using namespace treefall;
using report::method_text;
using report::range_text;
using spec::Quantity;
using spec::Unit;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

analyzer::Prediction prediction(Quantity quantity, analyzer::Method method, double value, double low, double high) {
  return {{}, quantity, {}, value, low, high, method, ""};
}

}  // namespace

TEST_CASE("ranges have one unit and the digits that tell their ends apart") {
  CHECK(range_text(Unit::seconds, 86, 88) == "1 min 26 s … 1 min 28 s");
  CHECK(range_text(Unit::seconds, 87.1, 87.4) == "87.1 … 87.4 s");
  CHECK(range_text(Unit::seconds, 0.004, 0.0052) == "4 … 5.2 ms");
  CHECK(range_text(Unit::share, 0.718, 0.723) == "71.8 … 72.3 %");
  CHECK(range_text(Unit::share, 0.72001, 0.72004) == "72.001 … 72.004 %");
  CHECK(range_text(Unit::probability, 2.9e-4, 3.3e-4) == "2.9e-4 … 3.3e-4");
  CHECK(range_text(Unit::probability, 0, 3.3e-4) == "0 … 3.3e-4");
  CHECK(range_text(Unit::probability, 0, 0.02) == "0 … 2 %");
  CHECK(range_text(Unit::per_second, 40.6 / 3600, 41.9 / 3600) == "40.6 … 41.9/h");
  CHECK(range_text(Unit::messages, 3, 3) == "3 messages");
  CHECK(range_text(Unit::seconds, 90, infinity) == "at least 1 min 30 s");
  CHECK(range_text(Unit::seconds, 0, infinity) == "unknown");
  CHECK(range_text(Unit::seconds, std::nan(""), 1) == "unknown");
}

TEST_CASE("a method says how sure a number is") {
  using analyzer::Method;
  const Quantity timeout = Quantity::timeout_probability;
  CHECK(method_text(prediction(timeout, Method::exact, 0.5, 0.5, 0.5)) == "exact");
  CHECK(method_text(prediction(timeout, Method::deterministic, 1, 1, 1)) == "deterministic");
  CHECK(method_text(prediction(timeout, Method::bound, 3.1e-4, 0, 4e-4)) == "bound ≤ 0.0004");
  CHECK(method_text(prediction(timeout, Method::bound, 3.1e-4, 3.1e-4, 4e-4)) == "bound ≤ 0.0004");
  CHECK(method_text(prediction(Quantity::mean_time_to_failure, Method::bound, 60, 50, infinity)) == "bound ≥ 50 s");
  CHECK(method_text(prediction(timeout, Method::approximation, 0.5, 0.485, 0.515)) == "± 3 %");
  CHECK(method_text(prediction(timeout, Method::approximation, 0.5, 0.1, 0.9)) == "approximately 10 … 90 %");
}

TEST_CASE("names are short where they are clear") {
  CHECK(report::short_names({"A/B", "A/C", "A/B"}) == std::vector<std::string>{"B", "C", "B"});
  CHECK(report::short_names({"A/B", "C/B", "A"}) == std::vector<std::string>{"A/B", "C/B", "A"});
  CHECK(report::short_names({"A", "A/A", "A/D[0]"}) == std::vector<std::string>{"A", "A/A", "D[0]"});
}

TEST_CASE("a band says what was allowed") {
  using report::band_text;
  CHECK(band_text(Unit::seconds, {79.027, 95.62}) == "1 min 19 s … 1 min 36 s");
  CHECK(band_text(Unit::seconds, {12.999999985, 13.000000015}) == "13 s");
  CHECK(band_text(Unit::seconds, {86400, infinity}) == "at least 1 day");
  CHECK(band_text(Unit::probability, {0, 0.01}) == "at most 1 %");
  CHECK(band_text(Unit::probability, {0.99, 1}) == "at least 99 %");
  CHECK(band_text(Unit::probability, {0.999999998, 1}) == "100 %");
  CHECK(band_text(Unit::probability, {0.4545, 0.55}) == "45.5 … 55 %");
  CHECK(band_text(Unit::per_second, {0, 1.0 / 86400}) == "at most 1/day");
}

TEST_CASE("a margin says how far a value is on the promised side") {
  spec::QuantityPromise most;
  most.bound = 0.8;
  CHECK(report::margin(most, 0.6) == Approx(0.25));
  CHECK(report::margin_text(most, 0.6) == "25 % below the bound");
  CHECK(report::margin_text(most, 0.88) == "10 % above the bound");
  CHECK(report::margin_text(most, 80) == "100 times the bound");
  spec::QuantityPromise least;
  least.at_most = false;
  least.bound = 100;
  CHECK(report::margin(least, 50) == Approx(-0.5));
  CHECK(report::margin_text(least, 50) == "50 % below the bound");
  CHECK(report::margin_text(least, std::numeric_limits<double>::infinity()) == "without end");
  most.bound = 0;
  CHECK(report::margin(most, 0) == 0);
  CHECK(std::isinf(report::margin(most, 1)));
}
