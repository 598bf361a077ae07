// tune and diff as a user meets them: exit codes, streams, golden outputs, and that the diff they write applies.
// Golden files are written anew by TREEFALL_UPDATE_GOLDEN=1.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "program.hpp"

using nlohmann::json;
using treefall::tests::contents;
using treefall::tests::Place;
using treefall::tests::Run;

namespace {

const std::filesystem::path golden = std::filesystem::path(TREEFALL_ROOT) / "tests/cli/golden";

const std::string shop = R"(# A small shop.
treefall: 1
name: shop
horizon: 24h
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Repo
      init: {takes: 40ms}
    - worker: Shop.Price
      crashes: {rate: 12/min}   # measured in March
    - worker: Shop.Cart
)";

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

Place& place() {
  static Place one;
  one.write("shop.yaml", shop);
  one.write("calm.yaml", changed(shop, "12/min", "2/h"));
  one.write("poison.yaml", changed(shop, "{rate: 12/min}", "{after: 20ms}"));
  return one;
}

void hold(const std::string& name, const std::string& text) {
  if (std::getenv("TREEFALL_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(golden);
    std::ofstream(golden / name, std::ios::binary) << text;
  }
  INFO(name);
  CHECK(text == contents(golden / name));
}

}  // namespace

TEST_CASE("what tune says") {
  const Run run = place().run("tune shop.yaml --failure-probability 0.1% --within 30d");
  INFO(run.err);
  CHECK(run.exit == 1);
  hold("tune_shop.txt", run.out);
  const Run poison = place().run("tune poison.yaml");
  CHECK(poison.exit == 1);
  hold("tune_poison.txt", poison.out);
  const Run calm = place().run("tune calm.yaml --failure-probability 1%");
  CHECK(calm.exit == 0);
  hold("tune_calm.txt", calm.out);
}

TEST_CASE("the diff that tune writes applies, and then the promise is kept") {
  const Place own;
  own.write("shop.yaml", shop);
  const Run diff = own.run("tune --diff shop.yaml");
  CHECK(diff.exit == 1);
  hold("tune_shop.diff", diff.out);
  own.write("change.diff", diff.out);
  const Run applied = own.shell("patch -p1 < change.diff");
  INFO(applied.out << applied.err);
  REQUIRE(applied.exit == 0);
  const Run again = own.run("tune --diff shop.yaml");
  CHECK(again.exit == 0);
  CHECK(again.out.empty());
  CHECK(contents(own / "shop.yaml").find("# measured in March") != std::string::npos);
}

TEST_CASE("tune as JSON: every figure has its method and error bar, every recommendation its verdict") {
  const json result = json::parse(place().run("tune shop.yaml --format json").out);
  CHECK(result["schema_version"] == 1);
  CHECK(result["diff"].get<std::string>().starts_with("--- a/shop.yaml\n+++ b/shop.yaml\n@@ "));
  REQUIRE(result["supervisors"].size() == 1);
  const json& top = result["supervisors"][0];
  CHECK(top["process"] == "Shop.Supervisor");
  CHECK(top["outcome"] == "change");
  CHECK(top["execution"]["verdict"] == "confirmed");
  CHECK(top["recommended"]["keeps"] == true);
  CHECK(top["curve"].size() > 4);
  for (const json& point : top["curve"]) {
    const json& figure = point["failure_probability"];
    CHECK(figure["low"] <= figure["value"]);
    CHECK(figure["value"] <= figure["high"]);
    CHECK(figure["method"].is_string());
    CHECK(figure["because"].is_string());
  }
  for (const json& alternative : top["alternatives"])
    CHECK((alternative["failure_probability"].is_null() || alternative["execution"]["verdict"] == "confirmed"));
}

TEST_CASE("what diff says, in every format") {
  const Run worse = place().run("diff calm.yaml shop.yaml");
  CHECK(worse.exit == 1);
  hold("diff_worse.txt", worse.out);
  const Run better = place().run("diff shop.yaml calm.yaml --format markdown");
  CHECK(better.exit == 0);
  hold("diff_better.md", better.out);
  const Run same = place().run("diff shop.yaml shop.yaml");
  CHECK(same.exit == 0);
  hold("diff_same.txt", same.out);
  const json result = json::parse(place().run("diff calm.yaml shop.yaml --format json").out);
  const std::string sentence = result["sentence"];
  CHECK(worse.out.starts_with(sentence + "\n"));
  CHECK(result["findings"]["new"].size() == result["summary"]["findings"]["new"]);
  CHECK(result["findings"]["new"][0]["fingerprint"].is_string());
  bool found = false;
  for (const json& quantity : result["quantities"]) {
    CHECK(quantity["change"].is_string());
    if (quantity["quantity"] == "mean_time_to_failure" && quantity["process"] == "Shop.Supervisor")
      found = quantity["change"] == "worse" && quantity["old"]["method"].is_string();
  }
  CHECK(found);
}

TEST_CASE("exit codes of tune and diff") {
  place().write("broken.yaml", "treefall: 1\ntree:\n  supervisor: Top\n  childrn: []\n");
  struct Row {
    std::string arguments;
    int exit;
  };
  for (const Row& row : std::vector<Row>{{"diff shop.yaml", 2},
                                         {"diff shop.yaml missing.yaml", 2},
                                         {"diff broken.yaml shop.yaml", 2},
                                         {"diff shop.yaml broken.yaml --format json", 2},
                                         {"diff calm.yaml shop.yaml --fail-on never", 0},
                                         {"diff - - < shop.yaml", 2},
                                         {"diff - shop.yaml --stdin-filename shop.yaml < shop.yaml", 0},
                                         {"tune broken.yaml", 2},
                                         {"tune shop.yaml --failure-probability 2", 2},
                                         {"tune shop.yaml --within forever", 2}}) {
    INFO(row.arguments);
    const Run run = place().run(row.arguments);
    CHECK(run.exit == row.exit);
    CHECK((row.exit != 2 || !run.err.empty()));
    if (row.arguments.find("json") != std::string::npos) CHECK(json::parse(run.out).contains("findings"));
  }
}
