// What the files on disturbances share: the survey from the root down, and bounds on rates. Internal to them.
#pragma once

#include <string>
#include <vector>

#include "analyzer/disturbances.hpp"

namespace treefall::analyzer {

struct Survey {
  const Stage& stage;
  double horizon;
  std::vector<double> strays;  // by node: restarts per second that no formula counts, as the round before found them
  std::vector<Disturbance> of;
  std::vector<Disturbance> outside;

  const spec::Node& node(spec::NodeId id) const { return stage.design.nodes[id]; }
  double count(spec::NodeId id) const { return static_cast<double>(node(id).count.value); }
  const Budget& budget(spec::NodeId id) const { return stage.facts.budgets.of[id]; }
};

/// Infinite where it is not known.
double known(double value);
/// The high end of an error bar; infinite where nothing is said.
double upper(const Estimate& estimate);
/// a b; nothing of something infinite is nothing.
double times(double a, double b);
double at_most_one(double value);
/// By node: what the script does to it where it starts or stops it, and so it and all that stands below are there for a
/// part of the time only; empty elsewhere.
std::vector<std::string> kept_away(const Survey& s);
/// P(one of its starts says `ignore`), at most (Markov's inequality): then this worker is not started again.
double ignores(const Survey& s, spec::NodeId worker);
/// Seconds from its start until its ticks and the regular sources that load it have begun, on average.
double until_first(const Stage& stage, spec::NodeId worker);
/// By how much that is later than the mean interval of its messages.
double begins_later(const Stage& stage, spec::NodeId worker);

/// Exits of one process per second that its supervisor answers with a restart (or does not).
double exits(const Survey& s, spec::NodeId worker, bool counted);
/// Restarts per second of one child, all copies together; NaN nowhere.
double restarts(const Survey& s, spec::NodeId child);
/// Falls per second of a supervisor with this budget to which so many stray restarts per second belong.
double stray_falls(double strays, const Budget& budget);

/// Fills in `missing` and `unserved`; the node lives for `life` seconds.
void spread(Survey& s, double life);
/// The strays of the next round, by node: of all copies together.
std::vector<double> strays_of(const Survey& s);

}  // namespace treefall::analyzer
