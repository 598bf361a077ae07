// Every fixture's trace is the expected one, and shows what its case says. TREEFALL_UPDATE_GOLDEN=1 in the environment
// writes the expected traces anew; look at the difference before you commit it, and play it on the real VM
// (`conformance_tests [beam]`).
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "tests/conformance/fixtures.hpp"
#include "tests/runtime/support.hpp"

using namespace treefall;
using namespace treefall::conformance;

TEST_CASE("the runtime does what the cases say") {
  const bool update = std::getenv("TREEFALL_UPDATE_GOLDEN") != nullptr;
  REQUIRE_FALSE(fixtures().empty());
  for (const Fixture& fixture : fixtures()) {
    INFO(fixture.name);
    const std::vector<std::string> trace = modelled(design_of(fixture));
    if (update) std::ofstream(fixture.golden, std::ios::binary) << testing::join(trace);
    CHECK(testing::join(trace) == testing::file_text(fixture.golden));
    for (const std::string& claim : fixture.claims) {
      INFO(claim);
      CHECK(holds(claim, trace));
    }
  }
}

TEST_CASE("a claim that a trace does not show fails") {
  const std::vector<std::string> trace{R"({"t_ns": 0, "event": "started", "process": "top/a", "incarnation": 1})",
                                       R"({"t_ns": 1, "event": "exited", "process": "top/a", "reason": "killed"})",
                                       R"({"t_ns": 1, "event": "started", "process": "top/b", "incarnation": 1})"};
  CHECK(holds("1 exited a killed", trace));
  CHECK_FALSE(holds("1 exited a normal", trace));
  CHECK_FALSE(holds("2 exited a", trace));
  CHECK(holds("down a", trace));
  CHECK(holds("up top/b", trace));
  CHECK_FALSE(holds("up a", trace));
  CHECK(holds("started a < exited a killed < started b", trace));
  CHECK_FALSE(holds("started b < exited a", trace));
  CHECK_THROWS(holds("a is well", trace));
}
