// Calls from init to what cannot answer yet.
#include <fmt/format.h>

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

std::vector<analyzer::Finding> check(const spec::Design& design, const analyzer::Facts& facts) {
  std::vector<analyzer::Finding> findings;
  for (const auto& violation : facts.calls.boot) {
    const auto& edge = facts.calls.edges[violation.edge];
    if (is_harmless(*edge.call, violation.kind)) continue;
    const bool ignored = edge.call->on_failure.what == spec::OnFailure::Do::ignore;
    auto finding = begin(boot_order_violation, edge.from, edge.call->span, label_of(violation.kind),
                         message_of(design, edge, violation.kind));
    if (ignored) finding.diagnostic.severity = spec::Severity::warning;
    if (edge.to != edge.from)
      finding.diagnostic.labels.push_back({design.nodes[edge.to].name_span, violation.kind == Kind::not_started_yet
                                                                                ? "starts after it"
                                                                                : "cannot answer yet"});
    const auto root = root_of(design, edge.from);
    if (!ignored) {
      claim(finding, analyzer::find(facts, root, spec::Quantity::boot_failure_probability));
      note(finding, fmt::format("a failed start is not tried again: {} and all that it has started go down",
                                quoted(design, root)));
    }
    finding.diagnostic.help = violation.kind == Kind::not_started_yet
                                  ? fmt::format("start {} before {}, or make the call in `continue`, after the start",
                                                quoted(design, edge.to), quoted(design, edge.from))
                                  : std::string("make the call in `continue`, after the start");
    findings.push_back(std::move(finding));
  }
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
that init: until the timeout, or for ever.)",
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
