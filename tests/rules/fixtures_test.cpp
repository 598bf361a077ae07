// Every fixture: the marked lines report what they are marked with, and nothing else is reported.
#include <catch2/catch.hpp>
#include <map>

#include "tests/rules/linting.hpp"

using namespace treefall;

TEST_CASE("fixtures report on the marked lines and nowhere else") {
  for (const auto& fixture : tests::fixtures()) {
    INFO(fixture.path.string());
    const auto linted = tests::lint_text(fixture.path.string(), fixture.text);
    CHECK(linted.unreadable == std::vector<std::string>());
    INFO(tests::transcript(linted.linting));
    CHECK(tests::places(linted.linting.findings) == tests::places(tests::expectations(fixture.text)));
  }
}

TEST_CASE("a marked verdict needs a prediction that execution can test") {
  for (const auto& fixture : tests::fixtures()) {
    const auto linted = tests::lint_text(fixture.path.string(), fixture.text);
    for (const auto& expected : tests::expectations(fixture.text)) {
      if (expected.verdict.empty()) continue;
      INFO(fixture.path.string() << ":" << expected.line << " " << expected.rule);
      CHECK(expected.verdict == "confirmed");
      const auto tested = std::ranges::any_of(linted.linting.findings, [&](const analyzer::Finding& finding) {
        return finding.diagnostic.span.start.line == expected.line && finding.diagnostic.rule == expected.rule &&
               finding.prediction.has_value();
      });
      CHECK(tested);
    }
  }
}

TEST_CASE("findings without a prediction are those that we know of") {
  const std::map<std::string, std::string> reasons = {
      {"nested-budget-product", "on structure alone it is advice: nothing crashes in it"},
      {"shared-budget-dynamic", "on structure alone it is advice: nothing crashes in it"},
      {"transient-supervisor-silent-death", "on structure alone: nothing below it is said to crash"},
      {"sync-call-cycle", "a ring over different messages needs chance, and one without traffic never happens"},
      {"server-saturation", "an overloaded process below a supervisor that falls has no lasting figures, nor a ring"},
      {"boot-order-violation", "whether a start meets the fault during which it makes the call is chance"},
      {"timeout-cascade", "how crashes come behind an overloaded process cannot be said, only how many"},
      {"unused-ignore", "a finding about a comment"},
  };
  for (const auto& fixture : tests::fixtures()) {
    INFO(fixture.path.string());
    for (const auto& finding : tests::lint_text(fixture.path.string(), fixture.text).linting.findings) {
      if (finding.prediction) continue;
      INFO(finding.diagnostic.rule);
      CHECK(reasons.contains(finding.diagnostic.rule));
    }
  }
}

TEST_CASE("every rule has at least two bad and two good fixtures") {
  std::map<std::string, std::pair<int, int>> counted;  // bad, good
  for (const auto& fixture : tests::fixtures()) {
    const auto marked = tests::expectations(fixture.text);
    const bool bad = std::ranges::find(marked, fixture.rule, &tests::Expectation::rule) != marked.end();
    ++(bad ? counted[fixture.rule].first : counted[fixture.rule].second);
  }
  for (const auto* rule : rules::all()) {
    INFO(rule->id);
    CHECK(counted[std::string(rule->id)].first >= 2);
    CHECK(counted[std::string(rule->id)].second >= 2);
  }
  for (const auto& [folder, count] : counted) {
    INFO("no rule of this name: " << folder);
    CHECK((rules::find(folder) != nullptr || folder == analyzer::promise_broken || folder == analyzer::unused_ignore));
  }
}
