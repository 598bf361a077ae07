// Scripted events: what somebody at the shell of the node would do.
#include "runtime/exit.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/surroundings.hpp"
#include "runtime/trace.hpp"

namespace treefall::runtime {
namespace {

std::uint32_t script_traffic(const Execution& x) { return static_cast<std::uint32_t>(x.model.traffic.size() - 1); }

/// The process ends by itself with this reason; a supervisor stops its children before it does.
void exit_itself(Execution& x, Slot slot, Reason reason) {
  if (x.processes[slot].status == Status::down) return;
  if (x.node(slot).supervisor) {
    signal_parent_exit(x, slot, reason);
  } else {
    die(x, slot, reason);
  }
}

/// As a parent does it; a supervisor's stop is measured like that of the whole node.
void order_to_stop(Execution& x, Slot slot) {
  if (x.processes[slot].status == Status::down) return;
  if (x.node(slot).supervisor && x.supervising(slot).stop_begun < 0) x.supervising(slot).stop_begun = x.now;
  signal_parent_exit(x, slot, exit_shutdown);
}

void send(Execution& x, const ScriptStep& step, Slot slot) {
  if (step.as == spec::Sends::call) {
    scripted_call(x, script_traffic(x), slot, step.message);
    return;
  }
  const MessageKind kind = step.as == spec::Sends::cast ? MessageKind::cast : MessageKind::info;
  if (x.processes[slot].status == Status::down && x.node(slot).on_demand) ask_for_start(x, slot);
  send_cast(x, slot, Message{x.now, none, outside | script_traffic(x), 0, 0, step.message, kind, false});
}

/// A dynamic supervisor is asked for a pid: that of the last process here that came up.
void ask(Execution& x, Slot child, MessageKind kind) {
  const Slot supervisor = x.model.places[child].parent;
  if (supervisor == no_slot) return;
  deliver(x, supervisor, Message{x.now, none, child, x.processes[child].known, 0, message_any, kind, false});
}

void start_copies(Execution& x, const ScriptStep& step, Slot supervisor) {
  const NodeInfo& node = x.model.nodes[step.child];
  const Slot first = x.model.places[supervisor].first_child + node.offset;
  for (Slot child = first; child < first + node.copies; ++child) ask(x, child, MessageKind::start_child);
}

}  // namespace

void run_script(Execution& x, std::uint32_t index) {
  const ScriptStep& step = x.model.script[index];
  const Slot slot = resolve(x, step.to, no_slot, x.traffic[script_traffic(x)].pick);
  switch (step.what) {
    case spec::ScriptedEvent::Do::kill:
      kill(x, slot);
      return;
    case spec::ScriptedEvent::Do::exit:
      exit_itself(x, slot, step.reason);
      return;
    case spec::ScriptedEvent::Do::shutdown:
      order_to_stop(x, slot);
      return;
    case spec::ScriptedEvent::Do::send:
      send(x, step, slot);
      return;
    case spec::ScriptedEvent::Do::start_child:
      start_copies(x, step, slot);
      return;
    case spec::ScriptedEvent::Do::terminate_child:
      ask(x, slot, MessageKind::terminate_child);
      return;
    case spec::ScriptedEvent::Do::restart_child:
      ask(x, slot, MessageKind::restart_child);
      return;
    case spec::ScriptedEvent::Do::delete_child:
      ask(x, slot, MessageKind::delete_child);
      return;
  }
}

}  // namespace treefall::runtime
