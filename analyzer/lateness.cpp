// Which of the formulas for a wait tells how late a call is: the law of the service where nobody waits, what one caller
// has left behind, the product form where callers share the callee, and nothing but "hardly ever" elsewhere.
#include "analyzer/lateness.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analyzer/waits.hpp"

namespace treefall::analyzer {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double negligible = 1e-12;  // a share of late calls that nobody sees

}  // namespace

Lateness lateness(const Loads& loads, const spec::Call& call) {
  const double limit = spec::in_seconds(call.timeout.value);
  if (std::isinf(limit)) return {};
  const Load& load = loads.of[call.to.node];
  if (const auto* callers = caller_of(load, call)) {
    // One try after the other finds the same queue: no power of the share.
    if (call.on_failure.what == spec::OnFailure::Do::retry) return {nan, 0, {}};
    const Estimate late = late_calls(load, callers->found, limit);
    if (!late.said()) return {nan, 0, {}};
    if (late.high < negligible) return {};
    if (late.value < negligible) return {nan, 0, {}};  // no error bar reaches from nothing to something
    const double share = callers->rate * static_cast<double>(callers->count) / load.rate;
    return {late.value, late.high / late.value - 1, LateCalls{load.present.fewer, load.service.mean, limit, share}};
  }
  for (const auto& message : load.messages) {
    if (message.tick != nullptr || message.message != call.message) continue;
    if (!load.mean_wait.said() || std::isinf(load.mean_wait.value)) return {nan, 0, {}};
    if (message.service.law && load.mean_wait.high == 0)
      return {1 - spec::cumulative(*message.service.law, limit), 0, {}};
    if (message.service.law && load.mean_wait.method == Method::approximation) {
      // Its own requests left behind make it late more often, as often as the server is still busy with them.
      const double busy = std::min(load.utilisation.high, 0.5);
      return {(1 - spec::cumulative(*message.service.law, limit)) * (1 + busy / 2), busy / (1 - busy), {}};
    }
    const double longest = load.mean_wait.high + message.service.high;
    return {longest <= limit / 20 ? 0 : nan, 0, {}};
  }
  return {};
}

}  // namespace treefall::analyzer
