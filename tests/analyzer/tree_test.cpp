// Scopes, escalation and killers on trees small enough to see the answer.
#include "known.hpp"

using namespace treefall;
using tests::known;

namespace {

const char* const shop = R"(
tree:
  supervisor: Root
  strategy: rest_for_one
  children:
    - worker: First
    - supervisor: Middle
      strategy: one_for_all
      children:
        - {worker: Left, count: 3}
        - worker: Right
    - {supervisor: Quiet, restart: transient, children: [{worker: Hidden}]}
)";

}  // namespace

TEST_CASE("sizes and copies count processes, not nodes") {
  const auto k = known(shop);
  CHECK(k.facts.tree.size[k.node("Root")] == 9);
  CHECK(k.facts.tree.size[k.node("Middle")] == 5);
  CHECK(k.facts.tree.copies[k.node("Left")] == 3);
  CHECK(k.facts.tree.depth[k.node("Left")] == 2);
}

TEST_CASE("restart scopes follow the strategy") {
  const auto k = known(shop);
  const auto& tree = k.facts.tree;
  CHECK(analyzer::restarted_with(*k.design, tree, k.node("First")) == 8);
  CHECK(analyzer::restarted_with(*k.design, tree, k.node("Middle")) == 7);
  CHECK(analyzer::restarted_with(*k.design, tree, k.node("Right")) == 4);
  CHECK(analyzer::restarted_with(*k.design, tree, k.node("Hidden")) == 1);
  const auto scope = analyzer::restart_scope(*k.design, tree, k.node("Middle"));
  CHECK(scope.first == 1);
  CHECK(scope.last == 3);
}

TEST_CASE("escalation goes up to the node, or ends silently at a transient supervisor") {
  const auto k = known(shop);
  const auto up = analyzer::escalation(*k.design, k.facts.tree, k.node("Middle"));
  CHECK(up.falls == std::vector<spec::NodeId>{k.node("Middle"), k.node("Root")});
  CHECK(up.end == analyzer::End::node_stops);
  CHECK(up.processes == 9);
  const auto cut = analyzer::escalation(*k.design, k.facts.tree, k.node("Quiet"));
  CHECK(cut.falls == std::vector<spec::NodeId>{k.node("Quiet")});
  CHECK(cut.end == analyzer::End::silently_gone);
  CHECK(cut.survivor == k.node("Root"));
  CHECK(cut.processes == 2);
}

TEST_CASE("a temporary application falls alone") {
  const auto k = known("application: temporary\ntree: {supervisor: Root, children: [{worker: Only}]}\n");
  const auto up = analyzer::escalation(*k.design, k.facts.tree, k.node("Root"));
  CHECK(up.end == analyzer::End::application_stops);
}

TEST_CASE("a significant child takes its supervisor along") {
  const auto k = known(R"(
tree:
  supervisor: Root
  children:
    - supervisor: Middle
      auto_shutdown: any_significant
      children:
        - {supervisor: Leaf, restart: transient, significant: true, children: [{worker: Only}]}
)");
  const auto up = analyzer::escalation(*k.design, k.facts.tree, k.node("Leaf"));
  CHECK(up.falls.size() == 3);
}

TEST_CASE("killers are ancestors, siblings by strategy and links") {
  const auto k = known(R"(
tree:
  supervisor: Root
  strategy: rest_for_one
  children:
    - worker: Before
    - {worker: Asked, links: [After]}
    - worker: After
)");
  const auto list = analyzer::killers(*k.design, k.facts.tree, k.node("Asked"));
  REQUIRE(list.size() == 3);
  CHECK(list[0].by == k.node("Root"));
  CHECK(list[1].by == k.node("Before"));
  CHECK(list[1].how == analyzer::Killer::How::sibling_strategy);
  CHECK(list[2].by == k.node("After"));
  CHECK(list[2].how == analyzer::Killer::How::link);
}

TEST_CASE("restart type against reason, as OTP's table has it") {
  using spec::ExitReason;
  using spec::Restart;
  const ExitReason error{ExitReason::Kind::error, {}};
  const ExitReason killed{ExitReason::Kind::killed, {}};
  const ExitReason normal{ExitReason::Kind::normal, {}};
  const ExitReason shutdown{ExitReason::Kind::shutdown_with, "x"};
  for (const auto& reason : {error, killed, normal, shutdown}) {
    CHECK(analyzer::is_counted(Restart::permanent, reason));
    CHECK_FALSE(analyzer::is_counted(Restart::temporary, reason));
  }
  CHECK(analyzer::is_counted(Restart::transient, error));
  CHECK(analyzer::is_counted(Restart::transient, killed));
  CHECK_FALSE(analyzer::is_counted(Restart::transient, normal));
  CHECK_FALSE(analyzer::is_counted(Restart::transient, shutdown));
}
