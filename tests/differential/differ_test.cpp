// The comparison itself, without a VM: a model that is wrong in one thing stands for it.
#include "tests/differential/differ.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "runtime/simulate.hpp"
#include "spec/read.hpp"

using namespace treefall;
using namespace treefall::differential;

namespace {

/// Plays the designs on the model, after `change` has made something else of them. `late_ns` is what the VM says of
/// itself.
Player player_that(const std::function<void(spec::Design&)>& change, std::int64_t late_ns = 0) {
  return [=](const std::vector<const spec::Design*>& designs, const beam::Options& options) {
    beam::Played played;
    for (const spec::Design* design : designs) {
      spec::Design other = *design;
      change(other);
      std::vector<std::string> lines;
      runtime::trace(other, 1, 0, options.until, [&](std::string_view line) {
        lines.emplace_back(line);
        return true;
      });
      lines.front() = "{\"late_ns\": " + std::to_string(late_ns) + "}";
      played.traces.push_back(lines);
    }
    return played;
  };
}

Wanted some(const Player& player) {
  Wanted wanted;
  wanted.designs = 60;
  wanted.most_runs = 100;
  wanted.jitters = 3;
  wanted.player = player;
  return wanted;
}

void transient_as_permanent(spec::Design& design) {
  for (spec::Node& node : design.nodes) {
    if (node.restart.value == spec::Restart::transient) node.restart.value = spec::Restart::permanent;
  }
}

}  // namespace

TEST_CASE("the model agrees with itself") {
  const Outcome outcome = differ(some(player_that([](spec::Design&) {})));
  CHECK(outcome.error == "");
  CHECK(outcome.differing.empty());
  CHECK(outcome.other_orders == 0);
  CHECK(outcome.crowded * 10 <= outcome.played);
  CHECK(outcome.refused * 10 <= outcome.played);
}

TEST_CASE("a wrong restart type is found and shrunk to what shows it") {
  const Wanted wanted = some(player_that(transient_as_permanent));
  const Outcome outcome = differ(wanted);
  REQUIRE(outcome.differing.size() > 3);
  const Case& large = *std::min_element(
      outcome.differing.begin(), outcome.differing.end(),
      [](const Case& a, const Case& b) { return parts(a.plan) < parts(b.plan); });  // shrinking is slow
  const Case small = shrink(large, wanted);
  INFO(report(small));
  CHECK(small.verdict == Verdict::differs);
  CHECK(small.yaml.find("transient") != std::string::npos);
  CHECK(small.yaml.size() < large.yaml.size());
  CHECK(std::count(small.yaml.begin(), small.yaml.end(), '\n') <= 25);
  CHECK(report(small).find("seed " + std::to_string(small.seed)) == 0);
}

TEST_CASE("what the machine has disturbed is played again, and never passes for the same") {
  Wanted wanted = some(player_that(transient_as_permanent, 50'000'000));
  wanted.most_runs = 10;  // no order explains them
  const Outcome outcome = differ(wanted);
  CHECK(outcome.differing.empty());
  CHECK(outcome.disturbed.size() > 3);
  CHECK(outcome.undecided == outcome.disturbed.size());
  CHECK(outcome.replays > 3 * 10);
}

TEST_CASE("what hangs on a few milliseconds is played again with other times") {
  Plan plan;
  plan.root.name = "top";
  plan.root.supervisor = true;
  plan.root.children = {{"w", false, {"crashes: {after: @1000@}"}, {}}};
  plan.traffic = {"casts: {to: w, sends: cast, message: any, burst: {size: 4, every: @1002@}}"};
  Case one;
  one.plan = plan;
  bool readable = false;
  REQUIRE(set_up(one, 0, 1, readable));  // at its crash its mailbox is empty: nothing is lost
  int plays = 0;
  const Player real = player_that([&](spec::Design& design) {  // the VM is 2 ms late: at its crash it holds all four
    if (plays++ == 0) design.traffic[0].arrivals = spec::Traffic::At{{4, std::chrono::seconds(1)}};
  });
  Wanted wanted = some(real);
  wanted.jitters = 300;
  CHECK(play_all({&one}, wanted) == "");
  CHECK(plays == 2);
  CHECK(one.was_too_close);
  CHECK(one.verdict == Verdict::same);
}

TEST_CASE("what hangs on a few milliseconds, and for which no other times are found, is no difference") {
  Plan plan;
  plan.root.name = "top";
  plan.root.supervisor = true;
  plan.root.children = {{"w", false, {"crashes: {after: @1000@}"}, {}},
                        {"gone", false, {"crashes: {after: 10ms}", "restart: temporary"}, {}}};
  plan.traffic = {"casts: {to: w, sends: cast, message: any, burst: {size: 4, every: @1002@}}",
                  "storm: {to: gone, sends: cast, message: any, burst: {size: 400, every: 3s}}"};
  Case one;
  one.plan = plan;
  bool readable = false;
  CHECK_FALSE(set_up(one, 0, 3, readable));  // each of the many is lost: a storm, whatever the times
  CHECK(readable);
  one.plan = plan;
  one.yaml = to_yaml(plan);
  one.model.clear();
  const auto late = [](spec::Design& design) {
    design.traffic[0].arrivals = spec::Traffic::At{{4, std::chrono::seconds(1)}};
  };
  Wanted wanted = some(player_that([](spec::Design&) {}));
  wanted.jitters = 300;
  CHECK(play_all({&one}, wanted) == "");
  one.model = one.real;
  wanted.player = player_that(late);
  one.verdict = Verdict::unplayed;
  CHECK(play_all({&one}, wanted) == "");
  CHECK(one.verdict == Verdict::crowded);
}

TEST_CASE("another order of what the VM leaves open is found, a wrong trace is not") {
  const std::string yaml = R"(
treefall: 1
name: ties
horizon: 5s
clock_phase: 0ms
tree:
  supervisor: top
  strategy: rest_for_one
  max_restarts: 10
  children:
    - {worker: a, crashes: {at: [1s]}}
    - {worker: b, crashes: {at: [1s, 2s]}, links: [c]}
    - {worker: c, crashes: {at: [1s, 2s]}}
    - {worker: d, crashes: {at: [3s]}}
)";
  constexpr Bounds bounds{30'000'000, 0, 4'900'000'000};
  spec::Design design = *spec::read(spec::Source("ties.yaml", yaml)).design;
  spec::Design shuffled = design;
  shuffled.tie_order.value = spec::TieOrder::random;
  std::size_t found = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    std::vector<std::string> lines;
    const auto keep = [&](std::string_view line) {
      lines.emplace_back(line);
      return true;
    };
    runtime::trace(shuffled, seed, 0, std::chrono::seconds(5), keep);
    const auto choices = explain(design, parse(lines), std::chrono::seconds(5), bounds, 2000).choices;
    REQUIRE(choices);
    found += choices->empty() ? 0 : 1;
    std::erase_if(lines, [](const std::string& line) { return line.find("top/d") != std::string::npos; });
    CHECK(!explain(design, parse(lines), std::chrono::seconds(5), bounds, 500).choices);
  }
  CHECK(found > 5);
}
