// What the files on disturbances share: the survey from the root down, and bounds on rates. Internal to them.
#pragma once

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
