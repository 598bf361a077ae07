// Calls from init to what cannot answer yet.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "analyzer/hopeless_calls.hpp"
#include "rules/all.hpp"
#include "rules/phrases.hpp"
#include "spec/wording.hpp"

namespace treefall::rules {
namespace {

using Kind = analyzer::BootViolation::Kind;

spec::NodeId root_of(const spec::Design& design, spec::NodeId node) {
  while (design.nodes[node].parent != spec::no_node) node = design.nodes[node].parent;
  return node;
}

std::string message_of(const spec::Design& design, const analyzer::CallEdge& edge, Kind kind) {
  const auto from = quoted(design, edge.from);
  const auto to = quoted(design, edge.to);
  const auto limit = edge.call->timeout.value;
  const auto timeout = limit == spec::infinite ? std::string("ever")
                                               : fmt::format("within {}", spec::seconds_text(spec::in_seconds(limit)));
  switch (kind) {
    case Kind::not_started_yet:
      return fmt::format("{} calls {} from its init, which is started later", from, to);
    case Kind::own_supervisor:
      return fmt::format("{} calls {} from its init, which waits for that init: no answer {}", from, to, timeout);
    case Kind::itself:
      return fmt::format("{} calls itself from its init, before it can answer", from);
    case Kind::calls_back:
      return fmt::format("{} calls {} from its init and is called back before it can answer: no answer {}", from, to,
                         timeout);
  }
  return {};
}

std::string label_of(Kind kind) {
  switch (kind) {
    case Kind::not_started_yet:
      return "exits with `noproc`";
    case Kind::own_supervisor:
    case Kind::calls_back:
      return "waits in vain";
    case Kind::itself:
      return "exits with `calling_self`";
  }
  return {};
}

/// Does the start survive the failed call? Waiting in vain is a finding all the same.
bool is_harmless(const spec::Call& call, Kind kind) {
  return call.on_failure.what == spec::OnFailure::Do::ignore && kind == Kind::not_started_yet;
}

/// A call made only while a fault lasts, which of them; nothing for one that is made without.
std::optional<spec::FaultId> made_during(const spec::Design& design, const analyzer::CallEdge& edge) {
  if (analyzer::is_made_always(design, edge)) return std::nullopt;
  for (const auto& during : spec::as_worker(design.nodes[edge.from])->init->during)
    for (const auto& call : during.init.front().calls)
      if (&call == edge.call) return during.fault;
  return std::nullopt;
}

/// A variant of an init that leaves its calls as they are written repeats them.
bool is_repeated(const spec::Design& design, const analyzer::CallEdge& edge) {
  const auto& calls = spec::as_worker(design.nodes[edge.from])->init->calls;
  return !analyzer::is_made_always(design, edge) &&
         std::ranges::any_of(calls, [&](const spec::Call& call) { return call.span == edge.call->span; });
}

std::string hopeless_text(const spec::Design& design, const analyzer::CallEdge& edge, analyzer::HopelessCall::Why why) {
  using Why = analyzer::HopelessCall::Why;
  const auto from = quoted(design, edge.from);
  const auto to = quoted(design, edge.to);
  switch (why) {
    case Why::never_there:
      return fmt::format("{} calls {} from its init, which is not there: its own init says `ignore`", from, to);
    case Why::no_clause:
      return fmt::format("{} calls {} from its init with `{}`, which no clause of it takes", from, to,
                         edge.call->message);
    case Why::fails:
      return fmt::format("{} calls {} from its init, which never answers within {}", from, to,
                         spec::seconds_text(spec::in_seconds(edge.call->timeout.value)));
    case Why::continues:
      return fmt::format("{} calls {} from its init, which is still in its `continue` after {}", from, to,
                         spec::seconds_text(spec::in_seconds(edge.call->timeout.value)));
  }
  return {};
}

std::string hopeless_label(analyzer::HopelessCall::Why why) {
  using Why = analyzer::HopelessCall::Why;
  switch (why) {
    case Why::never_there:
      return "exits with `noproc`";
    case Why::no_clause:
      return "crashes who is called, and the caller with it";
    case Why::fails:
    case Why::continues:
      return "fails at every start";
  }
  return {};
}

void add_end(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId from, analyzer::Finding& finding) {
  const auto root = root_of(design, from);
  claim(finding, analyzer::find(facts, root, spec::Quantity::boot_failure_probability));
  note(finding,
       fmt::format("a failed start is not tried again: {} and all that it has started go down", quoted(design, root)));
}

/// Calls to who is there, but cannot answer them in time, at any start.
void add_hopeless(const spec::Design& design, const analyzer::Facts& facts, std::vector<analyzer::Finding>& findings) {
  for (const auto& call : analyzer::hopeless_calls(design, facts.tree, facts.calls)) {
    const auto& edge = facts.calls.edges[call.edge];
    auto finding = begin(boot_order_violation, edge.from, edge.call->span, hopeless_label(call.why),
                         hopeless_text(design, edge, call.why));
    finding.diagnostic.labels.push_back({design.nodes[edge.to].name_span, "cannot answer it"});
    add_end(design, facts, edge.from, finding);
    finding.diagnostic.help = fmt::format(
        "make the call in `continue`, after the start, or let {} start without the answer", quoted(design, edge.from));
    findings.push_back(std::move(finding));
  }
}

std::vector<analyzer::Finding> check(const spec::Design& design, const analyzer::Facts& facts) {
  std::vector<analyzer::Finding> findings;
  for (const auto& violation : facts.calls.boot) {
    const auto& edge = facts.calls.edges[violation.edge];
    if (is_harmless(*edge.call, violation.kind) || is_repeated(design, edge)) continue;
    const auto fault = made_during(design, edge);
    const bool ignored = edge.call->on_failure.what == spec::OnFailure::Do::ignore;
    auto finding = begin(boot_order_violation, edge.from, edge.call->span, label_of(violation.kind),
                         message_of(design, edge, violation.kind));
    if (fault) finding.diagnostic.message += fmt::format(", while `{}` lasts", design.faults[*fault].name);
    if (ignored || fault) finding.diagnostic.severity = spec::Severity::warning;
    if (edge.to != edge.from)
      finding.diagnostic.labels.push_back({design.nodes[edge.to].name_span, violation.kind == Kind::not_started_yet
                                                                                ? "starts after it"
                                                                                : "cannot answer yet"});
    if (!ignored && !fault) add_end(design, facts, edge.from, finding);
    if (!ignored && fault) note(finding, "a start that falls into the fault fails");
    finding.diagnostic.help = violation.kind == Kind::not_started_yet
                                  ? fmt::format("start {} before {}, or make the call in `continue`, after the start",
                                                quoted(design, edge.to), quoted(design, edge.from))
                                  : std::string("make the call in `continue`, after the start");
    findings.push_back(std::move(finding));
  }
  add_hopeless(design, facts, findings);
  return findings;
}

}  // namespace

constinit const analyzer::Rule boot_order_violation = {
    .id = "boot-order-violation",
    .severity = spec::Severity::error,
    .confidence = analyzer::Confidence::proved,
    .group = analyzer::Group::strategy_and_order,
    .summary = "A process calls, from its init, another one that cannot answer yet.",
    .why = R"(
A supervisor starts its children one after the other, in order, and waits for the init of each. A call from init to a
sibling further down meets a name that nobody has registered: it exits with `noproc`, the start fails, the supervisor shuts
down what it has started and fails in turn, up to the application. A start that fails is not tried again. A call from init
to the own supervisor, to the process itself, or to somebody who calls back waits for an answer that can only come after
that init: until the timeout, or for ever. So does a call to somebody who is there and cannot answer in time: whose init says
`ignore`, who has no clause for the message, takes longer than the timeout, or is still in its own `continue`.)",
    .instead = R"(
Put the callee before the caller. Where they need each other, make the call in `handle_continue` (the key `continue`), which
runs after the start, and live with a first failure there.)",
    .bad = R"(
treefall: 1
name: shop
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Cart
      init:
        takes: 5ms
        calls:
          - {to: Shop.Repo}  # expect: boot-order-violation confirmed
    - worker: Shop.Repo
      init: {takes: 40ms}
)",
    .good = R"(
treefall: 1
name: shop
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Repo
      init: {takes: 40ms}
    - worker: Shop.Cart
      init:
        takes: 5ms
        calls:
          - {to: Shop.Repo}
)",
    .confirmed_by = "an execution: the start fails",
    .check = check,
};

}  // namespace treefall::rules
