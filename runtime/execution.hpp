// The state of one execution of a model: every process, mailbox, timer and clock of a node at one moment of its time.
// What happens to it stands in worker.hpp (processes that serve), supervisor.hpp (those that supervise), exit.hpp
// (deaths and their consequences) and surroundings.hpp (applications, traffic, faults, script).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/event_queue.hpp"
#include "runtime/mailbox.hpp"
#include "runtime/model.hpp"
#include "runtime/pairs.hpp"
#include "runtime/random.hpp"
#include "runtime/tally.hpp"

namespace treefall::runtime {

class Trace;

enum class Status : std::uint8_t {
  down,
  starting,  // in init
  idle,
  busy,
  calling,   // waits for the reply to its call
  awaiting,  // waits for its tasks
};
enum class Activity : std::uint8_t { nothing, init, handle_continue, handler, tick, terminate };
/// What a supervisor holds of a child.
enum class Entry : std::uint8_t { absent, undefined, restarting, running };
/// What a sleeping process wakes to.
enum class Wake : std::uint8_t { mail, handle_continue, replied, failed, supervise };

/// A place and the process that holds it now.
struct Process {
  Status status = Status::down;
  Activity activity = Activity::nothing;
  Entry entry = Entry::absent;
  Wake wake = Wake::mail;
  bool up = false;            // past init
  bool backing_off = false;   // handle_continue failed and is tried again later
  bool stopping = false;      // its supervisor told it to stop
  bool in_start = false;      // its supervisor waits for its init
  bool awaits_start = false;  // on demand: mail gathers for the process about to be started
  bool ends_itself = false;   // it is its own handler that ends it
  bool init_fails = false;
  bool init_ignores = false;
  std::uint16_t step = 0;        // of the program
  std::uint32_t generation = 0;  // of the process here, or the last one; counts every spawn
  std::uint32_t parent_generation = 0;
  std::uint32_t known = 0;      // the generation its supervisor believes in
  std::uint32_t attempts = 0;   // start attempts at this place
  std::uint32_t successes = 0;  // of them
  Mailbox mailbox;
  std::uint32_t current = none;  // message in service
  std::uint32_t program = none;
  std::uint32_t times_left = 0;  // of the step; awaited tasks that run
  std::uint32_t retries_left = 0;
  std::uint32_t call_ref = 0;
  Slot callee = no_slot;
  Reason reason;  // why the call failed; why it terminates
  std::uint32_t wake_ticket = 0;
  std::uint32_t work_ticket = 0;
  std::uint32_t deadline_ticket = 0;
  std::uint32_t limit_ticket = 0;
  Time deadline = 0;
  Time timer = 0;              // when the deadline timer that is set will ring
  Time since = 0;              // spawned
  std::uint32_t links = none;  // first of its links
  Slot next = no_slot;         // in its supervisor's order
  Slot previous = no_slot;
  std::uint32_t tally = 0;
  std::uint32_t supervisor = none;  // into Execution::supervisors
};

/// What a supervisor is doing, from one message to the next.
enum class Doing : std::uint8_t {
  nothing,
  booting,
  failing_to_boot,  // stops what it had started
  restarting,
  exiting,
  starting_child,  // for an API call
  stopping_child,
};

struct Stamp {
  std::int64_t second = 0;
  std::uint64_t count = 0;
};

struct Supervising {
  Slot first = no_slot;  // children in start order
  Slot last = no_slot;
  Doing doing = Doing::nothing;
  bool stops = false;          // the first half of a restart: members are being stopped
  bool single = false;         // only `cursor`, not what comes after it
  bool waiting = false;        // for `cursor` to start or to stop
  bool returned = false;       // the start it waited for has come back, with `outcome`
  bool failed_before = false;  // gave up at least once
  bool awaits_seeder = false;  // came back empty, and who seeds it is not up
  bool populating = false;
  bool added = false;  // the child to start was not in the list before
  spec::InitOutcome outcome = spec::InitOutcome::ok;
  Reason outcome_reason;
  Slot cursor = no_slot;
  Slot group = no_slot;           // the first member of the group
  Reason reason;                  // to exit with
  std::uint32_t waiting_for = 0;  // children that stop in parallel
  std::uint32_t entries = 0;
  std::uint32_t next_template = 0;  // offset in the block of the next of the population
  Time stop_begun = -1;
  std::vector<Stamp> stamps;  // oldest first, from `stamps_begin`
  std::size_t stamps_begin = 0;
  std::uint64_t stamped = 0;
};

struct Link {
  Slot peer = no_slot;
  std::uint32_t generation = 0;  // of the peer; 0: to be made when the peer starts
  std::uint32_t next = none;
};

struct RunningTask {
  Slot owner = no_slot;
  std::uint32_t generation = 0;
  std::uint32_t batch = 0;  // Process::call_ref of those awaited
  bool linked = false;
  bool awaited = false;
  bool crashes = false;
  std::uint32_t next = none;
};

enum class ClientState : std::uint8_t { pending, done };
struct ClientCall {
  Time deadline = never;
  Slot callee = no_slot;
  std::uint32_t retries_left = 0;
  ClientState state = ClientState::done;
};

struct TrafficState {
  Stream arrivals;
  Stream pick;
  std::uint32_t ticket = 0;
  std::uint32_t deadline_ticket = 0;
  std::uint32_t next_time = 0;  // of `at`
  std::uint32_t era = 0;        // of a closed loop limited to a fault
  bool active = false;
  // Calls that have not ended, oldest first: all wait equally long, so their deadlines come in order.
  std::vector<ClientCall> calls;  // a ring; its size is a power of two
  std::uint32_t oldest = 0;
  std::uint32_t newest = 0;  // one past
};
struct FaultState {
  Stream turns;
  bool lasts = false;
  std::uint32_t next_outage = 0;
  Time end = 0;
};
struct Redelivery {
  std::uint32_t traffic = 0;
  Slot to = no_slot;
};

struct Execution {
  Execution(const Model& played, Trace* writer);

  const Model& model;
  Trace* trace;  // may be null
  Time now = 0;
  Time until = 0;
  Time phase = 0;
  bool over = false;              // the node has stopped
  bool draining = false;          // the orderly stop behind `until`, to measure it: no clients any more
  const char* trouble = nullptr;  // why it could not go on
  std::uint64_t events = 0;

  EventQueue queue;
  std::vector<Event> late;  // call deadlines of this instant: a reply of the same instant wins
  MessagePool messages;
  std::vector<Process> processes;
  std::vector<Supervising> supervisors;
  std::vector<Link> links;
  std::uint32_t free_link = none;
  std::vector<RunningTask> tasks;
  std::uint32_t free_task = none;
  std::vector<std::uint32_t> tick_tickets;
  std::vector<std::uint32_t> crash_tickets;
  std::vector<std::uint32_t> crash_group_tickets;
  std::vector<std::uint32_t> misses;       // of each crash group in a row
  std::vector<std::uint32_t> stale_marks;  // generation of what a worker depends on, 0 unknown
  std::vector<Stream> streams;             // of nodes
  std::vector<Stream> crash_streams;       // of crash groups
  Stream ties;
  std::vector<TrafficState> traffic;
  std::vector<FaultState> faults;
  std::vector<Redelivery> redeliveries;
  std::vector<std::pair<Slot, Reason>> dying;
  bool burying = false;

  // applications
  std::uint32_t booting = 0;  // the next application to start
  bool booted = false;
  std::uint32_t stopping = none;  // while the node stops: the application that is told to
  std::uint32_t cause = none;     // the application whose end stops the node
  Reason cause_reason;
  std::vector<bool> running;                            // applications
  std::vector<std::pair<std::uint32_t, Reason>> ended;  // applications, not yet handled
  bool waits_for_boot = false;
  bool boot_returned = false;
  bool booted_well = false;
  Reason boot_reason;

  // measurement
  std::vector<Tally> tallies;
  std::vector<Tally> spare;  // takes what happens behind `until`
  Time stop_begun = 0;       // of the application being stopped
  Time batch = 0;            // length of a batch; 0: none
  Batches batches;

  const NodeInfo& node(Slot slot) const { return model.nodes[model.places[slot].node]; }
  Process& parent(Slot slot) { return processes[model.places[slot].parent]; }
  Tally& tally(const Process& process) { return tallies[process.tally]; }
  Supervising& supervising(Slot slot) { return supervisors[processes[slot].supervisor]; }
  Stream& stream_of(std::uint32_t node_id, Purpose purpose) {
    return streams[node_id * purposes + static_cast<std::uint32_t>(purpose)];
  }
  Time draw_of(const Sampler& law, Slot slot, Purpose purpose) {
    if (law.kind == Sampler::Kind::constant) return law.fixed;
    return draw(law, model.values, stream_of(model.places[slot].node, purpose));
  }
  bool happens(double probability, Slot slot, Purpose purpose) {
    if (probability <= 0) return false;
    if (probability >= 1) return true;
    return stream_of(model.places[slot].node, purpose).uniform() < probability;
  }
  bool lasts(std::uint32_t fault) const { return fault != none && faults[fault].lasts; }
};

/// Back to the moment before boot, for this replica.
void reset(Execution& x, std::uint64_t seed, std::uint64_t replica, Time until);
/// Plays to `until`, the end of the node, or trouble. Returns false when `stop` said so before.
bool play(Execution& x, bool (*stop)(const void*), const void* asked);
/// Closes a batch of the measurement: the tallies so far become one observation.
void end_batch(Execution& x);

/// Makes an idle supervisor take its next message, when everything else of this instant has happened: a restart takes
/// the VM some time (a report is written first), and whatever takes none comes before it.
inline void wake_supervisor(Execution& x, Slot slot) {
  Process& process = x.processes[slot];
  process.wake = Wake::mail;
  // It may be quicker than the others: that is one of the orders that the VM leaves open.
  const bool quick = x.model.tie_order == spec::TieOrder::random && x.ties.below(2) == 0;
  process.wake_ticket = quick ? x.queue.soon(x.now, Happens::wake, slot) : x.queue.finally(x.now, Happens::wake, slot);
}

/// Makes a sleeping process do something at this instant, behind all that is already to happen.
inline void wake(Execution& x, Slot slot, Wake why) {
  Process& process = x.processes[slot];
  process.wake = why;
  process.wake_ticket = x.queue.soon(x.now, Happens::wake, slot);
}

}  // namespace treefall::runtime
