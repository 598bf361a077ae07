// Calls from outside that are tried again when they come too late: a load that feeds on its own lateness, and so may
// have two steady states.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/estimate.hpp"
#include "analyzer/facts.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// A server, and the streams of calls to it that are tried again.
struct Retried {
  struct Stream {
    double rate = 0;            // first attempts per second, a Poisson stream
    double timeout = 0;         // seconds
    std::uint32_t retries = 0;  // after the first attempt
  };
  std::vector<Stream> streams;
  double others = 0;                               // messages per second beside them, likewise
  double mean_service = 0;                         // seconds
  std::optional<spec::Distribution> service = {};  // where it is not exponential
};
/// 1 + q + ... + q^m.
double attempts(double late, std::uint32_t retries);
/// Messages per second without any retry, and with all of them.
double least_rate(const Retried& calls);
double most_rate(const Retried& calls);

/// A rate of arrivals that brings itself about.
struct FixedPoint {
  double rate = 0;  // messages per second, attempts included
  double late = 0;  // share of the attempts of all streams that time out
  bool stable = true;
  bool overloaded = false;  // more than the server can do: the mailbox grows for ever
};

/// All there are, rising: one or three; two where the lower two just touch.
std::vector<FixedPoint> fixed_points(const Retried& calls);

/// Mean time in seconds from an empty mailbox to where the overload holds itself up. Infinite where there is none.
Estimate time_to_overload(const Retried& calls);

/// Both where services are not exponential (general_feedback.cpp). Fixed points closer together than a ten-thousandth
/// of what the server can do may be missed.
std::vector<FixedPoint> fixed_points_of_general(const Retried& calls);
Estimate time_to_overload_of_general(const Retried& calls);

/// The calls to a process that may tip over so, with the source that brings most of them.
struct Feedback {
  spec::TrafficId source = 0;
  Retried calls;
  std::vector<FixedPoint> points;
  Estimate tips_after;  // time_to_overload
};
/// Nothing where its calls are not tried again, cannot overload it, or do not come to it alone at random, and where its
/// messages have services of different laws.
std::optional<Feedback> feedback_of(const spec::Design& design, const Facts& facts, spec::NodeId worker);

/// What share of so many seconds from an empty mailbox on it is busy.
Estimate busy_within(const Feedback& feedback, double seconds);
/// What its mailbox gains per second, over so many seconds from an empty one.
Estimate growth_within(const Feedback& feedback, double seconds);

}  // namespace treefall::analyzer
