// Whose process a thing that happens makes act.
#include "runtime/ties.hpp"

namespace treefall::runtime {
namespace {

Slot actor(const Execution& x, const Event& event) {
  switch (event.what()) {
    case Happens::work_done:
    case Happens::call_deadline:
    case Happens::stop_limit:
    case Happens::wake:
    case Happens::reseed:
      return event.index();
    case Happens::tick:
      return x.model.tick_slots[event.index()];
    case Happens::crash:
      return x.model.crash_slots[event.index()];
    case Happens::task_done:
      return x.tasks[event.index()].owner;
    case Happens::farewell:
      return event.index() < x.farewells.size() ? concerned(x.farewells[event.index()]).place : no_slot;
    case Happens::crash_group:
    case Happens::arrival:
    case Happens::client_deadline:
    case Happens::think_over:
    case Happens::fault_turns:
    case Happens::script:
    case Happens::batch:
    case Happens::node:
      break;
  }
  return no_slot;
}

}  // namespace

Concerned concerned(const Execution& x, const Event& event) {
  const bool of_a_place = event.what() == Happens::wake || event.what() == Happens::work_done ||
                          event.what() == Happens::call_deadline || event.what() == Happens::stop_limit;
  return {of_a_place ? event.index() : static_cast<std::uint32_t>(event.what()) << 27 | event.index(), actor(x, event)};
}

}  // namespace treefall::runtime
