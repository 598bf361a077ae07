// Which experiments a design needs, so that every claim can be judged within the budget. Internal to confirm/.
#pragma once

#include <string>
#include <vector>

#include "confirm/stage.hpp"

namespace treefall::confirm {

struct Stage {
  spec::Duration until{};
  double events_per_replica = 0;
  bool last = false;
  /// The last stage takes what is left, one before it half.
  std::uint64_t share_of_events(std::uint64_t all, std::uint64_t spent) const;
};

struct Plan {
  std::vector<Stage> stages;  // one, or a short one and a long one
  /// Why quantities of the running system cannot be judged: something happens too seldom for the budget. Else empty.
  std::string unseen;
  /// The `until` of the stage that judges a claim.
  spec::Duration stage_of(const Claim& claim) const;
  /// How much node time so many events are.
  double affordable_seconds(std::uint64_t events) const;
  /// Does `unseen` stand in the way of this claim?
  bool out_of_sight(const Claim& claim) const;
};

/// Seen in the first moments of a replica, however short.
bool about_the_start(spec::Quantity quantity);

Plan plan(const spec::Design& design, const std::vector<Claim>& claims, const Options& options,
          const std::atomic<bool>& halt);

}  // namespace treefall::confirm
