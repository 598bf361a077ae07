// `confirm --on beam` on this machine's Erlang VM, from outside. Where there is none, that is said and nothing else is
// tested. What the clock of a busy machine spoils may stay undecided; nothing may be refuted.
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "process.hpp"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using treefall::tests::run;

bool has_erl() { return std::system("command -v erl > /dev/null 2>&1") == 0; }

/// A directory for one test's files, which the VM's temporary ones go to as well.
class Place {
 public:
  Place() : path_(fs::temp_directory_path() / ("treefall-on-beam-" + std::to_string(getpid()))) {
    fs::create_directories(path_);
  }
  ~Place() { fs::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }
  fs::path path() const { return path_; }

 private:
  fs::path path_;
};

json played(const std::string& arguments) {
  const auto result = run("confirm --on beam -f json " + arguments);
  INFO(result.out);
  REQUIRE(result.exit_code == 0);
  json answer = json::parse(result.out);
  for (const json& verdict : answer["verdicts"]) {
    INFO(verdict.dump(2));
    CHECK(verdict["verdict"] == "confirmed");
    CHECK(verdict["beam_verdict"] != "refuted");
    CHECK((verdict["beam_verdict"] == "confirmed") == verdict["beam_because"].is_null());
  }
  CHECK(answer["summary"]["beam"]["otp"].get<int>() >= 25);
  return answer;
}

const json& of(const json& answer, const std::string& process_end, const std::string& quantity) {
  static const json nothing;
  for (const json& verdict : answer["verdicts"])
    if (verdict["process"].get<std::string>().ends_with(process_end) && verdict["quantity"] == quantity) return verdict;
  return nothing;
}

}  // namespace

TEST_CASE("real supervisors fall as predicted: a design without chance", "[beam]") {
  if (!has_erl()) return;
  const json answer = played("--budget 6s examples/rabbit_hole/a1_poison_on_start.yaml");
  const json& fall = of(answer, "RabbitHole.Supervisor", "failure_probability");
  REQUIRE(fall.is_object());
  CHECK(fall["beam_verdict"] == "confirmed");
  CHECK(fall["beam"]["value"] == 1);
  CHECK(of(answer, "RabbitHole.Poisoned", "crash_rate")["beam"]["value"].get<double>() > 50);
}

TEST_CASE("chance: many copies at once on the VM", "[beam]") {
  if (!has_erl()) return;
  const Place place;
  const std::string file = place.file("chance.yaml", R"(
treefall: 1
name: chance
horizon: 4s
tree:
  supervisor: top
  max_restarts: 4
  children:
    - {worker: poisson, crashes: {rate: 6/s}, init: {takes: 5ms}}
)");
  const json answer = played("--budget 14s " + file);
  CHECK(answer["summary"]["beam"]["replicas"].get<int>() > 100);
  const json& fall = of(answer, "top", "mean_time_to_failure");
  REQUIRE(fall.is_object());
  CHECK(fall["beam"]["low"] < fall["observed"]["high"]);
  CHECK(fall["beam"]["high"] > fall["observed"]["low"]);
  CHECK(of(answer, "poisson", "crash_rate")["beam_verdict"] == "confirmed");
}

TEST_CASE("what lasts longer than the budget is not claimed to be seen", "[beam]") {
  if (!has_erl()) return;
  const Place place;
  const std::string file = place.file("long.yaml", R"(
treefall: 1
name: long
horizon: 24h
clock_phase: 0ms
tree: {supervisor: top, children: [{worker: w, crashes: {at: [1h, 2h]}}]}
)");
  const json answer = played("--budget 6s " + file);
  const json& crashes = of(answer, "w", "crash_rate");
  REQUIRE(crashes.is_object());
  CHECK(crashes["beam_verdict"] == "undecided");
  CHECK(crashes["beam_because"].get<std::string>().find("were played") != std::string::npos);
}

TEST_CASE("a release that is not there, no VM, and Ctrl-C", "[beam]") {
  const Place place;
  const std::string file = place.file("old.yaml", R"(
treefall: 1
name: old
otp: 28
tree: {supervisor: top, children: [{worker: w, crashes: {rate: 1/min}}]}
)");
  const std::string binary = TREEFALL_BINARY;
  CHECK(std::system(("PATH=/nowhere '" + binary + "' confirm --on beam '" + file + "' 2>/dev/null").c_str()) == 2 << 8);
  if (!has_erl()) return;
  CHECK(run("confirm --on beam " + file).exit_code == 2);  // Debian's is another one
  const std::string here = place.path().string();
  // Sent to the program alone, as a terminal would: the VM has a process group of its own.
  const std::string interrupted = "cd '" + here + "' && sed -i '/^otp/d' old.yaml && TMPDIR='" + here +
                                  "' timeout -s INT 4 '" + binary +
                                  "' confirm --on beam --budget 60s old.yaml > /dev/null 2>&1";
  CHECK(std::system(interrupted.c_str()) != 0);
  for (const auto& entry : fs::directory_iterator(place.path()))
    CHECK_FALSE(entry.path().filename().string().starts_with("treefall-beam-"));
}
