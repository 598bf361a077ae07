// Edits of a spec's text: what they change, what they leave alone, and that the changed text says what was meant.
#include "advice/edit.hpp"

#include <catch2/catch.hpp>

#include "spec/read.hpp"

using namespace treefall;

namespace {

spec::Design read(const std::string& text) {
  auto reading = spec::read(spec::Source("x.yaml", text));
  for (const auto& wrong : reading.diagnostics) INFO(wrong.message);
  REQUIRE(reading.design);
  return std::move(*reading.design);
}

spec::NodeId named(const spec::Design& design, const std::string& name) {
  for (spec::NodeId id = 0; id < design.nodes.size(); ++id)
    if (design.nodes[id].name == name) return id;
  FAIL("no " << name);
  return 0;
}

std::string with_budget(const std::string& text, const std::string& name, analyzer::Window window) {
  const spec::Source source("x.yaml", text);
  const spec::Design design = read(text);
  const std::string after = advice::applied(text, advice::budget_edits(source, design, named(design, name), window));
  const spec::Design changed = read(after);
  const auto& supervisor = *spec::as_supervisor(changed.nodes[named(changed, name)]);
  CHECK(supervisor.max_restarts.value == window.restarts);
  CHECK(supervisor.max_seconds.value == window.seconds);
  return after;
}

std::string wrapped(const std::string& text, const std::string& child) {
  const spec::Source source("x.yaml", text);
  const spec::Design design = read(text);
  const std::string after = advice::applied(
      text, advice::wrapping_edits(source, design, named(design, child), child + ".Supervisor", {7, 9}));
  const spec::Design changed = read(after);
  const auto& worker = changed.nodes[named(changed, child)];
  CHECK(changed.nodes[worker.parent].name == child + ".Supervisor");
  CHECK(spec::as_supervisor(changed.nodes[worker.parent])->max_restarts.value == 7);
  CHECK(spec::as_supervisor(changed.nodes[worker.parent])->max_seconds.value == 9);
  return after;
}

const std::string block =
    "treefall: 1\n"
    "tree:\n"
    "  supervisor: Top  # the root\n"
    "  max_restarts: 3   # from a blog post\n"
    "  children:\n"
    "    - worker: A\n"
    "      # how often\n"
    "      crashes: {rate: 1/h}\n"
    "\n"
    "    - {worker: B}\n";

}  // namespace

TEST_CASE("numbers are replaced where they stand, missing ones put in; comments and layout stay") {
  CHECK(with_budget(block, "Top", {13, 7}) ==
        "treefall: 1\n"
        "tree:\n"
        "  supervisor: Top  # the root\n"
        "  max_seconds: 7\n"
        "  max_restarts: 13   # from a blog post\n"
        "  children:\n"
        "    - worker: A\n"
        "      # how often\n"
        "      crashes: {rate: 1/h}\n"
        "\n"
        "    - {worker: B}\n");
  CHECK(with_budget(block, "Top", {3, 5}) == block);
}

TEST_CASE("a supervisor in braces, one in a list, Erlang's names, other line ends") {
  CHECK(with_budget("treefall: 1\ntree: {supervisor: Top, children: [{worker: A}]}\n", "Top", {4, 6}) ==
        "treefall: 1\ntree: {supervisor: Top, max_restarts: 4, max_seconds: 6, children: [{worker: A}]}\n");
  CHECK(with_budget("treefall: 1\ndialect: erlang\ntree:\n  supervisor: top\n  children:\n  - supervisor: below\n"
                    "    children: []\n",
                    "below", {4, 6})
            .find("  - supervisor: below\n    intensity: 4\n    period: 6\n    children: []\n") != std::string::npos);
  CHECK(with_budget("treefall: 1\r\ntree:\r\n  supervisor: Top\r\n  children: []\r\n", "Top", {4, 5}) ==
        "treefall: 1\r\ntree:\r\n  supervisor: Top\r\n  max_restarts: 4\r\n  children: []\r\n");
  CHECK(with_budget("treefall: 1\ntree:\n  children: []\n  supervisor: Top", "Top", {4, 5}) ==
        "treefall: 1\ntree:\n  children: []\n  supervisor: Top\n  max_restarts: 4");
}

TEST_CASE("a child is put under a supervisor of its own with all its lines") {
  CHECK(wrapped(block, "A") ==
        "treefall: 1\n"
        "tree:\n"
        "  supervisor: Top  # the root\n"
        "  max_restarts: 3   # from a blog post\n"
        "  children:\n"
        "    - supervisor: A.Supervisor\n"
        "      max_restarts: 7\n"
        "      max_seconds: 9\n"
        "      children:\n"
        "        - worker: A\n"
        "          # how often\n"
        "          crashes: {rate: 1/h}\n"
        "\n"
        "    - {worker: B}\n");
  CHECK(wrapped(block, "B").find("      children:\n        - {worker: B}\n") != std::string::npos);
  CHECK(wrapped("treefall: 1\ntree: {supervisor: Top, children: [{worker: A}, {worker: B}]}\n", "A") ==
        "treefall: 1\ntree: {supervisor: Top, children: [{supervisor: A.Supervisor, max_restarts: 7, max_seconds: 9, "
        "children: [{worker: A}]}, {worker: B}]}\n");
}

TEST_CASE("a unified diff has three lines around each change, and one hunk where they meet") {
  std::string text = "treefall: 1\ntree:\n  supervisor: Top\n  max_restarts: 3\n  children:\n";
  for (int i = 0; i < 12; ++i) text += "    - worker: W" + std::to_string(i) + "\n";
  text += "    - supervisor: Below\n      children: []";
  const spec::Source source("/dir/x.yaml", text);
  const spec::Design design = read(text);
  auto edits = advice::budget_edits(source, design, named(design, "Below"), {3, 9});
  const auto more = advice::budget_edits(source, design, named(design, "Top"), {4, 5});
  edits.insert(edits.end(), more.begin(), more.end());
  CHECK(advice::unified_diff(source, edits) ==
        "--- a/dir/x.yaml\n"
        "+++ b/dir/x.yaml\n"
        "@@ -1,7 +1,7 @@\n"
        " treefall: 1\n"
        " tree:\n"
        "   supervisor: Top\n"
        "-  max_restarts: 3\n"
        "+  max_restarts: 4\n"
        "   children:\n"
        "     - worker: W0\n"
        "     - worker: W1\n"
        "@@ -16,4 +16,5 @@\n"
        "     - worker: W10\n"
        "     - worker: W11\n"
        "     - supervisor: Below\n"
        "+      max_seconds: 9\n"
        "       children: []\n"
        "\\ No newline at end of file\n");
  CHECK(advice::unified_diff(source, {}).empty());
}
