// What a worker gets at the least, where all that it gets cannot be said: open sources from outside send on whatever
// becomes of their messages.
#pragma once

#include <optional>
#include <vector>

#include "analyzer/crashes.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

struct LeastLoad {
  double rate = 0;    // messages per second and process
  double busy = 0;    // offered load: seconds of work per second
  double growth = 0;  // messages per second by which the mailbox grows, at the least
};
/// Nothing where it may crash, or turn messages away: both empty its mailbox.
std::optional<LeastLoad> least_load(const spec::Design& design, const Tree& tree, const Crashes& crashes,
                                    spec::NodeId worker);

/// A ring of casts in which every message makes itself again, once or more: what comes in never ends.
struct Multiplying {
  spec::NodeId node = spec::no_node;  // whose cast closes the ring
  const spec::Cast* cast = nullptr;
  double gain = 1;    // messages that one of them has become after one round
  double fed = 0;     // messages per second that come into the ring; 0: only so many
  bool alone = true;  // a process that casts to itself
};
/// Those that something feeds, once for each cast that closes a ring; not a lone message that goes round for ever.
std::vector<Multiplying> multiplying_messages(const spec::Design& design, const Tree& tree, const Crashes& crashes);

}  // namespace treefall::analyzer
