// An attempt that times out leaves its request in the mailbox and is made again, up to m times. With M/M/1, x messages
// a second and service rate mu, an attempt is late with q(x) = exp(-(mu - x) theta), and surely from x = mu on. What
// comes is then o + l (1 + q + ... + q^m), l the first attempts and o all else; steady rates are the zeros of
//
//     f(x) = o + l sum_{j <= m} q(x)^j - x .
//
// Below mu it is a sum of exponentials less x, hence convex, and positive at x = o + l: at most two zeros, to either
// side of its least value, which is where f' changes its sign. So none is missed. The lower one is stable (more comes
// in than is brought about below it, less above it), the upper one is not. Where f(mu) > 0 there is a third, overloaded
// state, x = o + l (m + 1): every attempt is late there, and it stays. (The fixed points of retry storms: N. Bronson et
// al., Metastable Failures in Distributed Systems, HotOS 2021.)
//
// A stable state is left by chance. A message that finds n others stays for an Erlang time of n + 1 services, so its
// attempts are late with p(n) = P(Poisson(mu theta) <= n), and are made again a timeout later. With that delay left
// out, the mailbox is a birth-death chain with births b(n) = o + l sum p(n)^j and deaths mu, and the mean time from n
// to n + 1 is h(n) = (1 + mu h(n-1)) / b(n) (S. Karlin, H. Taylor, A First Course in Stochastic Processes, 1975,
// ch. 4.7). It is added up to the n from which the chain falls back with less than 1 %, by the product of mu / b. The
// delay makes a storm come later where retries are few, and sooner where they are many. Played out with the delay at 14
// settings (loads of 0.2 to 0.8, 1 to 9 retries, timeouts of 1.5 to 40 services) the true time was 0.51 to 2.64 times
// that of the chain. So 1.2 times it is said, with a bar from 0.4 to 3.3 times it.
#include "analyzer/feedback.hpp"

#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <functional>
#include <limits>

#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double falls_back = 0.01;  // probability that a storm is taken for one too early
constexpr std::size_t longest_mailbox = 100'000;

/// 1 + q + ... + q^m.
double attempts(double late, std::uint32_t retries) {
  double sum = 1;
  for (std::uint32_t j = 0; j < retries; ++j) sum = 1 + late * sum;
  return sum;
}

double late_at(const Retried& calls, double rate) {
  const double room = 1 / calls.mean_service - rate;
  return room <= 0 ? 1 : std::exp(-room * calls.timeout);
}

double brought_about(const Retried& calls, double rate) {
  return calls.others + calls.rate * attempts(late_at(calls, rate), calls.retries);
}

double zero_between(const std::function<double(double)>& f, double low, double high) {
  std::uintmax_t steps = 200;
  const auto [a, b] =
      boost::math::tools::toms748_solve(f, low, high, boost::math::tools::eps_tolerance<double>(50), steps);
  return (a + b) / 2;
}

FixedPoint point(const Retried& calls, double rate, bool stable) {
  const double capacity = 1 / calls.mean_service;
  return {rate, late_at(calls, rate), stable, rate >= capacity};
}

/// P(a message that finds n others is there for longer than the timeout).
double late_behind(const Retried& calls, std::size_t n) {
  return boost::math::gamma_q(static_cast<double>(n + 1), calls.timeout / calls.mean_service);
}

}  // namespace

std::vector<FixedPoint> fixed_points(const Retried& calls) {
  const double capacity = 1 / calls.mean_service, least = calls.others + calls.rate;
  const double most = calls.others + calls.rate * (calls.retries + 1.0);
  if (least >= capacity) return {point(calls, most, true)};
  const auto f = [&](double x) { return brought_about(calls, x) - x; };
  if (f(capacity) <= 0) return {point(calls, zero_between(f, least, capacity), true)};
  // d/dx q^j = j theta q^j.
  const auto slope = [&](double x) {
    const double late = late_at(calls, x);
    double sum = 0;
    for (std::uint32_t j = 1; j <= calls.retries; ++j) sum += j * std::pow(late, j);
    return calls.rate * calls.timeout * sum - 1;
  };
  std::vector<FixedPoint> found;
  const bool falls = slope(least) < 0;
  const double bottom = !falls ? least : slope(capacity) <= 0 ? capacity : zero_between(slope, least, capacity);
  if (falls && f(bottom) <= 0) {
    const double lower = f(least) <= 0 ? least : zero_between(f, least, bottom);
    found.push_back(point(calls, lower, true));
    found.push_back(point(calls, f(bottom) == 0 ? bottom : zero_between(f, bottom, capacity), false));
  }
  found.push_back(point(calls, most, true));
  return found;
}

Estimate time_to_overload(const Retried& calls) {
  const double capacity = 1 / calls.mean_service;
  if (calls.others + calls.rate * (calls.retries + 1.0) <= capacity)
    return exactly(infinity, "even with all attempts it can do what comes");
  double time = 0, step = 0, back = 1;
  std::size_t n = 0;
  for (; back >= falls_back; ++n) {
    if (n == longest_mailbox) return unsaid("the overload grows too slowly to be told from a long mailbox");
    const double births = calls.others + calls.rate * attempts(late_behind(calls, n), calls.retries);
    step = (1 + (n == 0 ? 0 : capacity * step)) / births;
    time += step;
    if (births > capacity) back *= capacity / births;
  }
  return {1.2 * time, 0.4 * time, 3.3 * time, Method::approximation,
          "a mailbox of " + spec::count_text(n, "message") + " makes more calls late than it takes to hold itself up"};
}

Estimate growth_within(const Feedback& feedback, double seconds) {
  const auto& calls = feedback.calls;
  const double growth = feedback.points.back().rate - 1 / calls.mean_service;
  // The overload begins after an exponential time of mean t: E[(H - T)+] = H - t (1 - exp(-H / t)).
  const auto share = [&](double t) { return 1 + t / seconds * std::expm1(-seconds / t); };
  const auto& after = feedback.tips_after;
  return {growth * share(after.value), growth * share(after.high), growth * share(after.low), Method::approximation,
          "from when every call is late, " + spec::rate_text(growth, "messages") + " more come than it can do"};
}

std::optional<Feedback> feedback_of(const spec::Design& design, const Facts& facts, spec::NodeId worker) {
  const Load& load = facts.loads.of[worker];
  const auto* role = spec::as_worker(design.nodes[worker]);
  if (role == nullptr || !load.arrivals.feeds_itself || !load.is_poisson() || role->mailbox.shed_above) return {};
  if (facts.tree.copies[worker] != 1 || !facts.crashes.of[worker].empty()) return {};
  Feedback found;
  bool one = false;
  for (spec::TrafficId id = 0; id < design.traffic.size(); ++id) {
    const auto& traffic = design.traffic[id];
    if (traffic.to.node != worker || traffic.sends != spec::Sends::call || !traffic.retries || *traffic.retries == 0)
      continue;
    const auto* poisson = std::get_if<spec::Traffic::Poisson>(&traffic.arrivals);
    if (one || poisson == nullptr || traffic.during || traffic.timeout.value == spec::infinite) return {};
    one = true;
    found.source = id;
    found.calls = {poisson->per_second, load.rate - poisson->per_second, load.service.mean,
                   spec::in_seconds(traffic.timeout.value), *traffic.retries};
  }
  if (!one) return {};
  for (const auto& message : load.messages) {
    const auto* law = message.service.law ? std::get_if<spec::Exponential>(&*message.service.law) : nullptr;
    if (message.rate() > 0 && (law == nullptr || std::abs(law->mean - load.service.mean) > 1e-9 * law->mean)) return {};
  }
  found.points = fixed_points(found.calls);
  if (!found.points.back().overloaded) return {};
  found.tips_after = time_to_overload(found.calls);
  return found;
}

}  // namespace treefall::analyzer
