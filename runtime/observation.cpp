// Where the tallies of a replica end. What is still going on at the end counts up to it; then the node is told to stop,
// as a deployment would, and how long that takes is measured on tallies that nothing else is read from.
#include "runtime/observation.hpp"

#include "runtime/exit.hpp"
#include "runtime/surroundings.hpp"

namespace treefall::runtime {
namespace {

constexpr std::uint64_t most_events_of_a_stop = 20'000'000;
constexpr Time longest_stop = 24 * 3600 * nanoseconds_a_second;

std::uint32_t copies_of(const Execution& x, std::size_t tally) {
  return tally < x.model.node_tallies ? x.model.nodes[tally].slots.count : 1;
}

void add(Pairs& to, const Pairs& from) {
  for (std::size_t i = 0; i < ratio_count; ++i) {
    to[i].x += from[i].x;
    to[i].t += from[i].t;
  }
}

/// A node whose copies are told apart has what they have together.
void sum_up_nodes(const Execution& x, std::vector<Pairs>& pairs) {
  for (std::size_t i = 0; i < x.model.node_of_tally.size(); ++i) {
    if (x.model.node_of_tally[i] != none) add(pairs[x.model.node_of_tally[i]], pairs[i]);
  }
}

void sum_up_nodes(const Execution& x, std::vector<Tally>& tallies) {
  for (std::size_t i = 0; i < x.model.node_of_tally.size(); ++i) {
    if (x.model.node_of_tally[i] == none) continue;
    Tally& node = tallies[x.model.node_of_tally[i]];
    node.waits.merge(tallies[i].waits);
    node.taken += tallies[i].taken;
    node.boot_failures += tallies[i].boot_failures;
    node.first_failures.insert(node.first_failures.end(), tallies[i].first_failures.begin(),
                               tallies[i].first_failures.end());
  }
}

std::vector<Pairs> all_pairs(const Execution& x, Time span) {
  std::vector<Pairs> pairs;
  pairs.reserve(x.tallies.size());
  for (std::size_t i = 0; i < x.tallies.size(); ++i) {
    // Where copies have tallies of their own the node's is empty, and its time comes from theirs.
    const bool apart = i < x.model.node_tallies && x.model.told_apart[i];
    pairs.push_back(pairs_of(x.tallies[i], x.now, span, apart ? 0 : copies_of(x, i)));
  }
  sum_up_nodes(x, pairs);
  return pairs;
}

/// What is still under way counts up to now.
void close(Execution& x) {
  for (Slot slot = 0; slot < x.processes.size(); ++slot) {
    const Process& process = x.processes[slot];
    if (process.status == Status::down) continue;
    Tally& tally = x.tally(process);
    const Time age = x.now - process.since;
    if (!x.has_given_up(slot)) tally.at_risk += age;
    tally.left += process.mailbox.length;
    tally.left_age += age;
    for (std::uint32_t at = process.mailbox.head; at != none; at = x.messages[at].next) {
      tally.discarded_wait += x.now - x.messages[at].sent;
    }
  }
  for (std::size_t i = 0; i < x.model.applications.size(); ++i) {
    const ApplicationInfo& application = x.model.applications[i];
    if (x.running[i]) x.tallies[application.tally].at_risk += x.now - x.processes[application.root].since;
  }
}

void open_batches(Batches& batches, std::size_t tallies) {
  if (!batches.before.empty()) return;
  batches.before.assign(tallies, Pairs{});
  batches.moments.assign(tallies, {});
}

/// A node that has ended is down for the rest of its time: of all that is measured, availability alone sees that.
void add_batches_of_down_time(Execution& x) {
  if (!x.over || x.batch == 0) return;
  constexpr auto availability = static_cast<std::size_t>(Ratio::availability);
  open_batches(x.batches, x.tallies.size());
  for (Time end = (x.now / x.batch + 1) * x.batch; end <= x.until; end += x.batch) {
    const std::vector<Pairs> then = all_pairs(x, end);
    for (std::size_t i = 0; i < then.size(); ++i) {
      Pair& before = x.batches.before[i][availability];
      const Pair& now = then[i][availability];
      x.batches.moments[i][availability].add(now.x - before.x, now.t - before.t);
      before = now;
    }
  }
}

void measure_stop(Execution& x, Observation& observation) {
  if (x.over || !x.booted || x.stopping != none || x.trouble != nullptr) return;
  for (Tally& tally : x.spare) tally.clear();
  std::swap(x.tallies, x.spare);
  x.draining = true;
  x.batch = 0;
  for (std::uint32_t i = 0; i < x.traffic.size(); ++i) stop_traffic(x, i);
  x.until = x.now + longest_stop;
  const std::uint64_t sequence = x.queue.sequence();
  struct Limit {
    const EventQueue& queue;
    std::uint64_t most;
  } const limit = {x.queue, sequence + most_events_of_a_stop};
  stop_node(x, none, exit_shutdown);
  play(
      x,
      [](const void* asked) {
        const auto* limited = static_cast<const Limit*>(asked);
        return limited->queue.sequence() > limited->most;
      },
      &limit);
  x.trouble = nullptr;  // a stop that does not end is one that was not seen
  for (std::size_t i = 0; i < x.tallies.size(); ++i) {
    Tally& seen = observation.tallies[i];
    seen.shutdown_time += x.tallies[i].shutdown_time;  // beside what the script stopped
    seen.shutdowns += x.tallies[i].shutdowns;
    observation.pairs[i][static_cast<std::size_t>(Ratio::shutdown_time)] = {seen.shutdown_time,
                                                                            static_cast<Wide>(seen.shutdowns)};
  }
  for (std::size_t i = 0; i < x.model.node_of_tally.size(); ++i) {
    constexpr auto at = static_cast<std::size_t>(Ratio::shutdown_time);
    if (x.model.node_of_tally[i] == none) continue;
    observation.pairs[x.model.node_of_tally[i]][at].x += observation.pairs[i][at].x;
    observation.pairs[x.model.node_of_tally[i]][at].t += observation.pairs[i][at].t;
  }
  std::swap(x.tallies, x.spare);
}

}  // namespace

void end_batch(Execution& x) {
  std::vector<Pairs> now = all_pairs(x, x.now);
  Batches& batches = x.batches;
  open_batches(batches, now.size());
  for (std::size_t i = 0; i < now.size(); ++i) {
    for (std::size_t ratio = 0; ratio < ratio_count; ++ratio) {
      const Pair& before = batches.before[i][ratio];
      batches.moments[i][ratio].add(now[i][ratio].x - before.x, now[i][ratio].t - before.t);
    }
  }
  batches.before = std::move(now);
  if (x.now + x.batch <= x.until) x.queue.set(x.now + x.batch, Happens::batch, 0);
}

Observation observe(Execution& x, std::uint64_t replica) {
  Observation observation;
  observation.replica = replica;
  observation.events = x.events;
  observation.end = x.now;
  observation.trouble = x.trouble;
  close(x);
  observation.pairs = all_pairs(x, x.over ? x.until : x.now);
  add_batches_of_down_time(x);
  observation.batches = std::move(x.batches.moments);
  x.batches = {};
  observation.tallies = x.tallies;
  sum_up_nodes(x, observation.tallies);
  measure_stop(x, observation);
  return observation;
}

void merge(std::vector<Total>& totals, const Observation& observation) {
  for (std::size_t i = 0; i < totals.size(); ++i) {
    add(totals[i], observation.replica, observation.tallies[i], observation.pairs[i],
        observation.batches.empty() ? nullptr : &observation.batches[i]);
  }
}

}  // namespace treefall::runtime
