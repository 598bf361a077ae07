// treefall lint: files, directories, standard input, several outputs, colours.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "program.hpp"

using nlohmann::json;
using treefall::tests::contents;
using treefall::tests::Place;
using treefall::tests::Run;

namespace {

const std::string clean = "treefall: 1\ntree: {supervisor: Top, children: [{worker: W, count: 3}]}\n";
const std::string unknown_key = "treefall: 1\ntree:\n  supervisor: Top\n  strategi: one_for_one\n  children: []\n";
const std::string certain = R"(treefall: 1
clock_phase: 0ms
horizon: 1min
tree:
  supervisor: Top
  children: [{worker: W, crashes: {after: 100ms}}]
)";

std::vector<std::string> files(const json& result) {
  std::vector<std::string> names;
  for (const json& finding : result["findings"]) names.push_back(finding["file"]);
  return names;
}

}  // namespace

TEST_CASE("a broken key is shown as a finding is") {
  const Place place;
  place.write("shop.yaml", unknown_key);
  const Run run = place.run("lint shop.yaml");
  CHECK(run.err.empty());
  CHECK(run.out.find("error[unknown-key]: unknown key `strategi` in a supervisor\n"
                     " --> shop.yaml:4:3\n"
                     "  |\n"
                     "4 |   strategi: one_for_one\n"
                     "  |   ^^^^^^^^ did you mean `strategy`?\n") == 0);
  CHECK(run.out.ends_with("\n\n1 error in 1 file\n"));
}

TEST_CASE("the files of a run are all analysed, in order, each once") {
  const Place place;
  place.write("d/z.yaml", unknown_key);
  place.write("d/a.yml", certain);
  place.write("d/m/n.yaml", clean);
  place.write("d/ignored.txt", unknown_key);
  place.write("d/.hidden.yaml", unknown_key);
  const Run run = place.run("lint --format json d/z.yaml d ./d/z.yaml missing.yaml");
  CHECK(run.exit == 2);
  CHECK(run.err == "error: cannot read `missing.yaml`: No such file or directory\n");
  const json result = json::parse(run.out);
  const auto names = files(result);
  CHECK(std::is_sorted(names.begin(), names.end()));
  CHECK(std::count(names.begin(), names.end(), "d/z.yaml") == 1);
  CHECK(std::count(names.begin(), names.end(), "d/a.yml") >= 1);
  CHECK(result["summary"]["files"] == 3);
  CHECK(result["summary"]["processes"] == 4 + 2);
  const Run shuffled = place.run("lint --format json missing.yaml d d/z.yaml");
  CHECK(shuffled.out == run.out);
}

TEST_CASE("a file named is read whatever it is called") {
  const Place place;
  place.write("design.txt", clean);
  CHECK(place.run("lint design.txt").out == "no findings in 1 file, 4 processes\n");
}

TEST_CASE("standard input has the name it is given") {
  const Place place;
  place.write("x", unknown_key);
  CHECK(place.run("lint - < x").out.find(" --> <stdin>:4:3\n") != std::string::npos);
  CHECK(place.run("lint - --stdin-filename a/b.yaml < x").out.find(" --> a/b.yaml:4:3\n") != std::string::npos);
  CHECK(place.run("predict - --stdin-filename a/b.yaml < x").err.find(" --> a/b.yaml:4:3\n") != std::string::npos);
}

TEST_CASE("outputs to files stand beside the one on standard output and are whole or not there") {
  const Place place;
  place.write("shop.yaml", certain);
  const Run run = place.run("lint shop.yaml --output json=a.json --output text=a.txt -o json=b.json");
  CHECK(run.exit == 1);
  CHECK(contents(place / "a.txt") == run.out);
  CHECK(contents(place / "a.json") == contents(place / "b.json"));
  CHECK(contents(place / "a.json") == place.run("lint shop.yaml --format json").out);
  CHECK(contents(place / "a.txt").find('\x1b') == std::string::npos);

  place.write("kept.json", "old");
  std::filesystem::permissions(place / "", std::filesystem::perms::owner_all);
  const Run full = place.run("lint shop.yaml -o json=/dev/full -o json=missing/dir.json -o json=kept.json");
  CHECK(full.exit == 2);
  CHECK(full.err ==
        "error: cannot write `/dev/full`: No space left on device\n"
        "error: cannot write `missing/dir.json`: No such file or directory\n");
  CHECK(contents(place / "kept.json") == contents(place / "a.json"));
  for (const auto& entry : std::filesystem::directory_iterator(place / "")) {
    CHECK(entry.path().string().find(".tmp") == std::string::npos);
  }
}

TEST_CASE("fingerprints are there for every finding, differ, and survive edits above") {
  const Place place;
  place.write("shop.yaml", certain);
  place.write("broken.yaml", "treefall: 1\ntree: {supervisor: T, strategi: 1, children: [{worker: W, strategi: 2}]}\n");
  const auto fingerprints = [&](const std::string& file) {
    std::vector<std::string> all;
    const json result = json::parse(place.run("lint --format json " + file).out);
    for (const json& one : result["findings"]) all.push_back(one["fingerprint"]);
    return all;
  };
  for (const std::string& file : std::vector<std::string>{"shop.yaml", "broken.yaml"}) {
    auto before = fingerprints(file);
    REQUIRE_FALSE(before.empty());
    place.write(file, "# a line\n# and another\n" + contents(place / file));
    CHECK(fingerprints(file) == before);
    std::sort(before.begin(), before.end());
    CHECK(std::adjacent_find(before.begin(), before.end()) == before.end());
    CHECK_FALSE(before.front().empty());
  }
}

TEST_CASE("the strict profile says of two levels what the default says of three") {
  const Place place;
  place.write("two.yaml", R"(
treefall: 1
tree:
  supervisor: Top
  children:
    - supervisor: Low
      children: [{worker: W}]
)");
  CHECK(place.run("lint two.yaml").out.starts_with("no findings"));
  const Run strict = place.run("lint two.yaml --profile strict --format json");
  CHECK(strict.exit == 0);
  const json findings = json::parse(strict.out)["findings"];
  REQUIRE(findings.size() == 1);
  CHECK(findings[0]["rule"] == "nested-budget-product");
  CHECK(findings[0]["severity"] == "info");
}

TEST_CASE("severities: what is shown and what fails are two switches") {
  const Place place;
  place.write("shop.yaml", certain);
  const json all = json::parse(place.run("lint shop.yaml --format json").out);
  REQUIRE(all["summary"]["errors"] >= 1);
  for (const std::string& least : std::vector<std::string>{"error", "warning", "info", "hint"}) {
    const Run run = place.run("lint shop.yaml --format json --min-severity " + least);
    CHECK(run.exit == 1);
    const json shown = json::parse(run.out);
    CHECK(shown["summary"] == all["summary"]);
    for (const json& finding : shown["findings"]) {
      if (least == "error") CHECK(finding["severity"] == "error");
    }
  }
}

TEST_CASE("colours come when asked for, and from the environment in a fixed order") {
  const Place place;
  place.write("shop.yaml", unknown_key);
  const auto coloured = [&](const std::string& option, const std::string& environment) {
    return place.run("lint shop.yaml " + option, environment).out.find('\x1b') != std::string::npos;
  };
  CHECK_FALSE(coloured("", ""));
  CHECK(coloured("--color always", ""));
  CHECK(coloured("--color=always", "NO_COLOR=1"));
  CHECK_FALSE(coloured("--color never", "FORCE_COLOR=1"));
  CHECK(coloured("", "FORCE_COLOR=1"));
  CHECK(coloured("", "FORCE_COLOR=1 NO_COLOR=1"));
  CHECK_FALSE(coloured("", "FORCE_COLOR=0"));
  CHECK_FALSE(coloured("", "NO_COLOR=1"));
  CHECK(place.run("--color always lint shop.yaml").out.find('\x1b') != std::string::npos);
  CHECK(place.run("lint shop.yaml --format json --color always").out.find('\x1b') == std::string::npos);
}

TEST_CASE("machine formats are whole documents whatever happens") {
  const Place place;
  place.write("broken.yaml", unknown_key);
  place.write("bytes.yaml", "\xff\xfe\x01");
  for (const std::string& file : std::vector<std::string>{"broken.yaml", "bytes.yaml", "missing.yaml"}) {
    for (const std::string& command : std::vector<std::string>{"lint", "predict", "simulate", "confirm"}) {
      const Run run = place.run(command + " --format json " + file);
      INFO(command << " " << file << "\n" << run.out);
      CHECK(run.exit == 2);
      const json result = json::parse(run.out, nullptr, false);
      REQUIRE_FALSE(result.is_discarded());
      CHECK(result["schema_version"] == 1);
      if (file != "missing.yaml") CHECK(result["findings"].size() >= 1);
    }
  }
}

TEST_CASE("what a finding is most sensitive to is said when it is asked for, and where it is explained") {
  const Place place;
  place.write(
      "shop.yaml",
      "treefall: 1\nhorizon: 1h\ntree:\n  supervisor: Top\n  children: [{worker: W, crashes: {rate: 12/min}}]\n");
  CHECK(place.run("lint shop.yaml").out.find("most sensitive") == std::string::npos);
  CHECK(json::parse(place.run("lint -f json shop.yaml").out)["findings"][0]["sensitivity"].is_null());

  const std::string said =
      "most sensitive to `crashes.rate` of `W`: 1 % more, 2.68 % sooner; holds up to 36.6/h (now 12/min)";
  CHECK(place.run("lint --sensitivity shop.yaml").out.find(said) != std::string::npos);
  CHECK(place.run("explain shop.yaml:5").out.find(said) != std::string::npos);

  const json influences =
      json::parse(place.run("lint --sensitivity -f json shop.yaml").out)["findings"][0]["sensitivity"];
  REQUIRE(influences.size() == 1);
  const json& influence = influences[0];
  CHECK(influence["process"] == "Top/W");
  CHECK(influence["key"] == "crashes.rate");
  CHECK(influence["span"]["start"]["line"] == 5);
  CHECK(influence["unit"] == "per_second");
  CHECK(influence["value"].get<double>() == Approx(0.2));
  CHECK(influence["elasticity"].get<double>() == Approx(-2.72).epsilon(0.02));
  CHECK(influence["elasticity_error"].get<double>() < 0.01);
  CHECK(influence["holds_up_to"].get<double>() == Approx(36.6 / 3600).epsilon(0.01));
  CHECK(influence["holds_from"].is_null());
  CHECK(influence["holds_nowhere"] == false);
}
