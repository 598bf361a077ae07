// Restart intensity: OTP stamps every restart with the whole second of the VM's monotonic clock and keeps the stamps
// with `stamp >= now - period`; so the window is between `period` and `period + 1` seconds long, depending on where in
// the second things happen. Stamps of one second are kept as one number.
#include <algorithm>

#include "runtime/supervisor.hpp"
#include "runtime/trace.hpp"

namespace treefall::runtime {
namespace {

void forget_old(Supervising& supervising, std::int64_t oldest) {
  std::size_t& begin = supervising.stamps_begin;
  while (begin < supervising.stamps.size() && supervising.stamps[begin].second < oldest) {
    supervising.stamped -= supervising.stamps[begin++].count;
  }
  if (begin > 64 && begin * 2 > supervising.stamps.size()) {
    supervising.stamps.erase(supervising.stamps.begin(),
                             supervising.stamps.begin() + static_cast<std::ptrdiff_t>(begin));
    begin = 0;
  }
}

}  // namespace

bool stamp_restart(Execution& x, Slot slot) {
  const NodeInfo& node = x.node(slot);
  Supervising& supervising = x.supervising(slot);
  const std::int64_t second = (x.now + x.phase) / nanoseconds_a_second;
  const auto period = static_cast<std::int64_t>(std::min<std::uint64_t>(node.max_seconds, std::uint64_t{1} << 62));
  forget_old(supervising, second - period);
  if (supervising.stamps_begin == supervising.stamps.size() || supervising.stamps.back().second != second) {
    supervising.stamps.push_back({second, 0});
  }
  ++supervising.stamps.back().count;
  ++supervising.stamped;
  ++x.tally(x.processes[slot]).restarts;
  if (x.trace != nullptr) x.trace->restart_counted(x, slot, supervising.stamped);
  if (x.lookout != nullptr && x.lookout->below[slot]) {
    x.lookout->counted = true;
    x.until = x.now;
  }
  return supervising.stamped <= node.max_restarts;
}

void give_up(Execution& x, Slot slot) {
  Supervising& supervising = x.supervising(slot);
  Tally& tally = x.tally(x.processes[slot]);
  ++tally.gave_up;
  const Time life = x.now - x.processes[slot].since;
  tally.at_risk += life;
  tally.lives += life;
  see_life_end(x, slot, life, true);
  supervising.gave_up = true;
  if (!supervising.failed_before) tally.first_failures.push_back(x.now);
  supervising.failed_before = true;
  if (x.trace != nullptr) x.trace->gave_up(x, slot, supervising.stamped);
  exit_supervisor(x, slot, exit_shutdown);
}

}  // namespace treefall::runtime
