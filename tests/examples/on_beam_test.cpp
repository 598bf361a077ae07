// `confirm --on beam` on this machine's Erlang VM, from outside. Where there is none, that is said and nothing else is
// tested. What the runtime says of these designs is confirmed, strictly. What the VM says is never refuted; where the
// clock of a busy machine spoils it, that is undecided and played again, and what was seen there must look like it
// still.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "process.hpp"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using treefall::tests::Program;
using treefall::tests::run;

/// A directory for one test's files, which the VM's temporary ones go to as well.
class Place {
 public:
  Place() {
    std::string pattern = (fs::temp_directory_path() / "treefall-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Place() { fs::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  const fs::path& path() const { return path_; }

  /// Writes a design of that name; returns its file.
  std::string design(const std::string& name, const std::string& rest) const {
    const fs::path file = path_ / (name + ".yaml");
    std::ofstream(file) << "treefall: 1\nname: " << name << "\n" << rest << "\n";
    return file.string();
  }

  /// The directories that runs of the program have here.
  std::vector<fs::path> left_over() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(path_))
      if (entry.path().filename().string().starts_with("treefall-beam-")) found.push_back(entry.path());
    return found;
  }

  /// Does a process live in one of them?
  bool has_vm() const {
    for (const auto& entry : fs::directory_iterator("/proc")) {
      std::error_code gone;
      if (fs::read_symlink(entry.path() / "cwd", gone).string().starts_with((path_ / "treefall-beam-").string()))
        return true;
    }
    return false;
  }

  bool plays() const {
    const std::vector<fs::path> all = left_over();
    return has_vm() &&
           std::any_of(all.begin(), all.end(), [](const auto& at) { return fs::exists(at / "designs.terms"); });
  }

 private:
  fs::path path_;
};

bool comes_true(const std::function<bool()>& what, std::chrono::seconds within) {
  const auto end = std::chrono::steady_clock::now() + within;
  while (!what()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

const json& of(const json& answer, const std::string& process_end, const std::string& quantity) {
  static const json nothing;
  for (const json& verdict : answer["verdicts"])
    if (verdict["process"].get<std::string>().ends_with(process_end) && verdict["quantity"] == quantity) return verdict;
  return nothing;
}

struct Verdict {
  std::string process_end;
  std::string quantity;
};

bool decides(const json& answer, const std::vector<Verdict>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const Verdict& one) {
    const json& verdict = of(answer, one.process_end, one.quantity);
    return verdict.is_object() && verdict["beam_verdict"] != "undecided";
  });
}

json played_once(const std::string& arguments) {
  const auto result = run("confirm --on beam -f json " + arguments);
  INFO(result.out);
  REQUIRE(result.exit_code == 0);
  json answer = json::parse(result.out);
  REQUIRE(!answer["verdicts"].empty());
  for (const json& verdict : answer["verdicts"]) {
    INFO(verdict.dump(2));
    CHECK(verdict["verdict"] == "confirmed");
    CHECK((verdict["beam_verdict"] == "confirmed" || verdict["beam_verdict"] == "undecided"));
    CHECK((verdict["beam_verdict"] == "confirmed") == verdict["beam_because"].is_null());
  }
  CHECK(answer["summary"]["predictions"] == answer["verdicts"].size());
  CHECK(answer["summary"]["beam"]["otp"].get<int>() >= 25);
  CHECK(answer["summary"]["beam"]["replicas"].get<int>() > 0);
  return answer;
}

/// The VM showed this quantity, and says nothing of it only where its own timers were late. What it showed.
json seen(const json& answer, const std::string& process_end, const std::string& quantity) {
  const json& verdict = of(answer, process_end, quantity);
  REQUIRE(verdict.is_object());
  INFO(verdict.dump(2));
  if (verdict["beam_verdict"] != "confirmed")
    CHECK(verdict["beam_because"].get<std::string>().find("the VM's timers were up to") == 0);
  REQUIRE(verdict["beam"].is_object());
  return verdict["beam"];
}

/// Plays until these verdicts are decided: how often, is printed. The last answer where they stay undecided.
json played(const std::string& arguments, const std::vector<Verdict>& wanted) {
  constexpr int most_plays = 5;
  json answer = played_once(arguments);
  int plays = 1;
  for (; plays < most_plays && !decides(answer, wanted); ++plays) answer = played_once(arguments);
  if (plays > 1) std::cout << arguments << ": undecided on a busy machine, played " << plays << " times\n";
  return answer;
}

}  // namespace

TEST_CASE("without an Erlang VM, or with one of another release, the user is told") {
  const Place place;
  const std::string file = place.design("old", "otp: 28\ntree: {supervisor: top, children: [{worker: w}]}");
  const std::string command = "PATH=/nowhere '" TREEFALL_BINARY "' confirm --on beam '" + file + "' 2>/dev/null";
  CHECK(std::system(command.c_str()) == 2 << 8);
}

TEST_CASE("an Erlang VM that fails is told with what it said and how it ended") {
  const Place place;
  const std::string file =
      place.design("plain", "tree: {supervisor: top, children: [{worker: w, crashes: {rate: 1/s}}]}");
  const auto told = [&](const std::string& program) {
    const fs::path erl = place.path() / "erl";
    const fs::path said = place.path() / "said";
    std::ofstream(erl) << "#!/bin/sh\n" << program << "\n";
    fs::permissions(erl, fs::perms::owner_all);
    const std::string command = "PATH='" + place.path().string() +
                                "':$PATH '" TREEFALL_BINARY "' confirm --on beam --budget 6s '" + file +
                                "' >/dev/null 2>'" + said.string() + "'";
    CHECK(std::system(command.c_str()) == 2 << 8);
    std::ifstream in(said);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  CHECK(told("exit 7").find("error: the Erlang VM failed with exit code 7: it said nothing\n") != std::string::npos);
  CHECK(told("echo one; echo two; kill -9 $$").find("error: the Erlang VM was ended by signal 9: one two\n") !=
        std::string::npos);
  // Answers which release it is, and dies at play.
  CHECK(told("case \"$*\" in *otp_release*) printf 25;; *) echo boom; exit 1;; esac")
            .find("error: the Erlang VM failed with exit code 1: boom\n") != std::string::npos);
}

TEST_CASE("a design for another release is not played", "[beam]") {
  const Place place;
  CHECK(run("confirm --on beam " +
            place.design("old", "otp: 28\ntree: {supervisor: top, children: [{worker: w, crashes: {rate: 1/min}}]}"))
            .exit_code == 2);  // Debian's is another one
}

TEST_CASE("real supervisors fall as predicted: a design without chance", "[beam]") {
  const json answer = played("--budget 6s examples/rabbit_hole/a1_poison_on_start.yaml",
                             {{"RabbitHole.Supervisor", "failure_probability"}});
  CHECK(seen(answer, "RabbitHole.Supervisor", "failure_probability")["value"] == 1);
  CHECK(seen(answer, "RabbitHole.Poisoned", "crash_rate")["value"].get<double>() > 50);
}

TEST_CASE("chance: many copies at once on the VM", "[beam]") {
  const Place place;
  const std::string file = place.design("chance", R"(
horizon: 4s
tree:
  supervisor: top
  max_restarts: 4
  children:
    - {worker: poisson, crashes: {rate: 6/s}, init: {takes: 5ms}})");
  const json answer = played("--budget 14s " + file, {{"poisson", "crash_rate"}, {"top", "mean_time_to_failure"}});
  CHECK(answer["summary"]["beam"]["replicas"].get<int>() > 100);
  for (const Verdict& one : {Verdict{"top", "mean_time_to_failure"}, Verdict{"poisson", "crash_rate"}}) {
    const json real = seen(answer, one.process_end, one.quantity);
    const json& modelled = of(answer, one.process_end, one.quantity)["observed"];
    const double late = of(answer, one.process_end, one.quantity)["beam_verdict"] == "confirmed" ? 0 : 0.2;
    CHECK(real["low"].get<double>() < modelled["high"].get<double>() * (1 + late));
    CHECK(real["high"].get<double>() > modelled["low"].get<double>() * (1 - late));
  }
}

TEST_CASE("what lasts longer than the budget is not claimed to be seen", "[beam]") {
  const Place place;
  const std::string file = place.design("long", R"(
horizon: 24h
clock_phase: 0ms
tree: {supervisor: top, children: [{worker: w, crashes: {at: [1h, 2h]}}]})");
  const json answer = played_once("--budget 6s " + file);
  const json& crashes = of(answer, "w", "crash_rate");
  REQUIRE(crashes.is_object());
  CHECK(crashes["beam_verdict"] == "undecided");
  CHECK(crashes["beam_because"].get<std::string>().find("were played") != std::string::npos);
}

TEST_CASE("Ctrl-C, and our own sudden end, leave neither a VM nor files", "[beam]") {
  constexpr std::chrono::seconds soon{30};
  const Place place;
  const std::string file =
      place.design("endless", "tree: {supervisor: top, children: [{worker: w, crashes: {rate: 1/min}}]}");
  for (const int signal : {SIGINT, SIGKILL}) {
    INFO("signal " << signal);
    // Sent to the program alone, as a terminal would: the VM has a process group of its own.
    Program program({"confirm", "--on", "beam", "--budget", "5min", file}, place.path());
    REQUIRE(comes_true([&] { return place.plays(); }, soon));
    program.send(signal);
    CHECK(program.wait() == (signal == SIGINT ? 130 : -SIGKILL));
    CHECK(comes_true([&] { return !place.has_vm(); }, soon));
    CHECK(comes_true([&] { return place.left_over().empty(); }, soon));
  }
}
