// What each command prints, in short; and that the same input gives the same bytes.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "program.hpp"

using nlohmann::json;
using treefall::tests::Place;
using treefall::tests::Run;

namespace {

const std::string random_crashes = R"(treefall: 1
name: shop
horizon: 10min
traffic: {buyers: {to: Cart, rate: 20/s}}
tree:
  supervisor: Top
  children:
    - worker: Price
      crashes: {rate: 12/min}
    - worker: Cart
      handles: {any: exp(5ms)}
expect:
  - {process: Cart, quantity: utilisation, at_most: 70%}
)";

Place& place() {
  static Place one;
  one.write("shop.yaml", random_crashes);
  return one;
}

}  // namespace

TEST_CASE("results do not depend on the number of threads") {
  for (const std::string& command :
       std::vector<std::string>{"simulate shop.yaml --replicas 50 --format json", "confirm shop.yaml --format json",
                                "confirm shop.yaml", "simulate shop.yaml --precision 20%"}) {
    INFO(command);
    const Run one = place().run(command + " --seed 7 --jobs 1");
    CHECK(one.exit < 2);
    CHECK(one.out == place().run(command + " --seed 7 --jobs 2").out);
    CHECK(one.out == place().run(command + " --seed 7 --jobs 7").out);
    CHECK(one.out != place().run(command + " --seed 8 --jobs 7").out);
  }
}

TEST_CASE("simulate measures what is predicted, for as many replicas as asked") {
  const json result = json::parse(place().run("simulate shop.yaml --replicas 30 --until 5min --format json").out);
  CHECK(result["replicas"] == 30);
  CHECK(result["until"] == 300.0);
  CHECK(result["seed"] == 1);
  CHECK(result["measurements"].size() >= 5);
}

TEST_CASE("confirm has a verdict for every prediction") {
  const json predicted = json::parse(place().run("predict shop.yaml --format json").out);
  const Run run = place().run("confirm shop.yaml --format json");
  const json confirmed = json::parse(run.out);
  CHECK(run.exit == 0);
  CHECK(confirmed["verdicts"].size() >= predicted["predictions"].size());
  CHECK(confirmed["promises"].size() == 1);
  CHECK(confirmed["promises"][0]["verdict"] == "pass");
  CHECK(confirmed["summary"]["refuted"] == 0);
}

TEST_CASE("confirm tells how it falls") {
  const Run run = place().run("confirm shop.yaml");
  INFO(run.out);
  CHECK(run.out.find("how it falls: Top (seed 1") != std::string::npos);
  CHECK(run.out.find("Price crashes") != std::string::npos);
  CHECK(run.out.find("4th in 6 whole seconds: Top gives up") != std::string::npos);
  CHECK(run.out.find("node stops") != std::string::npos);
  CHECK(run.out.find(" promise ") != std::string::npos);
}

TEST_CASE("a broken promise is exit code 1") {
  place().write("promise.yaml", random_crashes + "  - {process: Top, quantity: failure_probability, at_most: 0.1%}\n");
  const Run run = place().run("confirm promise.yaml");
  INFO(run.out << run.err);
  CHECK(run.exit == 1);
  CHECK(run.out.find("times the bound") != std::string::npos);
  CHECK(run.out.find("  fail\n") != std::string::npos);
  CHECK(run.out.find("the shortest way to break it: Top: failure probability at most 0.1 % (seed 1") !=
        std::string::npos);
  const Run linted = place().run("lint promise.yaml");
  INFO(linted.out);
  CHECK(linted.out.find("2 promises: 1 pass, 1 fail\n") != std::string::npos);
  CHECK(linted.out.find("= fail: ") != std::string::npos);
}

TEST_CASE("a trace is JSON Lines with a header") {
  const Run run = place().run("trace shop.yaml --seed 3 --until 2min");
  std::istringstream lines(run.out);
  std::string line;
  REQUIRE(std::getline(lines, line));
  CHECK(json::parse(line)["treefall_trace"] == 1);
  CHECK(json::parse(line)["seed"] == 3);
  std::int64_t last = 0;
  std::size_t count = 0;
  for (; std::getline(lines, line); ++count) {
    const json event = json::parse(line);
    CHECK(event["t_ns"].get<std::int64_t>() >= last);
    last = event["t_ns"];
  }
  CHECK(count > 10);
  CHECK(run.out == place().run("trace shop.yaml --seed 3 --until 2min").out);
}

TEST_CASE("show prints a spec that reads the same") {
  const Run shown = place().run("show shop.yaml");
  CHECK(shown.out.find("max_restarts: 3") != std::string::npos);
  place().write("shown.yaml", shown.out);
  CHECK(place().run("predict shown.yaml --format json").out == place().run("predict shop.yaml --format json").out);
}

TEST_CASE("rules and schema come from the binary") {
  const json rules = json::parse(place().run("rules --format json").out);
  CHECK(rules["rules"].size() >= 13);
  const std::string list = place().run("rules").out;
  for (const json& rule : rules["rules"]) {
    CHECK(list.find(rule["rule"].get<std::string>()) != std::string::npos);
    CHECK(rule["why"].get<std::string>().front() != '\n');
    CHECK(rule["bad"].get<std::string>().starts_with("treefall: 1\n"));
    CHECK(rule["bad"].get<std::string>().find("# expect") == std::string::npos);
    const Run explained = place().run("explain " + rule["rule"].get<std::string>());
    CHECK(explained.exit == 0);
    CHECK(explained.out.find(rule["rule"].get<std::string>()) != std::string::npos);
  }
  CHECK(json::parse(place().run("schema").out)["$schema"].get<std::string>().find("draft-07") != std::string::npos);
}

TEST_CASE("a place is explained: the finding, what holds there, how to ignore it") {
  const json found = json::parse(place().run("lint shop.yaml --format json").out)["findings"];
  REQUIRE_FALSE(found.empty());
  const json& at = found[0]["span"]["start"];
  const std::string line = "shop.yaml:" + std::to_string(at["line"].get<int>());
  for (const std::string& where :
       std::vector<std::string>{line, line + ":" + std::to_string(at["column"].get<int>())}) {
    const Run run = place().run("explain " + where);
    INFO(run.out << run.err);
    CHECK(run.exit == 0);
    CHECK(run.out.find(found[0]["message"].get<std::string>()) != std::string::npos);
    CHECK(run.out.find("max_restarts") != std::string::npos);
    CHECK(run.out.find("Elixir's default") != std::string::npos);
    CHECK(run.out.find("# treefall: ignore " + found[0]["rule"].get<std::string>() + " -- ") != std::string::npos);
  }
  const json explained = json::parse(place().run("explain --format json " + line).out);
  CHECK(explained["findings"][0] ==
        json::parse(place().run("lint shop.yaml --sensitivity --format json").out)["findings"][0]);
  CHECK(place().run("explain -" + line.substr(line.find(':')) + " --stdin-filename shop.yaml < shop.yaml").out ==
        place().run("explain " + line).out);
  const Run elsewhere = place().run("explain shop.yaml:1");
  CHECK(elsewhere.exit == 2);
  CHECK(elsewhere.err.find("`treefall explain " + line) != std::string::npos);
}

TEST_CASE("an explanation goes to files too") {
  const json found = json::parse(place().run("lint shop.yaml --format json").out)["findings"];
  REQUIRE_FALSE(found.empty());
  const std::string where = "explain shop.yaml:" + std::to_string(found[0]["span"]["start"]["line"].get<int>());
  const Run run = place().run(where + " -o text=place.txt -o json=place.json");
  CHECK(run.exit == 0);
  CHECK(treefall::tests::contents(place() / "place.txt") == run.out);
  CHECK(treefall::tests::contents(place() / "place.json") == place().run(where + " --format json").out);
  CHECK(place().run(where + " -o json=no/such/dir.json").exit == 2);
}

TEST_CASE("every command has help that names its options") {
  for (const std::string& command : std::vector<std::string>{"lint", "predict", "simulate", "confirm", "diff", "tune",
                                                             "trace", "show", "explain", "rules", "schema"}) {
    const Run run = place().run(command + " --help");
    CHECK(run.exit == 0);
    CHECK(run.out.find("usage: treefall " + command) != std::string::npos);
    CHECK(run.out.find("--color") != std::string::npos);
    CHECK(place().run("--help").out.find("  " + command + " ") != std::string::npos);
  }
}
