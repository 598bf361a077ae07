// Retries to a server whose services are not exponential (feedback.hpp).
//
// Fixed points. q(x) = P(W + S > theta) is the sojourn tail of M/G/1 (sojourn.cpp), which grows with x, and so does
// what is brought about, g(x) = o + sum l (1 + q + ... + q^m). So there is no zero of g(x) - x in [a, b] where g(a) > b
// or g(b) < a; other intervals are halved until they are narrow. None is missed that is farther from the next one than
// that.
//
// How long a stable state lasts. A message that finds n others is late with p(n) = P(S_0 + ... + S_n > theta), as if
// the service under way were just beginning. Let the messages left behind at the ends of services be a Markov chain: j
// arrivals in a service with probability a_j(n) = E[Poisson(b(n) S) = j], b(n) = o + sum l (1 + p(n) + ... + p(n)^m).
// It goes down by one at most, so mean times of first passage follow by eliminating the states from below, all terms
// positive (W. Grassmann, M. Taksar, D. Heyman, Operations Research 33, 1985). It is followed to where it falls back
// with less than 1 %: from n by one with the least root of z = sum a_j(n) z^j.
//
// That leaves out that attempts come a timeout later, and how far the service under way has come. Played out for five
// laws of service (constant to a squared coefficient of variation c of 2.25) at 7 or 8 settings each, the true time was
// 0.44 to 2.7 times 2.2 / (1 + 1.1 c) times that of the chain; it is said so, with a bar from 0.35 to 3.3 times it.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "analyzer/feedback.hpp"
#include "analyzer/products.hpp"
#include "analyzer/queueing.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double narrow = 1e-4;      // of the capacity: an interval that is not halved any more
constexpr double falls_back = 0.01;  // probability that a storm is taken for one too early
constexpr std::size_t longest_mailbox = 1500;
constexpr std::size_t cells = 600;  // of the longest timeout
constexpr double cells_a_service = 20;
constexpr double services = 20;  // beyond them a service is taken for that long

// What is brought about by a rate below capacity, and by all beyond it.
class BroughtAbout {
 public:
  explicit BroughtAbout(const Retried& calls) : calls_(calls) {
    for (const auto& stream : calls.streams) tails_.emplace_back(*calls.service, stream.timeout);
  }
  double late(std::size_t stream, double rate) const {
    return rate * calls_.mean_service >= 1 ? 1 : tails_[stream].at(rate);
  }
  double at(double rate) const {
    double sum = calls_.others;
    for (std::size_t i = 0; i < tails_.size(); ++i)
      sum += calls_.streams[i].rate * attempts(late(i, rate), calls_.streams[i].retries);
    return sum;
  }
  FixedPoint point(double rate, bool stable) const {
    double tried = 0, missed = 0;
    for (std::size_t i = 0; i < tails_.size(); ++i) {
      const double share = late(i, rate), all = calls_.streams[i].rate * attempts(share, calls_.streams[i].retries);
      tried += all;
      missed += all * share;
    }
    return {rate, missed / tried, stable, rate * calls_.mean_service >= 1};
  }

 private:
  const Retried& calls_;
  std::vector<SojournTail> tails_;
};

struct Interval {
  double low = 0, high = 0;     // rates
  double below = 0, above = 0;  // what they bring about
};

// Intervals that may hold a fixed point, rising; neighbours are one.
void isolate(const BroughtAbout& about, const Interval& where, double width, std::vector<Interval>& found) {
  if (where.below > where.high || where.above < where.low) return;
  if (where.high - where.low > width) {
    const double middle = (where.low + where.high) / 2, there = about.at(middle);
    isolate(about, {where.low, middle, where.below, there}, width, found);
    isolate(about, {middle, where.high, there, where.above}, width, found);
  } else if (!found.empty() && found.back().high == where.low) {
    found.back().high = where.high, found.back().above = where.above;
  } else {
    found.push_back(where);
  }
}

double halved(const BroughtAbout& about, Interval where) {
  const bool falls = where.below > where.low;
  for (int i = 0; i < 40 && where.high - where.low > 1e-9 * where.high; ++i) {
    const double middle = (where.low + where.high) / 2;
    ((about.at(middle) > middle) == falls ? where.low : where.high) = middle;
  }
  return (where.low + where.high) / 2;
}

// Masses on multiples of a step, the mean of each cell kept as nearly as by halves; what is beyond is missing. A
// constant on a multiple stays there: an answer at the very end of the timeout is in time.
std::vector<double> on_lattice(const spec::Distribution& law, double step, std::size_t n) {
  std::vector<double> mass(n + 2);
  if (spec::is_constant(law)) {
    const double at = std::round(spec::mean(law) / step * 1e6) / 1e6, whole = std::floor(at);
    if (whole <= static_cast<double>(n)) {
      mass[static_cast<std::size_t>(whole)] += 1 - (at - whole);
      mass[static_cast<std::size_t>(whole) + 1] += at - whole;
    }
  } else {
    double below = 0;
    for (std::size_t i = 0; i <= n; ++i) {
      const double to = spec::cumulative(law, (static_cast<double>(i) + 1) * step);
      mass[i] += (to - below) / 2;
      mass[i + 1] += (to - below) / 2;
      below = to;
    }
  }
  mass.resize(n + 1);
  return mass;
}

double total(const std::vector<double>& mass) {
  double sum = 0;
  for (const double one : mass) sum += one;
  return sum;
}

// P(j arrivals during a service), j = 0, 1, ...; the last one: so many or more.
std::vector<double> arrivals(const std::vector<double>& service, double step, double rate) {
  std::vector<double> law;
  std::vector<double> term(service.size());
  for (std::size_t i = 0; i < term.size(); ++i) term[i] = service[i] * std::exp(-rate * step * static_cast<double>(i));
  double left = total(service);
  for (double j = 1; left > 1e-12 && j < 400; ++j) {
    law.push_back(total(term));
    left -= law.back();
    for (std::size_t i = 0; i < term.size(); ++i) term[i] *= rate * step * static_cast<double>(i) / j;
  }
  law.back() += std::max(left, 0.0);
  return law;
}

// P(the chain ever comes one lower again), with these numbers of arrivals.
double comes_back(const std::vector<double>& law) {
  double z = 0;
  for (int i = 0; i < 10'000; ++i) {
    double next = 0;
    for (std::size_t j = law.size(); j-- > 0;) next = next * z + law[j];
    if (next - z < 1e-9) return next;
    z = next;
  }
  return z;
}

// The mailbox behind the ends of services, up to where the overload holds itself up.
struct Chain {
  double idle = 0;                            // mean time until the first message
  std::vector<std::vector<double>> arrivals;  // by the number there when a service begins
};

std::optional<Chain> chain_of(const Retried& calls) {
  double longest = 0;
  for (const auto& stream : calls.streams) longest = std::max(longest, stream.timeout);
  const double wide = longest / cells, fine = calls.mean_service / cells_a_service;
  const auto own = on_lattice(*calls.service, wide, cells);
  auto service = on_lattice(*calls.service, fine, static_cast<std::size_t>(cells_a_service * services));
  service.back() += std::max(0.0, 1 - total(service));
  Chain chain;
  auto sum = own;
  std::vector<double> room;
  for (double back = 1; back >= falls_back;) {
    if (chain.arrivals.size() == longest_mailbox) return std::nullopt;
    double rate = calls.others;
    for (const auto& stream : calls.streams) {
      const auto cell = static_cast<std::ptrdiff_t>(std::floor(stream.timeout / wide * (1 + 1e-12)));
      double within = 0;
      for (auto at = sum.begin(); at != sum.begin() + std::min<std::ptrdiff_t>(cell + 1, std::ssize(sum)); ++at)
        within += *at;
      rate += stream.rate * attempts(std::clamp(1 - within, 0.0, 1.0), stream.retries);
    }
    if (chain.arrivals.empty()) chain.idle = 1 / rate;
    chain.arrivals.push_back(arrivals(service, fine, rate));
    if (rate * calls.mean_service > 1) back *= comes_back(chain.arrivals.back());
    convolve(sum.data(), sum.size(), own.data(), own.size(), room);
  }
  return chain;
}

// Mean time from an empty mailbox to as many messages as the chain has states. State k is left for higher ones after
// `spent[k]`, for the one i + 1 higher with probability up[k][i], the last one standing for all from there on.
double passage(const Chain& chain, double mean_service) {
  const std::size_t n = chain.arrivals.size();
  std::vector<double> spent(n);
  std::vector<std::vector<double>> up(n);
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t there = std::max<std::size_t>(k, 1);
    const auto& law = chain.arrivals[std::min(there, n - 1)];
    std::vector<double> row(n - k + 1);
    double down = 0;
    for (std::size_t j = 0; j < law.size(); ++j)
      (there - 1 + j < k ? down : row[std::min(there - 1 + j - k, n - k)]) += law[j];
    spent[k] = mean_service + (k == 0 ? chain.idle : 0);
    if (k > 0) {
      spent[k] += down * spent[k - 1];
      for (std::size_t i = 0; i < up[k - 1].size(); ++i) row[i] += down * up[k - 1][i];
    }
    double leaves = 0;
    for (std::size_t i = 1; i < row.size(); ++i) leaves += row[i];
    spent[k] /= leaves;
    up[k].assign(row.begin() + 1, row.end());
    for (double& one : up[k]) one /= leaves;
  }
  std::vector<double> time(n + 1);
  for (std::size_t k = n; k-- > 0;) {
    time[k] = spent[k];
    for (std::size_t i = 0; i < up[k].size(); ++i) time[k] += up[k][i] * time[k + 1 + i];
  }
  return time[0];
}

}  // namespace

std::vector<FixedPoint> fixed_points_of_general(const Retried& calls) {
  const double capacity = 1 / calls.mean_service, least = least_rate(calls), most = most_rate(calls);
  const BroughtAbout about(calls);
  if (least >= capacity) return {about.point(most, true)};
  std::vector<Interval> intervals;
  isolate(about, {least, capacity, about.at(least), most}, narrow * capacity, intervals);
  std::vector<FixedPoint> found;
  for (const Interval& one : intervals) {
    const bool begins_above = one.below >= one.low, ends_above = one.above > one.high;
    if (begins_above != ends_above) found.push_back(about.point(halved(about, one), begins_above));
  }
  if (most > capacity) found.push_back(about.point(most, true));
  return found;
}

Estimate time_to_overload_of_general(const Retried& calls) {
  if (most_rate(calls) * calls.mean_service <= 1)
    return exactly(infinity, "even with all attempts it can do what comes");
  const auto chain = chain_of(calls);
  if (!chain) return unsaid("the overload grows too slowly to be told from a long mailbox");
  const double varies = spec::variance(*calls.service) / (calls.mean_service * calls.mean_service);
  const double time = 2.2 / (1 + 1.1 * varies) * passage(*chain, calls.mean_service);
  return {time, 0.35 * time, 3.3 * time, Method::approximation,
          "a mailbox of " + spec::count_text(chain->arrivals.size(), "message") +
              " makes more calls late than it takes to hold itself up"};
}

}  // namespace treefall::analyzer
