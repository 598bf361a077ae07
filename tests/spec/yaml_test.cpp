// Places: every value starts and ends where its text does.
#include "spec/yaml.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "spec/read.hpp"

using namespace treefall::spec;

namespace {

std::string written(const Source& source, const Span& span) {
  return std::string(source.text().substr(span.start.byte, span.end.byte - span.start.byte));
}

/// The text at the place of the value of `key` in the root mapping.
std::string value_at(const std::string& text, const std::string& key) {
  const Source source("x.yaml", text);
  std::vector<Diagnostic> diagnostics;
  const yaml::Tree tree = yaml::parse(source, diagnostics);
  for (const auto& [k, v] : yaml::Cursor(tree, *tree.root).entries()) {
    if (k.text() == key) return written(source, v.span());
  }
  return "(no such key)";
}

}  // namespace

TEST_CASE("a value's place holds exactly its text") {
  CHECK(value_at("a: plain text # comment\n", "a") == "plain text");
  CHECK(value_at("a: \"quoted \\\" text\" # x\n", "a") == "\"quoted \\\" text\"");
  CHECK(value_at("a: 'it''s'\n", "a") == "'it''s'");
  CHECK(value_at("a: two\n  lines # x\nb: 1\n", "a") == "two\n  lines");
  CHECK(value_at("a: |\n  block\n\n  text\n\nb: 1\n", "a") == "|\n  block\n\n  text");
  CHECK(value_at("a: [1, {b: c}, ] # x\n", "a") == "[1, {b: c}, ]");
  CHECK(value_at("a: {b: , c: 1 }\n", "a") == "{b: , c: 1 }");
  CHECK(value_at("a:\n  - 1\n  - b: 2\n    c: 3  # x\n\nd: 1\n", "a") == "- 1\n  - b: 2\n    c: 3");
  CHECK(value_at("a: &x !!str 5\n", "a") == "5");
  CHECK(value_at("b: &x 1\na: *x # y\n", "a") == "*x");
  CHECK(value_at("a:\n\n# comment\nb: 1\n", "a") == ":");
  CHECK(value_at("a:\nnull: 1\n", "a") == ":");
  CHECK(value_at("a: ~ # x\n", "a") == "~");
  CHECK(value_at("a: héllo wörld\n", "a") == "héllo wörld");
  CHECK(value_at("\xEF\xBB\xBF"
                 "a: b\r\nc: d e\r\n",
                 "c") == "d e");
}

TEST_CASE("columns count code points") {
  const Source source("x.yaml", "héllo: wörld x\n");
  std::vector<Diagnostic> diagnostics;
  const yaml::Tree tree = yaml::parse(source, diagnostics);
  const Span span = yaml::Cursor(tree, *tree.root).entries().front().second.span();
  CHECK(span.start == Position{1, 8, 8});
  CHECK(span.end == Position{1, 15, 16});
}

TEST_CASE("a suppression covers what starts on its line or the next") {
  std::ifstream file(std::string(TREEFALL_ROOT) + "/tests/spec/fixtures/good/suppressions.yaml");
  std::stringstream text;
  text << file.rdbuf();
  const Source source("suppressions.yaml", text.str());
  const Reading reading = read(source);
  REQUIRE(reading.design);
  const auto& found = reading.design->suppressions;
  REQUIRE(found.size() == 4);
  CHECK(found[0].rules == std::vector<std::string>{"rule-one"});
  CHECK(found[0].reason == "measured in production");
  CHECK(written(source, found[0].scope) == "max_restarts: 3");
  CHECK(found[1].rules == std::vector<std::string>{"rule-two", "rule-three"});
  CHECK(found[1].scope.start.line == 7);
  CHECK(found[1].scope == found[2].scope);
  CHECK(found[1].scope.end.line == 10);
  CHECK(found[3].scope.start.line == 8);
  CHECK(found[3].scope.end.line == 9);
}

TEST_CASE("what came through an alias has the place of its use") {
  const Source source("x.yaml",
                      "treefall: 1\ntree:\n  supervisor: S\n  children:\n    - &a {worker: A, handles: &h {any: 5ms}}\n"
                      "    - {worker: B, handles: *h}\n");
  const Reading reading = read(source);
  REQUIRE(reading.design);
  CHECK(written(source, as_worker(reading.design->nodes[1])->handles->front().handler.takes_span) == "5ms");
  CHECK(written(source, as_worker(reading.design->nodes[2])->handles->front().handler.takes_span) == "*h");
}

TEST_CASE("defaults know where they come from") {
  const Reading reading =
      read(Source("x.yaml",
                  "treefall: 1\ndialect: erlang\ntree:\n  supervisor: S\n  children:\n"
                  "    - {worker: T, kind: task}\n    - {supervisor: U, kind: task, children: [{worker: V}]}\n"));
  REQUIRE(reading.design);
  const auto& nodes = reading.design->nodes;
  CHECK(as_supervisor(nodes[0])->max_restarts.value == 1);
  CHECK(as_supervisor(nodes[0])->max_restarts.origin == Origin::dialect_default);
  CHECK(as_supervisor(nodes[0])->strategy.origin == Origin::language_default);
  CHECK(nodes[1].restart.value == Restart::temporary);
  CHECK(nodes[1].restart.origin == Origin::kind_default);
  CHECK(nodes[3].restart.value == Restart::temporary);
  CHECK(as_worker(nodes[3])->kind.origin == Origin::kind_default);
}
