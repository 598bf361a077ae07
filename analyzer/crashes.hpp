// Everything that ends a process other than its supervisor's orders, with the law of its times, and which of it is
// a restart that the supervisor counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "analyzer/loads.hpp"
#include "analyzer/rehearsal.hpp"
#include "analyzer/shared_rehearsal.hpp"
#include "analyzer/shared_server.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// Memoryless while the process is up.
struct PoissonCrashes {
  double per_second = 0;
  double error = 0;                 // relative: how far the rate, and the stream from a Poisson one, may be off
  std::optional<LateCalls> late{};  // these come in clumps
  double apart = 0;                 // seconds: between the chances for one, where these come at intervals (ticks)
  double distance = 0;              // seconds: no two of one process are nearer to each other
};
/// Each incarnation lives that long once its init is done (a constant: a crash clock that ticks with every restart).
struct LifeTime {
  spec::Distribution since_start;
};
/// At these node times, if it is up then.
struct ScheduledCrashes {
  std::vector<spec::Duration> node_times;  // rising
  bool complete = true;                    // false: more than could be followed
  /// Found by rehearsal: as long as its supervisor restarts it at once and nothing else ends it.
  bool rehearsed = false;
  /// Where copies differ: the times of each of them; `node_times` are those of all.
  std::vector<std::vector<spec::Duration>> of_copy{};
};
/// Known to happen; not when.
struct UnsaidCrashes {
  double per_second = 0;  // NaN: not even how often
  std::string why;
};
using CrashTimes = std::variant<PoissonCrashes, LifeTime, ScheduledCrashes, UnsaidCrashes>;

/// An entry of Crashes::of: whose, and the how manieth.
using CrashId = std::pair<spec::NodeId, std::uint32_t>;

struct CrashSource {
  enum class Kind {
    clock,            // a `crashes` entry
    handler,          // a clause or tick that crashes with some probability
    unknown_message,  // no clause takes a message that arrives
    exits,            // a clause that ends the process
    task,             // a task takes its owner along (crash, lateness, reply or DOWN without a clause)
    link,             // another process dies and the exit signal comes through a link
    stop_signal,      // the same, from one that is stopped because a sibling is restarted
    call,             // a call fails (timeout, noproc) and the caller crashes
    handle_continue,  // fails right after the start
    script,
  };
  Kind kind = Kind::clock;
  CrashTimes times;
  spec::ExitReason reason;
  const spec::Target* only = nullptr;   // of several copies it ends the one that this names; open if it pins none
  bool counted = true;                  // the supervisor stamps a restart
  std::optional<spec::FaultId> during;  // only while this fault lasts
  spec::NodeId guilty = spec::no_node;  // whom to look at: the node itself, the callee, or the linked process
  /// The crash that begins it: equal for all deaths of one event, which its exit signals and failed calls send on.
  CrashId event{spec::no_node, 0};
  std::optional<CrashId> follows{};        // the death that this one follows at once; of the first one nothing
  std::optional<std::uint32_t> message{};  // in Load::messages: the kind of message whose handling does it
  double probability = 0;                  // that one handling of such a message does it
  spec::Span span{};                       // the guilty place in the spec
  std::string what;                        // "crashes at 12/min", "`price` crashes with 0.01 % at 120/s"
};

/// Do messages bring it, and so only as long as they come?
bool orders_by_messages(const CrashSource& source);

/// Crashes per second of a source in the long run; NaN where that cannot be said, 0 for what ends by itself.
double per_second(const CrashSource& source);

struct Crashes {
  std::vector<std::vector<CrashSource>> of;          // by node: those of one process
  std::vector<double> rate;                          // by node: sum of all, per process; NaN where one cannot be said
  std::vector<std::optional<Rehearsal>> rehearsals;  // by node: where nothing random takes part in its work
  std::vector<SharedRehearsal> shared;               // servers and their callers where nothing random takes part

  /// The one in which a process takes part; nullptr where there is none. Valid as long as these facts.
  const SharedRehearsal* shared_with(spec::NodeId node) const;
  std::vector<std::uint32_t> takes_part;  // by node: 1 + its place in `shared`; 0: in none
};

Crashes crashes_of(const spec::Design& design, const Tree& tree, const CallGraph& calls, const Loads& loads);

}  // namespace treefall::analyzer
