// Where every message that takes a worker any time ends it, it is free when one comes, or is about to end already: it
// lives until the next one at the most, and as long as one takes. Regular messages are its own ticks, traffic from
// outside, and casts from the ticks of siblings that do nothing else: if such a sibling dies before, that is a restart,
// too.
#include "analyzer/fatal_messages.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

namespace treefall::analyzer {

namespace {

using spec::Design;
using spec::NodeId;

bool may_be_ignored(const spec::Init& init) {
  return std::any_of(init.outcomes.begin(), init.outcomes.end(),
                     [](auto outcome) { return outcome == spec::InitOutcome::ignore; }) ||
         std::any_of(init.during.begin(), init.during.end(),
                     [](const auto& during) { return may_be_ignored(during.init.front()); });
}

// Sent by the VM, or by tasks.
bool is_of_the_system(const std::string& message) {
  return message == "EXIT" || message == "DOWN" || message == "reply";
}

// The longest time from when it is up to its first one.
Limit first_tick(const spec::Tick& tick, double overlong) {
  return limit_of(tick.first ? *tick.first : tick.every, overlong);
}

}  // namespace

bool is_never_there(const spec::Worker& worker) {
  return worker.init && worker.init->during.empty() && !worker.init->outcomes.empty() &&
         std::all_of(worker.init->outcomes.begin(), worker.init->outcomes.end(),
                     [](auto outcome) { return outcome == spec::InitOutcome::ignore; });
}

double fails_alone(const Design& design, const spec::Call& call) {
  const auto* callee = spec::as_worker(design.nodes[call.to.node]);
  if (callee == nullptr || call.on_failure.what == spec::OnFailure::Do::ignore) return 0;
  if (is_never_there(*callee)) return 1;
  const Clause clause = clause_for(*callee, call.message);
  if (clause.unknown) return 1;
  if (clause.handler == nullptr || !clause.handler->during.empty()) return 0;
  const double limit = spec::in_seconds(call.timeout.value);
  // A full mailbox turns calls away at once, which is no lateness.
  const double in_time =
      std::isinf(limit) || callee->mailbox.shed_above ? 1 : spec::cumulative(clause.handler->takes, limit);
  const double once = 1 - in_time * (1 - clause.handler->crash_probability);
  // Tries of one call meet the same callee, so they are not independent.
  const bool again = call.on_failure.what == spec::OnFailure::Do::retry && call.on_failure.retries > 0;
  return again && once < 1 ? 0 : once;
}

bool is_at_once(const spec::Handler& handler) {
  return spec::highest(handler.takes) <= 0 && handler.calls.empty() && handler.tasks.empty() &&
         handler.during.empty() && handler.crash_probability <= 0 && !handler.exits;
}

FatalMessages::FatalMessages(const Design& design, const Tree& tree, const Crashes& crashes)
    : design_(design), tree_(tree), crashes_(crashes) {
  traffic_to_.resize(design.nodes.size());
  casts_to_.resize(design.nodes.size());
  sent_to_.resize(design.nodes.size());
  for (const auto& traffic : design.traffic) {
    traffic_to_[traffic.to.node].push_back(&traffic);
    sent_to_[traffic.to.node].insert(traffic.message);
  }
  for (const auto& event : design.script)
    if (event.what == spec::ScriptedEvent::Do::send) sent_to_[event.process.node].insert(event.message);
  for (const NodeId id : tree.order) {
    const auto* worker = spec::as_worker(design.nodes[id]);
    if (worker == nullptr) continue;
    for (const auto* start : {&worker->init, &worker->handle_continue})
      if (*start) note_calls(**start);
    if (worker->handles)
      for (const auto& named : *worker->handles) note_messages(named.handler);
    for (const auto& tick : worker->ticks) note_messages(tick.handler);
    for (const auto& tick : worker->ticks)
      for (const auto& cast : tick.handler.casts) casts_to_[cast.to.node].push_back({id, &tick, &cast});
  }
}

void FatalMessages::note_calls(const spec::Init& init) {
  for (const auto& call : init.calls) sent_to_[call.to.node].insert(call.message);
  for (const auto& during : init.during) note_calls(during.init.front());
}

void FatalMessages::note_messages(const spec::Handler& handler) {
  for (const auto& call : handler.calls) sent_to_[call.to.node].insert(call.message);
  for (const auto& cast : handler.casts) sent_to_[cast.to.node].insert(cast.message);
  for (const auto& during : handler.during) note_messages(during.handler.front());
}

// Does anybody send what this clause takes?
bool FatalMessages::may_come(NodeId id, const std::string& message) const {
  return message == "any" || is_of_the_system(message) || sent_to_[id].contains(message);
}

bool FatalMessages::is_always_started(NodeId id) const {
  const auto& node = design_.nodes[id];
  const auto& worker = *spec::as_worker(node);
  return !node.on_demand && !node.scripted && node.parent != spec::no_node &&
         !(worker.init && may_be_ignored(*worker.init));
}

// From taking a message up until it has ended the worker for certain; nothing where that may live through it.
std::optional<Limit> FatalMessages::time_to_die(const spec::Worker& worker, const spec::Handler& handler,
                                                double overlong) const {
  if (!handler.during.empty()) return std::nullopt;
  if (handler.crash_probability >= 1 || handler.exits) return longest_handling(handler, overlong);
  spec::Handler so_far;  // up to what ends it
  so_far.takes = handler.takes;
  so_far.calls = handler.calls;
  for (const auto& call : handler.calls)
    if (fails_alone(design_, call) >= 1) return longest_handling(so_far, overlong);
  for (const auto& task : handler.tasks) {
    const bool taken_along = task.await || (task.linked && !worker.traps_exits.value);
    if (task.count > 0 && task.crash_probability >= 1 && taken_along)
      return longest_handling(so_far, overlong) + limit_of(task.takes, overlong);
    so_far.tasks.push_back(task);
  }
  return std::nullopt;
}

bool FatalMessages::is_fatal(const spec::Worker& worker, const std::string& message) const {
  const Clause clause = clause_for(worker, message);
  return clause.unknown || (clause.handler != nullptr && !is_at_once(*clause.handler));
}

Limit FatalMessages::time_to_cast(const Sender& sender, double overlong) const {
  const auto& node = design_.nodes[sender.node];
  const auto& worker = *spec::as_worker(node);
  const auto& sources = crashes_.of[sender.node];
  const bool counted = std::all_of(sources.begin(), sources.end(), [](const auto& source) { return source.counted; });
  const bool busy_otherwise =
      worker.handle_continue || worker.mailbox.shed_above ||
      (worker.handles && std::any_of(worker.handles->begin(), worker.handles->end(),
                                     [](const auto& named) { return !is_at_once(named.handler); })) ||
      std::any_of(worker.ticks.begin(), worker.ticks.end(),
                  [&](const auto& tick) { return &tick != sender.tick && !is_at_once(tick.handler); });
  if (!counted || busy_otherwise || node.restart.value == spec::Restart::temporary || !is_always_started(sender.node) ||
      !sender.tick->handler.during.empty())
    return no_limit;
  return first_tick(*sender.tick, overlong) + longest_handling(sender.tick->handler, overlong);
}

// Until the next message that ends it comes.
Limit FatalMessages::time_to_next(NodeId id, double overlong) const {
  const auto& worker = *spec::as_worker(design_.nodes[id]);
  Limit soonest = no_limit;
  const auto take = [&](const Limit& limit) {
    if (limit.seconds < soonest.seconds) soonest = limit;
  };
  for (const auto& tick : worker.ticks)
    if (!is_at_once(tick.handler)) take(first_tick(tick, overlong));
  if (tree_.copies[id] != 1) return soonest;
  for (const auto* traffic : traffic_to_[id]) {
    if (traffic->during || !is_fatal(worker, traffic->message)) continue;
    const auto regular = [&](const auto& source) {
      const Limit every = limit_of(source.every, overlong);
      take(source.first ? longer(every, limit_of(*source.first, overlong)) : every);
    };
    if (const auto* renewal = std::get_if<spec::Traffic::Renewal>(&traffic->arrivals)) regular(*renewal);
    if (const auto* burst = std::get_if<spec::Traffic::Burst>(&traffic->arrivals)) regular(*burst);
    if (const auto* poisson = std::get_if<spec::Traffic::Poisson>(&traffic->arrivals))
      take(limit_of(spec::Exponential{1 / poisson->per_second}, overlong));
  }
  for (const auto& sender : casts_to_[id]) {
    const bool sibling = design_.nodes[sender.node].parent == design_.nodes[id].parent && sender.node != id;
    if (sibling && is_fatal(worker, sender.cast->message)) take(time_to_cast(sender, overlong));
  }
  return soonest;
}

Limit FatalMessages::longest_life(NodeId id, double overlong) const {
  const auto& worker = *spec::as_worker(design_.nodes[id]);
  if (worker.handle_continue || worker.mailbox.shed_above) return no_limit;
  Limit handling;
  const auto all_fatal = [&](const spec::Handler& handler) {
    if (is_at_once(handler)) return true;
    const auto time = time_to_die(worker, handler, overlong);
    if (time) handling = longer(handling, *time);
    return time.has_value();
  };
  if (worker.handles && !std::all_of(worker.handles->begin(), worker.handles->end(), [&](const auto& named) {
        return !may_come(id, named.message) || all_fatal(named.handler);
      }))
    return no_limit;
  if (!std::all_of(worker.ticks.begin(), worker.ticks.end(), [&](const auto& tick) { return all_fatal(tick.handler); }))
    return no_limit;
  return time_to_next(id, overlong) + handling;
}

}  // namespace treefall::analyzer
