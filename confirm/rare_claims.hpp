// Claims about failures that no affordable number of replicas would show. Internal to confirm/.
#pragma once

#include <atomic>
#include <vector>

#include "confirm/stage.hpp"

namespace treefall::confirm {

/// Keeps replicas from being played for claims about giving up of which hardly a failure would be seen in `affordable`
/// seconds of execution if they were true.
void leave_rare_claims(const spec::Design& design, std::vector<Claim>& claims, double affordable);

/// Judges those by splitting (runtime/rare.hpp), and leaves undecided what that can't decide. Takes as many events
/// again as the budget has, at most, and says how many.
std::uint64_t judge_rare_claims(const spec::Design& design, std::vector<Claim>& claims, const Options& options,
                                const std::atomic<bool>& halt);

}  // namespace treefall::confirm
