// An outage makes processes crash (their clocks `during` it) and their restarts fail (`init: {fails: {during: …}}`).
// A failed start is tried again at once, each attempt a counted restart, so attempts that take t seconds each spend a
// budget of R in P seconds in R t seconds, surely if R t <= P, never if R t >= P + 1 (otp-semantics: an init that fails
// slowly never exhausts the budget). When a supervisor gives up, its own restart runs into the same failing init: going
// up the tree the attempts add, they do not multiply.
#include "analyzer/outage.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

struct Outage {
  const Design& design;
  const Facts& facts;
  spec::FaultId fault;
  double lasting;
};

// What one outage does to one supervisor.
struct Damage {
  double survives = 1;  // probability
  double spent = 0;     // seconds from the first failed start to giving up, where starts fail
  bool starts_fail = false;
  double attempt = 0;  // seconds of one failing start of the subtree
  std::string what;
  std::string unsaid;
};

std::string quoted(const Design& design, NodeId id) { return "`" + design.nodes[id].name + "`"; }

// Does a failing start of `attempt` seconds, repeated, use up the budget? NaN: depends on the clock's phase.
double uses_up(const Window& window, double attempt) {
  const double needed = static_cast<double>(window.restarts) * attempt;
  const auto period = static_cast<double>(window.seconds);
  if (needed <= period) return 1;
  return needed >= period + 1 ? 0 : std::numeric_limits<double>::quiet_NaN();
}

// P(the worker crashes because of the fault within so many seconds of its beginning).
double crashes_within(const Outage& outage, NodeId id, double seconds) {
  if (seconds <= 0) return 0;
  double lives = 1;
  for (const auto& source : outage.facts.crashes.of[id]) {
    if (!source.during || *source.during != outage.fault || !source.counted) continue;
    if (const auto* poisson = std::get_if<PoissonCrashes>(&source.times))
      lives *= std::exp(-poisson->per_second * seconds);
    if (const auto* life = std::get_if<LifeTime>(&source.times))
      lives *= 1 - spec::cumulative(life->since_start, seconds);
  }
  return 1 - lives;
}

// Crashes only, each followed by a good start.
void add_crashes(const Outage& outage, NodeId id, const Window& window, Damage& damage) {
  const auto count = static_cast<double>(outage.design.nodes[id].count.value);
  for (const auto& source : outage.facts.crashes.of[id]) {
    if (!source.during || *source.during != outage.fault || !source.counted) continue;
    damage.what = quoted(outage.design, id) + " " + source.what;
    const auto* poisson = std::get_if<PoissonCrashes>(&source.times);
    if (poisson != nullptr) {
      damage.survives *= 1 - failure_probability(window, poisson->per_second * count, outage.lasting).value;
      continue;
    }
    const auto* life = std::get_if<LifeTime>(&source.times);
    if (life == nullptr || !spec::is_constant(life->since_start) || count > 1) {
      damage.unsaid = "how often " + quoted(outage.design, id) + " crashes during the outage cannot be said";
      continue;
    }
    const double gap = spec::mean(life->since_start);
    const double needed = static_cast<double>(window.restarts + 1) * gap;
    const double used = uses_up(window, gap);
    if (needed > outage.lasting || used == 0) continue;
    if (std::isnan(used)) damage.unsaid = damage.what + ": it depends on the clock's phase";
    damage.survives = 0;
  }
}

void add_failing_start(const Outage& outage, NodeId id, const Window& window, Damage& damage) {
  const auto& init = *spec::as_worker(outage.design.nodes[id])->init;
  const double attempt = spec::mean(init.takes);
  const std::string name = quoted(outage.design, id);
  damage.starts_fail = true;
  damage.attempt = std::max(damage.attempt, attempt);
  const double used = uses_up(window, attempt);
  const double spent = static_cast<double>(window.restarts) * attempt;
  const bool crashes = crashes_within(outage, id, outage.lasting) > 0;
  if (!crashes) return;  // nothing but other crashes would restart it meanwhile
  damage.what = name + " crashes, and each new start fails after " + spec::seconds_text(attempt);
  if (used == 0) {
    damage.what += ", too slowly to use up the budget";
    return;
  }
  if (std::isnan(used)) damage.unsaid = damage.what + ": it depends on the clock's phase";
  damage.spent = std::max(damage.spent, spent);
  const double falls = crashes_within(outage, id, outage.lasting - spent);
  damage.survives *= std::pow(1 - falls, static_cast<double>(outage.design.nodes[id].count.value));
}

Damage damage_of(const Outage& outage, NodeId id);

void add_supervisor(const Outage& outage, NodeId child, const Window& window, Damage& damage) {
  const Damage below = damage_of(outage, child);
  damage.starts_fail = damage.starts_fail || below.starts_fail;
  damage.attempt = std::max(damage.attempt, below.attempt);
  if (!below.unsaid.empty()) damage.unsaid = below.unsaid;
  if (outage.design.nodes[child].restart.value != spec::Restart::permanent || below.survives >= 1) return;
  const double used = below.starts_fail ? uses_up(window, below.attempt) : std::numeric_limits<double>::quiet_NaN();
  if (std::isnan(used)) {
    damage.unsaid = "how often " + quoted(outage.design, child) + " gives up during the outage cannot be said";
    return;
  }
  if (used == 0) return;
  const double spent = below.spent + static_cast<double>(window.restarts) * below.attempt;
  damage.spent = std::max(damage.spent, spent);
  damage.what = below.what;
  damage.survives *= spent < outage.lasting ? below.survives : 1;
}

Damage damage_of(const Outage& outage, NodeId id) {
  Damage damage;
  const Window& window = outage.facts.budgets.of[id].window;
  if (spec::as_supervisor(outage.design.nodes[id])->opaque)
    damage.unsaid = quoted(outage.design, id) + " is not described inside";
  for (const NodeId child : outage.design.nodes[id].children) {
    const auto* worker = spec::as_worker(outage.design.nodes[child]);
    if (worker == nullptr) {
      add_supervisor(outage, child, window, damage);
      continue;
    }
    if (worker->init && !worker->init->during.empty()) damage.unsaid = "its inits change while the fault lasts";
    if (worker->init && worker->init->fails_during == outage.fault)
      add_failing_start(outage, child, window, damage);
    else
      add_crashes(outage, child, window, damage);
  }
  return damage;
}

}  // namespace

Estimate gives_up_during(const Design& design, const Facts& facts, NodeId supervisor, spec::FaultId fault,
                         double lasting) {
  const Damage damage = damage_of({design, facts, fault, lasting}, supervisor);
  if (!damage.unsaid.empty()) return unsaid(damage.unsaid);
  const double falls = 1 - damage.survives;
  const std::string name = "`" + design.faults[fault].name + "`";
  const std::string because = damage.what.empty()
                                  ? "nothing below it crashes because of " + name
                                  : damage.what + " while " + name + " lasts " + spec::seconds_text(lasting);
  return falls == 0 || falls == 1 ? surely(falls, because) : exactly(falls, because);
}

}  // namespace treefall::analyzer
