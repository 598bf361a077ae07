// Promises against predictions, outages against budgets.
#include "known.hpp"

using namespace treefall;
using Outcome = analyzer::PromiseCheck::Outcome;
using tests::known;

namespace {

Outcome outcome(const std::string& text) {
  const auto k = known(text);
  REQUIRE(k.facts.promises.size() == 1);
  INFO(k.facts.promises.front().because);
  return k.facts.promises.front().outcome;
}

std::string outage(const std::string& promise, const std::string& repo) {
  return "faults: {down: {every: exp(30d), lasts: exp(90s)}}\n"
         "tree: {supervisor: Root, children: [{supervisor: S, children: [" +
         repo +
         "]}, {worker: Other}]}\n"
         "expect: [{fault: down, lasting: 60s, survives: " +
         promise + "}]\n";
}

const char* const loaded = R"(
traffic: {in: {to: W, rate: 120/s}}
tree: {supervisor: S, max_restarts: 3, max_seconds: 5, children: [{worker: W, handles: {any: {takes: exp(6ms)}}}, {worker: V, crashes: {rate: 12/min}}]}
)";

}  // namespace

TEST_CASE("quantities: kept, broken, not to be said") {
  const std::string text = loaded;
  CHECK(outcome(text + "expect: [{process: W, quantity: utilisation, at_most: 80%}]\n") == Outcome::holds);
  CHECK(outcome(text + "expect: [{process: W, quantity: utilisation, at_most: 70%}]\n") == Outcome::broken);
  CHECK(outcome(text + "expect: [{process: S, quantity: failure_probability, within: 1h, at_most: 1%}]\n") ==
        Outcome::broken);
  CHECK(outcome(text + "expect: [{process: S, quantity: mean_time_to_failure, at_least: 60s}]\n") == Outcome::holds);
  CHECK(outcome(text + "expect: [{process: V, quantity: availability, at_least: 99%}]\n") == Outcome::cannot_say);
}

TEST_CASE("a fast failing init under an outage burns every level") {
  const std::string repo =
      "{worker: Repo, init: {takes: 40ms, fails: {during: down}}, crashes: {during: down, after: 1s}}";
  CHECK(outcome(outage("S", repo)) == Outcome::broken);
  CHECK(outcome(outage("Root", repo)) == Outcome::broken);
}

TEST_CASE("an init that fails slowly never uses up the budget") {
  const std::string repo =
      "{worker: Repo, init: {takes: 3s, fails: {during: down}}, crashes: {during: down, after: 1s}}";
  CHECK(outcome(outage("S", repo)) == Outcome::holds);
}

TEST_CASE("an outage that reaches nothing below is survived") {
  CHECK(outcome(outage("S", "{worker: Repo, crashes: {rate: 1/h}}")) == Outcome::holds);
}

TEST_CASE("crashes during the outage that start well: the rate decides") {
  CHECK(outcome(outage("S", "{worker: Repo, crashes: {during: down, after: 1s}}")) == Outcome::broken);
  CHECK(outcome(outage("S", "{worker: Repo, crashes: {during: down, after: 10s}}")) == Outcome::holds);
  CHECK(outcome(outage("S", "{worker: Repo, crashes: {during: down, rate: 1/s}}")) == Outcome::broken);
  CHECK(outcome(outage("Root", "{worker: Repo, restart: temporary, crashes: {during: down, after: 1s}}")) ==
        Outcome::holds);
}
