// The scenarios of the rabbit hole articles come out as they do on OTP, and what the tool says about each stands beside
// it in examples/rabbit_hole; so does what it says about incidents, in examples/incidents. TREEFALL_UPDATE_GOLDEN=1
// rewrites those files.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "process.hpp"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using treefall::tests::run;

std::vector<fs::path> scenarios() {
  std::vector<fs::path> files;
  for (const char* folder : {"examples/rabbit_hole", "examples/incidents"})
    for (const auto& entry : fs::directory_iterator(fs::path(TREEFALL_ROOT) / folder))
      if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string contents(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The events of one execution with seed 1.
class Trace {
 public:
  explicit Trace(const std::string& scenario) {
    std::istringstream lines(run("trace examples/rabbit_hole/" + scenario + ".yaml --seed 1").out);
    std::string line;
    std::getline(lines, line);  // header
    while (std::getline(lines, line)) events_.push_back(json::parse(line));
  }
  std::size_t count(const std::string& event, const std::string& process_end = "") const {
    std::size_t found = 0;
    for (const auto& e : events_) found += matches(e, event, process_end);
    return found;
  }
  std::int64_t sum(const std::string& event, const std::string& field) const {
    std::int64_t total = 0;
    for (const auto& e : events_)
      if (matches(e, event, "")) total += e.at(field).get<std::int64_t>();
    return total;
  }
  const json& first(const std::string& event) const {
    static const json nothing;
    for (const auto& e : events_)
      if (matches(e, event, "")) return e;
    return nothing;
  }
  std::size_t with(const std::string& event, const std::string& field, const std::string& start) const {
    std::size_t found = 0;
    for (const auto& e : events_) found += matches(e, event, "") && e.at(field).get<std::string>().starts_with(start);
    return found;
  }

 private:
  static bool matches(const json& e, const std::string& event, const std::string& process_end) {
    return e.at("event") == event && e.value("process", "").ends_with(process_end);
  }
  std::vector<json> events_;
};

}  // namespace

TEST_CASE("what the tool says about each scenario stands beside it") {
  const bool update = std::getenv("TREEFALL_UPDATE_GOLDEN") != nullptr;
  CHECK(scenarios().size() >= 14);
  for (const auto& scenario : scenarios()) {
    const std::string file = fs::relative(scenario, TREEFALL_ROOT).string();
    const auto lint = run("lint --color never " + file);
    const auto confirm = run("confirm --color never --seed 1 " + file);
    const std::string said =
        "$ treefall lint " + file + "\n" + lint.out + "\n$ treefall confirm " + file + "\n" + confirm.out;
    const fs::path golden = fs::path(scenario).replace_extension(".expected.txt");
    INFO(file);
    CHECK(lint.exit_code < 2);
    CHECK(confirm.exit_code < 2);
    if (update) std::ofstream(golden) << said;
    CHECK(contents(golden) == said);
  }
}

TEST_CASE("no prediction about a scenario is refuted, and those of certain ones are confirmed") {
  std::size_t confirmed = 0;
  for (const auto& scenario : scenarios()) {
    const std::string file = fs::relative(scenario, TREEFALL_ROOT).string();
    const json result = json::parse(run("confirm --seed 1 --format json " + file).out);
    for (const auto& verdict : result.at("verdicts")) {
      INFO(file << ": " << verdict.dump());
      CHECK(verdict.at("verdict") != "refuted");
      if (verdict.at("predicted").at("method") == "deterministic") CHECK(verdict.at("verdict") != "undecided");
      confirmed += verdict.at("verdict") == "confirmed";
    }
  }
  CHECK(confirmed >= 40);
}

TEST_CASE("a busy manager: its callers time out, its supervisor gives up, the application ends, as predicted") {
  const json result = json::parse(run("confirm --seed 1 --format json examples/incidents/busy_manager.yaml").out);
  std::size_t seen = 0;
  for (const auto& verdict : result.at("verdicts")) {
    const bool fall = verdict.at("process") == "riak_core_sup" && verdict.at("quantity") == "mean_time_to_failure";
    const bool late = verdict.at("process").get<std::string>().ends_with("vnode_manager") &&
                      verdict.at("quantity") == "timeout_probability";
    if (!fall && !late) continue;
    ++seen;
    INFO(verdict.dump());
    CHECK(verdict.at("verdict") == "confirmed");
  }
  CHECK(seen == 2);
}

TEST_CASE("A1: dead at the fourth crash, after four starts") {
  const Trace trace("a1_poison_on_start");
  CHECK(trace.count("starting", "RabbitHole.Poisoned") == 4);
  CHECK(trace.with("exited", "reason", "crash:") == 4);
  CHECK(trace.count("gave_up") == 1);
  CHECK(trace.first("gave_up").at("t_ns") == 40'000'000);
}

TEST_CASE("A2: the innocent fall with it") {
  const Trace trace("a2_innocent_siblings");
  CHECK(trace.with("exited", "reason", "crash:") == 4);
  CHECK(trace.count("exited", "RabbitHole.Innocent") == 1);
  CHECK(trace.count("exited", "RabbitHole.Bystander") == 1);
  CHECK(trace.with("exited", "reason", "shutdown") == 3);  // the two siblings and the supervisor
}

TEST_CASE("A3: what decides is whether the window holds three gaps") {
  CHECK(Trace("a3_spaced_certain").count("gave_up") == 1);
  CHECK(Trace("a3_spaced_never").count("gave_up") == 0);
  CHECK(Trace("a3_spaced_never").count("restart_counted") == 292);  // floor(600 s / 2.05 s)
}

TEST_CASE("A4: the poison consumed, three messages lost behind it and three callers gone") {
  const Trace trace("a4_lost_mailbox");
  CHECK(trace.sum("message_lost", "count") == 3);
  CHECK(trace.count("call_failed") == 3);
  CHECK(trace.with("call_failed", "reason", "crash:") == 3);
  CHECK(trace.count("restart_counted") == 1);
}

TEST_CASE("A5: four answers, sixteen timeouts") {
  const Trace trace("a5_burst_timeout");
  CHECK(trace.with("call_failed", "reason", "timeout") == 16);
  CHECK(trace.first("call_failed").at("t_ns") == 1'500'000'000);
}

TEST_CASE("B1 to B3: a task's crash ends its owner, by link, by a missing EXIT clause, by a missing DOWN clause") {
  for (const std::string scenario : {"b1_linked_task", "b2_trap_without_clause", "b3_nolink_without_clause"}) {
    INFO(scenario);
    const Trace trace(scenario);
    CHECK(trace.with("exited", "reason", "crash:") == 4);
    CHECK(trace.count("starting", "RabbitHole.Singleton") == 4);
    CHECK(trace.count("gave_up") == 1);
  }
  CHECK(Trace("b1_three_failures").count("gave_up") == 0);
  CHECK(Trace("b1_three_failures").count("restart_counted") == 3);
}

TEST_CASE("B4: a slow item costs one restart, or none with kill_task") {
  CHECK(Trace("b4_stream_timeout").count("restart_counted") == 2);
  CHECK(Trace("b4_stream_kill_task").count("restart_counted") == 0);
}

TEST_CASE("B6: sixteen starts, then the node stops") {
  const Trace trace("b6_nested_budgets");
  CHECK(trace.count("starting", "RabbitHole.Worker") == 16);
  CHECK(trace.count("starting", "RabbitHole.Sub") == 4);
  CHECK(trace.count("gave_up") == 5);
  CHECK(trace.count("node_stopped") == 1);
}

TEST_CASE("C1: a budget so large that the storm never ends") {
  const Trace trace("c1_restart_storm");
  CHECK(trace.count("gave_up") == 0);
  CHECK(trace.count("restart_counted") >= 11'990);
}
