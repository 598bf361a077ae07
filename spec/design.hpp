// A supervision design, as plain values: what one spec file says, every default filled in, every reference resolved.
// Read-only once the reader has made it. Knows no rule, no graph, no clock.
//
// Processes are *nodes* of a flat array: an entry of `children`, the root of a tree, an unsupervised worker. A node
// with `count: 500` is one node that stands for 500 processes; whoever executes a design expands it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "spec/distribution.hpp"
#include "spec/quantity.hpp"
#include "spec/span.hpp"
#include "spec/time.hpp"

namespace treefall::spec {

// ---- how a value came to be ------------------------------------------------------------------------------------

enum class Origin {
  written,           // stands in the file
  language_default,  // the language's own
  dialect_default,   // Elixir's or Erlang's
  kind_default,      // follows from the process's `kind` (or worker/supervisor)
};

/// A value and where it came from. For a default both spans are those of the thing that has it (its name).
template <class T>
struct Setting {
  T value{};
  Origin origin = Origin::language_default;
  Span key{};
  Span at{};  // the value itself
  bool written() const { return origin == Origin::written; }
  /// Key and value together, what a diagnostic underlines.
  Span whole() const { return written() ? join(key, at) : at; }
};

// ---- indices ----------------------------------------------------------------------------------------------------

using NodeId = std::uint32_t;         // into Design::nodes
using FaultId = std::uint32_t;        // into Design::faults
using TrafficId = std::uint32_t;      // into Design::traffic
using ApplicationId = std::uint32_t;  // into Design::applications
inline constexpr NodeId no_node = 0xffffffff;
inline constexpr ApplicationId no_application = 0xffffffff;

/// `Name[2]`: of a node that stands for several processes (the target itself or one above it), just this copy.
struct Pin {
  NodeId node = no_node;
  std::uint32_t copy = 0;
};

/// A resolved reference to a process. What is not pinned is open: seen from inside the same copy of a shared
/// ancestor it means that copy's own, otherwise any one, picked evenly per message.
struct Target {
  NodeId node = no_node;
  std::vector<Pin> pins;
  Span span{};
};

/// What a quantity can be stated of.
struct TrafficSubject {
  TrafficId traffic = 0;
};
struct ApplicationSubject {
  ApplicationId application = 0;
};
using Subject = std::variant<Target, ApplicationSubject, TrafficSubject>;

// ---- OTP's words ------------------------------------------------------------------------------------------------

enum class Dialect { elixir, erlang };
enum class Restart { permanent, transient, temporary };
enum class Strategy { one_for_one, one_for_all, rest_for_one };
enum class AutoShutdown { never, any_significant, all_significant };
enum class SupervisorKind { supervisor, dynamic, partition, task };
enum class WorkerKind { gen_server, gen_statem, agent, task, registry, process };
enum class StartType { permanent, transient, temporary };  // of an application

struct Shutdown {
  enum class How { brutal_kill, within, infinity };
  How how = How::within;
  Duration limit{};  // with `within`
};

/// `term` is what stands beside it: the x of {shutdown, x}, the name of an error.
struct ExitReason {
  enum class Kind { normal, shutdown, shutdown_with, killed, error };
  Kind kind = Kind::error;
  std::string term;
};

// ---- what a worker does -----------------------------------------------------------------------------------------

struct OnFailure {
  enum class Do { crash, ignore, retry };
  Do what = Do::crash;
  std::uint32_t retries = 0;  // after them, the caller crashes
};

/// gen_server:call; `to` may be a supervisor.
struct Call {
  Target to;
  std::string message = "any";
  std::uint32_t times = 1;
  Setting<Duration> timeout;
  OnFailure on_failure;
  Span span{};
};

struct Cast {
  Target to;
  std::string message = "any";
  std::uint32_t times = 1;
  Span span{};
};

struct Task {
  enum class OnTimeout { exit, kill_task };
  std::uint32_t count = 1;
  bool linked = true;
  Distribution takes = Constant{0};
  double crash_probability = 0;
  std::optional<Duration> await;  // none: not awaited, its reply and DOWN arrive as messages
  OnTimeout on_timeout = OnTimeout::exit;
  Span span{};
};

struct Handler;

/// What a handler is while a fault lasts: the base with the written keys replaced.
struct HandlerDuring {
  FaultId fault = 0;
  std::vector<Handler> handler;  // exactly one
};

/// In this order: `takes`, calls, casts, tasks, then the crash or exit; a reply goes out when it ends.
struct Handler {
  Distribution takes = Constant{0};
  double crash_probability = 0;
  std::optional<ExitReason> exits;
  std::vector<Call> calls;
  std::vector<Cast> casts;
  std::vector<Task> tasks;
  std::vector<HandlerDuring> during;  // the first whose fault lasts applies
  Span span{};
  Span takes_span{};    // of the value of `takes`, or of the handler
  Span crashes_span{};  // of the value of `crashes`, or of the handler
};

struct NamedHandler {
  std::string message;  // `any` takes the rest
  Handler handler;
  Span key{};
};

struct Tick {
  Distribution every = Constant{0};
  std::optional<Distribution> first;  // default: one interval
  Handler handler;
  Span span{};
};

enum class InitOutcome { ok, fail, ignore };

/// `init` and `handle_continue`. `fails_during` makes every attempt fail while that fault lasts.
struct Init {
  Distribution takes = Constant{0};
  double failure_probability = 0;
  std::optional<FaultId> fails_during;
  std::vector<Call> calls;
  std::vector<InitOutcome> outcomes;        // attempt by attempt, the last repeats; init only
  std::optional<Duration> timeout;          // the start option of that name; init only
  std::optional<Distribution> retry_after;  // handle_continue only: live on and try again
  struct During {
    FaultId fault = 0;
    std::vector<Init> init;  // exactly one
  };
  std::vector<During> during;
  Span span{};
  Span takes_span{};
  Span fails_span{};
};

/// One source of crashes. With `during`, the clock starts at the later of process start and the fault's beginning and
/// stops at its end.
struct CrashClock {
  struct Rate {
    double per_second;  // no initialiser: g++ 12 then could not default-construct the variant below
  };
  struct After {
    Distribution since_start;
  };
  struct At {
    std::vector<Duration> node_times;
  };
  std::variant<Rate, After, At> when;
  std::optional<FaultId> during;
  ExitReason reason;
  Span span{};
};

struct Dependency {
  enum class Uses { name, pid, table, state };
  Target on;
  Uses uses = Uses::name;
};

enum class StateAfterRestart { rebuilt, lost, durable };

struct Mailbox {
  std::optional<std::uint64_t> alarm;
  std::optional<std::uint64_t> message_bytes;
  std::optional<std::uint64_t> shed_above;
  Span span{};
};

struct Worker {
  Setting<WorkerKind> kind;
  std::optional<Init> init;
  std::optional<Init> handle_continue;
  /// Nothing: no `handles` at all, messages take no time. Without an `any` in it, an unknown message crashes.
  std::optional<std::vector<NamedHandler>> handles;
  Span handles_span{};
  std::vector<Tick> ticks;
  std::vector<CrashClock> crashes;
  std::vector<Target> links;
  Setting<bool> traps_exits;
  std::optional<Distribution> terminate;
  std::vector<Dependency> depends_on;
  Setting<StateAfterRestart> state;
  Mailbox mailbox;
};

// ---- supervisors ------------------------------------------------------------------------------------------------

struct Reseeded {
  enum class When { started, noticed };
  Target by;
  When when = When::started;
  Distribution after = Constant{0};
};

struct Supervisor {
  Setting<SupervisorKind> kind;
  Setting<Strategy> strategy;
  Setting<std::uint64_t> max_restarts;
  Setting<std::uint64_t> max_seconds;
  Setting<AutoShutdown> auto_shutdown;
  Setting<std::optional<std::uint64_t>> max_children;  // nothing: infinity
  std::optional<Setting<std::uint32_t>> partitions;    // nothing written: one per scheduler, taken as 1 child set
  std::optional<Reseeded> reseeded;
  bool opaque = false;
  bool simple_one_for_one = false;  // a dynamic one of the erlang dialect
};

// ---- nodes ------------------------------------------------------------------------------------------------------

struct Node {
  NodeId parent = no_node;       // none: root of a tree, or unsupervised
  std::vector<NodeId> children;  // in start order
  ApplicationId application = no_application;
  std::string name;
  std::string path;  // `Shop.Supervisor/Shop.Repo`, without copy numbers
  Span span{};       // the whole entry
  Span name_span{};
  Setting<Restart> restart;
  Setting<Shutdown> shutdown;
  Setting<bool> significant;
  Setting<std::uint32_t> count;  // written count, or the partitions of the supervisor above
  bool on_demand = false;
  bool scripted = false;  // only started by a `start_child` of the script: not in its parent's `children`
  std::string source;
  std::string why;
  std::optional<bool> critical;
  std::string tenant;
  std::variant<Worker, Supervisor> role;
};

inline const Supervisor* as_supervisor(const Node& node) { return std::get_if<Supervisor>(&node.role); }
inline const Worker* as_worker(const Node& node) { return std::get_if<Worker>(&node.role); }

// ---- around the tree --------------------------------------------------------------------------------------------

struct Fault {
  struct Random {
    Distribution every;  // from recovery to the next outage
    Distribution lasts;
  };
  struct Outage {
    Duration at{};
    Distribution lasts;
  };
  std::string name;
  std::variant<Random, std::vector<Outage>> when;
  Span span{};
  Span name_span{};
};

enum class Sends { call, cast, info };

struct Traffic {
  struct Poisson {
    double per_second;  // no initialiser, as in CrashClock::Rate
  };
  struct Renewal {
    Distribution every;
    std::optional<Distribution> first;
  };
  struct Burst {
    std::uint64_t size = 1;
    Distribution every;
    std::optional<Distribution> first;
  };
  struct At {
    std::vector<Duration> times;
  };
  struct Closed {
    std::uint64_t concurrency = 1;
    Distribution think;
  };
  std::string name;
  Target to;
  Sends sends = Sends::call;
  std::string message = "any";
  Setting<Duration> timeout;
  std::optional<std::uint32_t> retries;  // nothing: give up
  std::variant<Poisson, Renewal, Burst, At, Closed> arrivals;
  bool redeliver = false;
  std::optional<FaultId> during;
  Span span{};
  Span name_span{};
  Span arrivals_span{};
};

struct Application {
  std::string name;
  Setting<StartType> start;
  NodeId root = no_node;
  Span span{};
};

struct Unsupervised {
  NodeId worker = no_node;
  std::optional<Target> started_by;
  bool linked = false;
};

struct ScriptedEvent {
  enum class Do { kill, exit, shutdown, send, start_child, terminate_child, restart_child, delete_child };
  Duration at{};
  Do what = Do::kill;
  Target process;               // the one it is done to; for start_child the supervisor
  ExitReason reason;            // exit
  std::string message = "any";  // send
  Sends as = Sends::cast;       // send
  NodeId child = no_node;       // start_child
  Span span{};
};

enum class TieOrder { creation, reverse, random };

struct QuantityPromise {
  Subject subject;
  Quantity quantity = Quantity::failure_probability;
  std::optional<Duration> within;
  bool at_most = true;  // else at_least
  double bound = 0;     // base units
};
struct SurvivalPromise {
  FaultId fault = 0;
  Duration lasting{};
  Target survives;
};
struct Promise {
  std::variant<QuantityPromise, SurvivalPromise> what;
  Span span{};
};

/// `# treefall: ignore RULE -- reason`; holds for findings that start inside `scope`.
struct Suppression {
  std::vector<std::string> rules;
  std::string reason;
  Span comment{};
  Span scope{};  // the YAML node that starts on the comment's line, or on the line below
};

struct Design {
  std::string file;
  std::string name;
  Setting<Dialect> dialect;
  Setting<Duration> horizon;
  std::optional<Duration> grace_period;
  std::optional<Duration> clock_phase;  // nothing: random in each replica
  Setting<TieOrder> tie_order;
  std::vector<Application> applications;  // in start order; a lone `tree` is one, named as the design
  std::vector<Node> nodes;                // each tree in start order, parents before children
  std::vector<Unsupervised> unsupervised;
  std::vector<Fault> faults;
  std::vector<Traffic> traffic;
  std::vector<ScriptedEvent> script;  // by time, then as written
  std::vector<Promise> promises;
  std::vector<Suppression> suppressions;
};

/// Of how many processes a node stands for: its count times those of all nodes above it.
std::uint64_t copies(const Design& design, NodeId node);
/// How a subject is named in every output: the path with `[i]` on each level that has copies (`[0]` where not pinned),
/// `traffic:NAME`, or the application's name.
std::string path(const Design& design, const Subject& subject);
/// How many processes that name stands for (1 unless copies are left open).
std::uint64_t copies(const Design& design, const Subject& subject);

}  // namespace treefall::spec
