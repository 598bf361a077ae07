// Work that comes faster than it is done, or nearly so.
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "analyzer/least_load.hpp"
#include "rules/all.hpp"
#include "rules/phrases.hpp"
#include "spec/wording.hpp"

namespace treefall::rules {
namespace {

constexpr double busy = 0.8;
constexpr double overloaded = 1;

/// The kind of message that takes most of the worker's time.
const analyzer::MessageLoad* heaviest(const analyzer::Load& load) {
  const analyzer::MessageLoad* found = nullptr;
  for (const auto& message : load.messages)
    if (message.handler != nullptr &&
        (found == nullptr || message.rate() * message.service.mean > found->rate() * found->service.mean))
      found = &message;
  return found;
}

/// Where the messages come from, when it is a source outside the tree.
void add_sources(const spec::Design& design, spec::NodeId node, analyzer::Finding& finding) {
  for (const auto& traffic : design.traffic)
    if (traffic.to.node == node)
      finding.diagnostic.labels.push_back({traffic.arrivals_span, fmt::format("`{}` sends it this", traffic.name)});
}

/// When the mailbox of an overloaded process is as long as its alarm says, and what it weighs then.
std::string alarm_text(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId node) {
  const auto& mailbox = spec::as_worker(design.nodes[node])->mailbox;
  const auto* growth = analyzer::find(facts, node, spec::Quantity::mailbox_growth);
  if (!mailbox.alarm || growth == nullptr || !(growth->value > 0)) return {};
  auto text = fmt::format("its mailbox holds {} after {}", spec::count_text(*mailbox.alarm, "message"),
                          spec::seconds_text(static_cast<double>(*mailbox.alarm) / growth->value));
  if (mailbox.message_bytes)
    text +=
        fmt::format(", {} MB", spec::number_text(static_cast<double>(*mailbox.alarm * *mailbox.message_bytes) / 1e6));
  return text;
}

/// The clause for messages of an open source that takes most time, of those that have a place.
const spec::Handler* heaviest_source(const spec::Design& design, const spec::Worker& worker, spec::NodeId node) {
  const spec::Handler* found = nullptr;
  for (const auto& traffic : design.traffic) {
    if (traffic.to.node != node || traffic.during) continue;
    const auto* handler = analyzer::clause_for(worker, traffic.message).handler;
    if (handler != nullptr && (found == nullptr || spec::mean(handler->takes) > spec::mean(found->takes)))
      found = handler;
  }
  return found;
}

std::string advice(const spec::Mailbox& mailbox) {
  const std::string less = "take work out of the process (reads from a table, a task for the slow part)";
  if (mailbox.shed_above) return less + ", or partition it; what it turns away keeps its mailbox short, no more";
  return less + ", partition it, or turn messages away while it is behind (`mailbox: {shed_above: …}`)";
}

analyzer::Finding finding_of(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId node,
                             const analyzer::MessageLoad& message) {
  const auto& load = facts.loads.of[node];
  const double capacity = 1 / load.service.mean;
  const bool over = load.rate * load.service.mean >= overloaded;  // what is turned away included
  auto finding =
      begin(server_saturation, node, message.handler->takes_span,
            fmt::format("{} a message", spec::seconds_text(message.service.mean)),
            fmt::format("{} {}: {} come, it can do {}", quoted(design, node),
                        over ? "cannot keep up"
                             : fmt::format("is busy {} of the time", spec::share_text(load.utilisation.value)),
                        spec::rate_text(load.rate, "messages"), spec::rate_text(capacity)));
  if (over) finding.diagnostic.severity = spec::Severity::error;
  add_sources(design, node, finding);
  // Offered load above 1 is no share of time that execution could show: there the mailbox's growth is the claim.
  const auto* offered = analyzer::find(facts, node, spec::Quantity::utilisation);
  claim(finding, over ? analyzer::find(facts, node, spec::Quantity::mailbox_growth) : offered);
  if (over && !finding.prediction) claim(finding, analyzer::find(facts, node, spec::Quantity::throughput));
  claim_beside(finding, over ? offered : analyzer::find(facts, node, spec::Quantity::mean_wait));
  note(finding, alarm_text(design, facts, node));
  note(finding, fmt::format("holds up to: {} for {} busy", spec::rate_text(capacity * busy, "messages"),
                            spec::share_text(busy)));
  finding.diagnostic.help = advice(spec::as_worker(design.nodes[node])->mailbox);
  return finding;
}

/// What else it gets cannot be said; what open sources send it is more than it can do.
std::optional<analyzer::Finding> at_the_least(const spec::Design& design, const analyzer::Facts& facts,
                                              spec::NodeId node) {
  const auto* worker = spec::as_worker(design.nodes[node]);
  const auto least = worker == nullptr ? std::nullopt : analyzer::least_load(design, facts.tree, facts.crashes, node);
  if (!least || least->busy < overloaded) return std::nullopt;
  const auto* message = heaviest_source(design, *worker, node);
  if (message == nullptr) return std::nullopt;
  const double capacity = least->rate / least->busy;
  auto finding =
      begin(server_saturation, node, message->takes_span, fmt::format("{} a message", spec::seconds_text(1 / capacity)),
            fmt::format("{} cannot keep up: {} come at the least, it can do {}", quoted(design, node),
                        spec::rate_text(least->rate, "messages"), spec::rate_text(capacity)));
  finding.diagnostic.severity = spec::Severity::error;
  add_sources(design, node, finding);
  claim(finding, analyzer::find(facts, node, spec::Quantity::mailbox_growth));
  note(finding, alarm_text(design, facts, node));
  note(finding, fmt::format("holds up to: {} for {} busy", spec::rate_text(capacity * busy, "messages"),
                            spec::share_text(busy)));
  finding.diagnostic.help = advice(worker->mailbox);
  return finding;
}

analyzer::Finding without_end(const spec::Design& design, const analyzer::Facts& facts,
                              const analyzer::Multiplying& ring) {
  const auto again = ring.gain > 1 ? fmt::format("{} of itself", spec::number_text(ring.gain)) : std::string("itself");
  auto finding =
      begin(server_saturation, ring.cast->to.node, ring.cast->span, "closes the ring",
            fmt::format("messages to {} never end: each of them makes {} again{}", quoted(design, ring.cast->to.node),
                        again, ring.alone ? "" : ", in a ring of casts"));
  finding.diagnostic.severity = spec::Severity::error;
  finding.confidence = analyzer::Confidence::proved;
  claim(finding, analyzer::find(facts, ring.cast->to.node, spec::Quantity::mailbox_growth));
  note(finding, ring.fed > 0 ? fmt::format("{} come in on top", spec::rate_text(ring.fed, "messages"))
                             : std::string("one message is enough"));
  finding.diagnostic.help = "let a message that is done end, or cast again only while there is something left to do";
  return finding;
}

std::vector<analyzer::Finding> check(const spec::Design& design, const analyzer::Facts& facts) {
  std::vector<analyzer::Finding> findings;
  for (const auto node : facts.tree.order) {
    const auto& load = facts.loads.of[node];
    if (!load.utilisation.said() && load.loaded)
      if (auto finding = at_the_least(design, facts, node)) findings.push_back(std::move(*finding));
    if (!load.utilisation.said() || load.utilisation.value < busy) continue;
    if (const auto* message = heaviest(load)) findings.push_back(finding_of(design, facts, node, *message));
  }
  for (const auto& ring : analyzer::multiplying_messages(design, facts.tree, facts.crashes))
    findings.push_back(without_end(design, facts, ring));
  return claims(std::move(findings));
}

}  // namespace

constinit const analyzer::Rule server_saturation = {
    .id = "server-saturation",
    .severity = spec::Severity::warning,
    .confidence = analyzer::Confidence::model_based,
    .group = analyzer::Group::throughput,
    .summary = "More work is sent to a process than it can do, or so much that waiting explodes.",
    .why = R"(
A process does one thing at a time: with λ messages a second that take s seconds each it is busy for λ·s of the time. At 1
and above (severity error) the mailbox grows without bound, at the rate λ - 1/s, with no crash and no log line until callers
time out or memory ends. Below 1 the waiting time grows as 1/(1 - λ·s): at 80 % a message waits four times its own service
time on the average, at 95 % nineteen times, and every hiccup takes long to drain. Time spent waiting in calls to others
counts as busy. Where part of what comes cannot be said, the rest may be too much by itself. Messages that cast themselves
again, in a ring, never end: every one that comes in stays.)",
    .instead = R"(
Take out of the process what need not be there: reads through an ETS table, slow work in tasks. Then partition it
(PartitionSupervisor, a pool). Whatever is left needs a bound: turn work away while the process is behind.)",
    .bad = R"(
treefall: 1
name: shop
traffic:
  events: {to: Shop.Ledger, sends: cast, rate: 120/s}
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Ledger
      handles:
        any: {takes: 10ms}  # expect: server-saturation confirmed
)",
    .good = R"(
treefall: 1
name: shop
traffic:
  events: {to: Shop.Ledger, sends: cast, rate: 60/s}
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Ledger
      handles:
        any: {takes: 10ms}
)",
    .confirmed_by = "executions: the share of time in which the process is busy, and the growth of its mailbox",
    .check = check,
};

}  // namespace treefall::rules
