// The runtime does what the real VM does, on designs made at random: a fixed seed, and a fresh one each time.
#include <catch2/catch.hpp>
#include <cstdio>
#include <random>

#include "tests/differential/differ.hpp"

using namespace treefall::differential;

namespace {

void agrees(std::uint64_t seed, std::size_t designs) {
  const auto tell = [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); };
  tell("seed " + std::to_string(seed));
  const Outcome outcome = differ(seed, designs, Palette{}, 15, tell);
  REQUIRE(outcome.error == "");
  CHECK(outcome.played == designs);
  CHECK(outcome.open_orders * 20 <= designs);  // else the comparison says little
  for (const Case& found : outcome.differing) {
    FAIL_CHECK(report(found) << "scripts/differential --designs 1 --seed " << found.seed << " shrinks it\n");
  }
}

}  // namespace

TEST_CASE("generated designs come out as on the VM: a fixed seed") { agrees(1, 240); }

TEST_CASE("generated designs come out as on the VM: a fresh seed") { agrees(std::random_device{}(), 60); }
