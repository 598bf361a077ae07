// Counting from trace lines comes to what the runtime counts while it executes: the same measurements, by another way.
#include "confirm/tallying.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "runtime/simulate.hpp"
#include "spec/read.hpp"

using namespace treefall;

namespace {

namespace fs = std::filesystem;

spec::Design design_of(const std::string& text, const std::string& name) {
  spec::Reading reading = spec::read(spec::Source(name, text));
  INFO(name);
  REQUIRE(reading.design);
  return *std::move(reading.design);
}

std::string content(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What lines without messages tell of.
bool in_a_trace(spec::Quantity quantity) {
  switch (quantity) {
    case spec::Quantity::failure_probability:
    case spec::Quantity::mean_time_to_failure:
    case spec::Quantity::restart_rate:
    case spec::Quantity::crash_rate:
    case spec::Quantity::availability:
    case spec::Quantity::lost_messages:
    case spec::Quantity::lost_per_crash:
    case spec::Quantity::boot_time:
    case spec::Quantity::boot_failure_probability:
      return true;
    case spec::Quantity::utilisation:
    case spec::Quantity::throughput:
    case spec::Quantity::mean_wait:
    case spec::Quantity::p99_wait:
    case spec::Quantity::timeout_probability:
    case spec::Quantity::mailbox_length:
    case spec::Quantity::mailbox_growth:
    case spec::Quantity::shutdown_time:
      return false;
  }
  return false;
}

/// One replica both ways; returns how many measurements were compared.
std::size_t agrees(const spec::Design& design, spec::Duration until) {
  constexpr std::uint64_t seed = 7;
  const std::atomic<bool> stop{false};
  runtime::Experiment experiment(design, seed, until, 1);
  experiment.extend(1, stop);
  const std::vector<runtime::Measurement> expected = experiment.measure_all(0.95);
  std::vector<spec::Subject> subjects;
  for (const auto& one : expected) subjects.push_back(one.subject);
  confirm::Tallying tallying(design, subjects, until);
  runtime::trace(design, seed, 0, until, [&](std::string_view line) {
    tallying.line(line);
    return true;
  });
  const std::vector<confirm::Counted> counted = tallying.finish();
  const bool chance = runtime::has_chance(design);
  const bool phase = runtime::has_only_phase(design);
  std::size_t compared = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (!in_a_trace(expected[i].quantity)) continue;
    runtime::Total total;
    runtime::add(total, 0, counted[i].tally, counted[i].pairs, nullptr);
    const bool process = std::holds_alternative<spec::Target>(subjects[i]);
    const auto copies = process ? static_cast<std::uint32_t>(spec::copies(design, subjects[i])) : 1U;
    const auto found = runtime::estimate(total, {copies, 1, until.count(), nullptr, chance, phase}, subjects[i],
                                         expected[i].quantity, expected[i].within, 0.95);
    INFO(spec::path(design, subjects[i]) << ' ' << spec::name(expected[i].quantity));
    REQUIRE(found);
    if (std::isnan(expected[i].value)) {
      CHECK(std::isnan(found->value));
    } else {
      CHECK(found->value == Approx(expected[i].value).epsilon(1e-12).margin(1e-15));
    }
    ++compared;
  }
  return compared;
}

}  // namespace

TEST_CASE("traces of the articles' scenarios count as their executions do") {
  std::size_t compared = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(TREEFALL_ROOT) / "examples/rabbit_hole")) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path().filename().string());
    compared += agrees(design_of(content(entry.path()), entry.path().string()), std::chrono::seconds(60));
  }
  CHECK(compared > 50);
}

TEST_CASE("so does one with copies, links, lost mail and a nested tree") {
  const spec::Design design = design_of(R"(
treefall: 1
name: counted
horizon: 10min
traffic:
  casts: {to: store, rate: 40/s, sends: cast}
  calls: {to: front, rate: 15/s, timeout: 200ms}
tree:
  supervisor: top
  max_restarts: 20
  max_seconds: 60
  children:
    - {worker: store, handles: {any: {takes: exp(20ms), crashes: 0.2%}}, init: {takes: exp(30ms), fails: 10%}}
    - supervisor: mid
      strategy: rest_for_one
      max_restarts: 2
      children:
        - {worker: front, handles: {any: {takes: exp(10ms), calls: [{to: store, timeout: 150ms}]}}, crashes: {rate: 0.1/s}}
        - {worker: pool, count: 3, crashes: {rate: 0.05/s}, traps_exits: true, terminate: {takes: 5ms}}
)",
                                        "counted.yaml");
  CHECK(agrees(design, std::chrono::minutes(10)) > 15);
}

TEST_CASE("what happens to messages becomes waits, load and lengths") {
  const spec::Design design = design_of(R"(
treefall: 1
name: messages
tree: {supervisor: top, children: [{worker: w, handles: {any: 5ms}}]}
)",
                                        "messages.yaml");
  spec::Target worker;
  worker.node = design.nodes[0].children.front();
  const std::vector<spec::Subject> subjects{worker};
  confirm::Tallying tallying(design, subjects, std::chrono::seconds(1));
  for (const char* line : {
           R"({"t_ns": 0, "event": "starting", "process": "top/w", "incarnation": 1, "attempt": 1})",
           R"({"t_ns": 0, "event": "started", "process": "top/w", "incarnation": 1})",
           R"({"t_ns": 100000000, "event": "arrives", "process": "top/w", "id": 1})",
           R"({"t_ns": 100000000, "event": "taken_up", "process": "top/w", "id": 1})",
           R"({"t_ns": 200000000, "event": "arrives", "process": "top/w", "id": 2})",
           R"({"t_ns": 300000000, "event": "done", "process": "top/w", "id": 1, "handled": 1})",
           R"({"t_ns": 300000000, "event": "taken_up", "process": "top/w", "id": 2})",
           R"({"t_ns": 300000000, "event": "called", "from": "traffic:x", "to": "top/w", "outcome": "ok"})",
           R"({"t_ns": 400000000, "event": "arrives", "process": "top/w", "id": 3})",
           R"({"t_ns": 500000000, "event": "exited", "process": "top/w", "incarnation": 1, "reason": "killed"})",
           R"({"t_ns": 500000000, "event": "message_lost", "process": "top/w", "incarnation": 1, "count": 1})",
           R"({"t_ns": 600000000, "event": "called", "from": "traffic:x", "to": "top/w", "outcome": "timeout"})",
           R"({"t_ns": 1000000000, "event": "late", "ms": 2, "count": 9})",
       }) {
    tallying.line(line);
  }
  const std::vector<confirm::Counted> counted = tallying.finish();
  runtime::Total total;
  runtime::add(total, 0, counted[0].tally, counted[0].pairs, nullptr);
  const auto value = [&](spec::Quantity quantity) {
    return runtime::estimate(total, {1, 1, 1'000'000'000, nullptr, true}, worker, quantity, std::nullopt, 0.95)
        .value()
        .value;
  };
  CHECK(value(spec::Quantity::mean_wait) == Approx(0.05));      // 0 and 100 ms
  CHECK(value(spec::Quantity::utilisation) == Approx(0.8));     // 200 ms and, cut off, 200 ms of 500
  CHECK(value(spec::Quantity::throughput) == Approx(1));        // the second died with it
  CHECK(value(spec::Quantity::mailbox_length) == Approx(0.2));  // 100 ms, and 100 ms until it was lost
  CHECK(value(spec::Quantity::timeout_probability) == Approx(0.5));
  CHECK(value(spec::Quantity::lost_per_crash) == Approx(1));
  CHECK(value(spec::Quantity::availability) == Approx(0.5));
  CHECK(tallying.lateness().at(2) == 9);
  CHECK_FALSE(tallying.ended_early());
}
