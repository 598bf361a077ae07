// What holds for every rule: names, wording, examples, documentation.
#include <catch2/catch.hpp>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "rules/documentation.hpp"
#include "tests/rules/linting.hpp"

using namespace treefall;

namespace {

/// To write the pages anew after a rule has changed: TREEFALL_UPDATE_GOLDEN=1 ./build/release/tests/rules_tests
bool updating() { return std::getenv("TREEFALL_UPDATE_GOLDEN") != nullptr; }

std::filesystem::path pages() { return std::filesystem::path(TREEFALL_ROOT) / "docs" / "rules"; }

std::string content(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void check_page(const std::string& name, const std::string& wanted) {
  if (updating()) std::ofstream(pages() / name) << wanted;
  INFO("docs/rules/" << name << " is not what the rule says: run the test with TREEFALL_UPDATE_GOLDEN=1");
  CHECK(content(pages() / name) == wanted);
}

bool is_kebab_case(std::string_view id) {
  if (id.empty() || id.front() == '-' || id.back() == '-') return false;
  return std::ranges::all_of(id, [](unsigned char c) { return std::islower(c) || c == '-'; });
}

void check_wording(const analyzer::Finding& finding) {
  const auto& what = finding.diagnostic;
  INFO(what.rule << ": " << what.message);
  CHECK_FALSE(what.message.empty());
  CHECK_FALSE(std::isupper(static_cast<unsigned char>(what.message.front())));
  CHECK(what.message.back() != '.');
  CHECK(what.message.find('`') != std::string::npos);  // names the process
  CHECK(std::ranges::count(what.message, '`') % 2 == 0);
  CHECK(what.message.find("nan") == std::string::npos);
  CHECK(what.message.find("unknown") == std::string::npos);
  for (const auto& note : what.notes) {
    INFO(note);
    CHECK_FALSE(note.empty());
    CHECK(note.back() != '.');
  }
  if (!what.help.empty()) CHECK(what.help.back() != '.');
  CHECK(finding.fingerprint.size() == 16);
}

}  // namespace

TEST_CASE("ids are kebab-case and unique, and found again") {
  std::set<std::string_view> seen;
  for (const auto* rule : rules::all()) {
    INFO(rule->id);
    CHECK(is_kebab_case(rule->id));
    CHECK(seen.insert(rule->id).second);
    CHECK(rules::find(rule->id) == rule);
  }
  CHECK(rules::find("no-such-rule") == nullptr);
  CHECK(rules::nearest("certain-cascad") == "certain-cascade");
}

TEST_CASE("every rule's file is named after it, and every file is in the list") {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(TREEFALL_ROOT) / "rules"))
    if (entry.path().extension() == ".cpp") files.insert(entry.path().stem().string());
  for (const auto* rule : rules::all()) {
    std::string name(rule->id);
    std::ranges::replace(name, '-', '_');
    INFO(name);
    CHECK(files.erase(name) == 1);
  }
  CHECK(files == std::set<std::string>{"all", "documentation", "phrases"});
}

TEST_CASE("every rule is complete") {
  for (const auto* rule : rules::all()) {
    INFO(rule->id);
    CHECK(rule->check != nullptr);
    for (const auto text : {rule->summary, rule->why, rule->instead, rule->bad, rule->good}) CHECK(text.size() > 20);
    CHECK(std::isupper(static_cast<unsigned char>(rule->summary.front())));
    CHECK(rule->summary.back() == '.');
  }
}

TEST_CASE("the bad example of every rule reports on the marked line, and only there") {
  for (const auto* rule : rules::all()) {
    INFO(rule->id);
    const auto marked = tests::expectations(rule->bad);
    CHECK(std::ranges::find(marked, rule->id, &tests::Expectation::rule) != marked.end());
    const auto linted = tests::lint_text("bad.yaml", std::string(rule->bad));
    CHECK(linted.unreadable == std::vector<std::string>());
    INFO(tests::transcript(linted.linting));
    CHECK(tests::places(linted.linting.findings) == tests::places(marked));
  }
}

TEST_CASE("every rule is silent on every good example") {
  for (const auto* rule : rules::all()) {
    INFO(rule->id);
    const auto linted = tests::lint_text("good.yaml", std::string(rule->good));
    CHECK(linted.unreadable == std::vector<std::string>());
    INFO(tests::transcript(linted.linting));
    CHECK(linted.linting.findings.empty());
  }
}

TEST_CASE("messages are lower case, without a full stop, and name the process") {
  for (const auto& fixture : tests::fixtures()) {
    INFO(fixture.path.string());
    for (const auto& finding : tests::lint_text("fixture.yaml", fixture.text).linting.findings) check_wording(finding);
  }
}

TEST_CASE("findings come by position, then rule, and have fingerprints of their own") {
  for (const auto& fixture : tests::fixtures()) {
    INFO(fixture.path.string());
    const auto findings = tests::lint_text("fixture.yaml", fixture.text).linting.findings;
    std::set<std::string> fingerprints;
    for (std::size_t i = 0; i < findings.size(); ++i) {
      CHECK(fingerprints.insert(findings[i].fingerprint).second);
      if (i > 0) CHECK(findings[i - 1].diagnostic.span.start.byte <= findings[i].diagnostic.span.start.byte);
    }
  }
}

TEST_CASE("fingerprints survive lines that are put above") {
  const std::string above = "# one\n# two\n# three\n";
  for (const auto& fixture : tests::fixtures()) {
    INFO(fixture.path.string());
    const auto before = tests::lint_text("fixture.yaml", fixture.text).linting.findings;
    const auto after = tests::lint_text("fixture.yaml", above + fixture.text).linting.findings;
    REQUIRE(before.size() == after.size());
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(before[i].fingerprint == after[i].fingerprint);
  }
}

TEST_CASE("the pages under docs/rules are those of the rules") {
  std::set<std::string> expected = {"README.md"};
  check_page("README.md", rules::index(rules::all()));
  for (const auto* rule : rules::all()) {
    expected.insert(std::string(rule->id) + ".md");
    check_page(std::string(rule->id) + ".md", rules::page(*rule));
  }
  for (const auto& entry : std::filesystem::directory_iterator(pages())) {
    INFO("a page of no rule: " << entry.path().string());
    CHECK(expected.contains(entry.path().filename().string()));
  }
}

TEST_CASE("a certain fall whose time depends on the clock's phase is given from when to when") {
  const auto linted = tests::lint_text("phase.yaml",
                                       "treefall: 1\nname: phase\ntree:\n  supervisor: R\n  children:\n"
                                       "    - {worker: W, crashes: {after: 1.999s}}\n");
  REQUIRE(linted.linting.findings.size() == 1);
  CHECK(linted.linting.findings[0].diagnostic.message ==
        "`R` is certain to give up after 8 s to 33 min 21 s, by the phase of the clock's second: a crash every 1.999 s "
        "against 3 restarts in 5 s");
}
