// The shortest timeline that breaks a promise.
#include "confirm/breach.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "analyzer/facts.hpp"
#include "analyzer/lint.hpp"
#include "confirm/confirm.hpp"
#include "confirm/trace_line.hpp"
#include "spec/read.hpp"

using namespace treefall;

namespace {

spec::Design read(const std::string& text) {
  auto reading = spec::read(spec::Source("x.yaml", text));
  REQUIRE(reading.design);
  return std::move(*reading.design);
}

const std::string shop =
    "treefall: 1\nhorizon: 10min\ntraffic: {buyers: {to: Cart, rate: 20/s, timeout: 50ms}}\n"
    "faults: {outage: {every: exp(1h), lasts: 1s}}\ntree:\n"
    "  supervisor: Top\n  children:\n    - {worker: Price, crashes: {rate: 12/min}}\n"
    "    - {worker: Cart, handles: {any: exp(30ms)}}\n"
    "    - {worker: Repo, init: {fails: {during: outage}}, crashes: {during: outage, after: 1ms}}\n";

spec::Target node(spec::NodeId id) { return {id, {}, {}}; }

}  // namespace

TEST_CASE("it is the soonest of the replicas looked at, up to the moment itself") {
  const spec::Design design = read(shop);
  const confirm::BreachSearch search{1, 0, std::chrono::minutes(10), {}};
  const auto lines = confirm::shortest_breach(design, node(0), spec::Quantity::failure_probability, search);
  REQUIRE(lines.size() > 3);
  const auto fell = [&](std::uint64_t first) {
    const auto one = confirm::shortest_breach(design, node(0), spec::Quantity::failure_probability,
                                              {1, first, std::chrono::minutes(10), {}});
    return one.empty() ? INT64_MAX : confirm::number(one.back(), "t_ns");
  };
  CHECK(confirm::number(lines.back(), "t_ns") <= fell(5));
  CHECK(confirm::number(lines.back(), "t_ns") <= fell(50));
  CHECK(std::any_of(lines.begin(), lines.end(),
                    [](const std::string& line) { return confirm::field(line, "event") == "gave_up"; }));
}

TEST_CASE("late calls and crashes have a moment, averages have none") {
  const spec::Design design = read(shop);
  const confirm::BreachSearch search{1, 0, std::chrono::minutes(10), {}};
  const auto late = confirm::shortest_breach(design, node(2), spec::Quantity::timeout_probability, search);
  REQUIRE_FALSE(late.empty());
  CHECK(confirm::field(late.back(), "event") == "call_failed");
  const auto crash = confirm::shortest_breach(design, node(1), spec::Quantity::crash_rate, search);
  REQUIRE_FALSE(crash.empty());
  CHECK(confirm::shortest_breach(design, node(2), spec::Quantity::mean_wait, search).empty());
  CHECK_FALSE(confirm::has_moment(spec::Quantity::utilisation));
}

TEST_CASE("what holds during one outage is no claim about the design as it runs") {
  const spec::Design design = read(shop + "expect: [{fault: outage, lasting: 30s, survives: Top}]\n");
  const auto facts = analyzer::derive(design);
  const auto linting = analyzer::lint(design, facts, {});
  REQUIRE(linting.findings.size() == 1);
  CHECK(linting.findings.front().of_one_outage);
  const std::atomic<bool> never{false};
  confirm::Options options;
  options.jobs = 2;
  options.events = 5'000'000;
  const auto result = confirm::confirm(design, {}, linting.findings, options, never);
  CHECK(result.checks.empty());
}

TEST_CASE("confirm gives broken promises their timeline, kept ones none") {
  const spec::Design design = read(shop +
                                   "expect:\n"
                                   "  - {process: Top, quantity: failure_probability, at_most: 1%}\n"
                                   "  - {process: Cart, quantity: utilisation, at_most: 90%}\n"
                                   "  - {fault: outage, lasting: 30s, survives: Top}\n");
  const std::atomic<bool> never{false};
  confirm::Options options;
  options.jobs = 2;
  options.events = 20'000'000;
  const auto result = confirm::confirm(design, {}, {}, options, never);
  REQUIRE(result.promises.size() == 3);
  CHECK(result.promises[0].kept == confirm::Kept::fail);
  CHECK_FALSE(result.promises[0].witness.empty());
  CHECK(result.promises[1].witness.empty());
  CHECK(result.promises[2].kept == confirm::Kept::fail);
  // Of a fault: a fall after the fault has begun, not one that would have come anyway.
  REQUIRE_FALSE(result.promises[2].witness.empty());
  const auto& lines = result.promises[2].witness;
  CHECK(confirm::number(lines.back(), "t_ns") >= 60'000'000'000);
  CHECK(std::any_of(lines.begin(), lines.end(),
                    [](const std::string& line) { return confirm::field(line, "event") == "fault_began"; }));
}
