// The life of one worker in which nothing is random: every message, task and crash clock at its known time. It tells
// exactly when the worker dies, what is lost and which calls come too late, without executing the design: one server
// with one mailbox, restarted at once, alone.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/loads.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

struct Rehearsal {
  struct Crash {
    spec::Duration at{};     // node time
    std::uint64_t lost = 0;  // casts and infos in the mailbox, and in service if killed from outside
    bool orderly = false;    // an exit that is restarted, but no crash: normal, shutdown
  };
  struct Calls {
    spec::TrafficId traffic = 0;
    std::uint64_t sent = 0;
    std::uint64_t answered = 0;
    std::uint64_t timed_out = 0;
    std::uint64_t failed = 0;  // the worker died first
    std::uint64_t open = 0;    // neither answered nor late at the end
  };
  std::vector<Crash> crashes;  // in order, as if its supervisor never gave up
  std::vector<Calls> calls;    // by source
  /// Every incarnation lives exactly so long once it is up: nothing from outside takes part.
  std::optional<spec::Duration> life;
  std::uint64_t handled = 0;  // without its own ticks
  std::uint64_t taken = 0;    // out of the mailbox, ticks included
  spec::Duration waited{};    // there, all together
  spec::Duration busy{};      // doing something once up
  spec::Duration up{};        // past its init
  std::uint64_t missed = 0;   // casts and infos sent before it was there for the first time
  bool complete = true;       // false: more than could be followed
  bool tied = false;          // something happened at the very instant of a crash: what was lost depends on the order
};

/// Nothing where something random takes part in the worker's life, or other processes do.
/// `until`: node time to stop at; default the horizon.
std::optional<Rehearsal> rehearse(const spec::Design& design, const Tree& tree, const Loads& loads, spec::NodeId node,
                                  std::optional<spec::Duration> until);

}  // namespace treefall::analyzer
