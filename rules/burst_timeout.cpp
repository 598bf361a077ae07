// Calls that come at once, and how many of them are answered in time.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "rules/all.hpp"
#include "rules/phrases.hpp"
#include "spec/wording.hpp"

namespace treefall::rules {
namespace {

constexpr double worth_a_word = 0.01;  // of the calls of a burst

/// How many calls a burst has and how many of them are too late, in words.
std::string outcome_text(std::uint64_t size, double probability) {
  const double late = probability * static_cast<double>(size);
  if (late >= 0.5) return fmt::format("{} of {} calls", spec::number_text(std::round(late)), spec::count_text(size));
  return fmt::format("{} of the calls", spec::share_text(probability));
}

analyzer::Finding finding_of(const spec::Design& design, const analyzer::Facts& facts, spec::TrafficId id,
                             const spec::Traffic::Burst& burst, const analyzer::Prediction& late) {
  const auto& traffic = design.traffic[id];
  const auto& load = facts.loads.of[traffic.to.node];
  const double timeout = spec::in_seconds(traffic.timeout.value);
  auto finding = begin(burst_timeout, traffic.to.node, traffic.arrivals_span,
                       fmt::format("{} at once, each waits for those before it", spec::count_text(burst.size)),
                       fmt::format("{} of `{}` to {} time out after {}", outcome_text(burst.size, late.value),
                                   traffic.name, quoted(design, traffic.to.node), spec::seconds_text(timeout)));
  finding.subject = spec::TrafficSubject{id};
  for (const auto& message : load.messages)
    if (message.message == traffic.message && message.handler != nullptr && message.service.mean > 0) {
      finding.diagnostic.labels.push_back(
          {message.handler->takes_span,
           fmt::format("one at a time, {} each", spec::seconds_text(message.service.mean))});
      note(finding, fmt::format("holds up to: {} at once; the whole burst takes {}",
                                spec::count_text(static_cast<std::uint64_t>(timeout / message.service.mean)),
                                spec::seconds_text(static_cast<double>(burst.size) * message.service.mean)));
    }
  claim(finding, &late);
  finding.diagnostic.help = fmt::format(
      "spread the burst over several processes or over time, or answer at once and work afterwards; {} goes on working "
      "on "
      "requests that nobody waits for",
      quoted(design, traffic.to.node));
  return finding;
}

/// Copies that tick at the same instants are a burst as well.
analyzer::Finding finding_of(const spec::Design& design, const analyzer::Facts& facts,
                             const analyzer::SharedRehearsal& shared, const analyzer::SharedRehearsal::Caller& caller) {
  const auto& call = *caller.call;
  const auto* server = spec::as_worker(design.nodes[shared.server]);
  const auto clause = analyzer::clause_for(*server, call.message);
  const double timeout = spec::in_seconds(call.timeout.value);
  const auto share = static_cast<double>(shared.late_at_once) / static_cast<double>(shared.largest);
  auto finding =
      begin(burst_timeout, shared.server, call.span,
            fmt::format("{} at once, each waits for those before it", spec::count_text(shared.largest)),
            fmt::format("{} of {} to {} time out after {}", outcome_text(shared.largest, share),
                        quoted(design, caller.node), quoted(design, shared.server), spec::seconds_text(timeout)));
  if (clause.handler != nullptr && spec::mean(clause.handler->takes) > 0) {
    const double each = spec::mean(clause.handler->takes);
    finding.diagnostic.labels.push_back(
        {clause.handler->takes_span, fmt::format("one at a time, {} each", spec::seconds_text(each))});
    note(finding, fmt::format("holds up to: {} at once; the whole burst takes {}",
                              spec::count_text(static_cast<std::uint64_t>(timeout / each * (1 + 1e-12))),
                              spec::seconds_text(static_cast<double>(shared.largest) * each)));
  }
  claim(finding, analyzer::find(facts, shared.server, spec::Quantity::timeout_probability));
  finding.diagnostic.help = fmt::format(
      "let the copies of {} tick at different times (a random `first`), or let {} answer at once and work afterwards",
      quoted(design, caller.node), quoted(design, shared.server));
  return finding;
}

std::vector<analyzer::Finding> check(const spec::Design& design, const analyzer::Facts& facts) {
  std::vector<analyzer::Finding> findings;
  for (spec::TrafficId id = 0; id < design.traffic.size(); ++id) {
    const auto* burst = std::get_if<spec::Traffic::Burst>(&design.traffic[id].arrivals);
    if (burst == nullptr || design.traffic[id].sends != spec::Sends::call) continue;
    const auto* late = analyzer::find_traffic(facts, id, spec::Quantity::timeout_probability);
    if (late != nullptr && late->value >= worth_a_word)
      findings.push_back(finding_of(design, facts, id, *burst, *late));
  }
  for (const auto& shared : facts.crashes.shared) {
    const double share =
        static_cast<double>(shared.late_at_once) / static_cast<double>(std::max(shared.largest, std::uint64_t{1}));
    if (shared.largest < 2 || share < worth_a_word) continue;
    const auto worst = std::ranges::max_element(
        shared.callers, {}, [](const auto& caller) { return std::pair(caller.died, caller.deaths.size()); });
    findings.push_back(finding_of(design, facts, shared, *worst));
  }
  return claims(std::move(findings));
}

}  // namespace

constinit const analyzer::Rule burst_timeout = {
    .id = "burst-timeout",
    .severity = spec::Severity::warning,
    .confidence = analyzer::Confidence::model_based,
    .group = analyzer::Group::throughput,
    .summary = "Calls that come at once to one process wait for each other, and the last of them time out.",
    .why = R"(
A process answers one call at a time. Of B calls that arrive together, each taking s, the k-th is answered after k·s; with a
timeout T only the first T/s are in time. The others crash their callers, and the process goes on working on their requests
all the same: for the rest of the burst it is busy with answers that nobody reads, and who comes next waits behind them.)",
    .instead = R"(
Spread the calls: over several processes (a pool, a PartitionSupervisor), or over time (a random delay at the callers, a
closed loop with fewer at once). Or answer at once and work afterwards. A longer timeout only helps where waiting that long
is of use to the caller.)",
    .bad = R"(
treefall: 1
name: shop
horizon: 1h
traffic:
  callers:
    to: Shop.Price
    timeout: 500ms
    burst: {size: 20, every: 1min}  # expect: burst-timeout confirmed
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Price
      handles: {any: {takes: 98ms}}
)",
    .good = R"(
treefall: 1
name: shop
horizon: 1h
traffic:
  callers:
    to: Shop.Price
    timeout: 500ms
    burst: {size: 4, every: 1min}
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Price
      handles: {any: {takes: 98ms}}
)",
    .confirmed_by = "executions: the share of calls of that source that time out",
    .check = check,
};

}  // namespace treefall::rules
