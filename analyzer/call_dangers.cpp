// A callee that ends while it serves a call ends its caller with it: both deaths are one event, and the caller's own
// caller follows in turn. Each way in which the callee ends is therefore a danger of its own, which knows the death
// that it follows; lateness is a danger beside them. A call that is tried again fails for good only when all tries do,
// each for its own reason: no single event.
//
// A clock of the callee (a Poisson stream) strikes while a call is pending with the probability rate x sojourn. Calls
// of others that wait at the callee when it ends fail as well; that many more, at the most, is in the error.
#include "analyzer/call_dangers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <variant>

#include "analyzer/lateness.hpp"
#include "analyzer/open_crashes.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::NodeId;
using Kind = CrashSource::Kind;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_seen = 1e-12;        // a probability that no execution shows
constexpr double hardly_said = 0.5;       // an error beyond which a rate says nothing
constexpr std::size_t most_endings = 64;  // of one callee that are told apart

// One way in which the callee ends with a call pending.
struct Ending {
  double probability = 0;
  double error = 0;
  std::optional<CrashId> death;
  std::optional<spec::FaultId> during;
};

// The callee's own clause ends it, and the pending call with it.
double crash_of_clause(const Clause& clause) {
  if (clause.unknown) return 1;
  if (clause.handler == nullptr) return 0;
  return clause.handler->exits ? 1 : clause.handler->crash_probability;
}

// Seconds for which a call is pending at the callee, at the most on average; how many of other callers are, too.
double sojourn(const Load& load) {
  const double wait = load.mean_wait.said() ? load.mean_wait.high : infinity;
  return std::isnan(load.service.high) ? infinity : wait + load.service.high;
}
double others_waiting(const Load& load) {
  if (load.arrivals.callers <= 1) return 0;
  double called = 0;
  for (const auto& message : load.messages) called += message.called;
  if (const double waiting = called * sojourn(load); std::isfinite(waiting)) return waiting;
  const double busy = load.utilisation.said() ? std::min(load.utilisation.high, 1.0) : 1.0;
  return busy / (1 - busy);
}

// P(this source of the callee strikes during one call); 0 where it does not concern it.
double struck(const Load& load, const spec::Call& call, const CrashSource& source) {
  if (source.message) {
    const auto& message = load.messages[*source.message];
    const bool serves_it = message.tick == nullptr && message.message == call.message;
    return serves_it ? source.probability : 0;
  }
  const auto* clock = std::get_if<PoissonCrashes>(&source.times);
  if (source.kind != Kind::clock || clock == nullptr) return 0;
  const double pending = std::min(sojourn(load), spec::in_seconds(call.timeout.value));
  return std::isfinite(pending) ? -std::expm1(-clock->per_second * pending) : 0;
}

std::vector<Ending> endings(const SoFar& scene, const spec::Call& call) {
  const NodeId callee = call.to.node;
  const auto* worker = spec::as_worker(scene.design.nodes[callee]);
  std::vector<Ending> list;
  if (!scene.before_callers[callee]) {
    const double crash = crash_of_clause(clause_for(*worker, call.message));
    if (crash > 0) list.push_back({crash, 0, {}, {}});
    return list;
  }
  const Load& load = scene.loads.of[callee];
  const double more = others_waiting(load);
  for (std::uint32_t index = 0; index < scene.of[callee].size(); ++index) {
    const auto& source = scene.of[callee][index];
    const double probability = struck(load, call, source);
    if (probability <= not_seen) continue;
    const auto* poisson = std::get_if<PoissonCrashes>(&source.times);
    const double error = poisson == nullptr ? 0 : poisson->error;
    list.push_back({probability, error + more, CrashId{callee, index}, source.during});
  }
  return list;
}

// Of `times` calls, each of which fails so often.
double any_of(double failed, std::uint32_t times) { return failed >= 1 ? 1 : -std::expm1(times * std::log1p(-failed)); }

// The probability that a call fails because its callee ends, whichever way.
double any_ending(const std::vector<Ending>& list) {
  double survives = 1;
  for (const auto& ending : list) survives *= 1 - ending.probability;
  return 1 - survives;
}

Danger danger_of(const SoFar& scene, const spec::Call& call, double failed, std::uint32_t times, double shown) {
  Danger danger{Kind::call, any_of(failed, times), an_error, call.span, call.to.node, {}};
  danger.what = "its call to `" + scene.design.nodes[call.to.node].name + "` fails with " + spec::share_text(shown);
  return danger;
}

void add_ends(const SoFar& scene, const spec::Call& call, const std::vector<Ending>& ends, std::vector<Danger>& list) {
  if (ends.size() > most_endings) {
    list.push_back(danger_of(scene, call, any_ending(ends), call.times, any_ending(ends)));
    list.back().unsaid = "`" + scene.design.nodes[call.to.node].name + "` ends in too many ways to be followed";
    return;
  }
  for (const auto& ending : ends) {
    Danger danger = danger_of(scene, call, ending.probability, call.times, ending.probability);
    danger.error = ending.error;
    danger.follows = ending.death;
    danger.during = ending.during;
    list.push_back(std::move(danger));
  }
}

struct Failing {
  double probability = 0;
  double error = 0;  // relative
};

// Every one of a call's tries fails, each with `once`. A try that was late left its request before the next one, which
// is then late more often; from independence up to whatever follows a late one.
Failing all_tries(double once, double timeout, std::uint32_t retries) {
  const double apart = std::pow(once, retries + 1.0);
  const double together = std::min(once, apart + retries * timeout);
  return {(apart + together) / 2, (together - apart) / (together + apart)};
}

// A danger of which nothing is known but why.
Danger unsaid_danger(const SoFar& scene, const spec::Call& call, std::string why) {
  Danger danger{Kind::call, 0, an_error, call.span, call.to.node, {}};
  danger.what = "its call to `" + scene.design.nodes[call.to.node].name + "` may fail";
  danger.unsaid = std::move(why);
  return danger;
}

// Why it is open how often the callee ends with a call pending.
std::optional<std::string> why_endings_are_open(const SoFar& scene, const spec::Call& call,
                                                const std::vector<Ending>& ends, bool retries) {
  const NodeId callee = call.to.node;
  if (auto why = why_calls_may_fail(scene.design, callee, spec::in_seconds(call.timeout.value))) return why;
  const std::string name = "`" + scene.design.nodes[callee].name + "`";
  if (retries && !ends.empty()) return "whether a call that is tried again finds " + name + " restarted is open";
  return std::nullopt;
}

void add_call(const SoFar& scene, const spec::Call& call, std::vector<Danger>& list) {
  if (call.on_failure.what == spec::OnFailure::Do::ignore) return;
  if (spec::as_worker(scene.design.nodes[call.to.node]) == nullptr) return;
  const auto ends = endings(scene, call);
  const auto [timeout, error, clumps] = lateness(scene.loads, call);
  const bool retries = call.on_failure.what == spec::OnFailure::Do::retry && call.on_failure.retries > 0;
  if (auto why = why_endings_are_open(scene, call, ends, retries))
    return list.push_back(unsaid_danger(scene, call, std::move(*why)));
  if (!retries) add_ends(scene, call, ends, list);
  if (std::isnan(timeout)) {
    const std::string name = "`" + scene.design.nodes[call.to.node].name + "`";
    Danger danger{Kind::call, 0, an_error, call.span, call.to.node, "its call to " + name + " may time out"};
    danger.unsaid = "how often its call to " + name + " times out cannot be said";
    return list.push_back(std::move(danger));
  }
  const double once = retries ? 1 - (1 - any_ending(ends)) * (1 - timeout) : timeout;
  if (once <= 0) return;
  const Failing failing = retries ? all_tries(once, timeout, call.on_failure.retries) : Failing{once, 0};
  Danger danger = danger_of(scene, call, failing.probability, call.times, once);
  danger.error = error + failing.error;
  if (failing.error > hardly_said) {
    danger.unsaid = "how often a call to `" + scene.design.nodes[call.to.node].name +
                    "` is late again depends on what its late tries have left there";
  }
  danger.late = clumps;
  list.push_back(std::move(danger));
}

}  // namespace

SoFar order_of_deaths(const spec::Design& design, const Tree& tree, const CallGraph& calls, const Loads& loads,
                      const std::vector<std::vector<CrashSource>>& of) {
  SoFar scene{design, loads, of, callees_first(tree, calls, design.nodes.size()), {}};
  scene.before_callers.assign(design.nodes.size(), false);
  for (const NodeId id : scene.order) scene.before_callers[id] = true;
  for (const NodeId id : tree.order)
    if (!scene.before_callers[id]) scene.order.push_back(id);
  return scene;
}

void add_call_dangers(const SoFar& scene, const spec::Handler& handler, std::vector<Danger>& list) {
  for (const auto& call : handler.calls) add_call(scene, call, list);
}

}  // namespace treefall::analyzer
