// Waits in one mailbox, by what comes to it:
//  - independent Poisson streams only: Pollaczek-Khinchine (queueing.hpp), exact;
//  - one caller process, or one regular source slower than the slowest service: nobody ever waits;
//  - n caller processes with one call at a time each: at most n - 1 are ahead, one of them in service. For laws whose
//    mean residual life never exceeds their mean (all of ours but wide lognormal, Weibull below 1 and empirical ones)
//    the wait is at most (n - 1) mean services;
//  - anything else: not said.
// Calls from outside that are tried again after their timeouts make a load that feeds on its own lateness: with q the
// share that is late, lambda (1 + q + ... + q^m) come. Where q is next to nothing that is lambda; else lambda and
// lambda (1 + m) are its bounds, and how long the lower one lasts cannot be said.
#include "analyzer/waits.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "analyzer/service.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {

namespace {

using spec::Design;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double negligible = 1e-12;       // a probability that no execution shows
constexpr double hardly_retried = 1e-5;    // of the messages
constexpr double safely_below = 1.0 / 20;  // of the timeout: an exponential tail is then e^-20

// May calls tried again add to the load? Only where some are late at the load without them.
bool may_feed_itself(const Load& load) {
  if (load.arrivals.retried <= 0 || std::isinf(load.arrivals.patience)) return false;
  if (!load.is_poisson() || !has_plain_laws(load))
    return !(load.service.high <= load.arrivals.patience * safely_below && load.rate * load.service.high < 0.5);
  const auto classes = classes_of(load);
  double late = 0;
  for (const auto& c : classes) late = std::max(late, sojourn_exceeds(classes, c.service, load.arrivals.patience).high);
  return late * load.arrivals.retried > hardly_retried * load.rate;
}

bool has_short_residual_life(const spec::Distribution& law) {
  struct Check {
    bool operator()(const spec::LogNormal&) const { return false; }
    bool operator()(const spec::Empirical& empirical) const { return empirical.values.size() < 2; }
    bool operator()(const spec::Weibull& weibull) const { return weibull.shape >= 1; }
    bool operator()(const spec::Constant&) const { return true; }
    bool operator()(const spec::Exponential&) const { return true; }
    bool operator()(const spec::Uniform&) const { return true; }
    bool operator()(const spec::Normal&) const { return true; }
    bool operator()(const spec::Erlang&) const { return true; }
  };
  return std::visit(Check{}, law);
}

// Sources that fire seldom: within the horizon their number is off its mean by up to one.
double seldom(const Design& design, const Load& load) {
  double longest = 0;
  for (const auto id : load.arrivals.sources) {
    const auto& arrivals = design.traffic[id].arrivals;
    if (const auto* renewal = std::get_if<spec::Traffic::Renewal>(&arrivals))
      longest = std::max(longest, spec::mean(renewal->every));
    if (const auto* burst = std::get_if<spec::Traffic::Burst>(&arrivals))
      longest = std::max(longest, spec::mean(burst->every));
  }
  for (const auto& message : load.messages)
    if (message.tick != nullptr) longest = std::max(longest, spec::mean(message.tick->every));
  return longest / spec::in_seconds(design.horizon.value);
}

Estimate offered_load(const Design& design, const Load& load) {
  if (!load.unsaid.empty()) return unsaid(load.unsaid);
  if (load.arrivals.finite) return unsaid("messages come at fixed times only, not at a rate");
  if (!load.service.unsaid.empty()) return unsaid(load.service.unsaid);
  const std::string because = spec::rate_text(load.rate, "messages") + " of " + spec::seconds_text(load.service.mean) +
                              " each on average, calls it waits for included";
  const double value = load.rate * load.service.mean;
  const double off = seldom(design, load);
  if (load.arrivals.feeds_itself)
    return between(value, value, value * (1 + load.arrivals.retried / load.rate),
                   because + "; calls that time out are tried again, which makes it more");
  if (off > 0.5) return unsaid("its messages come too seldom within the horizon to speak of a load");
  if (load.service.low == load.service.high && off < 0.01 && load.spread == 0) return exactly(value, because);
  const double least = load.rate / (1 + load.spread) * (1 - off);
  const double most = load.rate * (1 + load.spread) * (1 + off);
  return between(least * load.service.low, value, most * load.service.high, because);
}

// The one regular source whose next message never finds the last one unfinished?
bool never_meets_another(const Design& design, const Load& load) {
  const auto& from = load.arrivals;
  if (from.poisson > 0 || from.casts || from.tasks || from.callers > 0) return false;
  if (from.ticks)
    return from.sources.empty() && std::count_if(load.messages.begin(), load.messages.end(),
                                                 [](const auto& m) { return m.tick != nullptr; }) == 1;
  if (from.sources.size() != 1 || !load.service.law) return false;
  const auto* renewal = std::get_if<spec::Traffic::Renewal>(&design.traffic[from.sources.front()].arrivals);
  return renewal != nullptr && spec::highest(*load.service.law) <= spec::lowest(renewal->every);
}

Estimate wait_behind_callers(const Load& load) {
  const auto ahead = static_cast<double>(load.arrivals.callers - 1);
  double longest = 0;
  for (const auto& message : load.messages) {
    if (message.rate() <= 0) continue;
    if (!message.service.law || !has_short_residual_life(*message.service.law))
      return unsaid("the service time has a long tail or waits for others, and several processes call it");
    longest = std::max(longest, message.service.high);
  }
  const double most = ahead * longest;
  const double guess = mean_wait(load.rate, load.service.mean, load.service.second_moment);
  return between(
      0, std::min(guess, most), most,
      "at most " + spec::number_text(ahead) + " other callers are ahead, " + spec::seconds_text(longest) + " each");
}

// A call that times out leaves its request behind, and its caller may call again: then more requests wait than callers.
bool may_be_left_behind(const Load& load, double shortest_timeout, double most_ahead) {
  if (std::isinf(shortest_timeout)) return false;
  if (!load.service.law) return load.service.high * (1 + most_ahead) > shortest_timeout * safely_below;
  const double longest = spec::highest(*load.service.law) * (1 + most_ahead);
  if (longest <= shortest_timeout) return false;
  const double alone = 1 - spec::cumulative(*load.service.law, shortest_timeout);
  return most_ahead == 0 ? alone > negligible : load.service.mean * (1 + most_ahead) > shortest_timeout * safely_below;
}

// One caller that gives up waiting and calls again: what it left behind is ahead of it for what remains of it, with the
// probability that the call before was late and that the server has not caught up since, which is about how busy it is.
Estimate wait_behind_left(const Load& load, double shortest_timeout) {
  const double busy = load.utilisation.high;
  const bool plain = load.service.law && has_short_residual_life(*load.service.law);
  if (load.arrivals.callers > 1 || busy > 0.5 || !plain)
    return unsaid("calls to it may time out and leave their requests behind");
  const double late = 1 - spec::cumulative(*load.service.law, shortest_timeout);
  Estimate wait = between(
      0, late * busy * load.service.mean, late * load.service.mean / ((1 - busy) * (1 - busy)),
      "one process calls it, and " + spec::share_text(late) + " of its calls time out and leave their requests behind");
  wait.method = Method::approximation;
  return wait;
}

Estimate wait_of_one(const Design& design, const Load& load, double shortest_timeout) {
  if (!load.utilisation.said()) return unsaid(load.utilisation.because);
  if (load.service.high == 0) return surely(0, "its messages take no time");
  const auto& from = load.arrivals;
  if (never_meets_another(design, load)) return surely(0, "a message never finds another one unfinished");
  const bool only_callers =
      from.callers > 0 && from.poisson == 0 && from.sources.empty() && !from.ticks && !from.casts && !from.tasks;
  if (only_callers && may_be_left_behind(load, shortest_timeout, static_cast<double>(from.callers - 1)))
    return wait_behind_left(load, shortest_timeout);
  if (only_callers && from.callers == 1)
    return surely(0, "one process calls it, and waits for the answer before it calls again");
  if (only_callers) return wait_behind_callers(load);
  if (load.utilisation.low >= 1) return exactly(infinity, "more work comes in than it can do: the wait grows for ever");
  if (load.arrivals.feeds_itself) return unsaid("calls that time out are tried again, and make the others late");
  if (!load.is_poisson()) return unsaid("its messages do not come as a Poisson stream, and it is busy when they come");
  if (std::isnan(load.service.second_moment) || load.service.low != load.service.high)
    return unsaid("its handlers wait for other processes, for a time whose spread cannot be said");
  return exactly(mean_wait(load.rate, load.service.mean, load.service.second_moment),
                 "Poisson arrivals of " + spec::rate_text(load.rate) + " at a server busy " +
                     spec::share_text(load.utilisation.value) + " of its time (Pollaczek-Khinchine)");
}

}  // namespace

MessageClasses classes_of(const Load& load) {
  MessageClasses classes;
  for (const auto& message : load.messages)
    if (message.rate() > 0) classes.push_back({message.rate(), message.service.law.value_or(spec::Constant{0})});
  return classes;
}

bool has_plain_laws(const Load& load) {
  return std::all_of(load.messages.begin(), load.messages.end(),
                     [](const auto& message) { return message.rate() <= 0 || message.service.law.has_value(); });
}

void find_wait(const Design& design, double shortest_timeout, Load& load) {
  load.arrivals.feeds_itself = load.unsaid.empty() && load.service.unsaid.empty() && may_feed_itself(load);
  load.utilisation = offered_load(design, load);
  load.mean_wait = wait_of_one(design, load, shortest_timeout);
}

}  // namespace treefall::analyzer
