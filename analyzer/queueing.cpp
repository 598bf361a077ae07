// Formulas of the M/G/1 queue, of a server that crashes, and of a closed loop of callers.
//
// Pollaczek-Khinchine: mean wait = rate E[S^2] / (2 (1 - rho)); by Little's law, rate times it wait in the mailbox, and
// rho more are in service. Several classes in one FIFO mailbox: the service law is their mixture by rate (L. Kleinrock,
// Queueing Systems 1, 1975, ch. 5). Poisson arrivals see time averages, so a crash clock of its own that is exponential
// finds the time average; a handler that crashes at its end leaves behind what waited when it began plus what came
// while it served.
//
// A server that loses its mailbox (crashes at xi while up, arrivals at lambda, service at mu, up again after a mean of
// 1/eta). While up, the number in it is a birth-death chain with resets to empty: geometric with ratio r, the smaller
// root of mu z^2 - (lambda + mu + xi) z + lambda = 0 (multiply balance equations; D. Gross et al., Fundamentals of
// Queueing Theory, ch. 2, with catastrophes). A call that finds n before it needs n + 1 services before the next crash
// and within its timeout; mixed over the geometric law that is one exponential time of rate a = mu (1 - r), so
//   P(answered within theta) = eta / (eta + xi) * a / (a + xi) * (1 - exp(-(a + xi) theta)).
// The repair time enters by its mean only, for arrivals see the share of time up, whatever the law.
//
// Closed loop: exact mean value analysis of N callers, one think stage and one exponential server (M. Reiser, S. S.
// Lavenberg, JACM 27, 1980).
#include "analyzer/queueing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace treefall::analyzer {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

constexpr const char* pollaczek = "the Pollaczek-Khinchine formula";
constexpr const char* overload = "overload: more work comes than the server can do";

double in_mailbox(double rate, double mean, double second_moment) {
  return rate * mean_wait(rate, mean, second_moment);
}

// The ratio of the geometric number in the server while it is up.
double ratio(const CrashingServer& s) {
  const double sum = s.arrival_rate + s.service_rate + s.crash_rate;
  const double root = std::sqrt(sum * sum - 4 * s.service_rate * s.arrival_rate);
  return 2 * s.arrival_rate / (sum + root);  // the smaller root without cancellation
}

constexpr const char* crashing = "the closed form for a server that loses its mailbox at each crash";

}  // namespace

double arrival_rate(const MessageClasses& load) {
  double sum = 0;
  for (const auto& c : load) sum += c.rate;
  return sum;
}

double utilisation(const MessageClasses& load) {
  double sum = 0;
  for (const auto& c : load) sum += c.rate * spec::mean(c.service);
  return sum;
}

double mean_service(const MessageClasses& load) {
  const double rate = arrival_rate(load);
  return rate > 0 ? utilisation(load) / rate : 0;
}

double second_moment_of_service(const MessageClasses& load) {
  const double rate = arrival_rate(load);
  double sum = 0;
  for (const auto& c : load) sum += c.rate * spec::second_moment(c.service);
  return rate > 0 ? sum / rate : 0;
}

double mean_wait(double rate, double mean_service, double second_moment_of_service) {
  const double idle = 1 - rate * mean_service;
  if (idle <= 0) return infinity;
  return rate * second_moment_of_service / (2 * idle);
}

Estimate mean_wait(const MessageClasses& load) {
  const double wait = mean_wait(arrival_rate(load), mean_service(load), second_moment_of_service(load));
  return exactly(wait, std::isinf(wait) ? overload : pollaczek);
}

Estimate mean_mailbox_length(const MessageClasses& load) {
  const double length = in_mailbox(arrival_rate(load), mean_service(load), second_moment_of_service(load));
  return exactly(length, std::isinf(length) ? overload : pollaczek);
}

Estimate mean_in_system(const MessageClasses& load) {
  auto estimate = mean_mailbox_length(load);
  estimate.value = estimate.low = estimate.high = estimate.value + utilisation(load);
  return estimate;
}

double mailbox_growth(const MessageClasses& load) {
  const double service = mean_service(load);
  return service > 0 ? std::max(0.0, arrival_rate(load) - 1 / service) : 0;
}

Estimate mean_left_behind(const MessageClasses& load, const spec::Distribution& own) {
  auto estimate = mean_mailbox_length(load);  // found on arrival; each of them goes before, but as many come: Little
  estimate.value = estimate.low = estimate.high = estimate.value + arrival_rate(load) * spec::mean(own);
  return estimate;
}

double availability(const CrashingServer& server) { return 1 / (1 + server.crash_rate * server.repair); }

Estimate answered_within(const CrashingServer& server, double timeout) {
  const double a = server.service_rate * (1 - ratio(server));
  const double leave = a + server.crash_rate;
  if (leave <= 0 || timeout <= 0) return exactly(0, crashing);
  return exactly(availability(server) * a / leave * -std::expm1(-leave * timeout), crashing);
}

Estimate mean_mailbox_length(const CrashingServer& server) {
  const double r = ratio(server);
  return exactly(r * r / (1 - r), crashing);  // sum over n >= 1 of (n - 1) (1 - r) r^n
}

Estimate lost_per_crash(const CrashingServer& server) {
  const double r = ratio(server);
  return exactly(r / (1 - r), crashing);
}

Estimate lost_per_second(const CrashingServer& server) {
  const double up = availability(server);
  const double at_crashes = server.crash_rate * up * lost_per_crash(server).value;
  return exactly(at_crashes + server.arrival_rate * (1 - up), crashing);
}

ClosedLoopEstimate closed_loop(const ClosedLoop& loop) {
  constexpr const char* analysis = "exact mean value analysis of the closed loop";
  double there = 0, throughput = 0, residence = 0;
  // Beyond so many callers the server is saturated for every digit; the rest of them only wait.
  const double saturation = 1 + loop.think / loop.mean_service;
  const double most = std::min(static_cast<double>(loop.callers), 20 * saturation + 100000);
  for (double n = 1; n <= most; ++n) {
    residence = loop.mean_service * (1 + there);
    throughput = n / (loop.think + residence);
    there = throughput * residence;
  }
  const double behind = static_cast<double>(loop.callers) - std::floor(most);
  there += std::max(0.0, behind);
  residence += std::max(0.0, behind) * loop.mean_service;
  return {exactly(throughput, analysis), exactly(throughput * loop.mean_service, analysis),
          exactly(residence - loop.mean_service, analysis), exactly(there - throughput * loop.mean_service, analysis)};
}

}  // namespace treefall::analyzer
