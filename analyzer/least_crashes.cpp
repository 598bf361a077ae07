// A call is late at least as often as its own service takes longer than the timeout: what else waits at the callee,
// late requests of the caller itself included, makes it later. Beside that it is late when the callee has got n
// messages of at least s seconds each in the tau = n s + own - timeout seconds before: its workload is then above n s -
// tau (E. Reich, 1958: the workload is the largest excess of work over time up to now). Poisson arrivals do not depend
// on what was before them, so both hold whatever has happened. With an exponential time between two such calls, the
// calls until so many are late follow a negative binomial law, and the time that they take is at most an Erlang one and
// as many times the longest handling.
#include "analyzer/least_crashes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <variant>

#include "analyzer/calls.hpp"
#include "analyzer/fatal_messages.hpp"
#include "analyzer/longest_times.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::uint64_t most_handled = 2'000;  // within a window, that are counted
constexpr std::size_t most_siblings = 1'000;   // that are asked what they send
constexpr double hardly_ever = 1e-12;          // P(a handling takes longer than it is taken to take)

struct Scene {
  const Design& design;
  const Tree& tree;
  const Crashes& crashes;
};

bool is_single(const Scene& s, NodeId id) { return s.tree.copies[id] == 1 && !s.design.nodes[id].scripted; }

bool is_always_idle(const Scene& s, NodeId id) {
  const auto& worker = *spec::as_worker(s.design.nodes[id]);
  if (worker.handle_continue || !s.crashes.of[id].empty() || !is_single(s, id)) return false;
  const bool handles = !worker.handles || std::all_of(worker.handles->begin(), worker.handles->end(),
                                                      [](const auto& named) { return is_at_once(named.handler); });
  return handles && std::all_of(worker.ticks.begin(), worker.ticks.end(),
                                [](const auto& tick) { return is_at_once(tick.handler); });
}

// ---- what a callee gets from others ----

struct Stream {
  double per_second = 0;
  double each = infinity;  // seconds of work that one brings at the least
};

double least_work(const spec::Worker& callee, const std::string& message) {
  const Clause clause = clause_for(callee, message);
  if (clause.unknown || clause.handler == nullptr || !clause.handler->during.empty()) return 0;
  return spec::lowest(clause.handler->takes);
}

void add(Stream& stream, double per_second, double work) {
  if (work <= 0) return;
  stream.per_second += per_second;
  stream.each = std::min(stream.each, work);
}

// Poisson streams that nothing about the caller has any part in. Whoever sends them lives as long as the supervisor.
Stream stream_to(const Scene& s, NodeId callee) {
  const auto& worker = *spec::as_worker(s.design.nodes[callee]);
  const NodeId above = s.design.nodes[callee].parent;
  Stream stream;
  for (const auto& traffic : s.design.traffic)
    if (const auto* poisson = std::get_if<spec::Traffic::Poisson>(&traffic.arrivals);
        poisson != nullptr && traffic.to.node == callee && !traffic.during)
      add(stream, poisson->per_second, least_work(worker, traffic.message));
  if (s.design.nodes[above].children.size() > most_siblings) return stream;
  for (const NodeId sender : s.design.nodes[above].children) {
    const auto* other = spec::as_worker(s.design.nodes[sender]);
    if (other == nullptr || sender == callee || !is_always_idle(s, sender)) continue;
    for (const auto& tick : other->ticks) {
      const auto* every = std::get_if<spec::Exponential>(&tick.every);
      if (every == nullptr || tick.first) continue;
      for (const auto& cast : tick.handler.casts)
        if (cast.to.node == callee) {
          add(stream, 1 / every->mean, least_work(worker, cast.message));
          break;  // those of one tick come together
        }
    }
  }
  return stream;
}

// P(Poisson >= n).
double at_least(double mean, std::uint64_t n) {
  if (n == 0) return 1;
  if (!(mean > 0)) return 0;
  double below = 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    const auto k = static_cast<double>(i);
    below += std::exp(k * std::log(mean) - mean - std::lgamma(k + 1));
  }
  return std::max(0.0, 1 - below);
}

struct Behind {
  double probability = 0;  // that a call is late for what others have sent
  double before = 0;       // seconds before the call that this looks at
};

// Of a call that comes an exponential time after the last one was over.
Behind late_behind_others(const Scene& s, NodeId above, const spec::Call& call, double calls_per_second) {
  constexpr std::uint64_t most = 50;
  const NodeId callee = call.to.node;
  const auto& worker = *spec::as_worker(s.design.nodes[callee]);
  const bool alone = spec::as_supervisor(s.design.nodes[above])->strategy.value == spec::Strategy::one_for_one;
  if (s.design.nodes[callee].parent != above || !alone || !is_single(s, callee)) return {};
  if (!s.crashes.of[callee].empty() || worker.mailbox.shed_above) return {};
  const Stream stream = stream_to(s, callee);
  if (!(stream.per_second > 0)) return {};
  const double slack = spec::in_seconds(call.timeout.value) - least_work(worker, call.message);
  Behind best;
  for (std::uint64_t n = 1; n <= most; ++n) {
    const double before = static_cast<double>(n) * stream.each - slack;
    if (before <= 0) continue;
    const double probability = std::exp(-calls_per_second * before) * at_least(stream.per_second * before, n);
    if (probability > best.probability) best = {probability, before};
  }
  return best;
}

// ---- the worker itself ----

// How one handling may go; nothing where it may end the worker for good or take unknown time.
std::optional<LeastCrashes> risk_of(const Scene& s, NodeId above, const spec::Handler& handler,
                                    std::optional<double> paced) {
  if (!handler.tasks.empty() || !handler.during.empty() || handler.exits) return std::nullopt;
  LeastCrashes risk;
  const Limit longest = limit_of(handler.takes, hardly_ever);
  risk.longest = longest.seconds;
  risk.overlong = longest.missed;
  double survives = 1 - handler.crash_probability;
  Behind behind;
  for (const auto& call : handler.calls) {
    const double tries =
        call.times * (call.on_failure.what == spec::OnFailure::Do::retry ? call.on_failure.retries + 1.0 : 1.0);
    risk.longest += tries * spec::in_seconds(call.timeout.value);
    survives *= 1 - fails_alone(s.design, call);
    const bool deadly = call.on_failure.what == spec::OnFailure::Do::crash;
    if (!paced || !deadly || spec::as_worker(s.design.nodes[call.to.node]) == nullptr) continue;
    const Behind found = late_behind_others(s, above, call, *paced);
    if (found.probability > behind.probability) behind = found;
  }
  risk.probability = 1 - survives;
  if (behind.probability > risk.probability) risk.probability = behind.probability, risk.longest += behind.before;
  if (!std::isfinite(risk.longest)) return std::nullopt;
  return risk;
}

// The least risk of those that take any time.
bool join(std::optional<LeastCrashes>& all, const std::optional<LeastCrashes>& risk) {
  if (!risk || !(risk->probability > 0)) return false;
  if (!all) all = risk;
  all->probability = std::min(all->probability, risk->probability);
  all->longest = std::max(all->longest, risk->longest);
  all->overlong = std::max(all->overlong, risk->overlong);
  return true;
}

// How soon risky messages come: at a rate by chance, or within so many seconds.
struct Coming {
  double per_second = 0;
  double within = infinity;
};

void add_regular(Coming& coming, const spec::Distribution& every, const std::optional<spec::Distribution>& first) {
  const double most = std::max(spec::highest(every), first ? spec::highest(*first) : 0);
  coming.within = std::min(coming.within, most);
  const auto* by_chance = std::get_if<spec::Exponential>(&every);
  if (by_chance != nullptr && !first) coming.per_second += 1 / by_chance->mean;
}

Coming traffic_to(const Scene& s, NodeId id) {
  const auto& worker = *spec::as_worker(s.design.nodes[id]);
  Coming coming;
  for (const auto& traffic : s.design.traffic) {
    if (traffic.to.node != id || traffic.during) continue;
    const Clause clause = clause_for(worker, traffic.message);
    if (!clause.unknown && (clause.handler == nullptr || is_at_once(*clause.handler))) continue;
    if (const auto* poisson = std::get_if<spec::Traffic::Poisson>(&traffic.arrivals))
      coming.per_second += poisson->per_second;
    if (const auto* renewal = std::get_if<spec::Traffic::Renewal>(&traffic.arrivals))
      add_regular(coming, renewal->every, renewal->first);
  }
  return coming;
}

// Is it restarted after every end, with nothing in between?
bool is_always_there(const Scene& s, NodeId id) {
  const spec::Node& node = s.design.nodes[id];
  const auto& worker = *spec::as_worker(node);
  const auto& sources = s.crashes.of[id];
  const bool counted = std::all_of(sources.begin(), sources.end(), [](const auto& source) { return source.counted; });
  return counted && is_single(s, id) && node.parent != spec::no_node && !node.on_demand &&
         node.restart.value != spec::Restart::temporary && !worker.handle_continue && !worker.mailbox.shed_above &&
         (!worker.init || worker.init->outcomes.empty());
}

// Crashes per second by clocks without memory, whatever it does meanwhile.
double clocks(const Crashes& crashes, NodeId id) {
  double rate = 0;
  for (const auto& source : crashes.of[id])
    if (const auto* poisson = std::get_if<PoissonCrashes>(&source.times);
        poisson != nullptr && source.kind == CrashSource::Kind::clock && !source.during)
      rate += poisson->per_second;
  return rate;
}

// Its ticks and clauses all may crash it; of several ticks the most frequent one counts.
std::optional<LeastCrashes> risk_of(const Scene& s, NodeId id) {
  const auto& worker = *spec::as_worker(s.design.nodes[id]);
  const NodeId above = s.design.nodes[id].parent;
  std::optional<LeastCrashes> all;
  Coming coming;
  bool handles = false;
  if (worker.handles)
    for (const auto& named : *worker.handles) {
      if (is_at_once(named.handler)) continue;
      handles = true;
      if (!join(all, risk_of(s, above, named.handler, std::nullopt))) return std::nullopt;
    }
  for (const auto& tick : worker.ticks) {
    if (is_at_once(tick.handler)) continue;
    const auto* every = std::get_if<spec::Exponential>(&tick.every);
    const bool plain = every != nullptr && !tick.first;
    std::optional<double> paced;
    if (plain && worker.ticks.size() == 1 && !handles) paced = 1 / every->mean;
    if (!join(all, risk_of(s, above, tick.handler, paced))) return std::nullopt;
    if (plain) coming.per_second = std::max(coming.per_second, 1 / every->mean);
    const double first = tick.first ? spec::highest(*tick.first) : 0;
    coming.within = std::min(coming.within, std::max(first, spec::highest(tick.every)));
  }
  if (!all) return std::nullopt;
  if (handles) {
    const Coming traffic = traffic_to(s, id);
    coming.per_second = std::max(coming.per_second, traffic.per_second);
    coming.within = std::min(coming.within, traffic.within);
  }
  if (!(coming.per_second > 0) && std::isinf(coming.within)) return std::nullopt;
  all->per_second = coming.per_second;
  all->within = coming.within;
  return all;
}

// Where they come within a known time: P(so many of as many as fit crash), one being under way at the beginning.
double crashes_of_regular(const LeastCrashes& least, std::uint64_t crashes, double seconds) {
  const double cycle = least.within + least.longest;
  if (!(cycle > 0) || std::isinf(cycle)) return 0;
  const double fit = std::floor((seconds - least.longest) / cycle);
  if (!(fit >= static_cast<double>(crashes))) return 0;
  const double handled = std::min(fit, static_cast<double>(most_handled));
  double fewer = 0;
  for (std::uint64_t i = 0; i < crashes; ++i) {
    const auto k = static_cast<double>(i);
    const double ways = std::lgamma(handled + 1) - std::lgamma(k + 1) - std::lgamma(handled - k + 1);
    const double rest = least.probability < 1 ? (handled - k) * std::log1p(-least.probability) : -infinity;
    fewer += std::exp(ways + k * std::log(least.probability) + rest);
  }
  return std::max(0.0, (1 - fewer) * (1 - handled * least.overlong));
}

}  // namespace

std::optional<LeastCrashes> least_crashes(const Design& design, const Tree& tree, const Crashes& crashes, NodeId id) {
  const Scene scene{design, tree, crashes};
  if (spec::as_worker(design.nodes[id]) == nullptr || !is_always_there(scene, id)) return std::nullopt;
  auto least = risk_of(scene, id);
  if (const double rate = clocks(crashes, id); rate > 0 && !least) least = LeastCrashes{rate, 0, 1, 0};
  if (!least) return std::nullopt;
  const Limit restart = longest_restart(design, tree, design.nodes[id].parent, hardly_ever);
  least->longest += restart.seconds;
  least->overlong += restart.missed;
  if (!std::isfinite(least->longest)) return std::nullopt;
  return least;
}

double crashes_within(const LeastCrashes& least, std::uint64_t crashes, double seconds) {
  if (crashes == 0) return 1;
  const double regular = crashes_of_regular(least, crashes, seconds);
  if (!(least.per_second > 0)) return regular;
  const double p = least.probability;
  const auto k = static_cast<double>(crashes);
  double reached = 0;
  for (std::uint64_t n = crashes; n <= most_handled; ++n) {
    const auto handled = static_cast<double>(n);
    const double left = seconds - (handled + 1) * least.longest;
    if (left <= 0 || (p >= 1 && n > crashes)) break;
    const double ways = std::lgamma(handled) - std::lgamma(k) - std::lgamma(handled - k + 1);
    const double misses = n == crashes ? 0 : (handled - k) * std::log1p(-p);
    const double last = std::exp(ways + k * std::log(p) + misses);
    reached += last * at_least(least.per_second * left, n) * std::max(0.0, 1 - handled * least.overlong);
  }
  return std::max(regular, std::min(1.0, reached));
}

double least_failure(const Design& design, const Tree& tree, const Crashes& crashes, NodeId id, const Window& window) {
  double most = 0;
  if (window.restarts >= most_handled) return 0;
  for (const NodeId child : design.nodes[id].children)
    if (const auto least = least_crashes(design, tree, crashes, child))
      most = std::max(most, crashes_within(*least, window.restarts + 1, static_cast<double>(window.seconds)));
  return most;
}

}  // namespace treefall::analyzer
