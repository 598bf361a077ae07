// Budgets on several levels, and how many starts they allow one crash loop together.
#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "rules/all.hpp"
#include "rules/phrases.hpp"
#include "spec/wording.hpp"

namespace treefall::rules {
namespace {

constexpr double many_starts = 100;
constexpr double very_many_starts = 1000;  // from here on it is worth a word without any crash rates
constexpr double several_starts = 16;      // and from here on for those who want it strict

/// From a worker up to the root of its tree, every supervisor permanent: the levels whose budgets multiply.
struct Chain {
  spec::NodeId leaf = spec::no_node;
  std::size_t levels = 0;
  double starts = 0;
  bool equal = true;  // the same budget on every level
};

std::optional<Chain> chain(const spec::Design& design, spec::NodeId leaf) {
  const auto* first = spec::as_supervisor(design.nodes[design.nodes[leaf].parent]);
  Chain found{leaf, 0, 1, true};
  if (design.nodes[leaf].restart.value == spec::Restart::temporary) return std::nullopt;
  for (auto at = design.nodes[leaf].parent; at != spec::no_node; at = design.nodes[at].parent) {
    const auto& node = design.nodes[at];
    const auto& supervisor = *spec::as_supervisor(node);
    if (node.parent != spec::no_node && node.restart.value != spec::Restart::permanent) return std::nullopt;
    ++found.levels;
    found.starts *= static_cast<double>(supervisor.max_restarts.value) + 1;
    found.equal = found.equal && supervisor.max_restarts.value == first->max_restarts.value &&
                  supervisor.max_seconds.value == first->max_seconds.value;
  }
  return found;
}

/// The worker whose crash loop takes most starts to end the tree: one that is known to crash so, if there is one.
std::optional<Chain> worst_below(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId root,
                                 bool known_to_loop) {
  std::optional<Chain> worst;
  for (auto i = facts.tree.position[root]; i < facts.tree.end[root]; ++i) {
    const auto node = facts.tree.order[i];
    if (spec::as_worker(design.nodes[node]) == nullptr) continue;
    if (known_to_loop && facts.crashes.of[node].empty()) continue;
    const auto found = chain(design, node);
    if (found && (!worst || found->starts > worst->starts)) worst = found;
  }
  return worst;
}

/// Is it the giving up of a supervisor below that ends the root, not a worker of its own, nor one that shuts down?
bool falls_by_levels(const spec::Design& design, const analyzer::Facts& facts, const analyzer::Fate& fate,
                     spec::NodeId root) {
  if (fate.guilty == spec::no_node) return false;
  if (spec::as_supervisor(design.nodes[fate.guilty]) == nullptr) return design.nodes[fate.guilty].parent != root;
  const auto& below = facts.budgets.of[fate.guilty].fate;
  return below && below->certainty != analyzer::Certainty::never;
}

std::optional<analyzer::Finding> judge(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId root) {
  const auto& budget = facts.budgets.of[root];
  const bool loops = budget.fate && budget.fate->certainty == analyzer::Certainty::certain &&
                     falls_by_levels(design, facts, *budget.fate, root);
  if (budget.relevant && !loops) return std::nullopt;  // crashes are described, and none goes all the way up
  const auto worst = worst_below(design, facts, root, loops);
  if (!worst || worst->levels < 2) return std::nullopt;
  if (loops && worst->starts < many_starts && !worst->equal) return std::nullopt;
  if (!loops && worst->starts < several_starts) return std::nullopt;
  const auto parent = design.nodes[worst->leaf].parent;
  const auto lowest = budget_label(design, parent);
  auto finding = begin(
      nested_budget_product, root, lowest.span, lowest.text,
      fmt::format("{} is started {} times in a crash loop before {} gives up: the budgets of {} levels "
                  "multiply",
                  quoted(design, worst->leaf), spec::number_text(worst->starts), quoted(design, root), worst->levels));
  if (!loops) {
    finding.diagnostic.severity = spec::Severity::info;
    if (worst->levels < 3 || worst->starts < very_many_starts) finding.profile = analyzer::Profile::strict;
  }
  for (auto at = design.nodes[parent].parent; at != spec::no_node; at = design.nodes[at].parent)
    finding.diagnostic.labels.push_back(
        {budget_label(design, at).span,
         fmt::format("times {}", spec::as_supervisor(design.nodes[at])->max_restarts.value + 1)});
  if (loops) claim(finding, failure(facts, root));
  finding.diagnostic.help =
      "let only one level absorb crash loops: small budgets (`max_restarts: 1`) on the levels between, so that a fault "
      "that restarts cannot cure goes up at once";
  return finding;
}

std::vector<analyzer::Finding> check(const spec::Design& design, const analyzer::Facts& facts) {
  std::vector<analyzer::Finding> findings;
  for (const auto& application : design.applications)
    if (auto finding = judge(design, facts, application.root)) findings.push_back(std::move(*finding));
  return findings;
}

}  // namespace

constinit const analyzer::Rule nested_budget_product = {
    .id = "nested-budget-product",
    .severity = spec::Severity::warning,
    .confidence = analyzer::Confidence::proved,
    .group = analyzer::Group::restart_budget,
    .summary =
        "Restart budgets on several levels multiply: a crash loop is restarted very often before the tree gives up.",
    .why = R"(
A supervisor that gives up is one crash for the one above, which starts the whole subtree again with a fresh budget. With
intensity R on each of n levels, a worker that crashes after every start is started (R+1)^n times before the root gives
up: 4, 16, 64, 256 for the default of 3. All that time the log fills, the thing it fails on is hammered, and nobody sees a
node that is down. With equal periods on all levels, a slow loop is also cut off half-way: the upper levels never see
enough failures in their window, and the loop runs for ever.

Where crashes are described and go all the way up, the finding says when; on structure alone it is advice (severity info)
and by default only given for three levels and a thousand starts or more; `--profile strict` gives it from two levels
and 16 starts on.)",
    .instead = R"(
Decide which level absorbs what. Usual are a real budget next to the workers, and an intensity of 0 or 1 on the levels
above, so that a fault which restarts cannot cure reaches the top quickly.)",
    .bad = R"(
treefall: 1
name: shop
tree:
  supervisor: Shop.Supervisor
  children:
    - supervisor: Shop.Orders  # expect: nested-budget-product confirmed
      children:
        - worker: Shop.Price
          crashes: {after: 100ms}  # expect: certain-cascade confirmed
)",
    .good = R"(
treefall: 1
name: shop
tree:
  supervisor: Shop.Supervisor
  max_restarts: 1
  children:
    - supervisor: Shop.Orders
      children:
        - worker: Shop.Price
)",
    .confirmed_by = "where crashes are described: the time at which the root gives up",
    .check = check,
};

}  // namespace treefall::rules
