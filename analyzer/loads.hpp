// How much work every worker gets: message rates solved through the whole graph of traffic, ticks, calls and casts,
// and the service time that each kind of message costs, waiting for nested calls included.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/calls.hpp"
#include "analyzer/estimate.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// A law of a time known by its moments, and by its shape where that is known.
struct ServiceTime {
  double mean = 0;           // seconds
  double second_moment = 0;  // seconds squared; NaN: cannot be said
  double low = 0;            // bounds of the mean, where nested waits are only bounded
  double high = 0;
  std::optional<spec::Distribution> law;  // where it is one plain distribution
  std::string unsaid;                     // why the mean cannot be said; empty if it can
};

/// One kind of message that reaches one worker (numbers are per process of the node).
struct MessageLoad {
  std::string message;                     // as sent; `tick 0` for the first tick
  const spec::Handler* handler = nullptr;  // nothing: no `handles`, takes no time
  bool unknown = false;                    // no clause takes it: it crashes the worker
  bool tick = false;
  double called = 0;  // calls per second
  double sent = 0;    // casts and infos (and ticks) per second
  ServiceTime service;
  double rate() const { return called + sent; }
};

struct Load {
  std::vector<MessageLoad> messages;
  double rate = 0;       // messages per second and process; NaN: cannot be said
  bool poisson = false;  // all of them arrive as independent Poisson streams
  bool loaded = false;   // something describes messages for it at all
  ServiceTime service;   // of a message picked at random
  Estimate utilisation;  // offered load: rate times mean service time; may exceed 1
  Estimate mean_wait;    // in its mailbox, seconds
  std::string unsaid;    // why the rate cannot be said; empty if it can
};

struct Loads {
  std::vector<Load> of;  // by node
};

Loads loads_of(const spec::Design& design, const Tree& tree, const CallGraph& calls);

}  // namespace treefall::analyzer
