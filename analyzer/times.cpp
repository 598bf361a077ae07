// A static supervisor starts its children one after the other and stops them in reverse order, each with its own
// limit: times add up. A dynamic one starts empty and stops all at once, one timer per limit: the longest counts.
// A process that does not trap exits stops in no time; one that does first works off its mailbox, then cleans up, and
// is killed at its limit (which wins ties); stopping.hpp says what else comes before its clean-up.
#include "analyzer/times.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "analyzer/hopeless_calls.hpp"
#include "analyzer/service.hpp"
#include "analyzer/stopping.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

constexpr int steps = 2'000;

bool is_sure(const Estimate& time) { return time.method == Method::deterministic; }

Estimate times(const Estimate& once, double number) {
  Estimate all = once;
  all.value *= number;
  all.low *= number;
  all.high *= number;
  return all;
}

// The weaker method of the two: a sum is as sure as its weakest part.
Method weaker(Method a, Method b) {
  const auto rank = [](Method method) {
    switch (method) {
      case Method::deterministic:
        return 0;
      case Method::exact:
        return 1;
      case Method::bound:
        return 2;
      case Method::approximation:
        return 3;
    }
    return 3;
  };
  return rank(a) < rank(b) ? b : a;
}

void add(Estimate& total, const Estimate& part) {
  if (!total.said()) return;
  if (!part.said()) {
    total = part;
    return;
  }
  total.value += part.value;
  total.low += part.low;
  total.high += part.high;
  total.method = weaker(total.method, part.method);
}

Estimate mean_of(const ServiceTime& time, const std::string& because) {
  if (!time.unsaid.empty()) return unsaid(time.unsaid);
  if (time.low != time.high) return between(time.low, time.mean, time.high, because);
  if (time.law && spec::is_constant(*time.law)) return surely(time.mean, because);
  return exactly(time.mean, because);
}

// ---- starting ----

constexpr double hardly_ever = 1e-3;  // a share of starts whose callee dies

// Crashes per second by its clocks; infinite where they know its age or the time.
double hazard(const Design& design, NodeId id) {
  const auto* worker = spec::as_worker(design.nodes[id]);
  if (worker == nullptr) return 0;
  double rate = 0;
  for (const auto& clock : worker->crashes) {
    const auto* constant = std::get_if<spec::CrashClock::Rate>(&clock.when);
    rate += constant != nullptr ? constant->per_second : std::numeric_limits<double>::infinity();
  }
  return rate;
}

Estimate start_of_worker(const Design& design, const Loads& loads, NodeId id, const std::vector<bool>& violates) {
  const auto& init = spec::as_worker(design.nodes[id])->init;
  if (!init) return surely(0, "its init takes no time");
  if (violates[id]) return unsaid("its init calls somebody who cannot answer while the tree starts");
  for (const auto& call : init->calls)
    if (const auto* callee = spec::as_worker(design.nodes[call.to.node]); callee != nullptr && callee->handle_continue)
      return unsaid("its init calls `" + design.nodes[call.to.node].name +
                    "`, which may still be in its handle_continue");
  ServiceTime total = service_of(init->takes);
  for (const auto& call : init->calls)
    for (std::uint32_t i = 0; i < call.times; ++i) total = total + call_time(design, loads, call);
  for (const auto& call : init->calls)
    if (!(hazard(design, call.to.node) * total.mean < hardly_ever))
      return unsaid("its init calls `" + design.nodes[call.to.node].name + "`, which may die meanwhile");
  Estimate time = mean_of(total, "its init takes " + spec::seconds_text(total.mean));
  if (!time.said()) return time;
  if (!init->during.empty()) {
    const std::string& fault = design.faults[init->during.front().fault].name;
    return unsaid("its init takes another time while `" + fault + "` lasts");
  }
  if (init->timeout && time.high > spec::in_seconds(*init->timeout) / 20 &&
      !(is_sure(time) && time.value < spec::in_seconds(*init->timeout)))
    return unsaid(is_sure(time) ? "its init takes longer than its start timeout"
                                : "its init may exceed its start timeout");
  return time;
}

bool is_populated_later(const spec::Supervisor& supervisor) {
  return supervisor.kind.value == spec::SupervisorKind::dynamic || supervisor.kind.value == spec::SupervisorKind::task;
}

Estimate start_of_supervisor(const Design& design, const Tree& tree, NodeId id) {
  const auto& supervisor = *spec::as_supervisor(design.nodes[id]);
  if (supervisor.opaque) return unsaid("its children are not described");
  if (is_populated_later(supervisor)) return surely(0, "it starts empty");
  Estimate total = surely(0, {});
  for (const NodeId child : design.nodes[id].children)
    add(total, times(tree.boot[child], static_cast<double>(design.nodes[child].count.value)));
  if (total.said())
    total.because = "the inits of its " + spec::count_text(tree.size[id] - 1) + " processes, one after the other";
  return total;
}

// ---- stopping ----

/// E[max over groups of (number) times min(time, limit)] by integrating the tail.
struct Stopping {
  spec::Distribution time = spec::Constant{0};
  double limit = 0;
  std::uint64_t number = 1;
  double certain_until(double t) const {
    if (t >= limit) return 1;
    return std::pow(spec::cumulative(time, t), static_cast<double>(number));
  }
};

double mean_of_longest(const std::vector<Stopping>& all) {
  double top = 0;
  for (const auto& one : all) {
    double upper = std::min(one.limit, spec::highest(one.time));
    if (std::isinf(upper)) {
      upper = spec::mean(one.time);
      while (static_cast<double>(one.number) * (1 - spec::cumulative(one.time, upper)) > 1e-13) upper *= 1.5;
    }
    top = std::max(top, upper);
  }
  const auto tail = [&](double t) {
    double all_done = 1;
    for (const auto& one : all) all_done *= one.certain_until(t);
    return 1 - all_done;
  };
  double sum = 0;
  const double step = top / steps;
  for (int i = 0; i < steps; ++i)
    sum += step / 6 * (tail(step * i) + 4 * tail(step * (i + 0.5)) + tail(step * (i + 1)));
  return sum;
}

double limit_of(const spec::Node& node) {
  switch (node.shutdown.value.how) {
    case spec::Shutdown::How::brutal_kill:
      return 0;
    case spec::Shutdown::How::infinity:
      return std::numeric_limits<double>::infinity();
    case spec::Shutdown::How::within:
      break;
  }
  return spec::in_seconds(node.shutdown.value.limit);
}

bool cleans_up(const spec::Node& node) {
  const auto* worker = spec::as_worker(node);
  return worker != nullptr && worker->traps_exits.value;
}

Stopping stopping_of(const spec::Node& node) {
  Stopping stopping;
  stopping.limit = limit_of(node);
  stopping.number = node.count.value;
  const auto* worker = spec::as_worker(node);
  if (worker != nullptr && worker->traps_exits.value && worker->terminate) stopping.time = *worker->terminate;
  return stopping;
}

// What the clean-up alone takes, from what comes before it.
Estimate with_what_precedes(const BeforeCleanUp& before, const Estimate& time, double limit) {
  if (*before.why == '\0') return time;
  const std::string because = time.because + "; " + before.why;
  if (before.certain) return surely(before.cut >= 1 ? 0 : std::min(limit, time.value + before.exits), because);
  const double low = time.low * (1 - before.cut);
  const double high = std::min(limit, time.high + before.exits);
  if (std::isinf(high)) return unsaid(because);
  return between(low, (low + high) / 2, high, because);
}

Estimate stop_of_worker(const Design& design, const Tree& tree, const Loads& loads, NodeId id) {
  const spec::Node& node = design.nodes[id];
  if (!cleans_up(node)) return surely(0, "it does not trap exits and stops at once");
  Stopping stopping = stopping_of(node);
  stopping.number = 1;
  if (stopping.limit == 0) return surely(0, "it is killed at once");
  const bool sure = spec::is_constant(stopping.time);
  const double clean_up = sure ? std::min(stopping.limit, spec::mean(stopping.time)) : mean_of_longest({stopping});
  const std::string because = "its clean-up takes " + spec::seconds_text(spec::mean(stopping.time)) +
                              ", its limit is " + spec::seconds_text(stopping.limit);
  const Load& load = loads.of[id];
  const bool no_rate = load.loaded && !load.unsaid.empty();
  const bool idle = !load.loaded || (load.service.high == 0 && !no_rate);
  const bool bounded = !no_rate && load.mean_wait.said() && !std::isinf(load.mean_wait.value);
  const double work = idle ? 0 : bounded ? load.mean_wait.high + load.service.high : stopping.limit;
  const auto before = before_clean_up(design, tree, loads, id, clean_up, work);
  const bool nothing_to_do = idle && sure && clean_up == 0 && before.exits == 0;
  if (nothing_to_do) return surely(0, "it has nothing to clean up, and no work takes time");
  const auto precede = [&](const Estimate& time) { return with_what_precedes(before, time, stopping.limit); };
  if (idle) return precede(sure ? surely(clean_up, because) : exactly(clean_up, because));
  // The shutdown signal waits behind the mailbox.
  if (!bounded) {
    if (std::isinf(stopping.limit)) return unsaid("it first works off its mailbox, whose length cannot be said");
    return precede(between(clean_up, stopping.limit, stopping.limit, because + "; it first works off its mailbox"));
  }
  return precede(between(clean_up, std::min(stopping.limit, clean_up + load.mean_wait.value),
                         std::min(stopping.limit, clean_up + work), because + "; it first works off its mailbox"));
}

Estimate limited(const Estimate& time, double limit) {
  if (!time.said() || time.high <= limit) return time;
  if (is_sure(time)) return surely(limit, "it is killed after its shutdown limit of " + spec::seconds_text(limit));
  return between(std::min(time.low, limit), std::min(time.value, limit), limit, time.because);
}

Estimate stop_of_dynamic(const Design& design, const Tree& tree, NodeId id) {
  std::vector<Stopping> workers;
  Estimate longest = surely(0, "all its children stop at the same time");
  bool random = false;
  for (const NodeId child : design.nodes[id].children) {
    const Estimate& one = tree.stop[child];
    if (!one.said()) return one;
    const bool alike = design.nodes[child].count.value == 1 || is_sure(one);
    if (cleans_up(design.nodes[child]) && one.method != Method::bound) {
      workers.push_back(stopping_of(design.nodes[child]));
      random = random || !is_sure(one);
    } else if (!alike) {
      return unsaid("how long the slowest of its children takes to stop cannot be said");
    }
    longest.value = std::max(longest.value, one.value);
    longest.low = std::max(longest.low, one.low);
    longest.high = std::max(longest.high, one.high);
    longest.method = weaker(longest.method, one.method);
  }
  if (random && workers.size() == design.nodes[id].children.size())
    return exactly(mean_of_longest(workers), "all its children stop at the same time; the slowest counts");
  if (random) return unsaid("how long the slowest of its children takes to stop cannot be said");
  return longest;
}

Estimate stop_of_supervisor(const Design& design, const Tree& tree, NodeId id) {
  const auto& supervisor = *spec::as_supervisor(design.nodes[id]);
  if (supervisor.opaque) return unsaid("its children are not described");
  Estimate total = surely(0, "its children stop one after the other, in reverse order");
  if (is_populated_later(supervisor)) {
    total = stop_of_dynamic(design, tree, id);
  } else {
    for (const NodeId child : design.nodes[id].children)
      add(total, times(tree.stop[child], static_cast<double>(design.nodes[child].count.value)));
  }
  return design.nodes[id].parent == spec::no_node ? total : limited(total, limit_of(design.nodes[id]));
}

// ---- when the node starts ----

void find_first_starts(const Design& design, Tree& tree) {
  tree.start.assign(design.nodes.size(), unsaid("who starts it, and when, is not described"));
  Estimate now = surely(0, "the start of the node");
  for (const auto& application : design.applications) {
    if (application.root == spec::no_node) continue;
    tree.start[application.root] = now;
    add(now, tree.boot[application.root]);
  }
  tree.booted = now;
  for (const NodeId id : tree.order) {
    const auto* supervisor = spec::as_supervisor(design.nodes[id]);
    if (supervisor == nullptr) continue;
    // Children of a dynamic supervisor are started one by one when the node is up.
    Estimate at = is_populated_later(*supervisor) ? tree.booted : tree.start[id];
    for (const NodeId child : design.nodes[id].children) {
      tree.start[child] = at;
      add(at, times(tree.boot[child], static_cast<double>(design.nodes[child].count.value)));
    }
  }
}

}  // namespace

void find_start_and_stop_times(const Design& design, const CallGraph& calls, const Loads& loads, Tree& tree) {
  std::vector<bool> violates(design.nodes.size(), false);
  for (const auto& violation : calls.boot) {
    const auto& edge = calls.edges[violation.edge];
    if (is_made_always(design, edge)) violates[edge.from] = true;
  }
  for (auto id = tree.order.rbegin(); id != tree.order.rend(); ++id) {
    const bool worker = spec::as_worker(design.nodes[*id]) != nullptr;
    tree.boot[*id] = worker ? start_of_worker(design, loads, *id, violates) : start_of_supervisor(design, tree, *id);
    tree.stop[*id] = worker ? stop_of_worker(design, tree, loads, *id) : stop_of_supervisor(design, tree, *id);
  }
  find_first_starts(design, tree);
}

}  // namespace treefall::analyzer
