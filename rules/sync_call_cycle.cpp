// Rings of calls in which everybody waits for everybody.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "rules/all.hpp"
#include "rules/phrases.hpp"
#include "spec/wording.hpp"

namespace treefall::rules {
namespace {

constexpr std::size_t most_labels = 8;

/// Does the clause that takes this call's message make the next call of the ring?
bool leads_to(const spec::Design& design, const analyzer::CallEdge& edge, const analyzer::CallEdge& next) {
  const auto* callee = spec::as_worker(design.nodes[edge.to]);
  const auto* handler = callee == nullptr ? nullptr : analyzer::clause_for(*callee, edge.call->message).handler;
  if (handler == nullptr) return false;
  return std::ranges::any_of(handler->calls, [&](const spec::Call& call) { return &call == next.call; });
}

/// A ring deadlocks for certain when one call of it sets off all the others: the last one reaches a process that waits.
/// Otherwise it takes two processes that are in the middle of their calls at the same time.
bool is_certain(const spec::Design& design, const std::vector<const analyzer::CallEdge*>& ring) {
  std::size_t broken = 0;
  for (std::size_t i = 0; i < ring.size(); ++i)
    if (!leads_to(design, *ring[i], *ring[(i + 1) % ring.size()])) ++broken;
  return broken <= 1;
}

/// `A` calls `B` calls `A`; of a long ring the first and the last.
std::string way(const spec::Design& design, const std::vector<const analyzer::CallEdge*>& ring) {
  constexpr std::size_t shown = 4;
  std::string text = quoted(design, ring.front()->from);
  for (std::size_t i = 0; i < ring.size(); ++i)
    if (i < shown || i + 1 == ring.size())
      text += " calls " + quoted(design, ring[i]->to);
    else if (i == shown)
      text += fmt::format(" calls … ({} more)", spec::count_text(ring.size() - shown - 1));
  return text;
}

/// Nobody but the ring calls the process: then what happens to the ring's calls happens to all calls to it.
bool only_the_ring_calls(const spec::Design& design, const analyzer::Facts& facts, const analyzer::CallEdge& edge) {
  const auto callers = std::ranges::count_if(facts.calls.edges, [&](const auto& e) { return e.to == edge.to; });
  return callers == 1 && std::ranges::none_of(design.traffic, [&](const auto& t) { return t.to.node == edge.to; });
}

/// Do they live until their timeouts? Whoever dies sooner lets its callers know.
bool live_long_enough(const analyzer::Facts& facts, const std::vector<const analyzer::CallEdge*>& ring) {
  return std::ranges::all_of(ring, [&](const analyzer::CallEdge* edge) {
    return std::ranges::all_of(facts.crashes.of[edge->from], [](const analyzer::CrashSource& source) {
      return source.kind == analyzer::CrashSource::Kind::call;
    });
  });
}

/// The call of the ring that gives up first gets no answer: its callee waits for the others, and those for its caller.
std::optional<analyzer::Prediction> never_answered(const spec::Design& design, const analyzer::Facts& facts,
                                                   const std::vector<const analyzer::CallEdge*>& ring) {
  const auto& first = *ring.front();
  const auto patience = [](const analyzer::CallEdge* edge) { return edge->call->timeout.value; };
  const auto shortest = std::ranges::min(ring, {}, patience)->call->timeout.value;
  const bool happens = facts.loads.of[first.from].rate > 0;
  if (!happens || patience(&first) > shortest || shortest == spec::infinite || !leads_to(design, *ring[0], *ring[1]) ||
      !only_the_ring_calls(design, facts, first) || !live_long_enough(facts, ring))
    return std::nullopt;
  analyzer::Prediction late;
  late.subject = spec::Target{first.to, {}, {}};
  late.quantity = spec::Quantity::timeout_probability;
  late.value = late.low = late.high = 1;
  late.method = analyzer::Method::deterministic;
  late.because = fmt::format("{} waits for an answer that needs {}, which waits for {}", quoted(design, first.to),
                             quoted(design, first.from), quoted(design, first.to));
  return late;
}

analyzer::Finding call_to_itself(const spec::Design& design, const analyzer::CallEdge& edge) {
  auto finding = begin(sync_call_cycle, edge.from, edge.call->span, "exits with `calling_self`",
                       fmt::format("{} calls itself and exits at once", quoted(design, edge.from)));
  finding.diagnostic.help = "call the function, not the process";
  return finding;
}

analyzer::Finding finding_of(const spec::Design& design, const analyzer::Facts& facts,
                             const std::vector<const analyzer::CallEdge*>& ring) {
  const auto& first = *ring.front();
  const bool certain = is_certain(design, ring);
  const auto timeout = spec::in_seconds(first.call->timeout.value);
  const auto when = certain            ? "no call of the ring is answered"
                    : ring.size() == 2 ? "when both are at it"
                                       : "when all are at it";
  const auto until = std::isinf(timeout) ? std::string("for ever")
                                         : fmt::format("until the timeout of {}", spec::seconds_text(timeout));
  auto finding = begin(sync_call_cycle, first.from, first.call->span, "waits here",
                       fmt::format("{}: {}, each waits for the next {}", way(design, ring), when, until));
  if (!certain) finding.diagnostic.severity = spec::Severity::warning;
  for (std::size_t i = 1; i < std::min(ring.size(), most_labels); ++i)
    finding.diagnostic.labels.push_back(
        {ring[i]->call->span,
         fmt::format("{} waits for {}", quoted(design, ring[i]->from), quoted(design, ring[i]->to))});
  if (certain) {
    const auto late = never_answered(design, facts, ring);
    claim(finding, late ? &*late : nullptr);
  }
  finding.diagnostic.help =
      "let one of them cast and take the answer as a message, or move what both need into a third process that calls "
      "neither";
  return finding;
}

std::vector<analyzer::Finding> check(const spec::Design& design, const analyzer::Facts& facts) {
  std::vector<analyzer::Finding> findings;
  for (const auto& cycle : facts.calls.cycles) {
    std::vector<const analyzer::CallEdge*> ring;
    for (const auto edge : cycle.edges) ring.push_back(&facts.calls.edges[edge]);
    findings.push_back(ring.size() == 1 ? call_to_itself(design, *ring.front()) : finding_of(design, facts, ring));
  }
  return findings;
}

}  // namespace

constinit const analyzer::Rule sync_call_cycle = {
    .id = "sync-call-cycle",
    .severity = spec::Severity::error,
    .confidence = analyzer::Confidence::proved,
    .group = analyzer::Group::links_and_messages,
    .summary = "Processes call each other in a ring and wait for each other until a timeout ends one of them.",
    .why = R"(
A process that waits for an answer serves nobody. When the one it calls calls it back, directly or through others, both wait
until the first timeout crashes a caller; everything queued behind them waits too, and with `timeout: infinity` they wait
for ever. A process that calls itself exits at once (`calling_self`).

Where one call sets off the whole ring it happens every time (severity error). Where the ring closes only over different
messages it needs two processes to be at it at the same moment (severity warning): rare at night, common under load.)",
    .instead = R"(
Give calls a direction: upper layers call lower ones, lower ones answer or cast. Pass along what the callee would ask for.
What both need belongs into a third process, or into a table.)",
    .bad = R"(
treefall: 1
name: shop
traffic:
  orders: {to: Shop.Cart, message: order, every: 1min}
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Cart
      handles:
        order:
          calls:
            - {to: Shop.Price, message: price, on_failure: ignore}  # expect: sync-call-cycle confirmed
        discount: {takes: 1ms}
    - worker: Shop.Price
      handles:
        price:
          calls:
            - {to: Shop.Cart, message: discount, on_failure: ignore}
)",
    .good = R"(
treefall: 1
name: shop
traffic:
  orders: {to: Shop.Cart, message: order, every: 1min}
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Cart
      handles:
        order:
          calls:
            - {to: Shop.Price, message: price, on_failure: ignore}
    - worker: Shop.Price
      handles:
        price: {takes: 2ms}
)",
    .confirmed_by = "executions: the share of calls that time out, where one call sets off the whole ring",
    .check = check,
};

}  // namespace treefall::rules
