// Mailboxes that go with their process.
#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "rules/all.hpp"
#include "rules/phrases.hpp"
#include "spec/wording.hpp"

namespace treefall::rules {
namespace {

constexpr double worth_a_word = 1;  // messages lost within the horizon
constexpr double few = 0.1;         // messages lost at a crash

/// The source that costs the worker most lives; nothing where only its siblings' restarts end it.
const analyzer::CrashSource* worst_source(const analyzer::Facts& facts, spec::NodeId node) {
  const analyzer::CrashSource* worst = nullptr;
  double most = -1;
  for (const auto& source : facts.crashes.of[node]) {
    const double rate = analyzer::per_second(source);
    if (std::isnan(rate) || rate <= most) continue;
    most = rate;
    worst = &source;
  }
  return worst;
}

/// A few of those who send to it and do not wait.
void add_senders(analyzer::Finding& finding, const spec::Design& design, spec::NodeId node) {
  constexpr std::size_t shown = 3;
  for (const auto& traffic : design.traffic) {
    if (traffic.to.node != node || traffic.sends == spec::Sends::call) continue;
    finding.diagnostic.labels.push_back(
        {traffic.arrivals_span, fmt::format("`{}` does not wait for an answer", traffic.name)});
    if (finding.diagnostic.labels.size() == shown) return;
  }
}

std::string amount(const analyzer::Prediction& lost) {
  return lost.quantity == spec::Quantity::lost_messages
             ? spec::rate_text(lost.value, "messages")
             : spec::value_text(spec::Unit::messages, lost.value) + " a time";
}

analyzer::Finding finding_of(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId node,
                             const analyzer::Prediction& lost) {
  const auto& load = facts.loads.of[node];
  const auto* source = worst_source(facts, node);
  const auto place = source != nullptr ? source->span : design.nodes[node].name_span;
  auto finding =
      begin(messages_lost_per_crash, node, place,
            source != nullptr ? cause_text(design, {node, source, 0}) : "stopped with its siblings' restarts",
            fmt::format("{} loses {} with its crashes, and nobody is told", quoted(design, node), amount(lost)));
  add_senders(finding, design, node);
  claim(finding, &lost);
  if (lost.quantity != spec::Quantity::lost_per_crash)
    claim_beside(finding, analyzer::find(facts, node, spec::Quantity::lost_per_crash));
  if (load.mean_wait.said() && std::isfinite(load.mean_wait.value))
    note(finding,
         fmt::format("a message waits {} in its mailbox on the average", spec::seconds_text(load.mean_wait.value)));
  finding.diagnostic.help = fmt::format(
      "make it a call where the sender must know, keep what must not be lost outside {} until it is done (a table, a "
      "queue "
      "that hands it out again), or crash in a process that holds no mailbox of others",
      quoted(design, node));
  return finding;
}

/// What is worth a word: a rate that loses a message within the horizon, else a loss at a crash that will come. A
/// message that crashes its own handler is the cause and not counted as lost.
const analyzer::Prediction* loss(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId node) {
  const auto* rate = analyzer::find(facts, node, spec::Quantity::lost_messages);
  const auto* each = analyzer::find(facts, node, spec::Quantity::lost_per_crash);
  const bool counted = each != nullptr && std::isfinite(each->value);
  if (counted && each->value < few) return nullptr;
  if (rate != nullptr && std::isfinite(rate->value)) {
    if (rate->value * spec::in_seconds(design.horizon.value) < worth_a_word) return nullptr;
    return counted && rate->method == analyzer::Method::bound ? each
                                                              : rate;  // else it is mostly its supervisors' falls
  }
  return counted && each->value >= worth_a_word && worst_source(facts, node) != nullptr ? each : nullptr;
}

std::vector<analyzer::Finding> check(const spec::Design& design, const analyzer::Facts& facts) {
  std::vector<analyzer::Finding> findings;
  for (const auto node : facts.tree.order) {
    if (spec::as_worker(design.nodes[node]) == nullptr) continue;
    if (const auto* lost = loss(design, facts, node)) findings.push_back(finding_of(design, facts, node, *lost));
  }
  return claims(std::move(findings));
}

}  // namespace

constinit const analyzer::Rule messages_lost_per_crash = {
    .id = "messages-lost-per-crash",
    .severity = spec::Severity::warning,
    .confidence = analyzer::Confidence::model_based,
    .group = analyzer::Group::throughput,
    .summary = "Messages that nobody waits for are lost with a process's mailbox when it crashes.",
    .why = R"(
A crash takes the mailbox along: everything queued, and what is cast to the name before it is registered again. The message
in service goes with it where the process is ended from outside (killed, taken along by a link, stopped with its siblings); a
message whose own handler crashes is consumed, it did what it did. Callers learn of it, their call exits; whoever casts or
sends does not, and no log line counts them. The restart looks like a repair and is a loss.)",
    .instead = R"(
Use a call where the sender must know. Keep what must not be lost with somebody who lives: an outside queue that hands a
message out again, a table from which the process takes its work. And crash elsewhere: a process that owns a mailbox of
others should leave risky work to one that does not.)",
    .bad = R"(
treefall: 1
name: shop
traffic:
  orders: {to: Shop.Ledger, sends: cast, rate: 4/s}
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Ledger
      handles: {any: {takes: exp(100ms)}}
      crashes: {rate: 10/h}  # expect: messages-lost-per-crash confirmed
)",
    .good = R"(
treefall: 1
name: shop
traffic:
  orders: {to: Shop.Ledger, sends: call, rate: 4/s}
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Ledger
      handles: {any: {takes: exp(100ms)}}
      crashes: {rate: 10/h}
)",
    .confirmed_by =
        "executions: messages discarded with the mailbox, interrupted by a death from outside, or cast to a name that "
        "was "
        "not alive",
    .check = check,
};

}  // namespace treefall::rules
