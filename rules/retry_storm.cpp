// Late calls that are tried again, and the steady states they lead to.
#include <fmt/format.h>

#include <cmath>

#include "analyzer/feedback.hpp"
#include "rules/all.hpp"
#include "rules/phrases.hpp"
#include "spec/wording.hpp"

namespace treefall::rules {
namespace {

/// Probability that it tips over within the horizon, at the kind end of the error bar.
double tips(const spec::Design& design, const analyzer::Feedback& feedback) {
  return -std::expm1(-spec::in_seconds(design.horizon.value) / feedback.tips_after.high);
}

std::string load_text(const analyzer::Feedback& feedback, const analyzer::FixedPoint& point) {
  return spec::share_text(point.rate * feedback.calls.mean_service);
}

/// `steady at 56.3 % (stable), 82 % (unstable) and 200 % (overload)`.
std::string points_text(const analyzer::Feedback& feedback) {
  std::string text = "steady at a load of";
  for (const auto& point : feedback.points) {
    const bool last = &point == &feedback.points.back(), first = &point == &feedback.points.front();
    text += fmt::format("{} {} ({})",
                        first  ? ""
                        : last ? " and"
                               : ",",
                        load_text(feedback, point),
                        point.overloaded ? "overload, for good"
                        : point.stable   ? "stable"
                                         : "unstable");
  }
  return text;
}

analyzer::Finding finding_of(const spec::Design& design, spec::NodeId node, const analyzer::Feedback& feedback) {
  const auto& traffic = design.traffic[feedback.source];
  const auto& after = feedback.tips_after;
  const bool starts_well = feedback.points.size() > 1;
  const auto retries = *traffic.retries;
  auto finding = begin(
      retry_storm, node, traffic.arrivals_span,
      fmt::format("`{}` tries late calls again, up to {}", traffic.name, spec::count_text(retries, "time")),
      fmt::format("{} tips over into a retry storm after {}: calls of `{}` that are late after {} bring up to {} more",
                  quoted(design, node), spec::seconds_text(after.value), traffic.name,
                  spec::seconds_text(spec::in_seconds(traffic.timeout.value)), retries));
  const auto growth = analyzer::growth_within(feedback, spec::in_seconds(design.horizon.value));
  const analyzer::Prediction grows{
      *finding.subject, spec::Quantity::mailbox_growth, {}, growth.value, growth.low, growth.high, growth.method,
      growth.because};
  claim(finding, &grows);
  note(finding, points_text(feedback));
  if (feedback.calls.streams.size() > 1)
    note(finding, fmt::format("tried again by {} sources together", spec::count_text(feedback.calls.streams.size())));
  note(finding, starts_well ? fmt::format("starts in the first of these, and leaves it after {} to {} on the average",
                                          spec::seconds_text(after.low), spec::seconds_text(after.high))
                            : "has no steady state below overload: it goes there at once");
  finding.diagnostic.help =
      "retry less, or later and later, or only so large a share of all calls (a retry budget); let the process turn "
      "away what is too old to be wanted, or what comes while it is behind (`mailbox: {shed_above: …}`)";
  return finding;
}

std::vector<analyzer::Finding> check(const spec::Design& design, const analyzer::Facts& facts) {
  std::vector<analyzer::Finding> findings;
  for (const auto node : facts.tree.order) {
    if (spec::as_worker(design.nodes[node]) == nullptr) continue;
    const auto& load = facts.loads.of[node].utilisation;
    if (!load.said() || load.low >= 1) continue;  // server-saturation knows
    const auto feedback = analyzer::feedback_of(design, facts, node);
    if (feedback && feedback->tips_after.said() && tips(design, *feedback) > analyzer::tolerated)
      findings.push_back(finding_of(design, node, *feedback));
  }
  return findings;
}

}  // namespace

constinit const analyzer::Rule retry_storm = {
    .id = "retry-storm",
    .severity = spec::Severity::warning,
    .confidence = analyzer::Confidence::model_based,
    .group = analyzer::Group::throughput,
    .summary = "Calls that are tried again after a timeout can lock a process into overload for good.",
    .why = R"(
A call that times out leaves its request in the mailbox, where it is worked off for nobody, and the caller that tries again
adds another one. While calls are answered in time that costs nothing. After a hiccup many are late at once, each brings
itself again, these make others late: with m retries up to m + 1 times the load comes in, and if that is more than the
process can do, the mailbox never empties any more, although the load without retries would be easy. The state before is
steady, but only metastable: chance alone leads out of it, sooner or later.)",
    .instead = R"(
Bound the retries: few, with back-off, and as a share of all calls. Let the process drop what is too old to be wanted (a
deadline in the message), or turn work away while it is behind.)",
    .bad = R"(
treefall: 1
name: shop
horizon: 1h
traffic:
  checkout:
    to: Shop.Cart
    rate: 50/s  # expect: retry-storm confirmed
    timeout: 50ms
    on_timeout: {retry: 3}
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Cart
      handles:
        any: {takes: exp(10ms)}
)",
    .good = R"(
treefall: 1
name: shop
horizon: 1h
traffic:
  checkout:
    to: Shop.Cart
    rate: 50/s
    timeout: 1s
    on_timeout: {retry: 3}
tree:
  supervisor: Shop.Supervisor
  children:
    - worker: Shop.Cart
      handles:
        any: {takes: exp(10ms)}
)",
    .confirmed_by = "executions: the growth of the mailbox over the horizon",
    .check = check,
};

}  // namespace treefall::rules
