// Products side by side against the plain loops that they stand for: to the last bit, as results must not depend on it.
#include "analyzer/products.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "analyzer/facts.hpp"
#include "analyzer/remembered.hpp"
#include "spec/read.hpp"

using namespace treefall::analyzer;

namespace {

std::vector<double> drawn(std::size_t n, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> numbers(n);
  for (double& number : numbers) number = std::exponential_distribution<>(3)(random);
  return numbers;
}

}  // namespace

TEST_CASE("a count is added and taken away as the plain loops do it, to the last bit", "[products]") {
  std::vector<double> room;
  for (std::size_t n = 1; n < 40; ++n) {
    const auto weights = drawn(n, n), row = drawn(n, 100 + n);
    for (const std::size_t terms : {std::size_t{1}, (n + 1) / 2, n}) {
      CAPTURE(n, terms);
      std::vector<double> added(n);
      for (std::size_t s = 0; s < n; ++s)
        for (std::size_t y = 0; y <= std::min(s, terms - 1); ++y) added[s] += weights[y] * row[s - y];
      auto convolved = row;
      convolve(convolved.data(), n, weights.data(), terms, room);
      CHECK(convolved == added);
    }
    std::vector<double> taken(n);
    for (std::size_t a = 0; a < n; ++a)
      for (std::size_t x = 0; a + x < n; ++x) taken[a] += weights[x] * row[a + x];
    auto correlated = row;
    correlate(correlated.data(), n, weights.data(), room);
    CHECK(correlated == taken);
  }
}

TEST_CASE("what is remembered of one design is what the next one would compute", "[products]") {
  const auto read = [](const std::string& restarts) {
    const auto reading = treefall::spec::read(treefall::spec::Source(
        "one.yaml",
        "treefall: 1\nname: one\nhorizon: 1d\ntree: {supervisor: Top, max_restarts: 3, max_seconds: 60, "
        "children: [{supervisor: S, max_restarts: " +
            restarts + ", max_seconds: 5, children: [{worker: W, crashes: {rate: 0.02/s}}]}]}\n"));
    REQUIRE(reading.design);
    return *reading.design;
  };
  Remembered remembered;
  for (const std::string restarts : {"3", "4", "3", "2", "4"}) {
    const auto design = read(restarts);
    const Facts asked_again = derive(design, remembered), alone = derive(design);
    REQUIRE(asked_again.predictions.size() == alone.predictions.size());
    for (std::size_t i = 0; i < alone.predictions.size(); ++i) {
      if (std::isnan(alone.predictions[i].low)) continue;
      CHECK(asked_again.predictions[i].low == alone.predictions[i].low);
      CHECK(asked_again.predictions[i].high == alone.predictions[i].high);
      CHECK(asked_again.predictions[i].because == alone.predictions[i].because);
    }
    for (std::size_t i = 0; i < alone.tolerances.size(); ++i)
      CHECK(asked_again.tolerances[i].at_most == alone.tolerances[i].at_most);
  }
}
