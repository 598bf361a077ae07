// Every file under fixtures/good reads without a word and survives being shown; what every file under fixtures/bad is
// told stands beside it in NAME.expected. TREEFALL_UPDATE_GOLDEN=1 writes those anew, to be looked through before a
// commit.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "spec/read.hpp"
#include "spec/show.hpp"

using namespace treefall::spec;
namespace fs = std::filesystem;

namespace {

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<fs::path> fixtures(const char* kind) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(fs::path(TREEFALL_ROOT) / "tests/spec/fixtures" / kind)) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  REQUIRE(paths.size() > 5);
  return paths;
}

std::string place(const Span& span) {
  return fmt::format("{}:{}-{}:{}", span.start.line, span.start.column, span.end.line, span.end.column);
}

std::string described(const Reading& reading) {
  std::string text;
  for (const Diagnostic& d : reading.diagnostics) {
    text += fmt::format("{} {} [{}] {}\n", place(d.span), d.severity == Severity::error ? "error" : "warning", d.rule,
                        d.message);
    if (!d.label.empty()) text += fmt::format("    ^ {}\n", d.label);
    for (const Label& label : d.labels) text += fmt::format("    {} {}\n", place(label.span), label.text);
    for (const std::string& note : d.notes) text += fmt::format("    note: {}\n", note);
    if (!d.help.empty()) text += fmt::format("    help: {}\n", d.help);
  }
  return text;
}

/// Without the comments that tell origins.
std::string values_of(const std::string& shown) {
  std::stringstream lines(shown);
  std::string line, result;
  while (std::getline(lines, line)) result += line.substr(0, line.find("  # ")) + "\n";
  return result;
}

}  // namespace

TEST_CASE("good specs read without a word") {
  for (const fs::path& path : fixtures("good")) {
    INFO(path);
    const Reading reading = read(Source(path.filename(), content(path)));
    CHECK(described(reading).empty());
    CHECK(reading.design);
  }
}

TEST_CASE("what is shown reads back to the same design") {
  std::vector<fs::path> paths = fixtures("good");
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(TREEFALL_ROOT) / "examples")) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  }
  for (const fs::path& path : paths) {
    INFO(path);
    const Reading first = read(Source(path.filename(), content(path)));
    if (!first.design) continue;  // not every file of an example is a spec
    const std::string shown = show(*first.design);
    INFO(shown);
    const Reading second = read(Source(path.filename(), shown));
    CHECK(described(second).empty());
    REQUIRE(second.design);
    CHECK(values_of(show(*second.design)) == values_of(shown));
    CHECK(show(*read(Source("x", show(*second.design))).design) == show(*second.design));
  }
}

TEST_CASE("bad specs are told all that is wrong, at its place") {
  const bool update = std::getenv("TREEFALL_UPDATE_GOLDEN") != nullptr;
  for (const fs::path& path : fixtures("bad")) {
    INFO(path);
    const std::string got = described(read(Source(path.filename(), content(path))));
    CHECK_FALSE(got.empty());
    fs::path expected = path;
    expected.replace_extension(".expected");
    if (update) std::ofstream(expected, std::ios::binary) << got;
    CHECK(got == content(expected));
  }
}
