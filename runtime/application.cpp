// The application controller: starts applications in order, learns of the end of their top processes, and stops the
// node when that end asks for it (permanent: any; transient: any but `normal`; temporary: none).
#include "runtime/exit.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/surroundings.hpp"
#include "runtime/trace.hpp"

namespace treefall::runtime {
namespace {

std::uint32_t application_of(const Execution& x, Slot root) {
  const std::vector<ApplicationInfo>& applications = x.model.applications;
  for (std::uint32_t i = 0; i < applications.size(); ++i) {
    if (applications[i].root == root) return i;
  }
  return none;
}

/// What the start of the application at `x.booting` has come to; true when the boot can go on.
bool application_started(Execution& x, bool well, Reason reason) {
  const std::uint32_t index = x.booting;
  const ApplicationInfo& application = x.model.applications[index];
  Tally& tally = x.tallies[application.tally];
  const Process& root = x.processes[application.root];
  ++x.booting;
  if (well) {
    x.running[index] = true;
    tally.up.change(x.now, +1);
    tally.boot_time += x.now - root.since;
    ++tally.boots;
    return true;
  }
  ++tally.boot_failures;
  if (application.start == spec::StartType::temporary) return true;
  stop_node(x, index, reason);
  return false;
}

/// Not because the node was stopped meanwhile.
bool has_failed_by_itself(Reason reason) {
  return reason == Reason{Reason::Kind::shutdown_with, static_cast<std::uint32_t>(Term::failed_to_start_child)};
}

void finish_boot(Execution& x) {
  x.booted = true;
  populate_all(x);
}

/// Stops the next running application; the node is over when none is left.
void continue_stop(Execution& x) {
  while (x.stopping > 0) {
    const ApplicationInfo& application = x.model.applications[--x.stopping];
    Process& root = x.processes[application.root];
    if (root.status == Status::down) continue;
    root.stopping = true;
    if (x.draining && x.node(application.root).supervisor) x.supervising(application.root).stop_begun = x.now;
    if (x.trace != nullptr) x.trace->stopping(x, application.root);
    signal_parent_exit(x, application.root, exit_shutdown);
    if (root.status != Status::down) return;
  }
  x.over = true;
  if (x.trace != nullptr && x.cause != none) x.trace->node_stopped(x, x.cause, x.cause_reason);
}

void application_ended(Execution& x, std::uint32_t index, Reason reason) {
  switch (x.model.applications[index].start) {
    case spec::StartType::temporary:
      return;
    case spec::StartType::transient:
      if (reason == exit_normal) return;
      break;
    case spec::StartType::permanent:
      break;
  }
  if (x.stopping == none) stop_node(x, index, reason);
}

}  // namespace

void boot_node(Execution& x) {
  while (x.booting < x.model.applications.size()) {
    Reason reason;
    const Started started = start(x, x.model.applications[x.booting].root, reason);
    if (started == Started::pending) {
      x.waits_for_boot = true;
      return;
    }
    if (!application_started(x, started == Started::running, reason)) return;
  }
  finish_boot(x);
}

void root_started(Execution& x, Slot root, spec::InitOutcome outcome, Reason reason) {
  if (application_of(x, root) == none) return;  // unsupervised
  x.boot_returned = true;
  x.booted_well = outcome == spec::InitOutcome::ok;
  x.boot_reason = reason;
  x.queue.soon(x.now, Happens::node, 0);
}

void root_ended(Execution& x, Slot root, Reason reason) {
  const std::uint32_t index = application_of(x, root);
  if (index == none) return;  // unsupervised
  Tally& tally = x.tallies[x.model.applications[index].tally];
  if (x.running[index]) {
    x.running[index] = false;
    tally.up.change(x.now, -1);
    const Time life = x.now - x.processes[root].since;
    tally.at_risk += life;
    see_life_end(x, x.processes.size() + index, life, !x.draining && !x.processes[root].stopping);
    if (x.stop_begun >= 0) {
      tally.shutdown_time += x.now - x.stop_begun;
      ++tally.shutdowns;
    }
    if (!x.draining && !x.processes[root].stopping) {
      ++tally.gave_up;
      tally.lives += life;
      tally.first_failures.push_back(x.now);
    }
  }
  x.ended.emplace_back(index, reason);
  x.queue.soon(x.now, Happens::node, 0);
}

void run_controller(Execution& x) {
  if (x.boot_returned) {
    x.boot_returned = false;
    x.waits_for_boot = false;
    if (x.stopping == none) {
      if (application_started(x, x.booted_well, x.boot_reason)) boot_node(x);
    } else if (has_failed_by_itself(x.boot_reason)) {  // that it failed came first
      ++x.tallies[x.model.applications[x.booting].tally].boot_failures;
    }
  }
  const std::vector<std::pair<std::uint32_t, Reason>> ended = std::move(x.ended);
  x.ended.clear();
  for (const auto& [index, reason] : ended) {
    if (x.stopping == none) application_ended(x, index, reason);
  }
  if (x.stopping != none && !x.over) {
    // Whom it waits for may not be down yet.
    const bool waits = x.stopping < x.model.applications.size() &&
                       x.processes[x.model.applications[x.stopping].root].status != Status::down;
    if (!waits) continue_stop(x);
  }
}

void stop_node(Execution& x, std::uint32_t cause, Reason reason) {
  x.cause = cause;
  x.cause_reason = reason;
  x.stopping = static_cast<std::uint32_t>(x.model.applications.size());
  continue_stop(x);
}

void start_unsupervised(Execution& x, std::uint32_t index, Slot starter) {
  const UnsupervisedInfo& info = x.model.unsupervised[index];
  const Range slots = x.model.nodes[info.node].slots;
  for (std::uint32_t i = 0; i < slots.count; ++i) {
    const Slot slot = x.model.slots_of_node[slots.first + i];
    if (x.processes[slot].status == Status::down) {
      Reason ignored;
      start(x, slot, ignored);
    }
    if (info.linked && starter != no_slot && x.processes[slot].status != Status::down) make_link(x, starter, slot);
  }
}

}  // namespace treefall::runtime
