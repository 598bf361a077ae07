// Which number of a design moves a finding most, and up to where it would hold: derivatives against closed forms, the
// break-even against the rules on both of its sides.
#include "analyzer/sensitivity.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "analyzer/intensity.hpp"
#include "analyzer/lint.hpp"
#include "rules/all.hpp"
#include "spec/read.hpp"

using namespace treefall;
using analyzer::Input;
using spec::Quantity;

namespace {

spec::Design design_of(const std::string& text) {
  auto reading = spec::read(spec::Source("test.yaml", "treefall: 1\n" + text));
  for (const auto& diagnostic : reading.diagnostics) UNSCOPED_INFO(diagnostic.message);
  REQUIRE(reading.design);
  return std::move(*reading.design);
}

std::size_t input_named(const spec::Design& design, const std::string& process, const std::string& key) {
  const auto inputs = analyzer::inputs_of(design);
  for (std::size_t at = 0; at < inputs.size(); ++at)
    if (inputs[at].process == process && inputs[at].key == key) return at;
  FAIL("no input " << key << " of " << process);
  return 0;
}

spec::NodeId node_named(const spec::Design& design, const std::string& name) {
  for (spec::NodeId id = 0; id < design.nodes.size(); ++id)
    if (design.nodes[id].name == name) return id;
  FAIL("no process " << name);
  return 0;
}

analyzer::Elasticity elasticity(const spec::Design& design, const std::string& process, const std::string& key,
                                const std::string& of, Quantity quantity) {
  const auto node = node_named(design, of);
  const auto found = analyzer::elasticity(design, input_named(design, process, key), [&](const analyzer::Facts& facts) {
    const auto* prediction = analyzer::find(facts, node, quantity);
    return prediction == nullptr ? std::nan("") : prediction->value;
  });
  REQUIRE(found);
  return *found;
}

std::vector<analyzer::Finding> findings_of(const spec::Design& design, bool influences = false) {
  const auto facts = analyzer::derive(design);
  auto findings = analyzer::lint(design, facts, rules::all()).findings;
  if (influences) analyzer::find_influences(design, facts, rules::all(), analyzer::usual_effort, findings);
  return findings;
}

bool has(const std::vector<analyzer::Finding>& findings, const std::string& rule) {
  return std::any_of(findings.begin(), findings.end(), [&](const auto& one) { return one.diagnostic.rule == rule; });
}

/// The finding of that rule, with its influences.
analyzer::Finding finding_of(const spec::Design& design, const std::string& rule) {
  for (auto& finding : findings_of(design, true))
    if (finding.diagnostic.rule == rule) {
      REQUIRE(finding.influences);
      return finding;
    }
  FAIL("no finding of " << rule);
  return {};
}

/// The rule is silent at the break-even, and speaks again a little beyond.
void check_break_even(const spec::Design& design, const std::string& rule, const analyzer::Influence& influence) {
  REQUIRE(influence.holds);
  const auto& input = influence.input;
  const std::size_t at = input_named(design, input.process, input.key);
  const double beyond = input.kind == Input::Kind::number
                            ? influence.holds->value + (influence.holds->up_to ? 1 : -1)
                            : influence.holds->value * (influence.holds->up_to ? 1.002 : 0.998);
  INFO(input.process << " " << input.key << " " << influence.holds->value);
  CHECK_FALSE(has(findings_of(analyzer::with_input(design, at, influence.holds->value)), rule));
  CHECK(has(findings_of(analyzer::with_input(design, at, beyond)), rule));
}

const std::string queue = R"(
traffic: {requests: {to: Server, rate: 9/s, sends: cast}}
tree: {supervisor: Root, children: [{worker: Server, handles: {any: exp(100ms)}}]}
)";

const std::string crashing = R"(
horizon: 1h
tree: {supervisor: Root, max_restarts: 3, max_seconds: 5, children: [{worker: Price, crashes: {rate: 12/min}}]}
)";

}  // namespace

TEST_CASE("elasticities of M/M/1 are those of its formulas") {
  const auto design = design_of(queue);
  const double rho = 0.9;
  const auto load = elasticity(design, "traffic:requests", "rate", "Server", Quantity::utilisation);
  CHECK(load.value == Approx(1).epsilon(1e-8));
  // Wq = rho s / (1 - rho): d ln Wq / d ln lambda = 1 / (1 - rho), d ln Wq / d ln s = 1 + 1 / (1 - rho).
  const auto by_rate = elasticity(design, "traffic:requests", "rate", "Server", Quantity::mean_wait);
  CHECK(by_rate.value == Approx(1 / (1 - rho)).epsilon(1e-3));
  CHECK(std::abs(by_rate.value - 1 / (1 - rho)) <= by_rate.error);
  const auto by_service = elasticity(design, "Root/Server", "handles.any.takes", "Server", Quantity::mean_wait);
  CHECK(by_service.value == Approx(1 + 1 / (1 - rho)).epsilon(1e-3));
  CHECK(std::abs(by_service.value - 1 - 1 / (1 - rho)) <= by_service.error);
}

TEST_CASE("elasticities of a restart budget are those of the chain and of the closed forms") {
  // The same by differences of the window's own mathematics, far finer.
  const auto mean = [](double rate) { return analyzer::mean_time_to_failure({3, 5}, rate).value; };
  const double h = 1e-5, rate = 0.2;
  const double wanted = (std::log(mean(rate * (1 + h))) - std::log(mean(rate * (1 - h)))) / (2 * h);
  const auto found =
      elasticity(design_of(crashing), "Root/Price", "crashes.rate", "Root", Quantity::mean_time_to_failure);
  CHECK(found.value == Approx(wanted).epsilon(1e-4));
  CHECK(found.error < 0.01);

  // No restart allowed: the mean time to failure is that to the first crash.
  const auto none = design_of(R"(
tree: {supervisor: Root, max_restarts: 0, max_seconds: 5, children: [{worker: Price, crashes: {rate: 1/h}}]}
)");
  CHECK(elasticity(none, "Root/Price", "crashes.rate", "Root", Quantity::mean_time_to_failure).value ==
        Approx(-1).epsilon(1e-6));
  // 1 - exp(-x) with x = rate times horizon = 24: x exp(-x) / (1 - exp(-x)).
  const double x = 24;
  CHECK(elasticity(none, "Root/Price", "crashes.rate", "Root", Quantity::failure_probability).value ==
        Approx(x * std::exp(-x) / -std::expm1(-x)).epsilon(1e-3).margin(1e-9));
}

TEST_CASE("a number can be changed, and nothing else is") {
  const auto design = design_of(R"(
faults: {outage: {every: exp(30d), lasts: 5s}}
traffic: {work: {to: A, burst: {size: 20, every: 10s}, message: go, timeout: 1s}}
tree:
  supervisor: Root
  children:
    - {worker: A, crashes: [{rate: 2/h}, {after: exp(3h)}], handles: {go: {takes: 5ms, crashes: 0.1%}, any: 1ms}}
    - {worker: B, count: 4, init: {takes: 40ms}, ticks: [{every: 7s, calls: [{to: A, message: go, timeout: 2s}]}]}
)");
  std::vector<std::string> keys;
  for (const auto& input : analyzer::inputs_of(design)) keys.push_back(input.process + " " + input.key);
  CHECK(keys == std::vector<std::string>{"traffic:work burst.size", "traffic:work burst.every", "traffic:work timeout",
                                         "Root/A crashes[0].rate", "Root/A crashes[1].after", "Root/A handles.go.takes",
                                         "Root/A handles.go.crashes", "Root/A handles.any.takes", "Root/B[0] count",
                                         "Root/B[0] init.takes", "Root/B[0] ticks.every",
                                         "Root/B[0] ticks.calls.timeout", "fault:outage every", "fault:outage lasts"});
  for (std::size_t changed = 0; changed < keys.size(); ++changed) {
    const auto before = analyzer::inputs_of(design);
    const auto after = analyzer::inputs_of(analyzer::with_input(
        design, changed, before[changed].kind == Input::Kind::number ? 6 : before[changed].value / 4));
    REQUIRE(after.size() == before.size());
    for (std::size_t at = 0; at < keys.size(); ++at) {
      INFO(keys[at] << " when " << keys[changed] << " is changed");
      const bool whole = before[at].kind == Input::Kind::number;
      CHECK(after[at].value == Approx(at != changed ? before[at].value : whole ? 6 : before[at].value / 4));
    }
  }
}

TEST_CASE("copies of which some are picked out by number stay as many as they are") {
  const auto design = design_of(R"(
traffic: {work: {to: "B[3]", rate: 1/s}}
tree: {supervisor: Root, children: [{worker: B, count: 4, handles: 1ms}]}
)");
  for (const auto& input : analyzer::inputs_of(design)) CHECK(input.key != "count");
}

TEST_CASE("a break-even is where the rule falls silent") {
  const auto design = design_of(crashing);
  const auto finding = finding_of(design, "cascade-probability");
  const auto& greatest = finding.influences->front();
  CHECK(greatest.input.key == "crashes.rate");
  CHECK(greatest.holds->up_to);
  check_break_even(design, "cascade-probability", greatest);
  // What the budget tolerates, found by another way.
  CHECK(greatest.holds->value == Approx(analyzer::tolerated_rate({3, 5}, 0.001, 3600).value).epsilon(2e-3));

  const auto busy = design_of(queue);
  const auto saturated = finding_of(busy, "server-saturation");
  REQUIRE(saturated.influences->size() == 2);
  for (const auto& influence : *saturated.influences) check_break_even(busy, "server-saturation", influence);
  CHECK(saturated.influences->front().holds->value * 10 ==
        Approx(saturated.influences->front().input.key == "rate" ? 80 : 0.89).epsilon(0.01));
}

TEST_CASE("a whole number breaks even between neighbours") {
  const auto design = design_of(R"(
tree:
  supervisor: Root
  children:
    - supervisor: Sessions
      kind: dynamic
      children: [{worker: Session, count: 500, crashes: {rate: 4/day}}]
)");
  const auto finding = finding_of(design, "shared-budget-dynamic");
  const auto at = std::find_if(finding.influences->begin(), finding.influences->end(),
                               [](const auto& one) { return one.input.key == "count"; });
  REQUIRE(at != finding.influences->end());
  check_break_even(design, "shared-budget-dynamic", *at);
}

TEST_CASE("what is certain is not mended by becoming a matter of the clock's phase") {
  const auto design = design_of(R"(
horizon: 1min
tree: {supervisor: Root, children: [{worker: W, crashes: {after: 1600ms}}]}
)");
  const auto finding = finding_of(design, "certain-cascade");
  REQUIRE(finding.influences->size() == 1);
  // Three gaps need six whole seconds to be apart at every phase.
  REQUIRE(finding.influences->front().holds);
  CHECK(finding.influences->front().holds->value == Approx(2).epsilon(2e-3));
  CHECK(finding.influences->front().holds->value >= 2);
}

TEST_CASE("where no value of one number is enough, that is said") {
  const auto design = design_of(R"(
tree:
  supervisor: Root
  children: [{worker: A, crashes: {rate: 12/min}}, {worker: B, crashes: {rate: 10/min}}]
)");
  const auto finding = finding_of(design, "cascade-probability");
  REQUIRE(finding.influences->size() == 2);
  CHECK(finding.influences->front().input.process == "Root/A");
  for (const auto& influence : *finding.influences) {
    CHECK_FALSE(influence.holds);
    CHECK(influence.nowhere);
  }
}

TEST_CASE("what would be too dear is left out, and is not said to be nothing") {
  const auto design = design_of(crashing);
  const auto facts = analyzer::derive(design);
  auto findings = analyzer::lint(design, facts, rules::all()).findings;
  analyzer::find_influences(design, facts, rules::all(), 10 * design.nodes.size(), findings);
  for (const auto& finding : findings) CHECK_FALSE(finding.influences);
}
