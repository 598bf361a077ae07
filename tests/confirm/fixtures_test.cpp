// The fixtures of the rules, executed: what stands behind the rule on the marked line (`# expect: RULE confirmed`) is
// the verdict that execution has to reach, and no prediction about a fixture may be refuted; nor one about the designs
// of tests/confirm/designs, each of which once was. The budget is counted in model events, so the verdicts are the same
// on every machine.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <set>

#include "analyzer/facts.hpp"
#include "confirm/confirm.hpp"
#include "report/figures.hpp"
#include "spec/read.hpp"
#include "tests/rules/linting.hpp"

using namespace treefall;

namespace {

struct Executed {
  spec::Design design;
  analyzer::Linting linting;
  confirm::Confirmation of_findings;
  confirm::Confirmation of_all;
};

/// What the findings claim gets the budget that the command has, and seldom needs it. All other predictions are seen
/// for a short time: enough to refute a wrong one.
Executed execute(const std::string& file, const std::string& text) {
  auto reading = spec::read(spec::Source(file, text));
  REQUIRE(reading.design);
  const auto facts = analyzer::derive(*reading.design);
  auto linting = analyzer::lint(*reading.design, facts, rules::all());
  const std::atomic<bool> never{false};
  confirm::Options options;
  options.jobs = 2;
  auto of_findings = confirm::confirm(*reading.design, {}, linting.findings, options, never);
  options.events = 10'000'000;
  auto of_all = confirm::confirm(*reading.design, facts.predictions, {}, options, never);
  return {std::move(*reading.design), std::move(linting), std::move(of_findings), std::move(of_all)};
}

/// The verdict on the prediction that the finding of `expected` makes.
std::string verdict_on(const Executed& executed, const tests::Expectation& expected) {
  for (const auto& finding : executed.linting.findings) {
    if (finding.diagnostic.span.start.line != expected.line || finding.diagnostic.rule != expected.rule) continue;
    if (!finding.prediction) return "no prediction";
    for (const auto& check : executed.of_findings.checks) {
      const bool same = check.predicted.quantity == finding.prediction->quantity &&
                        check.predicted.within == finding.prediction->within &&
                        spec::path(executed.design, check.predicted.subject) ==
                            spec::path(executed.design, finding.prediction->subject);
      if (same) return std::string(report::name(check.verdict));
    }
    return "no verdict";
  }
  return "no finding";
}

std::vector<std::string> refuted(const Executed& executed) {
  std::vector<std::string> lines;
  for (const auto& check : executed.of_all.checks) {
    if (check.verdict != confirm::Verdict::refuted) continue;
    const auto unit = spec::info(check.predicted.quantity).unit;
    lines.push_back(fmt::format(
        "{} {}: {}, allowed {}, observed {}", spec::path(executed.design, check.predicted.subject),
        spec::info(check.predicted.quantity).name, analyzer::name(check.predicted.method),
        report::band_text(unit, check.band), report::range_text(unit, check.observed->low, check.observed->high)));
  }
  return lines;
}

void check_verdicts(const std::string& file, const std::string& text) {
  INFO(file);
  const auto executed = execute(file, text);
  for (const auto& expected : tests::expectations(text)) {
    if (expected.verdict.empty()) continue;
    INFO("line " << expected.line << ": " << expected.rule);
    CHECK(verdict_on(executed, expected) == expected.verdict);
  }
  CHECK(refuted(executed) == std::vector<std::string>());
}

}  // namespace

TEST_CASE("execution reaches the verdicts that stand on the fixtures' lines, and refutes nothing") {
  for (const auto& fixture : tests::fixtures()) check_verdicts(fixture.path.string(), fixture.text);
}

TEST_CASE("nothing that is said of designs with unusual ways to die is refuted") {
  std::vector<std::filesystem::path> designs;
  for (const auto& entry : std::filesystem::directory_iterator(TREEFALL_ROOT "/tests/confirm/designs"))
    designs.push_back(entry.path());
  std::ranges::sort(designs);
  CHECK(designs.size() >= 17);
  for (const auto& path : designs) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    check_verdicts(path.string(), text.str());
  }
}

TEST_CASE("execution reaches the verdicts that stand in the rules' own examples, and refutes nothing") {
  for (const auto* rule : rules::all()) {
    check_verdicts(fmt::format("{} (bad)", rule->id), std::string(rule->bad));
    check_verdicts(fmt::format("{} (good)", rule->id), std::string(rule->good));
  }
}

TEST_CASE("every rule that says how execution confirms it has a fixture in which it does") {
  std::set<std::string> executed;
  for (const auto& fixture : tests::fixtures())
    for (const auto& expected : tests::expectations(fixture.text))
      if (expected.verdict == "confirmed") executed.insert(expected.rule);
  for (const auto* rule : rules::all()) {
    INFO(rule->id);
    CHECK((rule->confirmed_by.empty() || executed.contains(std::string(rule->id))));
  }
}
