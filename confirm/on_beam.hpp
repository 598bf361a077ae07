// The claims on the user's own Erlang VM. Internal to confirm/.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "confirm/stage.hpp"

namespace treefall::confirm {

/// How much of a design the VM plays within the budget.
struct Play {
  spec::Duration until{};  // each replica, in node time
  std::size_t replicas = 1;
  unsigned at_a_time = 1;  // begin in each second
};

/// `random`: does chance take part? `events_a_second`: of the model, of one replica. `longest`: what the claims are
/// about. `processes`: of one replica.
Play play_within(spec::Duration budget, spec::Duration longest, bool random, double events_a_second, double processes);

/// Plays replicas of `design` on the VM and gives each claim its `beam`. Nothing of this is the same twice.
BeamRun play_on_beam(const spec::Design& design, std::vector<Claim>& claims, const Options& options,
                     const std::atomic<bool>& stop, const std::function<void(double)>& progress);

}  // namespace treefall::confirm
