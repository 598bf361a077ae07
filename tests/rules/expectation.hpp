// What a fixture says of itself: `# expect: RULE [VERDICT][, RULE [VERDICT]]…` at the end of the guilty line. The
// verdict is what execution has to say of the finding's prediction (`confirmed`).
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace treefall::tests {

struct Expectation {
  std::uint32_t line = 0;
  std::string rule;
  std::string verdict;  // empty: none is stated
};

/// By line, then as written.
inline std::vector<Expectation> expectations(std::string_view text) {
  constexpr std::string_view marker = "# expect: ";
  std::vector<Expectation> found;
  std::istringstream lines{std::string(text)};
  std::string line;
  for (std::uint32_t number = 1; std::getline(lines, line); ++number) {
    const auto at = line.find(marker);
    if (at == std::string::npos) continue;
    std::istringstream entries(line.substr(at + marker.size()));
    for (std::string entry; std::getline(entries, entry, ',');) {
      Expectation expected{number, {}, {}};
      std::istringstream(entry) >> expected.rule >> expected.verdict;
      found.push_back(expected);
    }
  }
  return found;
}

struct Fixture {
  std::string rule;  // the folder's name
  std::filesystem::path path;
  std::string text;
};

/// All of tests/rules, by path.
inline std::vector<Fixture> fixtures() {
  std::vector<Fixture> found;
  const std::filesystem::path folder = std::filesystem::path(TREEFALL_ROOT) / "tests" / "rules";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    found.push_back({entry.path().parent_path().filename().string(), entry.path(), text.str()});
  }
  std::ranges::sort(found, {}, &Fixture::path);
  return found;
}

}  // namespace treefall::tests
