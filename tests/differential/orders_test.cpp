// What the VM once did where it leaves the order of things open: the runtime has that order too. `orders/NAME.yaml` is
// a design, `NAME.jsonl` what OTP's own processes did with it (left by `differential --keep DIRECTORY`). The release
// is that of the VM.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "spec/read.hpp"
#include "tests/differential/explain.hpp"
#include "tests/differential/plan.hpp"

using namespace treefall;
using namespace treefall::differential;

namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const fs::path& file) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

spec::Design design_of(const fs::path& file) {
  std::ifstream in(file);
  spec::Reading reading = spec::read(spec::Source(file.string(), std::string(std::istreambuf_iterator<char>(in), {})));
  INFO(file);
  REQUIRE(reading.design);
  reading.design->otp.value = 25;
  return *std::move(reading.design);
}

}  // namespace

TEST_CASE("what the VM once did is one of the orders of the model") {
  std::set<fs::path> designs;
  for (const auto& entry : fs::directory_iterator(fs::path(TREEFALL_ROOT) / "tests/differential/orders"))
    if (entry.path().extension() == ".yaml") designs.insert(entry.path());
  CHECK(!designs.empty());
  for (fs::path file : designs) {
    INFO(file);
    const spec::Design design = design_of(file);
    const std::vector<Event> real = parse(lines_of(file.replace_extension(".jsonl")));
    REQUIRE(!real.empty());
    const Explanation explanation = explain(design, real, std::chrono::milliseconds(played_ms),
                                            {30'000'000, 0, (played_ms - 80) * 1'000'000}, 6000);
    INFO(explanation.furthest.where << "\n  " << explanation.furthest.what);
    CHECK(explanation.choices);
  }
}
