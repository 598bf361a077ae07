// A server with a Poisson stream of messages and a mailbox that turns away what it has no room for: M/G/1/K.
#pragma once

#include <cstdint>
#include <optional>

#include "analyzer/queueing.hpp"

namespace treefall::analyzer {

struct BoundedMailbox {
  double turned_away = 0;  // share of the messages
  double busy_share = 0;
  double mean_wait = 0;    // of those that are taken in, seconds
  double mean_length = 0;  // without the one in service
};

/// In the long run, exact up to rounding, with room for `room` messages beside the one in service; nothing where the
/// room is so large that rounding would tell.
std::optional<BoundedMailbox> bounded_mailbox(const MessageClasses& classes, std::uint64_t room);

}  // namespace treefall::analyzer
