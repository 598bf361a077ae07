// Calls that arrive all at once at a serial server: who is answered in time, who is not, and what work is left that
// nobody waits for. Times in seconds. The mathematics stands in bursts.cpp.
#pragma once

#include <cstdint>

#include "analyzer/estimate.hpp"
#include "spec/distribution.hpp"

namespace treefall::analyzer {

struct Burst {
  std::uint64_t size = 1;
  spec::Distribution service = spec::Constant{0};
  double timeout = 5;  // may be infinite
};

struct BurstOutcome {
  Estimate answered;             // calls answered within the timeout
  Estimate timed_out;            // the others
  Estimate timeout_probability;  // per call of the burst
  Estimate mean_wait;            // in the mailbox, over the whole burst
  Estimate last_answer;          // seconds until the last call of the burst is done: the drain time
  Estimate stale_work;           // seconds of service spent on calls that had already timed out when it began
};
/// The server is idle when the burst comes. A reply at the very end of the timeout still counts.
BurstOutcome outcome(const Burst& burst);

/// Bursts that come every `interval`: an upper bound of the probability that one finds work of the burst before.
double overlap_probability(const Burst& burst, const spec::Distribution& interval);
/// Seconds until a backlog of `messages` is gone from a server with mean service `mean_service` to which new ones come
/// at `arrival_rate`; infinite at utilisation >= 1.
Estimate drain_time(double messages, double mean_service, double arrival_rate);
/// Seconds until a mailbox that gains `growth` messages per second reaches `messages`.
double time_until(double messages, double growth);

}  // namespace treefall::analyzer
