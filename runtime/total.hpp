// From the tally of one subject to what is known of it after many replicas. Knows no execution: whoever counts what
// happened to a process, in virtual time or on a real VM, gets the same measurements of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/measurement.hpp"
#include "runtime/moments.hpp"
#include "runtime/pairs.hpp"
#include "runtime/tally.hpp"

namespace treefall::runtime {

/// How many batches the time of a replica is cut into while there are few replicas.
inline constexpr Time batches_a_replica = 32;
/// From so many replicas on, a replica is the unit of observation.
inline constexpr std::uint64_t enough_replicas = 32;

/// All replicas of an experiment together, for one subject.
struct Total {
  std::array<Moments, ratio_count> replicas;
  std::array<Moments, ratio_count> batches;
  Histogram waits;
  std::uint64_t taken = 0;
  std::uint64_t boot_failures = 0;
  std::uint64_t failed_replicas = 0;
  std::uint64_t first_failed = 0;  // the lowest replica in which it gave up, if any
  std::vector<Time> first_failures;
  std::vector<std::uint64_t> failed_in;  // the replica of each of them
};

/// What a tally says at node time `now` of so many processes (0: it stands for others' sum). `span`: the time that
/// availability is of; longer than `now` where the node has ended before, and nothing is up any more.
Pairs pairs_of(const Tally& tally, Time now, Time span, std::uint32_t copies);

/// Adds a replica. `batches` may be null: there were none.
void add(Total& total, std::uint64_t replica, const Tally& tally, const Pairs& pairs,
         const std::array<Moments, ratio_count>* batches);

/// What a total is of.
struct Extent {
  std::uint32_t copies = 1;
  std::uint64_t replicas = 0;
  Time until = 0;                           // how long a replica was to last
  const std::vector<Time>* ends = nullptr;  // by replica: when it was over, `until` or earlier; where that is known
  bool random = true;                       // else all replicas are the same, and an interval has no width
  bool only_phase = false;                  // chance is in nothing but where in the VM's second a replica starts
  double settles_s = 0;          // how long the risk of giving up takes to become what it stays (risk_settles)
  bool lives_once = false;       // an application's root: its end is that of the replica's life of it
  const Total* queue = nullptr;  // where the calls wait that a share of them is about; null: in its own mailbox
};

/// Nothing where the total does not show the quantity. `within` matters for failure_probability only; default `until`.
/// Beyond `until` it is extrapolated by the hazard where `ends` is known and chance takes part; not for copies taken
/// together.
std::optional<Measurement> estimate(const Total& total, const Extent& extent, const spec::Subject& subject,
                                    spec::Quantity quantity, std::optional<spec::Duration> within, double confidence);

}  // namespace treefall::runtime
