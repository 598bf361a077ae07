// Service times compose: the mean of a sum is the sum of the means, and as the parts are independent so is the
// variance. A call costs the wait at the callee and the callee's own service of that message, so workers are taken
// callees first; in a ring of calls nothing can be said. Waits are in waits.cpp.
#include "analyzer/service.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/shared_server.hpp"
#include "analyzer/waits.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double negligible = 1e-12;       // a probability that no execution shows
constexpr double safely_below = 1.0 / 20;  // of the timeout: an exponential tail is then e^-20
constexpr int integration_steps = 4'000;

ServiceTime nothing_said(std::string why) {
  ServiceTime time;
  time.mean = time.second_moment = time.high = nan;
  time.unsaid = std::move(why);
  return time;
}

double variance(const ServiceTime& time) { return time.second_moment - time.mean * time.mean; }

/// E[min(max of `number` of them, limit)] and its second moment, by integrating the tail.
ServiceTime longest_of(const spec::Distribution& law, std::uint32_t number, double limit) {
  const double top = std::min(limit, spec::highest(law));
  double upper = top;
  if (std::isinf(upper)) {
    upper = spec::mean(law) + 1e-12;
    while (number * (1 - spec::cumulative(law, upper)) > 1e-13 && upper < 1e15) upper *= 1.5;
  }
  const auto tail = [&](double x) { return 1 - std::pow(spec::cumulative(law, x), number); };
  ServiceTime time;
  const double step = upper / integration_steps;
  double first = 0;
  double second = 0;
  for (int i = 0; i < integration_steps; ++i) {  // Simpson's rule on each cell
    const double a = step * i;
    const double b = a + step;
    const double m = a + step / 2;
    first += step / 6 * (tail(a) + 4 * tail(m) + tail(b));
    second += step / 6 * 2 * (a * tail(a) + 4 * m * tail(m) + b * tail(b));
  }
  time.mean = time.low = time.high = first;
  time.second_moment = second;
  return time;
}

// A call that cannot be described takes anything from nothing, where nobody is there, to its timeouts.
ServiceTime up_to_timeouts(const spec::Call& call, double guess, const std::string& callee, const std::string& why) {
  const double limit = spec::in_seconds(call.timeout.value);
  if (std::isinf(limit)) return nothing_said(why);
  ServiceTime time;
  time.high = limit * (call.on_failure.what == spec::OnFailure::Do::retry ? call.on_failure.retries + 1.0 : 1.0);
  time.mean = std::isnan(guess) ? time.high / 2 : std::min(guess, limit);
  time.second_moment = time.high * time.high;
  time.loose = "a call to `" + callee + "` takes anything up to " + spec::seconds_text(time.high) +
               ", when it times out: " + why;
  return time;
}

ServiceTime cut(const ServiceTime& time, double limit) {
  if (!time.unsaid.empty() || std::isinf(limit)) return time;
  if (time.law) {
    if (1 - spec::cumulative(*time.law, limit) <= negligible) return time;
    if (spec::is_constant(*time.law)) return service_of(spec::Constant{std::min(limit, time.mean)});
    return longest_of(*time.law, 1, limit);
  }
  if (time.high <= limit * safely_below) return time;
  return nothing_said("how many of them time out cannot be said");
}

ServiceTime work_of(const Design& design, const Loads& loads, const spec::Handler& handler) {
  ServiceTime total = service_of(handler.takes);
  for (const auto& call : handler.calls) {
    const ServiceTime once = call_time(design, loads, call);
    for (std::uint32_t i = 0; i < std::min(call.times, 2u); ++i) total = total + once;
    if (call.times > 2) {
      const double more = call.times - 2.0;
      total.second_moment +=
          more * variance(once) + std::pow(total.mean + more * once.mean, 2) - total.mean * total.mean;
      total.mean += more * once.mean;
      total.low += more * once.low;
      total.high += more * once.high;
      if (once.mean > 0) total.law.reset();
    }
  }
  for (const auto& task : handler.tasks)
    if (task.await) total = total + await_time(task);
  return total;
}

// ---- one worker ----

ServiceTime mixture(const Load& load) {
  ServiceTime mixed;
  const MessageLoad* only = nullptr;
  bool one_law = true;
  for (const auto& message : load.messages) {
    const double rate = message.rate();
    if (rate <= 0) continue;
    if (!message.service.unsaid.empty()) return nothing_said(message.service.unsaid);
    if (only != nullptr && (!only->service.law || !message.service.law ||
                            spec::to_text(*only->service.law) != spec::to_text(*message.service.law)))
      one_law = false;
    only = &message;
    const double share = rate / load.rate;
    if (mixed.loose.empty()) mixed.loose = message.service.loose;
    mixed.mean += share * message.service.mean;
    mixed.second_moment += share * message.service.second_moment;
    mixed.low += share * message.service.low;
    mixed.high += share * message.service.high;
  }
  if (only != nullptr && one_law) mixed.law = only->service.law;
  if (only == nullptr) mixed.law = spec::Constant{0};
  return mixed;
}

// By node: of all calls to it.
std::vector<double> shortest_timeouts(const CallGraph& calls, std::size_t nodes) {
  std::vector<double> shortest(nodes, infinity);
  for (const auto& edge : calls.edges)
    shortest[edge.to] = std::min(shortest[edge.to], spec::in_seconds(edge.call->timeout.value));
  return shortest;
}

}  // namespace

ServiceTime service_of(const spec::Distribution& law) {
  ServiceTime time;
  time.mean = time.low = time.high = spec::mean(law);
  time.second_moment = spec::second_moment(law);
  time.law = law;
  return time;
}

ServiceTime operator+(const ServiceTime& a, const ServiceTime& b) {
  if (!a.unsaid.empty()) return a;
  if (!b.unsaid.empty()) return b;
  ServiceTime sum;
  sum.mean = a.mean + b.mean;
  sum.second_moment = variance(a) + variance(b) + sum.mean * sum.mean;
  sum.low = a.low + b.low;
  sum.high = a.high + b.high;
  sum.loose = a.loose.empty() ? b.loose : a.loose;
  const auto is_zero = [](const ServiceTime& time) { return time.high == 0; };
  if (is_zero(b)) sum.law = a.law;
  if (is_zero(a)) sum.law = b.law;
  const bool constants = a.law && b.law && spec::is_constant(*a.law) && spec::is_constant(*b.law);
  if (constants) sum.law = spec::Constant{sum.mean};
  return sum;
}

double longest_await(const spec::Handler& handler) {
  double longest = 0;
  for (const auto& task : handler.tasks)
    if (task.await) longest = std::max(longest, spec::in_seconds(*task.await));
  return longest;
}

ServiceTime await_time(const spec::Task& task) {
  const double limit = spec::in_seconds(*task.await);
  if (task.count == 0) return service_of(spec::Constant{0});
  if (spec::is_constant(task.takes)) return service_of(spec::Constant{std::min(limit, spec::mean(task.takes))});
  if (task.count == 1 && 1 - spec::cumulative(task.takes, limit) <= negligible) return service_of(task.takes);
  return longest_of(task.takes, task.count, limit);
}

namespace {

// A call to a server that callers share: by its tail, up to the timeout.
ServiceTime answer_of(const Load& load, const Callers& callers, const spec::Call& call) {
  constexpr int steps = 200;
  const double limit = spec::in_seconds(call.timeout.value);
  const double error = load.mean_wait.high / load.mean_wait.value;
  ServiceTime time;
  time.mean = mean_answer(callers.found.fewer, load.service.mean, limit);
  time.low = time.mean / error;
  time.high = time.mean * error;
  const auto services = static_cast<double>(callers.found.fewer.size() + 40);
  const double step = std::min(limit, load.service.mean * services) / steps;
  for (int i = 0; i < steps; ++i) {
    const double t = step * (i + 0.5);
    time.second_moment += 2 * step * t * late_share(callers.found.fewer, load.service.mean, t);
  }
  return time;
}

}  // namespace

ServiceTime call_time(const Design& design, const Loads& loads, const spec::Call& call) {
  const spec::Node& callee = design.nodes[call.to.node];
  const auto* worker = spec::as_worker(callee);
  if (worker == nullptr) return service_of(spec::Constant{0});  // a supervisor answers at once when it is idle
  const Load& load = loads.of[call.to.node];
  if (!load.unsaid.empty()) return up_to_timeouts(call, nan, callee.name, load.unsaid);
  const auto message = std::find_if(load.messages.begin(), load.messages.end(), [&](const auto& candidate) {
    return candidate.tick == nullptr && candidate.message == call.message;
  });
  ServiceTime time = service_of(spec::Constant{0});
  if (message != load.messages.end()) {
    time = message->service;
  } else if (const auto* handler = clause_for(*worker, call.message).handler) {
    time = work_of(design, loads, *handler);  // only ever called while starting
  }
  if (!time.unsaid.empty()) return up_to_timeouts(call, nan, callee.name, time.unsaid);
  const Estimate& wait = load.mean_wait;
  if (const auto* callers = caller_of(load, call)) return answer_of(load, *callers, call);
  if (load.loaded && !wait.said()) return up_to_timeouts(call, time.mean, callee.name, wait.because);
  const double limit = spec::in_seconds(call.timeout.value);
  // min(wait + service, limit) <= wait + min(service, limit)
  const double guess = time.mean;
  if (wait.method == Method::approximation) time = cut(time, limit);
  if (load.loaded && wait.high > 0) {
    if (std::isinf(wait.value)) return up_to_timeouts(call, limit, callee.name, "it is overloaded");
    time.mean += wait.value;
    time.low += wait.low;
    time.high += wait.high;
    time.second_moment = nan;
    time.law.reset();
  }
  if (wait.method != Method::approximation) time = cut(time, limit);
  return time.unsaid.empty() ? time : up_to_timeouts(call, guess, callee.name, time.unsaid);
}

void find_service_times(const Design& design, const Tree& tree, const CallGraph& calls, Loads& loads) {
  std::vector<bool> done(design.nodes.size(), false);
  const auto timeouts = shortest_timeouts(calls, design.nodes.size());
  const auto order = callees_first(tree, calls, design.nodes.size());
  for (const NodeId id : order) {
    done[id] = true;
    if (!loads.of[id].loaded) continue;
    Load& load = loads.of.fill(id);
    for (auto& message : load.messages)
      message.service =
          message.handler == nullptr ? service_of(spec::Constant{0}) : work_of(design, loads, *message.handler);
    load.service = mixture(load);
    const auto& room = spec::as_worker(design.nodes[id])->mailbox.shed_above;
    find_wait(design, timeouts[id], room, load);
  }
  for (const NodeId id : tree.order) {
    if (done[id] || !loads.of[id].loaded) continue;
    Load& load = loads.of.fill(id);
    const std::string why = "it waits in a ring of calls, or for a process that does";
    for (auto& message : load.messages) message.service = nothing_said(why);
    load.service = nothing_said(why);
    load.utilisation = unsaid(why);
    load.mean_wait = unsaid(why);
  }
}

}  // namespace treefall::analyzer
