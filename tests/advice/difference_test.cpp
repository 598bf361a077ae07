// What counts as a change: findings by fingerprint, quantities by their error bars, the rest by execution.
#include "advice/difference.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "analyzer/facts.hpp"
#include "spec/read.hpp"

using namespace treefall;
using advice::Change;

namespace {

const std::atomic<bool> never{false};

struct Side {
  spec::Design design;
  std::vector<analyzer::Finding> findings;
  std::vector<analyzer::Suppressed> suppressed;
  std::vector<analyzer::Prediction> predictions;
  advice::Version version() const { return {design, findings, suppressed, predictions}; }
};

Side side(const std::string& text) {
  auto reading = spec::read(spec::Source("x.yaml", text));
  REQUIRE(reading.design);
  Side result{std::move(*reading.design), {}, {}, {}};
  const analyzer::Facts facts = analyzer::derive(result.design);
  auto linting = analyzer::lint(result.design, facts, {});
  result.findings = std::move(linting.findings);
  result.suppressed = std::move(linting.suppressed);
  result.predictions = facts.predictions;
  return result;
}

std::string shop(const std::string& rate, const std::string& service, const std::string& rest = "") {
  return "treefall: 1\nhorizon: 10min\ntraffic: {buyers: {to: Cart, rate: 20/s}}\ntree:\n  supervisor: Top\n"
         "  children:\n    - worker: Price\n      crashes: {rate: " +
         rate + "}\n    - worker: Cart\n      handles: {any: " + service + "}\n" + rest;
}

Change change_of(const advice::Difference& difference, const std::string& process, spec::Quantity quantity) {
  const auto at = std::find_if(difference.quantities.begin(), difference.quantities.end(),
                               [&](const auto& one) { return one.process == process && one.quantity == quantity; });
  REQUIRE(at != difference.quantities.end());
  return at->change;
}

advice::Difference difference(const Side& before, const Side& after) {
  confirm::PairedOptions options;
  options.events = 2'000'000;
  options.jobs = 2;
  return advice::difference(before.version(), after.version(), options, never);
}

}  // namespace

TEST_CASE("a design is no better and no worse than itself, and nothing needs executing") {
  const Side one = side(shop("12/min", "exp(5ms)"));
  const auto none = difference(one, one);
  CHECK(none.appeared.empty());
  CHECK(none.fixed.empty());
  for (const auto& quantity : none.quantities)
    CHECK((quantity.change == Change::unchanged || std::isnan(quantity.before->value)));
}

TEST_CASE("predictions whose error bars are apart are better or worse by their direction") {
  const Side before = side(shop("12/min", "exp(5ms)")), after = side(shop("1/min", "exp(9ms)"));
  const auto found = difference(before, after);
  CHECK(change_of(found, "Top", spec::Quantity::failure_probability) == Change::better);
  CHECK(change_of(found, "Top", spec::Quantity::mean_time_to_failure) == Change::better);
  CHECK(change_of(found, "Top/Price", spec::Quantity::crash_rate) == Change::better);
  const auto back = difference(after, before);
  CHECK(change_of(back, "Top", spec::Quantity::mean_time_to_failure) == Change::worse);
}

TEST_CASE("findings are new, fixed, newly ignored or the same wherever their lines are") {
  const std::string promise = "expect:\n  - {process: Cart, quantity: utilisation, at_most: 5%}\n";
  const Side kept = side(shop("1/h", "exp(5ms)", promise));
  CHECK(kept.findings.size() == 1);
  const Side moved = side("# a comment\n\n" + shop("1/h", "exp(6ms)", promise));
  CHECK(difference(kept, moved).unchanged.size() == 1);
  const Side fixed = side(shop("1/h", "exp(2ms)", promise));
  CHECK(difference(kept, fixed).fixed.size() == 1);
  CHECK(difference(fixed, kept).appeared.size() == 1);
  const Side ignored = side(shop("1/h", "exp(5ms)",
                                 "expect:\n  # treefall: ignore promise-broken -- known\n"
                                 "  - {process: Cart, quantity: utilisation, at_most: 5%}\n"));
  const auto hidden = difference(kept, ignored);
  CHECK(hidden.fixed.empty());
  CHECK(hidden.suppressed.size() == 1);
}

TEST_CASE("processes of one side only appear or are gone") {
  const Side before = side(shop("12/min", "exp(5ms)"));
  const Side after = side(shop("12/min", "exp(5ms)", "    - {worker: New, crashes: {rate: 1/h}}\n"));
  const auto more = difference(before, after);
  CHECK(change_of(more, "Top/New", spec::Quantity::crash_rate) == Change::appeared);
  CHECK(change_of(difference(after, before), "Top/New", spec::Quantity::crash_rate) == Change::gone);
}
