// Mean times to failure where the horizon cuts lives off: what is right is never refuted for that, and is decided where
// complete lives are affordable.
#include "confirm/life_claims.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "analyzer/facts.hpp"
#include "confirm/confirm.hpp"
#include "spec/read.hpp"

using namespace treefall;
using confirm::Verdict;

namespace {

struct Case {
  const char* clock;
  const char* budget;
  int confirmed_at_least;  // of `seeds`
};

constexpr int seeds = 5;

spec::Design one_supervisor(const Case& of, const std::string& around = "") {
  const std::string inner =
      "{supervisor: S, " + std::string(of.budget) + ", children: [{worker: W, crashes: " + of.clock + "}]}";
  spec::Reading reading = spec::read(spec::Source(
      "x.yaml", "treefall: 1\nname: x\nhorizon: 1h\ntree: " + (around.empty() ? inner : around + inner + "]}") + "\n"));
  REQUIRE(reading.design);
  return std::move(*reading.design);
}

confirm::Check life_of_s(const spec::Design& design, std::uint64_t seed, std::uint64_t events) {
  const analyzer::Facts facts = analyzer::derive(design);
  confirm::Options options;
  options.seed = seed;
  options.jobs = 2;
  options.events = events;
  const auto result = confirm::confirm(design, facts.predictions, {}, options, false);
  for (const confirm::Check& check : result.checks) {
    const auto* target = std::get_if<spec::Target>(&check.predicted.subject);
    if (check.predicted.quantity == spec::Quantity::mean_time_to_failure && target != nullptr &&
        design.nodes[target->node].name == "S")
      return check;
  }
  FAIL("no prediction");
  return {};
}

}  // namespace

TEST_CASE("a right mean time to failure is not refuted because the horizon cuts lives off", "[statistics]") {
  const Case of = GENERATE(Case{"{after: weibull(0.5 1h)}", "max_restarts: 0", seeds},
                           Case{"{after: weibull(0.5 10min)}", "max_restarts: 3, max_seconds: 3600", seeds},
                           Case{"{after: erlang(3 1h)}", "max_restarts: 0", seeds},
                           Case{"{rate: 3/h}", "max_restarts: 3, max_seconds: 3600", seeds},
                           Case{"{after: lognormal(1min 10h)}", "max_restarts: 1, max_seconds: 600", 0});
  CAPTURE(of.clock, of.budget);
  const spec::Design alone = one_supervisor(of);
  const spec::Design below = one_supervisor(of, "{supervisor: T, max_restarts: 1000000, children: [");
  int confirmed = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const confirm::Check check = life_of_s(alone, seed, 20'000'000);
    CAPTURE(seed, check.because);
    CHECK(check.verdict != Verdict::refuted);
    if (check.verdict == Verdict::undecided) CHECK_FALSE(check.because.empty());
    confirmed += check.verdict == Verdict::confirmed;
    if (seed == 1) CHECK(life_of_s(below, seed, 20'000'000).verdict != Verdict::refuted);
  }
  CHECK(confirmed >= of.confirmed_at_least);
}

TEST_CASE("a wrong mean time to failure is refuted by complete lives") {
  const spec::Design design = one_supervisor({"{after: weibull(0.5 1h)}", "max_restarts: 0", 0});
  analyzer::Facts facts = analyzer::derive(design);
  for (analyzer::Prediction& one : facts.predictions) {
    if (one.quantity != spec::Quantity::mean_time_to_failure) continue;
    one.value *= 0.7;
    one.low *= 0.7;
    one.high *= 0.7;
  }
  const auto result = confirm::confirm(design, facts.predictions, {}, {}, false);
  for (const confirm::Check& check : result.checks)
    if (check.predicted.quantity == spec::Quantity::mean_time_to_failure) CHECK(check.verdict == Verdict::refuted);
}
