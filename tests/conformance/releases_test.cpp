// Where OTP's releases differ, a design has the trace of the release that it is for; nowhere else does `otp` change
// anything.
#include <algorithm>
#include <catch2/catch.hpp>

#include "spec/design.hpp"
#include "spec/read.hpp"
#include "tests/conformance/fixtures.hpp"
#include "tests/runtime/support.hpp"

using namespace treefall;
using namespace treefall::conformance;

namespace {

constexpr std::uint32_t releases[] = {25, 26, 27, 28, 29};

Fixture figure(const std::string& name) {
  for (const Fixture& fixture : fixtures())
    if (fixture.name == "figures/" + name) return fixture;
  throw std::invalid_argument(name);
}

/// The design as it is written, for this release.
std::string for_release(const Fixture& fixture, std::uint32_t otp) {
  std::string yaml = fixture.yaml;
  const std::size_t at = yaml.find("\notp: ");
  REQUIRE(at != std::string::npos);
  return yaml.replace(at, 8, "\notp: " + std::to_string(otp));
}

/// Without the header, which names the file.
std::string told(std::vector<std::string> trace) {
  trace.erase(trace.begin());
  return testing::join(trace);
}

std::string expected(const Fixture& fixture) {
  const std::string text = testing::file_text(fixture.golden);
  return text.substr(text.find('\n') + 1);
}

}  // namespace

TEST_CASE("an ignore at a restart under simple_one_for_one leaves a phantom before OTP 27") {
  const Fixture before = figure("v1_simple_ignore_otp_25");
  const Fixture since = figure("v1_simple_ignore_otp_27");
  CHECK(expected(before) != expected(since));
  for (const std::uint32_t otp : releases) {
    INFO(otp);
    for (const Fixture* written : {&before, &since})
      CHECK(told(modelled(testing::design_of(for_release(*written, otp)))) == expected(otp < 27 ? before : since));
  }
}

TEST_CASE("auto_shutdown of a simple_one_for_one is refused from OTP 27 on") {
  const Fixture fixture = figure("j5_simple_auto_shutdown_otp_25");
  for (const std::uint32_t otp : releases) {
    INFO(otp);
    const spec::Reading reading = spec::read(spec::Source("j5.yaml", for_release(fixture, otp)));
    if (otp < 27) {
      REQUIRE(reading.design);
      CHECK(told(modelled(*reading.design)) == expected(fixture));
    } else {
      CHECK_FALSE(reading.design);
      CHECK(std::any_of(reading.diagnostics.begin(), reading.diagnostics.end(), [](const spec::Diagnostic& one) {
        return one.message == "a supervisor of `kind: dynamic` has no auto_shutdown";
      }));
    }
  }
}

TEST_CASE("nothing else of what the cases show depends on the release") {
  std::size_t same = 0;
  for (const Fixture& fixture : fixtures()) {
    spec::Design design = design_of(fixture);
    if (design.otp.written()) continue;
    INFO(fixture.name);
    for (const std::uint32_t otp : releases) {
      design.otp.value = otp;
      CHECK(testing::join(modelled(design)) == testing::file_text(fixture.golden));
    }
    ++same;
  }
  CHECK(same > 300);
}
