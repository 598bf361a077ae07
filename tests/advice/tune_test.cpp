// Restart intensities against known answers: the fewest restarts, what a loop comes to, what is executed, what else
// would do.
#include "advice/tune.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "advice/execute.hpp"
#include "advice/search.hpp"
#include "spec/read.hpp"

using namespace treefall;

namespace {

const std::atomic<bool> never{false};

struct Result {
  spec::Source source;
  spec::Design design;
  advice::Tuning tuning;
};

Result tune(const std::string& text, advice::TuneOptions options = {}) {
  Result result{spec::Source("x.yaml", text), {}, {}};
  auto reading = spec::read(result.source);
  for (const auto& wrong : reading.diagnostics) INFO(wrong.message);
  REQUIRE(reading.design);
  result.design = std::move(*reading.design);
  if (options.execution.jobs == 1) options.execution.jobs = 2;
  options.execution.events = 20'000'000;
  result.tuning = advice::tune(result.source, result.design, options, never);
  return result;
}

std::string shop(const std::string& rate, const std::string& rest = "") {
  return "treefall: 1\nhorizon: 1h\ntree:\n  supervisor: Top\n  children:\n    - worker: Price\n      crashes: "
         "{rate: " +
         rate + "}\n    - worker: Cart\n" + rest;
}

}  // namespace

TEST_CASE("the fewest restarts keep the promise, one fewer does not, and execution agrees") {
  const Result result = tune(shop("12/min"));
  REQUIRE(result.tuning.supervisors.size() == 1);
  const advice::Tuned& top = result.tuning.supervisors.front();
  CHECK(top.outcome == advice::Outcome::change);
  REQUIRE(top.best);
  const double bound = top.demand.probability;
  CHECK(bound == 0.001);
  const auto window = top.best->window;
  CHECK(window.seconds == 5);
  CHECK(analyzer::failure_probability(window, 0.2, 3600).high <= bound);
  CHECK(analyzer::failure_probability({window.restarts - 1, 5}, 0.2, 3600).high > bound);
  REQUIRE(top.execution);
  CHECK(top.execution->verdict == confirm::Verdict::confirmed);
  CHECK_FALSE(result.tuning.edits.empty());
  CHECK(result.tuning.not_written.empty());
  // Each period's answer is the fewest for it, too, and a longer one asks for no fewer.
  std::uint64_t last = 0;
  for (const advice::Point& point : top.periods) {
    REQUIRE(point.keeps);
    CHECK(analyzer::failure_probability({point.window.restarts - 1, point.window.seconds}, 0.2, 3600).high > bound);
    CHECK(point.window.restarts >= last);
    last = point.window.restarts;
  }
}

TEST_CASE("what is recommended is kept when it is tuned again") {
  const Result first = tune(shop("12/min"));
  const std::string changed = advice::applied(first.source.text(), first.tuning.edits);
  const Result second = tune(changed);
  REQUIRE(second.tuning.supervisors.size() == 1);
  CHECK(second.tuning.supervisors.front().outcome == advice::Outcome::kept);
  CHECK(second.tuning.edits.empty());
}

TEST_CASE("a promise is what it is held to; options hold all to the same") {
  const std::string text =
      shop("1/h", "expect: [{process: Top, quantity: failure_probability, within: 2h, at_most: 3%}]\n");
  const auto promised = tune(text).tuning.supervisors.front().demand;
  CHECK(promised.probability == 0.03);
  CHECK(promised.within == std::chrono::hours(2));
  CHECK(promised.promise == 0);
  advice::TuneOptions options;
  options.probability = 0.2;
  const auto asked = tune(text, options).tuning.supervisors.front().demand;
  CHECK(asked.probability == 0.2);
  CHECK(asked.within == std::chrono::hours(1));
  CHECK_FALSE(asked.promise);
}

TEST_CASE("a crash loop ends after as many restarts as are allowed, or never") {
  const std::string text =
      "treefall: 1\ntree:\n  supervisor: Top\n  children:\n    - {worker: Slow, init: {takes: 600ms}}\n    - {worker: "
      "Fast}\n";
  auto reading = spec::read(spec::Source("x.yaml", text));
  REQUIRE(reading.design);
  const analyzer::Facts facts = analyzer::derive(*reading.design);
  const auto at = [&](analyzer::Window window) { return advice::loop_end(*reading.design, facts.tree, 0, window); };
  const auto three = at({3, 5});
  CHECK(reading.design->nodes[three.child].name == "Slow");
  CHECK(three.after.value == Approx(1.8));
  CHECK(three.at_most == 6);
  CHECK(three.unnoticed_from == 2);
  CHECK(std::isfinite(at({8, 5}).after.high));  // 4.8 s fit into 5 s
  CHECK(std::isinf(at({9, 5}).after.high));     // 5.4 s: depends on the phase of the clock
  CHECK(std::isfinite(at({9, 5}).after.value));
  CHECK(std::isinf(at({10, 5}).after.value));  // 6 s never do
}

TEST_CASE("restarts of whole groups count with all that stops and starts") {
  const std::string text =
      "treefall: 1\ntree:\n  supervisor: Top\n  strategy: one_for_all\n  children:\n"
      "    - {worker: A, init: {takes: 1s}}\n    - {worker: B, init: {takes: 500ms}}\n";
  auto reading = spec::read(spec::Source("x.yaml", text));
  REQUIRE(reading.design);
  const analyzer::Facts facts = analyzer::derive(*reading.design);
  CHECK(advice::loop_end(*reading.design, facts.tree, 0, {3, 5}).after.value == Approx(4.5));
}

TEST_CASE("where no budget will do it says so, and what else would") {
  const Result loop = tune(shop("1/h") + "    - {worker: Poison, crashes: {after: 0ms}}\n");
  const advice::Tuned& top = loop.tuning.supervisors.front();
  CHECK((top.outcome == advice::Outcome::none || top.outcome == advice::Outcome::cannot_say));
  CHECK(loop.tuning.edits.empty());

  const Result certain = tune(
      "treefall: 1\nhorizon: 1h\ntree:\n  supervisor: Top\n  children:\n    - {worker: Poison, crashes: {after: "
      "0ms}}\n");
  CHECK(certain.tuning.supervisors.front().outcome == advice::Outcome::none);
}

TEST_CASE("a flaky child gets a supervisor of its own, executed before it is shown") {
  advice::TuneOptions options;
  options.probability = 0.02;
  const Result result = tune(shop("12/min"), options);
  const auto& alternatives = result.tuning.supervisors.front().alternatives;
  const auto own = std::find_if(alternatives.begin(), alternatives.end(),
                                [](const auto& one) { return one.what == advice::Alternative::What::own_supervisor; });
  REQUIRE(own != alternatives.end());
  CHECK(own->name == "Price.Supervisor");
  REQUIRE(own->execution);
  CHECK(own->execution->verdict == confirm::Verdict::confirmed);
  CHECK(own->failure->high <= 0.02);
}

TEST_CASE("budgets that share an anchor are not rewritten") {
  const Result result = tune(
      "treefall: 1\nhorizon: 1h\ntree:\n  supervisor: Top\n  max_restarts: &r 3\n  children:\n"
      "    - {worker: Price, crashes: {rate: 12/min}}\n"
      "    - {supervisor: Below, max_restarts: *r, children: [{worker: B}]}\n");
  CHECK(result.tuning.edits.empty());
  CHECK(result.tuning.not_written.find("Below") != std::string::npos);
}

TEST_CASE("crashes are made more frequent by their factor, and nothing else") {
  const auto design = tune(shop("12/min")).design;
  const auto often = advice::with_crashes(design, 5);
  const auto rate = [](const spec::Design& of) {
    return std::get<spec::CrashClock::Rate>(spec::as_worker(of.nodes[1])->crashes.front().when).per_second;
  };
  CHECK(rate(often) == Approx(5 * rate(design)));
}

TEST_CASE("the same bytes for any number of threads") {
  advice::TuneOptions one, many;
  one.execution.jobs = 3;
  const auto a = tune(shop("6/min"), one).tuning.supervisors.front();
  const auto b = tune(shop("6/min"), many).tuning.supervisors.front();
  REQUIRE(a.execution);
  REQUIRE(b.execution);
  CHECK(a.execution->observed->low == b.execution->observed->low);
  CHECK(a.execution->replicas == b.execution->replicas);
}
