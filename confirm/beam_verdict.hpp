// What plays on the user's own VM say of a claim. Internal to confirm/.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "confirm/stage.hpp"
#include "confirm/tallying.hpp"

namespace treefall::confirm {

/// All plays, for each subject. Without chance also each by itself.
struct Gathered {
  std::vector<spec::Subject> subjects;
  std::vector<runtime::Total> totals;
  std::vector<std::vector<runtime::Total>> plays;  // of each subject, where chance takes no part
  std::map<std::int64_t, std::uint64_t> lateness;
  runtime::Time latest = 0;
  std::size_t ended_early = 0;
};

/// What the VM is judged by.
struct Bench {
  const spec::Design& design;
  const Options& options;
  const Gathered& gathered;
  const runtime::Experiment& over_the_same_time;
  spec::Duration until;
  std::uint64_t replicas;
  bool random;
  bool only_phase;
  double late_s;
  std::size_t family;
};

/// What the VM's clock leaves in doubt about a subject.
struct Doubt {
  double late_s = 0;          // how late its timers are
  double exposure_s = 0;      // how long a replica was, on average
  double steps_a_second = 0;  // how often it began or ended to be up or busy
};
/// The band in which the VM may be: times are off by the lateness, rates by what it is of the time they were counted
/// in, shares and numbers by that of each step. Probabilities and counts get nothing.
Band widened(const Band& band, spec::Quantity quantity, const Doubt& doubt);

/// `i`: the number of the claim.
OnBeam judge(const Bench& bench, std::size_t i, const Claim& claim);

}  // namespace treefall::confirm
