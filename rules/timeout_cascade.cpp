// From a slow callee over the deaths of its callers to the budget above them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <variant>

#include "rules/all.hpp"
#include "rules/phrases.hpp"
#include "spec/wording.hpp"

namespace treefall::rules {
namespace {

using analyzer::CrashSource;

/// A call whose failing ends its caller, and how many callers a second it ends.
struct Deadly {
  Culprit cause;
  const analyzer::CallEdge* call = nullptr;
};

/// The call that a source is about, found by its place. Edges stand by caller, callers in start order.
const analyzer::CallEdge* call_of(const analyzer::Facts& facts, spec::NodeId caller, const CrashSource& source) {
  const auto position = [&](const analyzer::CallEdge& edge) { return facts.tree.position[edge.from]; };
  const auto& edges = facts.calls.edges;
  auto at = std::ranges::lower_bound(edges, facts.tree.position[caller], {}, position);
  for (; at != edges.end() && at->from == caller; ++at)
    if (at->call->span == source.span) return &*at;
  return nullptr;
}

/// The share of calls to a process that are late; all of them in the long run where more comes than it can do.
double late_share(const analyzer::Facts& facts, spec::NodeId callee) {
  const auto& busy = facts.loads.of[callee].utilisation;
  if (busy.said() && busy.value >= 1) return 1;
  const auto* late = analyzer::find(facts, callee, spec::Quantity::timeout_probability);
  return late != nullptr && std::isfinite(late->value) ? late->value : 0;
}

/// How often a process makes a call, per second.
double made(const analyzer::Load& load, const spec::Call& call) {
  double rate = 0;
  for (const auto& message : load.messages)
    if (message.handler != nullptr &&
        std::ranges::any_of(message.handler->calls, [&](const spec::Call& made) { return &made == &call; }))
      rate += message.rate() * call.times;
  return rate;
}

/// Where the analyser cannot tell how the callers' crashes come, but how often a call is late: the worst of them, if it
/// is more than the supervisor tolerates.
std::optional<Deadly> roughly(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId supervisor) {
  const auto& tolerates = facts.budgets.of[supervisor].tolerates;
  Deadly worst;
  for (const auto child : design.nodes[supervisor].children)
    for (const auto& source : facts.crashes.of[child]) {
      if (source.kind != CrashSource::Kind::call || !source.counted || analyzer::per_second(source) >= 0) continue;
      const auto* edge = call_of(facts, child, source);
      if (edge == nullptr) continue;
      const double rate = made(facts.loads.of[child], *edge->call) * late_share(facts, edge->to) *
                          static_cast<double>(design.nodes[child].count.value);
      if (rate > worst.cause.per_second) worst = {{child, &source, rate}, edge};
    }
  if (worst.call == nullptr || !tolerates.said() || worst.cause.per_second <= tolerates.value) return std::nullopt;
  return worst;
}

std::optional<Deadly> deadly(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId supervisor) {
  const auto& probability = facts.budgets.of[supervisor].failure_probability;
  if (!fails(facts, supervisor)) return probability.said() ? std::nullopt : roughly(design, facts, supervisor);
  const auto cause = culprit(design, facts, supervisor);
  if (!cause || cause->source->kind != CrashSource::Kind::call) return std::nullopt;
  const auto* call = call_of(facts, cause->child, *cause->source);
  return call == nullptr ? std::nullopt : std::optional(Deadly{*cause, call});
}

/// More likely than not within the horizon; where nobody can say, if more than its restarts come within its seconds on
/// the average.
bool is_likely(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId node, double crashes_per_second) {
  const auto& probability = facts.budgets.of[node].failure_probability;
  const auto& supervisor = *spec::as_supervisor(design.nodes[node]);
  if (probability.said()) return probability.value >= 0.5;
  return crashes_per_second * static_cast<double>(supervisor.max_seconds.value) >
         static_cast<double>(supervisor.max_restarts.value);
}

analyzer::Finding finding_of(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId node,
                             const Deadly& deadly) {
  const auto& [cause, edge] = deadly;
  const auto callee = quoted(design, edge->to);
  const auto pace = cause.per_second > 0 ? spec::rate_text(cause.per_second, "crashes") : std::string("crashes");
  const bool likely = is_likely(design, facts, node, cause.per_second);
  auto finding = begin(timeout_cascade, node, edge->call->span, cause_text(design, cause),
                       fmt::format("{} {} because calls to {} fail: {} of callers against {}", quoted(design, node),
                                   likely ? "gives up" : "may give up", callee, pace,
                                   budget_text(*spec::as_supervisor(design.nodes[node]))));
  if (!likely) finding.diagnostic.severity = spec::Severity::warning;
  const auto& busy = facts.loads.of[edge->to].utilisation;
  finding.diagnostic.labels.push_back(
      {design.nodes[edge->to].name_span,
       busy.said() ? fmt::format("{} is busy {} of the time", callee, spec::share_text(busy.value))
                   : fmt::format("{} answers them", callee)});
  finding.diagnostic.labels.push_back(budget_label(design, node));
  if (fails(facts, node)) claim(finding, failure(facts, node));
  // What is said of the callee; offered load above 1 is no share of time that execution could show, its growth is.
  claim_beside(finding, analyzer::find(facts, edge->to, spec::Quantity::timeout_probability));
  if (!finding.prediction) claim(finding, analyzer::find(facts, edge->to, spec::Quantity::mailbox_growth));
  if (!finding.prediction) claim(finding, analyzer::find(facts, edge->to, spec::Quantity::throughput));
  add_fall(finding, design, facts, node, cause.child);
  // A budget holds much less of what comes in clumps than of what comes singly, which is what it is said to hold.
  const auto* singly = std::get_if<analyzer::PoissonCrashes>(&cause.source->times);
  if (singly != nullptr && singly->late)
    note(finding, fmt::format("late calls come together: while {} is behind, every call to it is late", callee));
  else
    note(finding, holds_up_to(design, facts, node));
  finding.diagnostic.help = fmt::format(
      "let {} live through a failed call (`on_failure: ignore`, an error to its own caller), and shed load "
      "before {} is late; a longer timeout only moves the edge",
      quoted(design, cause.child), callee);
  return finding;
}

std::vector<analyzer::Finding> check(const spec::Design& design, const analyzer::Facts& facts) {
  std::vector<analyzer::Finding> findings;
  for (const auto node : facts.tree.order) {
    if (spec::as_supervisor(design.nodes[node]) == nullptr) continue;
    if (const auto found = deadly(design, facts, node)) findings.push_back(finding_of(design, facts, node, *found));
  }
  return claims(std::move(findings));
}

}  // namespace

constinit const analyzer::Rule timeout_cascade = {
    .id = "timeout-cascade",
    .severity = spec::Severity::error,
    .confidence = analyzer::Confidence::model_based,
    .group = analyzer::Group::restart_budget,
    .summary =
        "Callers of a slow process crash on their call timeouts, often enough to use up their supervisor's restarts.",
    .why = R"(
A call that is not answered in time ends the caller, not the callee. A slow process therefore kills those who wait for it,
their supervisor counts the restarts, gives up, and takes down processes that never called anybody: a bottleneck becomes an
outage, and the log names everything but the bottleneck. The callee goes on working on requests that nobody waits for,
which keeps it slow. The severity is warning where giving up within the horizon is less likely than not.)",
    .instead = R"(
Let the caller live through a failed call and answer its own caller with an error. Keep the callee's queue short: shed
load, partition it, or move reads out of it. Where the callers can do nothing without the answer, put them under a
supervisor of their own, so that the rest stays up.)",
    .bad = R"(
treefall: 1
name: shop
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Repo
      handles: {any: {takes: exp(200ms)}}
    - worker: Shop.Poller
      ticks:
        - every: exp(1s)
          calls:
            - {to: Shop.Repo, timeout: 300ms}  # expect: timeout-cascade confirmed
)",
    .good = R"(
treefall: 1
name: shop
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Repo
      handles: {any: {takes: exp(200ms)}}
    - worker: Shop.Poller
      ticks:
        - every: exp(1s)
          calls:
            - {to: Shop.Repo, timeout: 300ms, on_failure: ignore}
)",
    .confirmed_by = "many executions: the mean time to giving up, or the share of them in which it happens",
    .check = check,
};

}  // namespace treefall::rules
