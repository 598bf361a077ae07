// Every `traces/NAME.yaml` has the trace of its execution beside it, `NAME.jsonl`: OTP's measured behaviour, one figure
// a file. TREEFALL_UPDATE_GOLDEN=1 in the environment writes the expected files anew; look at the difference before you
// commit it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/runtime/support.hpp"

namespace {

namespace fs = std::filesystem;
using namespace treefall;

std::vector<fs::path> specs() {
  std::vector<fs::path> result;
  for (const auto& entry : fs::directory_iterator(fs::path(TREEFALL_ROOT) / "tests/runtime/traces")) {
    if (entry.path().extension() == ".yaml") result.push_back(entry.path());
  }
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace

TEST_CASE("traces are those that OTP's behaviour asks for") {
  const bool update = std::getenv("TREEFALL_UPDATE_GOLDEN") != nullptr;
  REQUIRE_FALSE(specs().empty());
  for (const fs::path& path : specs()) {
    INFO(path.filename().string());
    const fs::path expected_path = fs::path(path).replace_extension(".jsonl");
    const std::string text = testing::file_text(path);
    UNSCOPED_INFO(path.filename().string());
    const std::string actual = testing::join(testing::trace_of(testing::design_of(text, path.filename().string())));
    if (update) std::ofstream(expected_path) << actual;
    CHECK(actual == testing::file_text(expected_path));
  }
}
