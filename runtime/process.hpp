// A process: a place of the tree and who holds it now, its links and its tasks.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/mailbox.hpp"
#include "runtime/reason.hpp"
#include "runtime/types.hpp"

namespace treefall::runtime {

struct NodeInfo;

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
enum class Wake : std::uint8_t { mail, handle_continue, goes_on, failed, call_again, supervise, init, linked, die };

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
  bool callee_ended = false;  // its call failed because the callee ended, and `reason` is that of the callee
  bool init_fails = false;
  bool init_ignores = false;
  std::uint16_t step = 0;  // of the program
  const NodeInfo* node = nullptr;
  Mailbox mailbox;
  std::uint32_t current = none;  // message in service
  std::uint32_t program = none;
  std::uint32_t times_left = 0;  // of the step; awaited tasks that run
  std::uint32_t wake_ticket = 0;
  std::uint32_t work_ticket = 0;
  std::uint32_t tally = 0;
  // What stands above is what every message needs: one line of the cache.
  std::uint32_t generation = 0;  // of the process here, or the last one; counts every spawn
  std::uint32_t parent_generation = 0;
  std::uint32_t known = 0;      // the generation its supervisor believes in
  std::uint32_t attempts = 0;   // start attempts at this place
  std::uint32_t successes = 0;  // of them
  std::uint32_t retries_left = 0;
  std::uint32_t call_ref = 0;
  Slot callee = no_slot;
  Reason reason;  // why the call failed; why it terminates
  Reason fate;    // of one that is doomed
  std::uint32_t deadline_ticket = 0;
  std::uint32_t limit_ticket = 0;
  Time deadline = 0;
  Time timer = 0;              // when the deadline timer that is set will ring
  Time since = 0;              // spawned
  std::uint32_t links = none;  // first of its links
  Slot next = no_slot;         // in its supervisor's order
  Slot previous = no_slot;
  std::uint32_t supervisor = none;  // into Execution::supervisors
};

struct Link {
  Slot peer = no_slot;
  std::uint32_t generation = 0;  // of the peer; 0: to be made when the peer starts
  std::uint32_t next = none;
};

/// An EXIT on its way from somebody dead.
struct ExitSignal {
  enum class From : std::uint8_t { parent, child, linked };
  Slot to = no_slot;
  std::uint32_t generation = 0;  // of the receiver
  From from = From::linked;      // what the dead was to the receiver
};

/// What somebody dead has not sent yet while others run.
struct Farewell {
  Slot slot = no_slot;
  std::uint32_t generation = 0;
  Reason reason;
  std::vector<ExitSignal> left;
  std::vector<Message> waiting;  // calls whose callers are told when nothing is left
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

}  // namespace treefall::runtime
