// How much work every worker gets: message rates solved through the whole graph of traffic, ticks, calls and casts,
// and the service time that each kind of message costs, waiting for nested calls included.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/calls.hpp"
#include "analyzer/estimate.hpp"
#include "analyzer/sparse.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// A time known by its moments, and by its law where that is one plain distribution.
struct ServiceTime {
  double mean = 0;           // seconds; NaN: cannot be said
  double second_moment = 0;  // seconds squared; NaN: cannot be said
  double low = 0;            // bounds of the mean, where nested waits are only bounded
  double high = 0;
  std::optional<spec::Distribution> law;  // where it is one plain distribution
  std::string unsaid;                     // why the mean cannot be said; empty if it can
  std::string loose;                      // why it is bounded widely, where it is
};

/// One kind of message that reaches one worker (numbers are per process of the node).
struct MessageLoad {
  std::string message;                     // as sent; a tick has none
  const spec::Tick* tick = nullptr;        // of a tick
  const spec::Handler* handler = nullptr;  // nothing: no `handles`, takes no time
  bool unknown = false;                    // no clause takes it: it crashes the worker
  double called = 0;                       // calls per second
  double sent = 0;                         // casts, infos and ticks per second
  double spread = 0;                       // relative: how far the rates may be off
  std::string loose;                       // why that is much, where it is
  double between_sources = 0;              // seconds: the longest mean interval of regular sources outside the design
  double apart = 0;                        // seconds: the longest interval of what sends it regularly; 0: nothing does
  double behind = 0;                       // seconds: how long after that it comes, about and at most
  ServiceTime service;
  double rate() const { return called + sent; }
};

/// Where the messages of a worker come from; it decides what can be said about waiting.
struct Arrivals {
  double poisson = 0;  // per second, from independent Poisson sources
  double retried = 0;  // per second and at most: calls from outside tried again after their timeouts
  double patience = std::numeric_limits<double>::infinity();  // seconds: the shortest timeout of those
  bool feeds_itself = false;                                  // those may make others late, and so more of them
  std::vector<spec::TrafficId> sources;                       // traffic that is not plain Poisson
  std::uint64_t callers = 0;  // processes of the design that call it, each with one call at a time
  bool ticks = false;
  bool casts = false;   // from processes of the design
  bool tasks = false;   // replies and ends of its own tasks
  bool exits = false;   // of processes to which it is linked, as messages that take time
  bool starts = false;  // processes of the design call it from init or handle_continue
  bool finite = false;  // only so many messages at fixed times, or scripted ones
};

/// P(so many messages are there): two laws, of which one has fewer and one has more there than is true.
struct Crowd {
  std::vector<double> fewer;
  std::vector<double> more;
  bool known() const { return !fewer.empty(); }
};

/// Processes of one node that call a worker, each with one call at a time.
struct Callers {
  spec::NodeId node = spec::no_node;
  std::uint64_t count = 0;                                         // that may call at the same time
  std::vector<std::pair<std::uint32_t, const spec::Call*>> calls;  // by which kind of their messages they are made
  double rate = 0;                                                 // calls per second and process
  double paced = 0;  // share of them made by ticks, which come an interval after the answer
  double takes = 0;  // seconds that a call took when these rates were found
  Crowd found;       // when one calls
};

struct Load {
  std::vector<MessageLoad> messages;
  std::vector<Callers> callers;  // of a worker of which there is one
  Crowd present;                 // in the time average, where callers share it
  bool rushed = false;           // after a start, callers call all at once, and some are late for that
  Arrivals arrivals;
  double rate = 0;         // messages per second and process; NaN: cannot be said
  double spread = 0;       // relative: how far it may be off
  std::string loose;       // why that is much, where it is
  double turned_away = 0;  // share of the messages, where the mailbox has a bound; NaN: cannot be said
  bool loaded = false;     // something describes messages for it
  ServiceTime service;     // of a message picked at random
  Estimate utilisation;    // offered load: rate times mean service time; may exceed 1
  Estimate mean_wait;      // in its mailbox, seconds; infinity when overloaded
  std::string unsaid;      // why the rate cannot be said; empty if it can
  /// Only independent Poisson streams reach it.
  bool is_poisson() const {
    return loaded && sources_are_poisson() && arrivals.callers == 0 && !arrivals.ticks && !arrivals.casts &&
           !arrivals.tasks;
  }
  bool sources_are_poisson() const { return arrivals.sources.empty() && !arrivals.finite; }
};

struct Loads {
  Sparse<Load> of;  // by node
};

Loads loads_of(const spec::Design& design, const Tree& tree, const CallGraph& calls);

}  // namespace treefall::analyzer
