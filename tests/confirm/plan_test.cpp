// Which executions a design gets: to the horizon where that can be paid, else short ones and their hazard.
#include "confirm/plan.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "spec/read.hpp"

using namespace treefall;

namespace {

spec::Design design_of(const std::string& surroundings, const std::string& crashes) {
  const std::string yaml = "treefall: 1\nname: plan\nhorizon: 24h\n" + surroundings +
                           "traffic: {orders: {to: a, rate: 100/s, sends: cast}}\n"
                           "tree:\n  supervisor: top\n  children:\n    - worker: a\n      handles: {any: 1ms}\n"
                           "      crashes: " +
                           crashes + "\n";
  spec::Reading reading = spec::read(spec::Source("plan.yaml", yaml));
  REQUIRE(reading.design);
  return std::move(*reading.design);
}

confirm::Claim claim(spec::Quantity quantity) {
  confirm::Claim claim;
  claim.subject = spec::Target{};
  claim.quantity = quantity;
  return claim;
}

confirm::Plan planned(const spec::Design& design, std::uint64_t events) {
  confirm::Options options;
  options.events = events;
  return confirm::plan(design, {claim(spec::Quantity::failure_probability)}, options, false);
}

constexpr std::uint64_t little = 10'000'000;  // events: less than a day of this traffic takes
constexpr std::uint64_t plenty = 100'000'000'000;

}  // namespace

TEST_CASE("executions to the horizon serve all claims where they are cheap") {
  const confirm::Plan plan = planned(design_of("", "{rate: 1/min}"), plenty);
  REQUIRE(plan.stages.size() == 1);
  CHECK(plan.stages[0].until == std::chrono::hours(24));
}

TEST_CASE("short executions serve all claims where those to the horizon are dear") {
  const confirm::Plan plan = planned(design_of("", "{rate: 1/min}"), little);
  REQUIRE(plan.stages.size() == 1);
  CHECK(plan.stages[0].until < std::chrono::hours(1));
  CHECK(plan.unseen.empty());
}

TEST_CASE("what remembers for long asks for long executions") {
  CHECK(planned(design_of("", "{after: uniform(9h 11h)}"), little).stages[0].until == std::chrono::hours(24));
  CHECK(planned(design_of("", "{after: exp(10h)}"), little).stages[0].until < std::chrono::hours(1));
}

TEST_CASE("what is too seldom for the budget leaves quantities of the running system open, not falls and starts") {
  const confirm::Plan plan =
      planned(design_of("faults: {db: {every: exp(30d), lasts: exp(9s)}}\n", "{rate: 1/min}"), little);
  CHECK(plan.unseen == "`db` happens every 30 days on average, too seldom for the budget");
  CHECK(plan.out_of_sight(claim(spec::Quantity::utilisation)));
  CHECK_FALSE(plan.out_of_sight(claim(spec::Quantity::failure_probability)));
  CHECK_FALSE(plan.out_of_sight(claim(spec::Quantity::boot_time)));
}

TEST_CASE("a hazard is not read off executions in which no window can fill") {
  spec::Design design = design_of("", "{rate: 1/min}");
  for (spec::Node& node : design.nodes)
    if (auto* supervisor = std::get_if<spec::Supervisor>(&node.role)) supervisor->max_seconds.value = 3600;
  CHECK(planned(design, little).stages[0].until >= std::chrono::hours(4));
}
