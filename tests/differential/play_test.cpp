// The player on the real VM: what the articles' scenarios come to there.
#include "beam/play.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "spec/read.hpp"
#include "tests/differential/compare.hpp"

using namespace treefall;

namespace {

spec::Design design_of(const std::string& file) {
  std::ifstream in(std::string(TREEFALL_ROOT) + "/" + file);
  const spec::Source source(file, std::string(std::istreambuf_iterator<char>(in), {}));
  spec::Reading reading = spec::read(source);
  REQUIRE(reading.design);
  return *std::move(reading.design);
}

long count(const std::vector<std::string>& lines, const std::string& part) {
  return std::count_if(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("real supervisors come to what the articles say", "[beam]") {
  const std::vector<spec::Design> designs{design_of("examples/rabbit_hole/a1_poison_on_start.yaml"),
                                          design_of("examples/rabbit_hole/a4_lost_mailbox.yaml"),
                                          design_of("examples/rabbit_hole/a5_burst_timeout.yaml"),
                                          design_of("examples/rabbit_hole/b6_nested_budgets.yaml")};
  std::vector<const spec::Design*> all;
  for (const spec::Design& design : designs) all.push_back(&design);
  beam::Options options;
  options.until = std::chrono::seconds(3);
  const beam::Played played = beam::play(all, options);
  REQUIRE(played.error == "");
  REQUIRE(played.traces.size() == 4);

  const std::vector<std::string>& poison = played.traces[0];
  CHECK(count(poison, R"("event": "started", "process": "RabbitHole.Supervisor/RabbitHole.Poisoned")") == 4);
  CHECK(count(poison, R"("event": "gave_up")") == 1);
  CHECK(poison.back().find(R"("event": "node_stopped", "application": "a1_poison_on_start", "reason": "shutdown")") !=
        std::string::npos);

  CHECK(count(played.traces[1], R"("event": "message_lost")") == 1);
  CHECK(count(played.traces[1], R"("incarnation": 1, "count": 3)") == 1);
  CHECK(count(played.traces[1], R"("event": "call_failed")") == 3);

  CHECK(count(played.traces[2], R"("reason": "timeout")") == 16);

  CHECK(count(played.traces[3],
              R"("event": "started", "process": "RabbitHole.Root/RabbitHole.Sub/RabbitHole.Worker")") == 16);
}

TEST_CASE("a player whose clean-ups are a little late each is not later with each", "[beam]") {
  const spec::Design design = *spec::read(spec::Source("clean_ups.yaml", R"(
treefall: 1
name: clean_ups
horizon: 4s
clock_phase: 0ms
tree:
  supervisor: top
  strategy: one_for_all
  max_restarts: 1000
  children:
    - {worker: tidy, traps_exits: true, terminate: {takes: 50ms}}
    - {worker: w, crashes: {after: 100ms}}
)"))
                                   .design;
  beam::Options options;
  options.until = std::chrono::seconds(4);
  constexpr std::int64_t ms = 1'000'000;
  constexpr int most_plays = 10;
  for (int plays = 1;; ++plays) {  // until nothing keeps the VM waiting
    const beam::Played played = beam::play({&design}, options);
    REQUIRE(played.error == "");
    const std::vector<std::string>& lines = played.traces[0];
    REQUIRE(plays < most_plays);
    if (differential::lateness(lines) > 7 * ms) continue;
    const auto events = differential::parse(lines);
    const auto last = std::find_if(events.rbegin(), events.rend(), [](const differential::Event& event) {
      return event.text.find(R"("started", "process": "top/w")") != std::string::npos;
    });
    REQUIRE(last != events.rend());
    CHECK(count(lines, R"("event": "started", "process": "top/w")") == 27);
    CHECK(last->t_ns > 26 * 150 * ms);
    CHECK(last->t_ns < (26 * 150 + 7) * ms);
    break;
  }
}

TEST_CASE("without an Erlang VM the user learns what is missing") {
  const spec::Design design = design_of("examples/rabbit_hole/a1_poison_on_start.yaml");
  beam::Options options;
  options.erl = "erl-that-is-not-here";
  const beam::Played played = beam::play({&design}, options);
  CHECK(played.traces.empty());
  CHECK(played.error.find("no `erl-that-is-not-here` was found in PATH: install Erlang/OTP") != std::string::npos);
}
