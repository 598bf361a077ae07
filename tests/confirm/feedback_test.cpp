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
  const auto points = analyzer::fixed_points({{{0.5, 5, 3}}, 0, 1});
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
  CHECK(analyzer::fixed_points({{{0.2, 5, 3}}, 0, 1}).size() == 1);
  CHECK_FALSE(analyzer::fixed_points({{{0.2, 5, 3}}, 0, 1}).front().overloaded);
  REQUIRE(analyzer::fixed_points({{{0.6, 0.5, 3}}, 0, 1}).size() == 1);
  CHECK(analyzer::fixed_points({{{0.6, 0.5, 3}}, 0, 1}).front().overloaded);
  CHECK(analyzer::fixed_points({{{1.2, 5, 3}}, 0, 1}).size() == 1);
  CHECK(std::isinf(analyzer::time_to_overload({{{0.2, 5, 3}}, 0, 1}).value));
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
        const auto points = analyzer::fixed_points({{{rate, timeout, retries}}, 0, 1});
        CHECK(points.size() == static_cast<std::size_t>(crossings) + (above ? 1 : 0));
        CHECK(points.back().overloaded == above);
      }
}

TEST_CASE("several streams that are tried again have their fixed points together") {
  // Two halves of one stream are that stream.
  const auto one = analyzer::fixed_points({{{0.5, 5, 3}}, 0.1, 1});
  const auto two = analyzer::fixed_points({{{0.2, 5, 3}, {0.3, 5, 3}}, 0.1, 1});
  REQUIRE(one.size() == two.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i].rate == Approx(two[i].rate));
    CHECK(one[i].late == Approx(two[i].late));
    CHECK(one[i].stable == two[i].stable);
  }
  CHECK(analyzer::time_to_overload({{{0.5, 5, 3}}, 0.1, 1}).value ==
        Approx(analyzer::time_to_overload({{{0.2, 5, 3}, {0.3, 5, 3}}, 0.1, 1}).value));
  // Different ones: each point brings itself about.
  const analyzer::Retried mixed{{{0.3, 4, 3}, {0.2, 8, 5}}, 0.05, 1};
  const auto points = analyzer::fixed_points(mixed);
  REQUIRE(points.size() == 3);
  for (std::size_t i = 0; i < 2; ++i) {
    double comes = mixed.others;
    for (const auto& stream : mixed.streams)
      for (std::uint32_t j = 0; j <= stream.retries; ++j)
        comes += stream.rate * std::pow(std::exp(-(1 - points[i].rate) * stream.timeout), j);
    CHECK(comes == Approx(points[i].rate).epsilon(1e-10));
  }
  CHECK(points[2].rate == Approx(0.3 * 4 + 0.2 * 6 + 0.05));
}

TEST_CASE("fixed points and overload of services that are not exponential") {
  // By the general way exponential services come to what the closed form says.
  for (const auto& calls :
       {analyzer::Retried{{{0.5, 5, 3}}, 0, 1}, analyzer::Retried{{{0.3, 4, 3}, {0.2, 8, 5}}, 0.05, 1},
        analyzer::Retried{{{0.2, 5, 3}}, 0, 1}, analyzer::Retried{{{0.6, 0.5, 3}}, 0, 1}}) {
    auto general = calls;
    general.service = spec::Exponential{1};
    const auto exact = analyzer::fixed_points(calls), found = analyzer::fixed_points(general);
    REQUIRE(found.size() == exact.size());
    for (std::size_t i = 0; i < exact.size(); ++i) {
      CHECK(found[i].rate == Approx(exact[i].rate).epsilon(2e-3));
      CHECK(found[i].late == Approx(exact[i].late).epsilon(2e-2));
      CHECK(found[i].stable == exact[i].stable);
      CHECK(found[i].overloaded == exact[i].overloaded);
    }
  }
  // Regular services have fewer late calls, and last longer; irregular ones the other way round.
  const analyzer::Retried plain{{{0.5, 5, 3}}, 0, 1};
  auto regular = plain, irregular = plain, exponential = plain;
  exponential.service = spec::Exponential{1};
  regular.service = spec::Erlang{3, 1};
  irregular.service = spec::Weibull{0.7, 1 / std::tgamma(1 + 1 / 0.7)};
  // The two ways to the time of overload are different approximations, each with its bar.
  CHECK(analyzer::fixed_points(regular)[0].rate < analyzer::fixed_points(plain)[0].rate);
  CHECK(analyzer::fixed_points(irregular)[0].rate > analyzer::fixed_points(plain)[0].rate);
  const auto after = [](const analyzer::Retried& calls) { return analyzer::time_to_overload(calls); };
  CHECK(after(regular).value > after(exponential).value);
  CHECK(after(irregular).value < after(exponential).value);
  // Played out with the delay of the retries: 807 +- 40, 127 +- 6; constant services 4,180 +- 360.
  CHECK(after(regular).low < 807);
  CHECK(after(regular).high > 807);
  CHECK(after(irregular).low < 127);
  CHECK(after(irregular).high > 127);
  auto constant = plain;
  constant.service = spec::Constant{1};
  CHECK(after(constant).low < 4180);
  CHECK(after(constant).high > 4180);
}

TEST_CASE("what is predicted of a process whose callers try again is what execution shows") {
  for (const auto& [horizon, service] : {std::pair<std::string, std::string>{"2min", "exp(1s)"},
                                         {"20min", "exp(1s)"},
                                         {"2h", "exp(1s)"},
                                         {"20min", "erlang(3 1s)"},
                                         {"2h", "1s"},
                                         {"5min", "weibull(0.7 1s)"}})
    for (const std::string traffic : {"a: {to: Server, rate: 0.5/s, timeout: 5s, on_timeout: {retry: 3}}",
                                      "a: {to: Server, rate: 0.25/s, timeout: 5s, on_timeout: {retry: 3}}, b: {to: "
                                      "Server, rate: 0.3/s, timeout: 10s, "
                                      "on_timeout: {retry: 2}}, c: {to: Server, sends: cast, rate: 0.05/s}"}) {
      const auto reading = spec::read(spec::Source(
          "storm.yaml", "treefall: 1\nhorizon: " + horizon + "\ntraffic: {" + traffic +
                            "}\ntree: {supervisor: Top, children: [{worker: Server, handles: " + service + "}]}\n"));
      REQUIRE(reading.design);
      const auto& design = *reading.design;
      const auto facts = analyzer::derive(design);
      const auto node = server(design);
      runtime::Experiment experiment(design, 1, design.horizon.value, 1);
      experiment.extend(300, never);
      for (const auto quantity :
           {spec::Quantity::utilisation, spec::Quantity::throughput, spec::Quantity::mailbox_growth}) {
        const auto* said = analyzer::find(facts, node, quantity);
        REQUIRE(said);
        const auto seen = experiment.measure(spec::Target{node, {}, {}}, quantity, std::nullopt, 0.999);
        REQUIRE(seen);
        CAPTURE(horizon, service, traffic, spec::info(quantity).name, said->low, said->value, said->high, seen->low,
                seen->high);
        CHECK(said->method == analyzer::Method::approximation);
        CHECK(said->low <= seen->high);
        CHECK(said->high >= seen->low);
      }
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
