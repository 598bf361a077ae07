// The scenarios of the two articles: what was measured on a real VM must be what is predicted.
#include <fstream>
#include <sstream>

#include "known.hpp"

using namespace treefall;
using analyzer::Method;
using spec::Quantity;

namespace {

tests::Known example(const std::string& name) {
  const std::string path = std::string(TREEFALL_ROOT) + "/examples/rabbit_hole/" + name + ".yaml";
  std::ifstream file(path);
  REQUIRE(file);
  std::stringstream text;
  text << file.rdbuf();
  auto reading = spec::read(spec::Source(path, text.str()));
  REQUIRE(reading.design.has_value());
  tests::Known k;
  k.design = std::make_unique<spec::Design>(std::move(*reading.design));
  k.facts = analyzer::derive(*k.design);
  return k;
}

void falls(const tests::Known& k, std::string_view supervisor, double at) {
  const auto time = k.said(supervisor, Quantity::mean_time_to_failure);
  CHECK(time.value == Approx(at).epsilon(1e-9));
  CHECK(time.method == Method::deterministic);
  CHECK(k.said(supervisor, Quantity::failure_probability).value == 1);
}

}  // namespace

TEST_CASE("A1: dead at the fourth crash") {
  const auto k = example("a1_poison_on_start");
  falls(k, "RabbitHole.Supervisor", 0.04);
  CHECK(k.facts.budgets.of[k.node("RabbitHole.Supervisor")].fate->restarts == 4);
}

TEST_CASE("A2: the innocent fall with it") {
  const auto k = example("a2_innocent_siblings");
  falls(k, "RabbitHole.Supervisor", 0.04);
  CHECK(analyzer::escalation(*k.design, k.facts.tree, k.node("RabbitHole.Supervisor")).processes == 4);
}

TEST_CASE("A3: 3 d <= 5 s is certain, >= 6 s never, between a matter of phase") {
  falls(example("a3_spaced_certain"), "RabbitHole.Supervisor", 6.4);
  CHECK(example("a3_spaced_never").said("RabbitHole.Supervisor", Quantity::failure_probability).value == 0);
  const auto phase = example("a3_spaced_by_phase").said("RabbitHole.Supervisor", Quantity::failure_probability);
  CHECK(phase.value == Approx(0.6));
  CHECK(phase.method == Method::exact);
}

TEST_CASE("A4: 3 casts lost with the mailbox, 3 callers gone") {
  const auto k = example("a4_lost_mailbox");
  CHECK(k.said("RabbitHole.Server", Quantity::lost_per_crash).value == 3);
  CHECK(k.said("RabbitHole.Server", Quantity::timeout_probability).value == 0);
  const auto& rehearsal = k.facts.crashes.rehearsals[k.node("RabbitHole.Server")];
  REQUIRE(rehearsal.has_value());
  std::uint64_t failed = 0;
  for (const auto& calls : rehearsal->calls) failed += calls.failed;
  CHECK(failed == 3);
}

TEST_CASE("A5: 4 answers, 16 timeouts") {
  CHECK(example("a5_burst_timeout").of_traffic(Quantity::timeout_probability).value == Approx(0.8));
}

TEST_CASE("A6: the mailbox grows by what comes in too much") {
  CHECK(example("a6_mailbox_growth").said("RabbitHole.Sink", Quantity::mailbox_growth).value == Approx(20));
}

TEST_CASE("B1 to B3: tasks take their owner along, linked or through a clause that is not there") {
  falls(example("b1_linked_task"), "RabbitHole.Supervisor", 4.01);
  falls(example("b2_trap_without_clause"), "RabbitHole.Supervisor", 4.01);
  falls(example("b3_nolink_without_clause"), "RabbitHole.Supervisor", 4.01);
  CHECK(example("b1_three_failures").said("RabbitHole.Supervisor", Quantity::failure_probability).value == 0);
}

TEST_CASE("B4: a slow item costs one restart, or none with kill_task") {
  const auto exits = example("b4_stream_timeout");
  CHECK(exits.facts.budgets.of[exits.node("RabbitHole.Supervisor")].fate->restarts == 2);
  const auto kills = example("b4_stream_kill_task");
  CHECK(kills.facts.crashes.of[kills.node("RabbitHole.Streamer")].empty());
}

TEST_CASE("B5: bad input at 0.1/s trips 3 in 5 s, validated input never") {
  const auto bad = example("b5_unvalidated_input").said("RabbitHole.Supervisor", Quantity::mean_time_to_failure);
  CHECK(bad.value == Approx(715).epsilon(0.01));
  const auto good = example("b5_validated_input");
  CHECK(analyzer::find(good.facts, good.node("RabbitHole.Supervisor"), Quantity::failure_probability) == nullptr);
}

TEST_CASE("B6: 4 times 4 starts") {
  const auto k = example("b6_nested_budgets");
  falls(k, "RabbitHole.Root", 0.16);
  falls(k, "RabbitHole.Sub", 0.04);
}

TEST_CASE("B7: the restart budget, not the memory") {
  const auto k = example("b7_not_memory");
  CHECK(k.said("RabbitHole.Supervisor", Quantity::mean_time_to_failure).value == Approx(86.9).epsilon(0.002));
  CHECK(k.said("RabbitHole.Buffer", Quantity::utilisation).value == Approx(0.2));
}

TEST_CASE("C1: 200 restarts a second, and nobody gives up") {
  const auto k = example("c1_restart_storm");
  CHECK(k.said("RabbitHole.Loop", Quantity::crash_rate).value == Approx(200));
  CHECK(k.said("RabbitHole.Supervisor", Quantity::failure_probability).value == 0);
}
