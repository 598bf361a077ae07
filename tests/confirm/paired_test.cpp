// Two designs with common random numbers: what they share cancels, a known ratio is found.
#include "confirm/paired.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "spec/read.hpp"

using namespace treefall;

namespace {

const std::atomic<bool> never{false};

spec::Design shop(const std::string& service, const std::string& crashes = "1/min") {
  auto reading = spec::read(
      spec::Source("x.yaml",
                   "treefall: 1\nhorizon: 1min\ntraffic: {buyers: {to: Cart, rate: 20/s}}\ntree:\n  supervisor: Top\n"
                   "  max_restarts: 1000\n  children:\n    - worker: Cart\n      handles: {any: " +
                       service + "}\n    - {worker: Price, crashes: {rate: " + crashes + "}}\n"));
  REQUIRE(reading.design);
  return std::move(*reading.design);
}

confirm::PairedClaim claim(spec::NodeId node, spec::Quantity quantity) {
  return {spec::Target{node, {}, {}}, spec::Target{node, {}, {}}, quantity, std::chrono::minutes(1)};
}

confirm::PairedOptions options(unsigned jobs) {
  confirm::PairedOptions chosen;
  chosen.jobs = jobs;
  chosen.events = 2'000'000;
  return chosen;
}

}  // namespace

TEST_CASE("the same design differs in nothing") {
  const spec::Design one = shop("exp(5ms)");
  const auto found = confirm::compare(one, one, {claim(1, spec::Quantity::utilisation)}, options(2), never);
  REQUIRE(found.size() == 1);
  CHECK(found[0].is_ratio);
  CHECK(found[0].low == 1);
  CHECK(found[0].high == 1);
  CHECK(found[0].correlation == Approx(1));
}

TEST_CASE("a known ratio lies in the interval, and common numbers make it narrow") {
  const auto found =
      confirm::compare(shop("exp(5ms)"), shop("exp(10ms)"), {claim(1, spec::Quantity::utilisation)}, options(2), never);
  CHECK(found[0].low < 2.01);
  CHECK(found[0].high > 1.99);
  CHECK(found[0].high / found[0].low < 1.02);
  CHECK(found[0].correlation > 0.9);
}

TEST_CASE("what an edit leaves alone does not move") {
  const auto found = confirm::compare(shop("exp(5ms)", "1/min"), shop("exp(5ms)", "2/min"),
                                      {claim(1, spec::Quantity::utilisation), claim(2, spec::Quantity::crash_rate)},
                                      options(2), never);
  CHECK(found[0].low == 1);
  CHECK(found[0].high == 1);
  CHECK(found[1].low > 1);
  CHECK(found[1].confidence > 0.95);  // corrected for two
}

TEST_CASE("comparisons do not depend on the number of threads") {
  const spec::Design a = shop("exp(5ms)"), b = shop("exp(6ms)");
  const auto one = confirm::compare(a, b, {claim(1, spec::Quantity::mean_wait)}, options(1), never);
  const auto two = confirm::compare(a, b, {claim(1, spec::Quantity::mean_wait)}, options(2), never);
  CHECK(one[0].low == two[0].low);
  CHECK(one[0].high == two[0].high);
}

TEST_CASE("a span beyond the budget is said, not guessed") {
  auto chosen = options(2);
  chosen.events = 100'000;
  auto long_one = claim(0, spec::Quantity::failure_probability);
  long_one.within = std::chrono::hours(24 * 30);
  const auto found = confirm::compare(shop("exp(5ms)"), shop("exp(6ms)"), {long_one}, chosen, never);
  CHECK(std::isnan(found[0].low));
  CHECK(found[0].because.find("beyond the budget") != std::string::npos);
}
