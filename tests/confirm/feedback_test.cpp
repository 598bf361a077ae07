// Retry storms: the fixed points, and execution on how long the better one lasts.
#include "analyzer/feedback.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "runtime/simulate.hpp"
#include "spec/read.hpp"

using namespace treefall;

namespace {

const std::atomic<bool> never{false};

struct Storm {
  std::string rate, timeout, retries;
};

spec::Design design_of(const Storm& storm, const std::string& horizon) {
  auto reading = spec::read(spec::Source(
      "storm.yaml", "treefall: 1\nhorizon: " + horizon + "\ntraffic:\n  calls: {to: Server, rate: " + storm.rate +
                        "/s, timeout: " + storm.timeout + ", on_timeout: {retry: " + storm.retries +
                        "}}\ntree: {supervisor: Top, children: [{worker: Server, handles: exp(1s)}]}\n"));
  REQUIRE(reading.design);
  return std::move(*reading.design);
}

spec::NodeId server(const spec::Design& design) {
  for (spec::NodeId id = 0; id < design.nodes.size(); ++id)
    if (design.nodes[id].name == "Server") return id;
  return spec::no_node;
}

/// How long it takes to tip over on the average, from the share of time in which the server is busy: rho until then and
/// always after it, over a horizon H, is 1 - (1 - rho) (1 - exp(-H/t)) t/H for an exponential time of mean t.
double time_behind(double busy, double before, double horizon) {
  double low = 1, high = 1e7;
  while (high / low > 1.0001) {
    const double middle = std::sqrt(low * high);
    const double would_be = 1 + (1 - before) * std::expm1(-horizon / middle) * middle / horizon;
    (would_be > busy ? low : high) = middle;
  }
  return low;
}

}  // namespace

TEST_CASE("all fixed points of a load that is tried again") {
  // Half a server's load, a timeout of five services, three retries: the figures of docs/mathematics.md.
  const auto points = analyzer::fixed_points({0.5, 0, 1, 5, 3});
  REQUIRE(points.size() == 3);
  CHECK(points[0].rate == Approx(0.563).epsilon(0.002));
  CHECK(points[0].stable);
  CHECK(points[1].rate == Approx(0.820).epsilon(0.002));
  CHECK_FALSE(points[1].stable);
  CHECK(points[2].rate == Approx(2.0));
  CHECK(points[2].overloaded);
  for (std::size_t i = 0; i < 2; ++i) {
    const double q = std::exp(-(1 - points[i].rate) * 5);
    CHECK(points[i].rate == Approx(0.5 * (1 + q + q * q + q * q * q)).epsilon(1e-12));
    CHECK(points[i].late == Approx(q).epsilon(1e-12));
  }

  // Room for all attempts: one, and no overload. Hardly any patience: nothing but overload.
  CHECK(analyzer::fixed_points({0.2, 0, 1, 5, 3}).size() == 1);
  CHECK_FALSE(analyzer::fixed_points({0.2, 0, 1, 5, 3}).front().overloaded);
  REQUIRE(analyzer::fixed_points({0.6, 0, 1, 0.5, 3}).size() == 1);
  CHECK(analyzer::fixed_points({0.6, 0, 1, 0.5, 3}).front().overloaded);
  CHECK(analyzer::fixed_points({1.2, 0, 1, 5, 3}).size() == 1);
  CHECK(std::isinf(analyzer::time_to_overload({0.2, 0, 1, 5, 3}).value));
}

TEST_CASE("no fixed point is missed") {
  for (double rate = 0.05; rate < 1; rate += 0.05)
    for (const double timeout : {0.5, 1.5, 3.0, 5.0, 9.0, 20.0})
      for (const std::uint32_t retries : {1U, 2U, 3U, 6U}) {
        INFO(rate << " " << timeout << " " << retries);
        if (std::abs(rate * (retries + 1) - 1) < 1e-9) continue;  // just room for all attempts
        int crossings = 0;
        bool above = true;
        constexpr int steps = 20'000;
        for (int i = 1; i <= steps; ++i) {
          const double x = rate + (1 - rate) * i / steps;
          const double q = std::exp(-(1 - x) * timeout);
          double sum = 1;
          for (std::uint32_t j = 0; j < retries; ++j) sum = 1 + q * sum;
          const bool now = rate * sum - x > 0;
          crossings += now != above ? 1 : 0;
          above = now;
        }
        const auto points = analyzer::fixed_points({rate, 0, 1, timeout, retries});
        CHECK(points.size() == static_cast<std::size_t>(crossings) + (above ? 1 : 0));
        CHECK(points.back().overloaded == above);
      }
}

TEST_CASE("execution agrees with how long a metastable load lasts") {
  for (const auto& [storm, horizon] : {std::pair(Storm{"0.5", "5s", "3"}, std::string("20min")),
                                       std::pair(Storm{"0.4", "5s", "3"}, std::string("40min")),
                                       std::pair(Storm{"0.6", "8s", "1"}, std::string("80min"))}) {
    const auto design = design_of(storm, horizon);
    const auto facts = analyzer::derive(design);
    const auto node = server(design);
    const auto feedback = analyzer::feedback_of(design, facts, node);
    REQUIRE(feedback);
    runtime::Experiment experiment(design, 1, design.horizon.value, 1);
    experiment.extend(400, never);
    const auto busy = experiment.measure(spec::Target{node, {}, {}}, spec::Quantity::utilisation, std::nullopt, 0.99);
    REQUIRE(busy);
    const double seconds = spec::in_seconds(design.horizon.value);
    const double before = feedback->points.front().rate;
    const double least = time_behind(busy->high, before, seconds), most = time_behind(busy->low, before, seconds);
    INFO(storm.rate << " " << storm.timeout << ": executed " << least << " to " << most << " s, predicted "
                    << feedback->tips_after.low << " to " << feedback->tips_after.high);
    CHECK(least <= feedback->tips_after.high);
    CHECK(most >= feedback->tips_after.low);
    CHECK(most / least < 2);
  }
}
