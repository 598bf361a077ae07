// Waits in one mailbox, by what comes to it:
//  - independent Poisson streams only: Pollaczek-Khinchine (queueing.hpp), exact;
//  - one caller process, or one regular source slower than the slowest service: nobody ever waits;
//  - n caller processes with one call at a time each: at most n - 1 are ahead, one of them in service. For laws whose
//    mean residual life never exceeds their mean (all of ours but wide lognormal, Weibull below 1 and empirical ones)
//    the wait is at most (n - 1) mean services;
//  - several callers, or callers beside Poisson streams, and exponential services: the product form of
//    shared_server.hpp. It is exact for callers that call again a time of their own after each answer, as ticks do. A
//    caller that works off a mailbox of its own sends more when it had to wait: less than a Poisson stream would, and
//    more than one that thinks for as long as makes its rate right. So those two bracket it. A call that times out
//    leaves its request behind while its caller thinks, which is taken as a shorter thinking time; what that costs is
//    in the error bars, and agree.py --designs busy has measured it;
//  - anything else: not said.
// Calls from outside that are tried again after their timeouts make a load that feeds on its own lateness: with q the
// share that is late, lambda (1 + q + ... + q^m) come. Where q is next to nothing that is lambda; else lambda and
// lambda (1 + m) are its bounds, and how long the lower one lasts cannot be said.
#include "analyzer/waits.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "analyzer/bounded_mailbox.hpp"
#include "analyzer/bursts.hpp"
#include "analyzer/service.hpp"
#include "analyzer/shared_server.hpp"
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

// Sources that fire seldom: within the horizon the number of messages is off its mean by up to one interval, and what
// comes on its way through others is behind by what they take; the last of it is not worked off at the horizon.
double seldom(const Design& design, const Load& load) {
  double longest = 0;
  const double busy = std::min(load.rate * load.service.mean, 0.5);
  for (const auto& message : load.messages) {
    if (message.rate() <= 0 || message.apart <= 0) continue;
    const bool sent_on = message.tick == nullptr && message.apart > message.between_sources;
    longest = std::max(longest, message.apart * (sent_on ? 1 + busy / (1 - busy) : 1) + message.behind);
  }
  return longest / spec::in_seconds(design.horizon.value);
}

// Bounds so far apart say nothing that could be wrong.
bool is_vague(double low, double high) {
  constexpr double most = 20;
  return high > most * low;
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
  const double least = load.rate / (1 + load.spread) * (1 - off) * load.service.low;
  const double most = load.rate * (1 + load.spread) * (1 + off) * load.service.high;
  if (is_vague(least, most) && !load.service.loose.empty()) return unsaid(load.service.loose);
  if (is_vague(least, most) && !load.loose.empty()) return unsaid("how often its messages come: " + load.loose);
  return between(least, value, most, because);
}

// The one regular source whose next message never finds the last one unfinished?
bool never_meets_another(const Design& design, const Load& load) {
  const auto& from = load.arrivals;
  if (from.poisson > 0 || from.casts || from.tasks || from.exits || from.starts || from.callers > 0) return false;
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

// ---- callers that share it ----

bool is_shared(const Load& load) {
  const auto& from = load.arrivals;
  const bool plain = load.sources_are_poisson() && !from.ticks && !from.casts && !from.tasks && !from.feeds_itself;
  const bool exponential = load.service.law && std::holds_alternative<spec::Exponential>(*load.service.law);
  return plain && exponential && !load.callers.empty() && (from.callers > 1 || from.poisson > 0);
}

// E[min(answer, timeout)] over the calls of one group.
double mean_call(const Load& load, const Callers& callers, const std::vector<double>& found) {
  double takes = 0;
  double calls = 0;
  for (const auto& [slot, call] : callers.calls) {
    takes += call->times * mean_answer(found, load.service.mean, spec::in_seconds(call->timeout.value));
    calls += call->times;
  }
  return takes / calls;
}

// Mean thinking times that make the rates right, from what the callers find with the ones before; false where there are
// none: answers do not come as fast as calls should.
bool think(const Load& load, const std::vector<std::vector<double>>& found, SharedServer& server, double& change) {
  change = 0;
  for (std::size_t i = 0; i < load.callers.size(); ++i) {
    const auto& callers = load.callers[i];
    const double answer = found[i].empty() ? load.service.mean : mean_answer(found[i], load.service.mean, infinity);
    const double takes = found[i].empty() ? load.service.mean : mean_call(load, callers, found[i]);
    const double waits = callers.paced * callers.takes + (1 - callers.paced) * takes;
    const double time = 1 / callers.rate - waits + takes - answer;
    if (!(time > 0)) return false;
    change = std::max(change, std::abs(time - server.callers[i].think) / time);
    server.callers[i].think = time;
  }
  return true;
}

// How far the product form may be off, relative to a wait.
double error_of_sharing(const Load& load) {
  constexpr double always = 0.03;
  constexpr double of_timeouts = 2;  // times the share of late calls
  double late = 0;
  for (const auto& callers : load.callers)
    for (const auto& [slot, call] : callers.calls)
      late = std::max(late, late_share(callers.found.more, load.service.mean, spec::in_seconds(call->timeout.value)));
  return always + of_timeouts * late;
}

// Callers that are started together call together, where their first intervals scatter less than the server takes for
// all of them.
bool is_rushed(const Design& design, const Load& load) {
  constexpr double hardly = 1e-3;  // calls
  double all = 0;
  for (const auto& callers : load.callers) all += static_cast<double>(callers.count);
  double calls = 0;
  double patience = infinity;
  for (const auto& callers : load.callers) {
    if (callers.paced == 0) continue;
    double scatter = 0;
    for (const auto& tick : spec::as_worker(design.nodes[callers.node])->ticks)
      scatter = std::max(scatter, std::sqrt(spec::variance(tick.first.value_or(tick.every))));
    if (scatter > all * load.service.mean / 2) continue;
    calls += static_cast<double>(callers.count);
    for (const auto& [slot, call] : callers.calls) patience = std::min(patience, spec::in_seconds(call->timeout.value));
  }
  if (std::isinf(patience)) return false;
  const auto size = static_cast<std::uint64_t>(calls);
  return outcome({size, *load.service.law, patience}).timed_out.value > hardly;
}

// What is there when the callers have these thinking times; those with mailboxes of their own also as a Poisson stream,
// which they would be if they did not wait for their answers.
void look(const SharedServer& server, Load& load) {
  SharedServer open{server.mean_service, server.poisson, {}};
  std::vector<std::size_t> group(load.callers.size());
  for (std::size_t i = 0; i < load.callers.size(); ++i) {
    group[i] = open.callers.size();
    if (load.callers[i].paced == 1)
      open.callers.push_back(server.callers[i]);
    else
      open.poisson += load.callers[i].rate * static_cast<double>(load.callers[i].count);
  }
  load.present = {present(server), present(open)};
  for (std::size_t i = 0; i < load.callers.size(); ++i) {
    auto& callers = load.callers[i];
    callers.found = {found_by(server, i), callers.paced == 1 ? found_by(open, group[i]) : load.present.more};
  }
}

// Mean wait over all messages, in one of the two laws.
double wait_by(const Load& load, std::vector<double> Crowd::*law) {
  double waits = load.arrivals.poisson * mean_answer(load.present.*law, load.service.mean, infinity);
  for (const auto& callers : load.callers)
    waits += callers.rate * static_cast<double>(callers.count) *
             mean_answer(callers.found.*law, load.service.mean, infinity);
  return waits / load.rate - load.service.mean;
}

Estimate wait_of_shared(const Design& design, Load& load) {
  constexpr int most_rounds = 2'000;
  constexpr double settled = 1e-14;
  constexpr std::size_t most_groups = 16;
  SharedServer server{load.service.mean, load.arrivals.poisson, {}};
  std::uint64_t processes = 0;
  double open = load.arrivals.poisson;
  for (const auto& callers : load.callers) {
    server.callers.push_back({0, callers.count});
    processes += callers.count;
    if (callers.paced < 1) open += callers.rate * static_cast<double>(callers.count);
    if (!(callers.rate > 0)) return unsaid("a process that may call it has no rate");
  }
  const bool crowd = processes > most_callers || load.callers.size() > most_groups;
  if ((crowd ? load.rate : open) * load.service.mean >= 1)
    return exactly(infinity, "more work comes in than it can do: the wait grows for ever");
  double change = 1;
  std::vector<std::vector<double>> found(load.callers.size());
  for (int round = 0; !crowd && round < most_rounds && change > settled; ++round) {
    if (!think(load, found, server, change)) return unsaid("it is so busy that its callers wait all the time");
    for (std::size_t i = 0; i < found.size(); ++i) found[i] = found_by(server, i);
  }
  if (crowd) {
    load.present.fewer = load.present.more = present({load.service.mean, load.rate, {}});
    for (auto& callers : load.callers) callers.found = load.present;
  } else {
    look(server, load);
  }
  for (auto& callers : load.callers) callers.takes = mean_call(load, callers, callers.found.fewer);
  load.rushed = is_rushed(design, load);
  const double least = wait_by(load, &Crowd::fewer);
  const double most = wait_by(load, &Crowd::more);
  const double error = 1 + error_of_sharing(load) + load.spread;
  Estimate wait{std::sqrt(least * most), least / error, most * error, Method::approximation, {}};
  wait.because = spec::count_text(processes, "process") + " call it and wait for their answers";
  if (load.arrivals.poisson > 0) wait.because += ", others come at " + spec::rate_text(load.arrivals.poisson);
  return wait;
}

Estimate wait_of_one(const Design& design, const Load& load, double shortest_timeout) {
  const auto& from = load.arrivals;
  const bool comes = load.unsaid.empty() && !from.finite;
  if (comes && never_meets_another(design, load)) return surely(0, "a message never finds another one unfinished");
  if (!load.utilisation.said()) return unsaid(load.utilisation.because);
  if (load.service.high == 0) return surely(0, "its messages take no time");
  const bool only_callers = from.callers > 0 && from.poisson == 0 && from.sources.empty() && !from.ticks &&
                            !from.casts && !from.tasks && !from.starts;
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

Estimate late_calls(const Load& load, const Crowd& found, double timeout) {
  if (std::isinf(timeout)) return surely(0, "the call waits for ever");
  if (load.rushed) return unsaid("its callers start together, and call it all at once then");
  const double least = late_share(found.fewer, load.service.mean, timeout);
  const double most = late_share(found.more, load.service.mean, timeout);
  const double late = std::sqrt(least * most);
  // The tail falls exponentially with the timeout over the wait: an error of the wait counts that often.
  const double often = 1 + std::abs(std::log(std::max(late, 1e-300)));
  const double error = 1 + error_of_sharing(load) * often + load.spread * often;
  return {late, least / error, std::min(1.0, most * error), Method::approximation,
          "it is busy " + spec::share_text(1 - load.present.fewer[0]) + " of the time, a call waits " +
              spec::seconds_text(load.mean_wait.value) + " on average"};
}

const Callers* caller_of(const Load& load, const spec::Call& call) {
  for (const auto& callers : load.callers)
    if (callers.found.known())
      for (const auto& [slot, made] : callers.calls)
        if (made == &call) return &callers;
  return nullptr;
}

namespace {

// A mailbox with a bound turns away what it has no room for: everything that waits is less.
void bound(const std::optional<std::uint64_t>& room, Load& load) {
  load.turned_away = 0;
  const auto& from = load.arrivals;
  const bool only_callers = from.poisson == 0 && from.sources.empty() && !from.casts && !from.finite;
  const bool nobody_waits = load.mean_wait.said() && load.mean_wait.high == 0;
  if (!room || nobody_waits || (only_callers && from.callers <= *room)) return;
  load.turned_away = std::numeric_limits<double>::quiet_NaN();
  const bool plain = load.is_poisson() && has_plain_laws(load) && !from.feeds_itself && load.utilisation.said() &&
                     load.service.low == load.service.high;
  if (const auto found = plain ? bounded_mailbox(classes_of(load), *room) : std::nullopt) {
    load.turned_away = found->turned_away < 1e-9 ? 0 : found->turned_away;
    if (load.turned_away == 0) return;
    const std::string why = "M/G/1/K with room for " + spec::count_text(*room) + ": " +
                            spec::share_text(found->turned_away) + " are turned away";
    load.utilisation = exactly(found->busy_share, load.utilisation.because + "; " + why);
    load.mean_wait = exactly(found->mean_wait, why);
    return;
  }
  load.mean_wait = unsaid("it turns messages away when its mailbox is full, how many cannot be said");
}

}  // namespace

void find_wait(const Design& design, double shortest_timeout, const std::optional<std::uint64_t>& room, Load& load) {
  load.present = {};
  load.rushed = false;
  for (auto& callers : load.callers) callers.found = {};
  load.arrivals.feeds_itself = load.unsaid.empty() && load.service.unsaid.empty() && may_feed_itself(load);
  load.utilisation = offered_load(design, load);
  load.mean_wait = load.utilisation.said() && is_shared(load) ? wait_of_shared(design, load)
                                                              : wait_of_one(design, load, shortest_timeout);
  bound(room, load);
}

}  // namespace treefall::analyzer
