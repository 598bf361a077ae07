#include "report/story.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

using namespace treefall;

namespace {

const report::Paint plain{};

std::string header() {
  return R"({"treefall_trace": 1, "seed": 4, "replica": 17, "clock_phase_ns": 0, "spec": "shop"})";
}

std::string event(double seconds, const std::string& name, const std::string& process, const std::string& more = "") {
  return fmt::format(R"({{"t_ns": {}, "event": "{}", "process": "{}", "incarnation": 1{}{}}})",
                     static_cast<std::int64_t>(seconds * 1e9), name, process, more.empty() ? "" : ", ", more);
}

std::string restart(double seconds, int number, const std::string& supervisor = "Top") {
  return event(seconds, "restart_counted", supervisor, fmt::format(R"("in_window": {}, "intensity": 3)", number));
}

std::string gave_up(double seconds, const std::string& supervisor) {
  return event(seconds, "gave_up", supervisor, R"("restarts": 4, "intensity": 3, "period_s": 5)");
}

}  // namespace

TEST_CASE("a fall is told crash by crash, then what goes with it") {
  const std::vector<std::string> lines = {
      header(),
      event(41.2071, "exited", "Top/Price", R"("reason": "crash:boom")"),
      event(41.2071, "message_lost", "Top/Price", R"("count": 2)"),
      restart(41.2071, 3),
      event(41.2071, "starting", "Top/Price", R"("attempt": 1)"),
      event(41.2071, "started", "Top/Price"),
      event(46.731, "exited", "Top/Price", R"("reason": "timeout:Top/Repo")"),
      restart(46.731, 4),
      gave_up(46.731, "Top"),
      event(46.731, "stopping", "Top/Sessions", R"("by": "Top", "how": "shutdown")"),
      event(46.731, "stopping", "Top/Sessions/Session[0]", R"("by": "Top/Sessions", "how": "shutdown")"),
      event(46.731, "exited", "Top/Sessions/Session[0]", R"("reason": "shutdown")"),
      event(46.731, "message_lost", "Top/Sessions/Session[0]", R"("count": 12)"),
      event(46.731, "stopping", "Top/Sessions/Session[1]", R"("by": "Top/Sessions", "how": "shutdown")"),
      event(46.731, "exited", "Top/Sessions/Session[1]", R"("reason": "shutdown")"),
      event(46.731, "exited", "Top/Sessions", R"("reason": "shutdown")"),
      event(46.731, "stopping", "Top/Repo", R"("by": "Top", "how": "shutdown")"),
      event(46.731, "exited", "Top/Repo", R"("reason": "shutdown")"),
      event(46.731, "exited", "Top", R"("reason": "shutdown")"),
      event(46.731, "node_stopped", "", R"("application": "shop", "reason": "shutdown")"),
  };
  CHECK(report::story("Top", lines, plain) ==
        "how it falls: Top (seed 4, replica 17)\n"
        "  00:00:41.207  Price crashes                  restart 3 of 3, 2 messages lost\n"
        "  00:00:46.731  Price waits too long for Repo  4th in 6 whole seconds: Top gives up\n"
        "  00:00:46.731  Sessions stops                 3 processes, 12 messages lost\n"
        "  00:00:46.731  Repo stops                     1 process\n"
        "  00:00:46.731  node stops                     application `shop` has ended: shutdown\n");
}

TEST_CASE("a supervisor that gave up is a death to the one above") {
  const std::vector<std::string> lines = {header(), event(1, "exited", "Top/Sub/W", R"("reason": "crash:x")"),
                                          gave_up(1, "Top/Sub"),
                                          event(1, "exited", "Top/Sub", R"("reason": "shutdown")"), restart(1, 1)};
  CHECK(report::story("Top", lines, plain) ==
        "how it falls: Top (seed 4, replica 17)\n"
        "  00:00:01.000  W crashes       4th in 6 whole seconds: Sub gives up\n"
        "  00:00:01.000  Sub shuts down  restart 1 of 3\n");
}

TEST_CASE("what had not ended when the trace was cut is told as such") {
  const std::vector<std::string> lines = {header(), event(1, "exited", "Top/W", R"("reason": "crash:x")"),
                                          gave_up(1, "Top"),
                                          event(1, "stopping", "Top/S", R"("by": "Top", "how": "shutdown")"),
                                          event(1, "exited", "Top/S", R"("reason": "shutdown")")};
  CHECK(report::story("Top", lines, plain).ends_with("S stops    1 process so far\n"));
}

TEST_CASE("of a long story the end is told") {
  std::vector<std::string> lines = {header()};
  for (int i = 0; i < 100; ++i) {
    lines.push_back(event(i, "exited", "Top/W", R"("reason": "crash:x")"));
    lines.push_back(restart(i, 1));
  }
  const std::string text = report::story("Top", lines, plain);
  CHECK(text.find("  … 70 events before\n") != std::string::npos);
  CHECK(text.find("00:01:39.000  W crashes") != std::string::npos);
  CHECK(text.find("00:00:10.000") == std::string::npos);
}

TEST_CASE("nothing to tell is told as nothing, and odd lines do no harm") {
  CHECK(report::story("Top", {}, plain).empty());
  CHECK(report::story("Top", {header()}, plain).empty());
  CHECK(report::story("Top", {"not json", "[]", "{\"event\": 5}"}, plain).empty());
}
