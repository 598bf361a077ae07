// The fixtures on the real VM: OTP's own supervisors and gen_servers do what the expected traces say, in real time.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>
#include <iterator>
#include <sstream>

#include "beam/play.hpp"
#include "tests/conformance/fixtures.hpp"
#include "tests/differential/compare.hpp"
#include "tests/runtime/support.hpp"

using namespace treefall;
using namespace treefall::conformance;
using namespace treefall::differential;

namespace {

struct Played {
  const Fixture* fixture = nullptr;
  spec::Design design;
  std::string found;       // what is wrong, in words; empty where all is well
  bool disturbed = false;  // the machine kept the VM waiting
};

std::vector<std::string> golden(const Fixture& fixture) {
  std::vector<std::string> lines;
  std::istringstream text(testing::file_text(fixture.golden));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

std::string judged(const Fixture& fixture, const spec::Design& design, const std::vector<std::string>& real) {
  constexpr std::int64_t margin_ns = 80'000'000;  // what is due at the very end may come behind it
  const Bounds bounds{30'000'000, 0, design.horizon.value.count() - margin_ns};
  for (const std::string& claim : fixture.claims) {
    if (!holds(claim, real)) return "does not hold: " + claim + "\n" + testing::join(real);
  }
  const std::vector<Event> expected = parse(golden(fixture));
  const Difference difference = compare(expected, parse(real), bounds);
  if (!difference.any) return {};
  return "differs in " + difference.where + "\n  " + difference.what + "\n" + side_by_side(expected, parse(real));
}

/// A wait of the VM that is shorter changes nothing here, but for what hangs on a few milliseconds anyway.
constexpr std::int64_t disturbing_ns = 7'000'000;

/// Designs of about one horizon are played together: a VM runs until the longest is over.
void play(std::vector<Played*>& all, unsigned at_a_time) {
  std::vector<const spec::Design*> designs;
  beam::Options options;
  options.until = {};
  options.at_a_time = at_a_time;
  for (const Played* one : all) {
    designs.push_back(&one->design);
    options.until = std::max(options.until, one->design.horizon.value);
  }
  const beam::Played played = beam::play(designs, options);
  REQUIRE(played.error == "");
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<std::string> real = played.traces[i];
    const std::int64_t end = all[i]->design.horizon.value.count();
    std::erase_if(real, [&](const std::string& line) {
      const std::string at = testing::field(line, "t_ns");
      return !at.empty() && std::stoll(at) >= end;
    });
    all[i]->disturbed = lateness(real) > disturbing_ns;
    all[i]->found = judged(*all[i]->fixture, all[i]->design, real);
  }
}

}  // namespace

TEST_CASE("the real VM does what the cases say", "[beam]") {
  const std::vector<Fixture> all = fixtures();
  std::vector<Played> played;
  for (const Fixture& fixture : all) played.push_back({&fixture, design_of(fixture), {}});
  const beam::Installed vm = beam::installed();
  REQUIRE(vm.otp);
  const std::size_t of_others = std::erase_if(
      played, [&](const Played& one) { return one.design.otp.written() && one.design.otp.value != *vm.otp; });
  for (Played& one : played) one.design.otp.value = *vm.otp;
  std::vector<Played*> left;
  for (Played& one : played) left.push_back(&one);
  // A machine that does other things too is late now and then: what differs is played again, with more room, and after
  // that as long as the VM says of itself that it was kept waiting.
  std::size_t rounds = 0;
  std::vector<Played*> wrong;
  for (const unsigned at_a_time : {12U, 4U, 2U, 2U, 1U, 1U, 1U, 1U}) {
    if (left.empty()) break;
    play(left, at_a_time);
    ++rounds;
    std::erase_if(left, [](const Played* one) { return one->found.empty(); });
    if (rounds < 3) continue;
    std::copy_if(left.begin(), left.end(), std::back_inserter(wrong),
                 [](const Played* one) { return !one->disturbed; });
    std::erase_if(left, [](const Played* one) { return !one->disturbed; });
  }
  left.insert(left.end(), wrong.begin(), wrong.end());
  std::cout << played.size() << " fixtures played on the VM: " << played.size() - left.size() << " as expected; "
            << of_others << " are for another release than OTP " << *vm.otp << "; rounds: " << rounds << "\n";
  for (const Played* one : left) {
    INFO(one->fixture->name << (one->disturbed ? " (this machine is too busy to say anything) " : " ") << one->found);
    CHECK(one->found.empty());
  }
}
