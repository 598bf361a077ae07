// One serial server with a mailbox: messages come at random (Poisson), wait in order, are served one at a time. Times
// in seconds, rates per second. The mathematics and its sources stand in queueing.cpp and sojourn.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/estimate.hpp"
#include "spec/distribution.hpp"

namespace treefall::analyzer {

/// One class of messages: so many per second, served so long; together they are the server's load.
struct MessageClass {
  double rate = 0;
  spec::Distribution service = spec::Constant{0};
};
using MessageClasses = std::vector<MessageClass>;

/// Messages per second; offered load (may exceed 1); mean and second moment of a message's service time.
double arrival_rate(const MessageClasses& load);
double utilisation(const MessageClasses& load);
double mean_service(const MessageClasses& load);
double second_moment_of_service(const MessageClasses& load);

/// Mean wait in the mailbox before service (Pollaczek-Khinchine), from the moments of the service time alone; infinite
/// at utilisation >= 1.
double mean_wait(double rate, double mean_service, double second_moment_of_service);
Estimate mean_wait(const MessageClasses& load);
/// The wait that 1 % of the messages exceed; `share` for another percentile.
Estimate wait_quantile(const MessageClasses& load, double share = 0.99);
/// Messages in the mailbox (not the one in service), time average.
Estimate mean_mailbox_length(const MessageClasses& load);
/// Messages in the mailbox and in service: what a crash from outside loses.
Estimate mean_in_system(const MessageClasses& load);
/// Messages that the mailbox gains per second in overload: rate - 1 / mean service; 0 below.
double mailbox_growth(const MessageClasses& load);
/// P(wait > seconds).
Estimate wait_exceeds(const MessageClasses& load, double seconds);
/// P(wait + service > seconds) for a message whose own service is `own`. The load is that of all messages.
Estimate sojourn_exceeds(const MessageClasses& load, const spec::Distribution& own, double seconds);

/// Messages found behind in the mailbox when the handler of one message crashes at its end, in steady state: those that
/// were already waiting and those that came during its service.
Estimate mean_left_behind(const MessageClasses& load, const spec::Distribution& own);

/// A server (Poisson arrivals, exponential service) that crashes at `crash_rate` while it is up, losing its mailbox;
/// it is up again after a mean of `repair` seconds, and what is sent meanwhile is lost or fails.
struct CrashingServer {
  double arrival_rate = 0;
  double service_rate = 0;
  double crash_rate = 0;  // > 0
  double repair = 0;      // mean seconds down per crash
};
Estimate answered_within(const CrashingServer& server, double timeout);  // per call; timeout may be infinite
Estimate lost_per_crash(const CrashingServer& server);                   // in the mailbox and in service
Estimate lost_per_second(const CrashingServer& server);                  // with those sent while it is down
Estimate mean_mailbox_length(const CrashingServer& server);              // while up, without the one in service
double availability(const CrashingServer& server);

/// P(wait and own service take longer than `seconds`) for any rate of arrivals below 1 / mean of one law of service: on
/// a lattice, of which what does not depend on the rate is computed once.
class SojournTail {
 public:
  SojournTail(const spec::Distribution& service, double seconds);
  double at(double rate) const;

 private:
  std::size_t points_ = 0;
  double mean_ = 0;
  double atom_ = 0;  // P(a service takes exactly so long)
  std::vector<double> residual_, own_;
};

/// N callers outside, each thinking for a mean of `think` seconds and then calling and waiting; exponential service.
struct ClosedLoop {
  std::uint64_t callers = 1;
  double think = 0;
  double mean_service = 0;  // > 0
};
struct ClosedLoopEstimate {
  Estimate throughput;   // calls answered per second
  Estimate utilisation;  // of the server
  Estimate mean_wait;    // in the mailbox
  Estimate mean_mailbox_length;
};
ClosedLoopEstimate closed_loop(const ClosedLoop& loop);

}  // namespace treefall::analyzer
