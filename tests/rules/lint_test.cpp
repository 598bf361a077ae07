// The loop, on made-up rules: merging, suppression, order, fingerprints.
#include "analyzer/lint.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "analyzer/facts.hpp"

using namespace treefall;

namespace {

spec::Span span(std::uint32_t from, std::uint32_t to) { return {{1, from + 1, from}, {1, to + 1, to}}; }

analyzer::Finding finding(const char* rule, spec::NodeId node, std::uint32_t from, std::uint32_t to,
                          const char* message = "`a` breaks") {
  analyzer::Finding found;
  found.subject = spec::Target{node, {}, {}};
  found.diagnostic.rule = rule;
  found.diagnostic.span = span(from, to);
  found.diagnostic.message = message;
  return found;
}

/// Three workers under no tree are enough to have paths.
spec::Design three_nodes() {
  spec::Design design;
  for (const auto* name : {"a", "b", "c"}) {
    spec::Node node;
    node.name = name;
    node.path = name;
    node.count.value = 1;
    design.nodes.push_back(node);
  }
  return design;
}

spec::Suppression suppression(std::vector<std::string> rules, spec::Span scope) {
  return {std::move(rules), "known", span(0, 1), scope};
}

std::vector<analyzer::Finding> later_then_earlier(const spec::Design&, const analyzer::Facts&) {
  return {finding("one", 0, 50, 60), finding("one", 1, 10, 20)};
}
std::vector<analyzer::Finding> same_place(const spec::Design&, const analyzer::Facts&) {
  return {finding("two", 0, 10, 20), finding("two", 1, 10, 20), finding("two", 2, 10, 20)};
}
std::vector<analyzer::Finding> numbers_only_differ(const spec::Design&, const analyzer::Facts&) {
  return {finding("two", 0, 10, 20, "`a` has 3"), finding("two", 0, 30, 40, "`a` has 4")};
}

constexpr analyzer::Rule made_up(std::string_view id, decltype(analyzer::Rule::check) check) {
  analyzer::Rule rule;
  rule.id = id;
  rule.check = check;
  return rule;
}
std::vector<analyzer::Finding> often_meant(const spec::Design&, const analyzer::Facts&) {
  auto findings = later_then_earlier({}, {});
  findings[0].profile = analyzer::Profile::strict;
  return findings;
}
constexpr auto one = made_up("one", later_then_earlier);
constexpr auto two = made_up("two", same_place);
constexpr auto numbers = made_up("two", numbers_only_differ);

constexpr auto pedantic = made_up("one", often_meant);

analyzer::Linting lint(const spec::Design& design, const std::vector<const analyzer::Rule*>& rules) {
  return analyzer::lint(design, analyzer::Facts{}, rules);
}

}  // namespace

TEST_CASE("findings are sorted by place, then rule") {
  const auto linting = lint(three_nodes(), {&two, &one});
  REQUIRE(linting.findings.size() == 3);
  CHECK(linting.findings[0].diagnostic.rule == "one");
  CHECK(linting.findings[1].diagnostic.rule == "two");
  CHECK(linting.findings[2].diagnostic.span == span(50, 60));
}

TEST_CASE("what one place says of several processes is said once") {
  const auto linting = lint(three_nodes(), {&two});
  REQUIRE(linting.findings.size() == 1);
  REQUIRE(linting.findings[0].diagnostic.notes.size() == 1);
  CHECK(linting.findings[0].diagnostic.notes[0] == "the same holds for `b`, `c`");
}

TEST_CASE("a suppression takes what starts within its scope, with its reason") {
  auto design = three_nodes();
  design.suppressions = {suppression({"one"}, span(5, 30))};
  const auto linting = lint(design, {&one});
  REQUIRE(linting.findings.size() == 1);
  CHECK(linting.findings[0].diagnostic.span == span(50, 60));
  REQUIRE(linting.suppressed.size() == 1);
  CHECK(linting.suppressed[0].reason == "known");
}

TEST_CASE("what only the strict profile reports is left out by default, and its suppression is used all the same") {
  auto design = three_nodes();
  const std::vector<const analyzer::Rule*> rules{&pedantic};
  CHECK(analyzer::lint(design, analyzer::Facts{}, rules).findings.size() == 1);
  CHECK(analyzer::lint(design, analyzer::Facts{}, rules, analyzer::Profile::strict).findings.size() == 2);
  design.suppressions = {suppression({"one"}, span(45, 60))};
  const auto linting = analyzer::lint(design, analyzer::Facts{}, rules);
  CHECK(linting.suppressed.size() == 1);
  REQUIRE(linting.findings.size() == 1);
  CHECK(linting.findings[0].diagnostic.rule == "one");
}

TEST_CASE("nested suppressions: the inner one is used, the outer one is not") {
  auto design = three_nodes();
  design.suppressions = {suppression({"one"}, span(5, 40)), suppression({"one"}, span(8, 30))};
  design.suppressions[0].reason = "outer";
  design.suppressions[1].reason = "inner";
  const auto linting = lint(design, {&one});
  REQUIRE(linting.suppressed.size() == 1);
  CHECK(linting.suppressed[0].reason == "inner");
  REQUIRE(linting.findings.size() == 2);
  CHECK(linting.findings[0].diagnostic.rule == analyzer::unused_ignore);
}

TEST_CASE("an ignore that matches nothing is reported, each of its names by itself") {
  auto design = three_nodes();
  design.suppressions = {suppression({"one", "two", "tow"}, span(5, 30))};
  const auto linting = lint(design, {&one, &two});
  CHECK(linting.suppressed.size() == 2);
  REQUIRE(linting.findings.size() == 2);
  CHECK(linting.findings[0].diagnostic.rule == "unused-ignore");
  CHECK(linting.findings[0].diagnostic.message == "`tow` is no rule, so this ignore suppresses nothing");
  CHECK(linting.findings[0].diagnostic.label == "did you mean `two`?");
}

TEST_CASE("fingerprints differ within a file and do not depend on numbers") {
  const auto linting = lint(three_nodes(), {&numbers});
  REQUIRE(linting.findings.size() == 2);
  CHECK(linting.findings[0].fingerprint != linting.findings[1].fingerprint);
  auto design = three_nodes();
  const auto again = lint(design, {&numbers});
  CHECK(again.findings[0].fingerprint == linting.findings[0].fingerprint);
}
