// Exit codes and streams: 0, 1, 2 as docs/commands.md has them; results on standard output, all else on standard error.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "program.hpp"

using treefall::tests::Place;
using treefall::tests::Run;

namespace {

const std::string clean = R"(treefall: 1
name: clean
clock_phase: 0ms
horizon: 10s
tree:
  supervisor: Top
  children:
    - worker: Fine
)";

/// Dies at its fourth crash, for certain.
const std::string falls = R"(treefall: 1
name: falls
clock_phase: 0ms
horizon: 1min
tree:
  supervisor: Top
  max_restarts: 3
  max_seconds: 5
  children:
    - worker: Crashes
      crashes: {after: 100ms}
    - worker: Innocent
)";

/// Clients that never pause, and an answer that takes no time.
const std::string endless = R"(treefall: 1
name: endless
traffic: {t: {to: A, concurrency: 5, think: 0s}}
tree: {supervisor: R, children: [{worker: A}]}
)";

const std::string broken = "treefall: 1\ntree:\n  supervisor: Top\n  childrn: []\n";

void fill(const Place& place) {
  place.write("clean.yaml", clean);
  place.write("falls.yaml", falls);
  place.write("broken.yaml", broken);
  place.write("endless.yaml", endless);
  place.write("not_yaml.yaml", "a: [1, 2\nb: \x01");
  place.write("dir/a.yaml", clean);
  place.write("dir/sub/b.yml", clean);
  place.write("dir/sub/no.txt", "x");
  place.write("dir/.hidden/c.yaml", broken);
  place.write("empty/x.txt", "x");
}

struct Row {
  std::string arguments;
  int exit;
};

}  // namespace

TEST_CASE("exit codes") {
  const Place place;
  fill(place);
  const auto row = GENERATE(values<Row>({
      {"--version", 0},
      {"--help", 0},
      {"-h", 0},
      {"lint --help", 0},
      {"", 2},
      {"lnit clean.yaml", 2},
      {"--wrong", 2},
      {"lint", 2},
      {"lint --wrong clean.yaml", 2},
      {"lint --format xml clean.yaml", 2},
      {"lint --fail-on never", 2},
      {"lint missing.yaml", 2},
      {"lint empty", 2},
      {"lint clean.yaml", 0},
      {"lint dir", 0},
      {"lint falls.yaml", 1},
      {"lint falls.yaml clean.yaml", 1},
      {"lint --fail-on never falls.yaml", 0},
      {"lint --fail-on error falls.yaml", 1},
      {"lint broken.yaml", 2},
      {"lint not_yaml.yaml", 2},
      {"lint --fail-on never broken.yaml", 2},
      {"lint falls.yaml broken.yaml", 2},
      {"lint falls.yaml missing.yaml", 2},
      {"lint --output json=no/such/dir.json clean.yaml", 2},
      {"lint --output json=- clean.yaml", 2},
      {"report clean.yaml -o out.html", 2},
      {"diff clean.yaml falls.yaml", 1},
      {"tune clean.yaml", 0},
      {"tune falls.yaml", 1},
      {"predict clean.yaml", 0},
      {"predict broken.yaml", 2},
      {"predict missing.yaml", 2},
      {"predict clean.yaml falls.yaml", 2},
      {"simulate clean.yaml --replicas 2", 0},
      {"simulate broken.yaml", 2},
      {"simulate endless.yaml --replicas 2", 2},
      {"lint endless.yaml", 0},
      {"simulate clean.yaml --replicas 0", 2},
      {"simulate clean.yaml --replicas x", 2},
      {"simulate clean.yaml --seed -1", 2},
      {"simulate clean.yaml --seed", 2},
      {"simulate clean.yaml --until 5", 2},
      {"simulate clean.yaml --until infinity", 2},
      {"simulate clean.yaml --jobs 0", 2},
      {"simulate clean.yaml --precision 7", 2},
      {"confirm clean.yaml", 0},
      {"confirm falls.yaml", 0},
      {"confirm broken.yaml", 2},
      {"confirm --on moon clean.yaml", 2},
      {"trace clean.yaml", 0},
      {"trace broken.yaml", 2},
      {"show clean.yaml", 0},
      {"show broken.yaml", 2},
      {"explain certain-cascade", 0},
      {"explain certain-cascad", 2},
      {"explain falls.yaml:1", 2},
      {"explain missing.yaml:1", 2},
      {"rules", 0},
      {"rules extra", 2},
      {"schema", 0},
      {"lint clean.yaml > /dev/full", 2},
  }));
  const Run run = place.run(row.arguments);
  INFO("treefall " << row.arguments << "\n" << run.out << run.err);
  CHECK(run.exit == row.exit);
  if (row.exit == 2 && run.out.empty()) CHECK_FALSE(run.err.empty());
  if (row.exit < 2) CHECK(run.err.empty());
}

TEST_CASE("the exit code is the same in every format") {
  const Place place;
  fill(place);
  for (const std::string& file : std::vector<std::string>{"clean.yaml", "falls.yaml", "broken.yaml", "missing.yaml"}) {
    for (const std::string& command : std::vector<std::string>{"lint", "predict", "simulate --replicas 2", "confirm"}) {
      INFO(command << " " << file);
      CHECK(place.run(command + " --format text " + file).exit == place.run(command + " --format json " + file).exit);
    }
  }
}

TEST_CASE("what is wrong with the words says what was probably meant") {
  const Place place;
  fill(place);
  CHECK(place.run("lnit clean.yaml").err == "error: unknown command `lnit`\n  = help: did you mean `lint`?\n");
  CHECK(place.run("lint --formt json clean.yaml").err ==
        "error: unknown option `--formt`\n  = help: did you mean `--format`?\n");
  CHECK(place.run("lint --format jsn clean.yaml").err ==
        "error: `jsn` is no value of `--format`\n  = help: did you mean `json`?\n");
  CHECK(place.run("explain certain-cascad").err.find("did you mean `certain-cascade`?") != std::string::npos);
  CHECK(place.run("simulate --seed").err.find("option `--seed` needs a value") != std::string::npos);
}

TEST_CASE("options with a value leave what is behind it alone") {
  const Place place;
  fill(place);
  CHECK(place.run("lint -f json clean.yaml").exit == 0);
  CHECK(place.run("lint --output json=a.json clean.yaml").exit == 0);
  CHECK(place.run("lint --output=json=a.json --fail-on=never falls.yaml clean.yaml").exit == 0);
  place.write("lint", clean);
  CHECK(place.run("lint lint").exit == 0);
  place.write("-odd", clean);
  CHECK(place.run("lint -- -odd").exit == 0);
}

TEST_CASE("what could not be executed is not shown as measured") {
  const Place place;
  fill(place);
  const Run text = place.run("simulate endless.yaml --replicas 2");
  CHECK(text.err.find("replica 0 could not go on at 0 s: no progress") != std::string::npos);
  CHECK(text.out.find("throughput") == std::string::npos);
  const Run json = place.run("simulate -f json endless.yaml --replicas 2");
  CHECK(json.out.find("\"measurements\": []") != std::string::npos);
  CHECK(json.out.find("\"trouble\"") != std::string::npos);
}

#ifndef TREEFALL_SANITIZED
TEST_CASE("too little memory is said plainly") {
  const Place place;
  place.write("large.yaml",
              "treefall: 1\nname: large\ntree: {supervisor: R, children: [{worker: A, count: 100000000}]}\n");
  const Run run = place.shell("ulimit -v 2000000; '" TREEFALL_BINARY "' simulate -n 1 large.yaml");
  CHECK(run.exit == 2);
  CHECK(run.err.find("there is not enough memory") != std::string::npos);
  CHECK(run.err.find("bug") == std::string::npos);
}
#endif

TEST_CASE("a pipe that is closed early is no failure and no message") {
  const Place place;
  fill(place);
  const Run run = place.shell("{ '" TREEFALL_BINARY "' trace falls.yaml; echo $? > code; } | head -c 10");
  CHECK(run.err.empty());
  CHECK(treefall::tests::contents(place / "code") == "0\n");
}

TEST_CASE("Ctrl-C keeps what is done and says so") {
  const Place place;
  place.write("long.yaml", R"(treefall: 1
name: long
horizon: 1h
traffic: {t: {to: W, rate: 1000/s}}
tree: {supervisor: Top, children: [{worker: W, handles: {any: exp(100us)}}]}
)");
  const Run run = place.shell("timeout --preserve-status -s INT 1 '" TREEFALL_BINARY
                              "' simulate long.yaml --replicas 1000000 --format json");
  CHECK(run.exit == 130);
  CHECK(run.err.find("interrupted: what follows is from the ") != std::string::npos);
  CHECK(run.out.find("\"measurements\"") != std::string::npos);
  CHECK(run.out.ends_with("}\n"));
}
