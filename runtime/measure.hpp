// From sums to measurements.
#pragma once

#include <optional>
#include <vector>

#include "runtime/measurement.hpp"
#include "runtime/model.hpp"
#include "runtime/observation.hpp"

namespace treefall::runtime {

struct Sums {
  const Model& model;
  const std::vector<Total>& totals;
  std::uint64_t replicas = 0;
  Time until = 0;
  const std::vector<Time>& ends;  // by replica: when it was over, `until` or earlier
};

/// Which tally holds a subject; for copies that the design does not tell apart, that of all of them.
std::uint32_t tally_of(const Model& model, const spec::Subject& subject);

/// How long after its start the risk of giving up of a supervisor, or of an application's root, has become what it
/// stays, in seconds: windows are full then. Infinite where processes age.
double settling_time(const Model& model, const spec::Subject& subject);

/// The same for replicas of length `until`; infinite, too, where what has a rhythm is not seen often enough in one.
double risk_settles(const Model& model, const spec::Subject& subject, Time until);
/// Does it live once in a replica, as the root of an application does?
bool lives_once(const Model& model, const spec::Subject& subject);

std::optional<Measurement> measure(const Sums& sums, const spec::Subject& subject, spec::Quantity quantity,
                                   std::optional<spec::Duration> within, double confidence);
std::vector<Measurement> measure_all(const Sums& sums, double confidence);

}  // namespace treefall::runtime
