// An attempt that times out leaves its request in the mailbox and is made again, up to m times. With M/M/1, x messages
// a second and service rate mu, an attempt is late with q(x) = exp(-(mu - x) theta), and surely from x = mu on. What
// comes is then o + l (1 + q + ... + q^m), l the first attempts and o all else; steady rates are the zeros of
//
//     f(x) = o + l sum_{j <= m} q(x)^j - x ,
//
// with a sum over streams where several are tried again, each with its own l, theta and m.
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

#include <algorithm>
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

double late_at(const Retried& calls, const Retried::Stream& stream, double rate) {
  const double room = 1 / calls.mean_service - rate;
  return room <= 0 ? 1 : std::exp(-room * stream.timeout);
}

double brought_about(const Retried& calls, double rate) {
  double sum = calls.others;
  for (const auto& stream : calls.streams) sum += stream.rate * attempts(late_at(calls, stream, rate), stream.retries);
  return sum;
}

double zero_between(const std::function<double(double)>& f, double low, double high) {
  std::uintmax_t steps = 200;
  const auto [a, b] =
      boost::math::tools::toms748_solve(f, low, high, boost::math::tools::eps_tolerance<double>(50), steps);
  return (a + b) / 2;
}

FixedPoint point(const Retried& calls, double rate, bool stable) {
  double tried = 0, late = 0;
  for (const auto& stream : calls.streams) {
    const double share = late_at(calls, stream, rate), all = stream.rate * attempts(share, stream.retries);
    tried += all;
    late += all * share;
  }
  return {rate, late / tried, stable, rate >= 1 / calls.mean_service};
}

/// Messages per second while a message that comes finds n others: those that are there longer than their timeouts bring
/// more.
double births_behind(const Retried& calls, std::size_t n) {
  double sum = calls.others;
  for (const auto& stream : calls.streams) {
    const double late = boost::math::gamma_q(static_cast<double>(n + 1), stream.timeout / calls.mean_service);
    sum += stream.rate * attempts(late, stream.retries);
  }
  return sum;
}

/// d/dx of what is brought about, less one: d/dx q^j = j theta q^j.
double slope_at(const Retried& calls, double rate) {
  double slope = -1;
  for (const auto& stream : calls.streams) {
    const double late = late_at(calls, stream, rate);
    for (std::uint32_t j = 1; j <= stream.retries; ++j) slope += stream.rate * stream.timeout * j * std::pow(late, j);
  }
  return slope;
}

}  // namespace

double attempts(double late, std::uint32_t retries) {
  double sum = 1;
  for (std::uint32_t j = 0; j < retries; ++j) sum = 1 + late * sum;
  return sum;
}

double least_rate(const Retried& calls) {
  double sum = calls.others;
  for (const auto& stream : calls.streams) sum += stream.rate;
  return sum;
}

double most_rate(const Retried& calls) {
  double sum = calls.others;
  for (const auto& stream : calls.streams) sum += stream.rate * (stream.retries + 1.0);
  return sum;
}

std::vector<FixedPoint> fixed_points(const Retried& calls) {
  if (calls.service) return fixed_points_of_general(calls);
  const double capacity = 1 / calls.mean_service, least = least_rate(calls), most = most_rate(calls);
  if (least >= capacity) return {point(calls, most, true)};
  const auto f = [&](double x) { return brought_about(calls, x) - x; };
  if (f(capacity) <= 0) return {point(calls, zero_between(f, least, capacity), true)};
  const auto slope = [&](double x) { return slope_at(calls, x); };
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
  if (calls.service) return time_to_overload_of_general(calls);
  const double capacity = 1 / calls.mean_service;
  if (most_rate(calls) <= capacity) return exactly(infinity, "even with all attempts it can do what comes");
  double time = 0, step = 0, back = 1;
  std::size_t n = 0;
  for (; back >= falls_back; ++n) {
    if (n == longest_mailbox) return unsaid("the overload grows too slowly to be told from a long mailbox");
    const double births = births_behind(calls, n);
    step = (1 + (n == 0 ? 0 : capacity * step)) / births;
    time += step;
    if (births > capacity) back *= capacity / births;
  }
  return {1.2 * time, 0.4 * time, 3.3 * time, Method::approximation,
          "a mailbox of " + spec::count_text(n, "message") + " makes more calls late than it takes to hold itself up"};
}

// The overload begins after an exponential time of mean t. Before it the mailbox is at the first point; retries that
// come in clumps are more or fewer than there, so the load lies between none of them and three times as many.
Estimate busy_within(const Feedback& feedback, double seconds) {
  const auto& calls = feedback.calls;
  const double capacity = 1 / calls.mean_service, least = least_rate(calls), first = feedback.points.front().rate;
  const auto share = [&](double rate, double t) {
    const double idle = std::max(0.0, 1 - rate / capacity);
    return 1 + idle * std::expm1(-seconds / t) * t / seconds;
  };
  const auto& after = feedback.tips_after;
  return {share(first, after.value), share(least, after.high), share(least + 3 * (first - least), after.low),
          Method::approximation,
          "every call is late from " + spec::seconds_text(after.value) + " on, on average, and tried again"};
}

// E[(H - T)+] = H - t (1 - exp(-H / t)).
Estimate growth_within(const Feedback& feedback, double seconds) {
  const double growth = feedback.points.back().rate - 1 / feedback.calls.mean_service;
  const auto share = [&](double t) { return 1 + t / seconds * std::expm1(-seconds / t); };
  const auto& after = feedback.tips_after;
  return {growth * share(after.value), growth * share(after.high), growth * share(after.low), Method::approximation,
          "from when every call is late, " + spec::rate_text(growth, "messages") + " more come than it can do"};
}

namespace {

/// The one law of all services; `one`: is there one?
spec::Distribution law_of_all(const Load& load, bool& one) {
  std::optional<spec::Distribution> law;
  for (const auto& message : load.messages) {
    if (message.rate() <= 0) continue;
    one = one && message.service.law && (!law || spec::to_text(*law) == spec::to_text(*message.service.law));
    if (one) law = message.service.law;
  }
  one = one && law;
  return law.value_or(spec::Constant{});
}

}  // namespace

std::optional<Feedback> feedback_of(const spec::Design& design, const Facts& facts, spec::NodeId worker) {
  const Load& load = facts.loads.of[worker];
  const auto* role = spec::as_worker(design.nodes[worker]);
  if (role == nullptr || !load.arrivals.feeds_itself || !load.is_poisson() || role->mailbox.shed_above) return {};
  if (facts.tree.copies[worker] != 1 || !facts.crashes.of[worker].empty()) return {};
  Feedback found;
  auto& calls = found.calls;
  calls.others = load.rate;
  calls.mean_service = load.service.mean;
  double most = 0;
  for (spec::TrafficId id = 0; id < design.traffic.size(); ++id) {
    const auto& traffic = design.traffic[id];
    if (traffic.to.node != worker || traffic.sends != spec::Sends::call || !traffic.retries || *traffic.retries == 0)
      continue;
    const auto* poisson = std::get_if<spec::Traffic::Poisson>(&traffic.arrivals);
    if (poisson == nullptr || traffic.during || traffic.timeout.value == spec::infinite) return {};
    calls.streams.push_back({poisson->per_second, spec::in_seconds(traffic.timeout.value), *traffic.retries});
    calls.others -= poisson->per_second;
    if (poisson->per_second * *traffic.retries > most) found.source = id, most = poisson->per_second * *traffic.retries;
  }
  if (calls.streams.empty()) return {};
  calls.others = std::max(0.0, calls.others);
  bool one_law = true;
  const auto law = law_of_all(load, one_law);
  if (!one_law) return {};
  if (!std::holds_alternative<spec::Exponential>(law)) calls.service = law;
  found.points = fixed_points(found.calls);
  if (!found.points.back().overloaded) return {};
  found.tips_after = time_to_overload(found.calls);
  return found;
}

}  // namespace treefall::analyzer
