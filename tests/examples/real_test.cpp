// The real trees lint without an error: what public code contains is not a mistake in the language.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "process.hpp"

using nlohmann::json;
using treefall::tests::run;

TEST_CASE("every real tree is read and linted without an error") {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(TREEFALL_ROOT) + "/examples/real")) {
    if (entry.path().extension() != ".yaml") continue;
    ++files;
    const auto result_of = run("lint --format json '" + entry.path().string() + "'");
    INFO(entry.path());
    CHECK(result_of.exit_code < 2);
    const json result = json::parse(result_of.out);
    CHECK(result.at("summary").at("errors") == 0);
    CHECK(result.at("summary").at("processes").get<int>() > 0);
  }
  CHECK(files == 12);
}

TEST_CASE("a tree without rates gets its tolerances") {
  const auto result_of = run("predict --format json examples/real/basho__riak_core.yaml");
  CHECK(result_of.exit_code == 0);
  const json result = json::parse(result_of.out);
  CHECK(result.at("tolerances").size() >= 10);
  for (const auto& tolerance : result.at("tolerances")) {
    CHECK(tolerance.at("at_most").get<double>() > 0);
    CHECK(tolerance.at("at_most").get<double>() < 10);
  }
}
