// A late call is a sign of a long queue, so more follow it: within one window of the budget they are one clump, whose
// size the queue's excursion decides (shared_server.hpp). A budget sees clumps as events that cost several restarts.
#include "analyzer/late_restarts.hpp"

#include <algorithm>

#include "analyzer/remembered.hpp"

namespace treefall::analyzer {

namespace {

constexpr std::uint64_t most_in_clumps = 40;  // late calls that are told apart
constexpr double error_of_clumps = 0.5;       // of the rate of clumps: one may be the next one's beginning
constexpr double half_second = 0.5;           // OTP counts whole seconds: a window lasts that much longer on average

double length_of(const Window& window) { return static_cast<double>(window.seconds) + half_second; }

// Clumps are told apart by their first calls, and none begins within another.
double rate_of_clumps(const LateRestarts& late, double mean_size, double length) {
  const double begun = late.per_second / mean_size;
  const double free = 1 - begun * length;
  return free > 0 ? std::min(begun / free, late.per_second) : late.per_second;
}

}  // namespace

std::uint64_t told_apart(const Window& window) { return std::min(window.restarts + 1, most_in_clumps); }

void add_late(std::vector<LateRestarts>& all, spec::NodeId callee, const PoissonCrashes& crashes, double count) {
  auto known = std::find_if(all.begin(), all.end(), [&](const LateRestarts& late) {
    return late.callee == callee && late.calls.timeout == crashes.late->timeout;
  });
  if (known == all.end()) {
    known = all.insert(known, {callee, *crashes.late, 0, 0, 0});
    known->calls.share = 0;
  }
  known->calls.share += crashes.late->share;
  known->processes += count;
  known->per_second += crashes.per_second * count;
  known->error = std::max(known->error, crashes.error);
}

double add_clumps(const std::vector<LateRestarts>& all, const Window& window, Remembered& remembered,
                  Restarts& restarts, std::vector<double>& rates) {
  const auto most = told_apart(window);
  const double length = length_of(window);
  double error = 0;
  for (const auto& late : all) {
    const auto& clump = remembered.clump(late.calls, length, most);
    const double rate = rate_of_clumps(late, clump.mean, length);
    const double idle = late.calls.present[0];
    restarts.late += late.per_second;
    restarts.late_error = std::max(restarts.late_error, late.error);
    if (late.processes < 2 * static_cast<double>(most)) restarts.few_callers = true;
    restarts.settles = std::max(restarts.settles, length + 2 * late.calls.mean_service / (idle * idle));
    restarts.own += rate;
    error += (late.error + error_of_clumps) * rate;
    for (std::size_t i = 0; i < clump.sizes.size(); ++i) rates[i] += rate * clump.sizes[i];
  }
  return error;
}

}  // namespace treefall::analyzer
