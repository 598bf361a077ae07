// The state of one execution of a model: every process, mailbox, timer and clock of a node at one moment of its time.
// What happens to it stands in worker.hpp (processes that serve), supervisor.hpp (those that supervise), exit.hpp
// (deaths and their consequences) and surroundings.hpp (applications, traffic, faults, script).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/event_queue.hpp"
#include "runtime/mailbox.hpp"
#include "runtime/model.hpp"
#include "runtime/outside.hpp"
#include "runtime/pairs.hpp"
#include "runtime/process.hpp"
#include "runtime/random.hpp"
#include "runtime/supervising.hpp"
#include "runtime/tally.hpp"

namespace treefall::runtime {

class Trace;

/// What its future depends on; a copy has the same future, until its streams are made others.
struct State {
  explicit State(const Model& model);

  Time now = 0;
  Time until = 0;
  Time phase = 0;
  bool over = false;              // the node has stopped
  bool draining = false;          // the orderly stop behind `until`, to measure it: no clients any more
  const char* trouble = nullptr;  // why it could not go on
  std::uint64_t events = 0;
  std::uint64_t at_once = 0;  // steps at this instant

  EventQueue queue;
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
  std::vector<Stream> streams;             // of nodes, but for their work
  std::vector<Source> work;                // of nodes
  std::vector<Stream> crash_streams;       // of crash groups
  Stream ties;
  std::vector<TrafficState> traffic;
  std::vector<FaultState> faults;
  std::vector<Redelivery> redeliveries;
  std::vector<std::pair<Slot, Reason>> dying;
  bool burying = false;
  std::vector<Farewell> farewells;  // under way, and emptied ones in between

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
};

/// A restart that was counted below a supervisor whose fall is looked for ends the play at that instant (rare.hpp).
struct Lookout {
  std::vector<bool> below;  // by slot
  bool counted = false;
};

/// The first life of each of some supervisors and applications, seen to its end, which ends the play (lives.hpp).
struct FirstLives {
  enum class How : std::uint8_t { unwatched, lives, gave_up, otherwise };
  struct Seen {
    Time length = 0;
    How how = How::unwatched;
  };
  std::vector<Seen> seen;  // by slot, then by application
  std::size_t open = 0;    // of those watched
};

struct Execution : State {
  Execution(const Model& played, Trace* writer);

  const Model& model;
  Trace* trace;                                                      // may be null
  const std::function<std::size_t(const Open&)>* chooser = nullptr;  // in place of `ties`
  Lookout* lookout = nullptr;
  FirstLives* first_lives = nullptr;
  std::uint64_t unheard = 0;  // steps, and messages taken up in a row, since it was last looked whether to go on

  // measurement
  std::vector<Tally> tallies;
  std::vector<Tally> spare;  // takes what happens behind `until`
  Time stop_begun = -1;      // of the supervisor that ended last, where it was ordered to stop
  Time batch = 0;            // length of a batch; 0: none
  Batches batches;

  const NodeInfo& node(Slot slot) const { return *processes[slot].node; }
  Process& parent(Slot slot) { return processes[model.places[slot].parent]; }
  Tally& tally(const Process& process) { return tallies[process.tally]; }
  Supervising& supervising(Slot slot) { return supervisors[processes[slot].supervisor]; }
  /// It gave up and stops its children: its life has been counted.
  bool has_given_up(Slot slot) const {
    return node(slot).supervisor && supervisors[processes[slot].supervisor].gave_up;
  }
  Stream& stream_of(std::uint32_t node_id, Purpose purpose) {
    return streams[node_id * purposes + static_cast<std::uint32_t>(purpose)];
  }
  Time draw_of(const Sampler& law, Slot slot, Purpose purpose) {
    if (law.kind == Sampler::Kind::constant) return law.fixed;
    const std::uint32_t id = node(slot).id;
    if (purpose == Purpose::work) return work[id].draw(law, model.values);
    return draw(law, model.values, stream_of(id, purpose));
  }
  bool happens(double probability, Slot slot, Purpose purpose) {
    if (probability <= 0) return false;
    if (probability >= 1) return true;
    return stream_of(node(slot).id, purpose).uniform() < probability;
  }
  bool lasts(std::uint32_t fault) const { return fault != none && faults[fault].lasts; }
};

/// Gives it other chances from now on: those of this replica. The clock's phase stays.
void reset_streams(Execution& x, std::uint64_t seed, std::uint64_t replica);
/// Back to the moment before boot, for this replica.
void reset(Execution& x, std::uint64_t seed, std::uint64_t replica, Time until);
/// Plays to `until`, the end of the node, or trouble. Returns false when `stop` said so before.
bool play(Execution& x, bool (*stop)(const void*), const void* asked);
/// Closes a batch of the measurement: the tallies so far become one observation.
void end_batch(Execution& x);

/// Is there no end to what happens at this instant, or to the mail? Then the execution stops, and `trouble` says why.
bool gets_nowhere(Execution& x);

/// The life of a supervisor (by slot) or application (behind the slots) has ended, whether it gave up or not.
inline void see_life_end(Execution& x, std::size_t whose, Time length, bool gave_up) {
  if (x.first_lives == nullptr) return;
  FirstLives::Seen& seen = x.first_lives->seen[whose];
  if (seen.how != FirstLives::How::lives) return;
  seen = {length, gave_up ? FirstLives::How::gave_up : FirstLives::How::otherwise};
  if (--x.first_lives->open == 0) x.until = x.now;
}

/// An exit signal is on its way to it that will end it at this instant.
inline bool is_doomed(const Process& process) { return process.wake == Wake::die && process.wake_ticket != 0; }

/// Makes an idle supervisor take its next message, when everything else of this instant has happened: a restart takes
/// the VM some time (a report is written first), and whatever takes none comes before it.
void wake_supervisor(Execution& x, Slot slot);

/// Makes a sleeping process do something at this instant, behind all that is already to happen.
inline void wake(Execution& x, Slot slot, Wake why) {
  Process& process = x.processes[slot];
  if (is_doomed(process)) return;
  process.wake = why;
  process.wake_ticket = x.queue.soon(x.now, Happens::wake, slot);
}

}  // namespace treefall::runtime
