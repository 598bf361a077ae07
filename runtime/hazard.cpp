// Failures compete with other ends of the node: with hazards h and o the probability of having failed d after the
// middle is h / (h + o) * (1 - exp(-(h + o) d)), rising in h and falling in o (cumulative incidence). Each of the four
// figures that go in (failed by the middle, still at risk there, h, o) has an exact interval at a quarter of the error;
// the corners bound the result (Bonferroni).
#include "runtime/hazard.hpp"

#include <algorithm>
#include <cmath>

namespace treefall::runtime {
namespace {

double incidence(double hazard, double other, double duration) {
  const double all = hazard + other;
  if (all == 0) return 0;
  return hazard / all * -std::expm1(-all * duration);
}

}  // namespace

Extrapolated failure_probability_beyond(const Courses& courses, Time horizon, double confidence) {
  const Time middle = courses.until / 2;
  double failed_early = 0;
  double ended_early = 0;
  double exposure = 0;
  const auto see = [&](const std::vector<Time>& times, double& early) {
    double late = 0;
    for (const Time time : times) {
      if (time <= middle) {
        ++early;
      } else {
        ++late;
        exposure += static_cast<double>(time - middle) * 1e-9;
      }
    }
    return late;
  };
  const double failed_late = see(courses.failures, failed_early);
  const double ended_late = see(courses.ends, ended_early);
  const auto replicas = static_cast<double>(courses.replicas);
  const double at_risk = replicas - failed_early - ended_early;
  exposure += (at_risk - failed_late - ended_late) * static_cast<double>(courses.until - middle) * 1e-9;
  const double rest = static_cast<double>(horizon - middle) * 1e-9;

  const double each = 1 - (1 - confidence) / 4;
  const Interval early = proportion(failed_early, replicas, each);
  const Interval alive = proportion(at_risk, replicas, each);
  Extrapolated result;
  result.value = failed_early / replicas;
  if (exposure == 0) {
    result.interval = {early.low, std::min(1.0, early.high + alive.high)};
    return result;
  }
  const Interval hazard = poisson_rate(failed_late, exposure, each);
  const Interval other = poisson_rate(ended_late, exposure, each);
  result.value += at_risk / replicas * incidence(failed_late / exposure, ended_late / exposure, rest);
  result.interval = {early.low + alive.low * incidence(hazard.low, other.high, rest),
                     std::min(1.0, early.high + alive.high * incidence(hazard.high, other.low, rest))};
  return result;
}

}  // namespace treefall::runtime
