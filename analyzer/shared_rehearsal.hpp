// One server and the processes of its tree that call it from their ticks, nothing random among them: who is answered
// when, and who is late. Copies that tick at the same instants are a burst; this tells which of them it costs.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/loads.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

struct SharedRehearsal {
  struct Caller {
    spec::NodeId node = spec::no_node;
    const spec::Call* call = nullptr;                 // the first that ended one of them, else the first they make
    std::vector<std::vector<spec::Duration>> deaths;  // by copy, node times, rising: their calls failed
    std::uint64_t died = 0;                           // all of them together
    std::uint64_t open = 0;                           // of them, those that wait for an answer at the end
    spec::Duration busy{};                            // of all copies together
    std::uint64_t ticks = 0;                          // taken up, none of which has waited
    spec::Duration quiet{};                           // from a start to the first call that it makes, at the least
  };
  spec::NodeId server = spec::no_node;
  std::vector<Caller> callers;
  std::uint64_t calls = 0;      // that have been answered or given up
  std::uint64_t timed_out = 0;  // of them
  std::uint64_t taken = 0;      // requests out of the mailbox, stale ones included
  std::uint64_t handled = 0;
  spec::Duration waited{};  // in the mailbox, those all together
  spec::Duration busy{};
  std::uint64_t largest = 0;       // calls that came at the same instant
  std::uint64_t late_at_once = 0;  // of the first such many, timed out
  /// What comes later is not known: too much to follow, restarts that keep their supervisor busy, or requests of one
  /// instant whose order is open.
  spec::Duration known_until{};
  bool complete() const { return known_until == spec::infinite; }
  bool never_late = false;  // in whatever order they come: all together are done within the shortest timeout
  /// Until when it is known which of them die.
  spec::Duration deaths_known_until() const { return never_late ? spec::infinite : known_until; }
};

/// Played from the boot on, as if no supervisor ever gave up and each restart came at once.
/// Nothing where chance, faults, scripts or other messages take part.
std::optional<SharedRehearsal> rehearse_shared(const spec::Design& design, const Tree& tree, const Loads& loads,
                                               spec::NodeId server, spec::Duration until);

}  // namespace treefall::analyzer
