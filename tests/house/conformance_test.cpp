// The conformance cases: `tests/conformance/cases.txt` names each with the fixtures that hold it or the reason why none
// does, every fixture is named there, and docs/otp_semantics.md lists them. The list is written anew by
// TREEFALL_UPDATE_GOLDEN=1 ./build/release/tests/house_tests
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/house/documents.hpp"

namespace {

namespace fs = std::filesystem;
using namespace treefall::house;

const fs::path folder = root / "tests/conformance";

struct Case {
  std::string name;
  char replay = 'N';
  std::vector<std::string> files;  // from the root
  std::string reason;              // where there are none
};

struct Suite {
  std::string name, source;
  std::vector<Case> cases;
};

/// The fixtures of a folder, by name.
std::vector<std::string> fixtures_of(const std::string& suite) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder / suite))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string file_of(const std::string& fixture) {
  return fixture.starts_with("tests/") ? fixture : "tests/conformance/" + fixture + ".yaml";
}

Case case_of(const std::string& line, const std::string& suite) {
  std::istringstream words(line);
  Case one;
  std::string mark;
  words >> one.name >> one.replay >> mark;
  std::getline(words >> std::ws, one.reason);
  if (mark == "=") {
    std::istringstream others(one.reason);
    for (std::string other; std::getline(others >> std::ws, other, ',');) one.files.push_back(file_of(other));
    one.reason.clear();
  } else if (mark.empty()) {
    for (const std::string& name : fixtures_of(suite))
      if (name == one.name || name.starts_with(one.name + "__")) one.files.push_back(file_of(suite + "/" + name));
  }
  return one;
}

std::vector<Suite> suites() {
  std::vector<Suite> result;
  for (const std::string& line : lines_of(content(folder / "cases.txt"))) {
    if (line.empty() || line.starts_with("#")) continue;
    if (line.starts_with("suite ")) {
      const std::size_t colon = line.find(": ");
      result.push_back({line.substr(6, colon - 6), line.substr(colon + 2), {}});
    } else {
      result.back().cases.push_back(case_of(line, result.back().name));
    }
  }
  return result;
}

/// What a fixture says of itself: the first line of its head.
std::string statement(const std::string& file) {
  const std::vector<std::string> lines = lines_of(content(root / file));
  const std::string first = lines.empty() ? "" : lines.front();
  if (!file.starts_with("tests/conformance/")) return "what the reader refuses";
  return first.starts_with("# ") ? first.substr(2) : "";
}

std::string link(const std::string& file) { return fmt::format("[{}](../{})", fs::path(file).stem().string(), file); }

std::string table(const Suite& suite) {
  std::string text = fmt::format("### {}\n\n| case | | statement | held by |\n|---|---|---|---|\n", suite.source);
  for (const Case& one : suite.cases) {
    for (std::size_t i = 0; i < one.files.size(); ++i)
      text += fmt::format("| {} | {} | {} | {} |\n", i == 0 ? "`" + one.name + "`" : "",
                          i == 0 ? std::string(1, one.replay) : "", statement(one.files[i]), link(one.files[i]));
  }
  return text;
}

/// Reasons with the cases that have them, in the order of the list.
std::string not_modelled(const std::vector<Suite>& all) {
  std::vector<std::string> reasons;
  std::map<std::string, std::vector<std::string>> cases;
  std::size_t count = 0;
  for (const Suite& suite : all) {
    for (const Case& one : suite.cases) {
      if (!one.files.empty()) continue;
      if (cases[one.reason].empty()) reasons.push_back(one.reason);
      cases[one.reason].push_back(fmt::format("{}{}", one.name, one.replay == 'N' ? "" : " (in part)"));
      ++count;
    }
  }
  std::string text = fmt::format("### Not modelled: {} cases\n\n", count);
  for (const std::string& reason : reasons)
    text += fmt::format("- {} ({}): {}\n", reason, cases[reason].size(), fmt::join(cases[reason], ", "));
  return text;
}

std::string counts(const std::vector<Suite>& all) {
  std::map<char, std::size_t> of, held;
  std::set<std::string> files;
  for (const Suite& suite : all) {
    for (const Case& one : suite.cases) {
      ++of[one.replay];
      held[one.replay] += one.files.empty() ? 0 : 1;
      for (const std::string& file : one.files)
        if (file.starts_with("tests/conformance/")) files.insert(file);
    }
  }
  return fmt::format(
      "Of {} cases {} need no more than a design, init outcomes, crashes and stops (Y), {} calls of the admin API "
      "besides (A), {} make sense here in part (P), and {} are about something else. Held: {} Y, {} A, {} P, by {} "
      "fixtures. Besides, {} fixtures hold OTP's measured figures and {} what the language adds. All of them are "
      "played on the real VM, too, but for those that say to be of another release than it.\n",
      of['Y'] + of['A'] + of['P'] + of['N'], of['Y'], of['A'], of['P'], of['N'], held['Y'], held['A'], held['P'],
      files.size(), fixtures_of("figures").size(), fixtures_of("language").size());
}

}  // namespace

TEST_CASE("every case of the suites that makes sense here has a fixture, or a reason why not") {
  for (const Suite& suite : suites()) {
    std::set<std::string> held;
    for (const Case& one : suite.cases) {
      INFO(suite.name << " " << one.name);
      CHECK(std::string("YAPN").find(one.replay) != std::string::npos);
      CHECK(one.files.empty() != one.reason.empty());
      if (one.replay == 'Y' || one.replay == 'A') CHECK_FALSE(one.files.empty());
      for (const std::string& file : one.files) {
        INFO(file);
        REQUIRE(fs::exists(root / file));
        CHECK_FALSE(statement(file).empty());
        held.insert(file);
      }
    }
    for (const std::string& fixture : fixtures_of(suite.name)) {
      INFO(fixture << " of " << suite.name << " is no case of cases.txt");
      CHECK(held.contains(file_of(suite.name + "/" + fixture)));
      INFO("its head claims nothing");
      CHECK(content(root / file_of(suite.name + "/" + fixture)).find("\n# holds: ") != std::string::npos);
    }
  }
}

TEST_CASE("docs/otp_semantics.md lists the conformance cases") {
  const std::vector<Suite> all = suites();
  std::string wanted = "\n" + counts(all) + "\n";
  for (const Suite& suite : all) wanted += table(suite) + "\n";
  wanted += not_modelled(all) + "\n";
  const fs::path path = root / "docs/otp_semantics.md";
  std::size_t tables = 0;
  hold(path, rewritten(content(path), "<!-- cases: generated -->\n", "<!-- end of cases -->", [&](const auto&) {
         ++tables;
         return wanted;
       }));
  CHECK(tables == 1);
}
