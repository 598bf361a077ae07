// Clients outside the tree. The calls of one source all wait equally long, so they time out in the order in which they
// were made: one timer a source is enough, for the oldest call that is still open.
#include <algorithm>

#include "runtime/supervisor.hpp"
#include "runtime/surroundings.hpp"
#include "runtime/ties.hpp"
#include "runtime/trace.hpp"
#include "runtime/worker.hpp"

namespace treefall::runtime {
namespace {

ClientCall& call_at(TrafficState& state, std::uint32_t number) {
  return state.calls[number & (state.calls.size() - 1)];
}

std::uint32_t add_call(TrafficState& state, const ClientCall& call) {
  const std::uint32_t open = state.newest - state.oldest;
  if (open == state.calls.size()) {
    std::vector<ClientCall> larger(std::max<std::size_t>(16, state.calls.size() * 2));
    for (std::uint32_t number = state.oldest; number != state.newest; ++number) {
      larger[number & (larger.size() - 1)] = call_at(state, number);
    }
    state.calls = std::move(larger);
  }
  call_at(state, state.newest) = call;
  return state.newest++;
}

void forget_done(TrafficState& state) {
  while (state.oldest != state.newest && call_at(state, state.oldest).state == ClientState::done) ++state.oldest;
}

void watch_oldest(Execution& x, std::uint32_t index) {
  TrafficState& state = x.traffic[index];
  if (state.deadline_ticket != 0 || state.oldest == state.newest) return;
  state.deadline_ticket = x.queue.set(call_at(state, state.oldest).deadline, Happens::client_deadline, index);
}

bool is_open(TrafficState& state, std::uint32_t number) {
  return number - state.oldest < state.newest - state.oldest && call_at(state, number).state == ClientState::pending;
}

/// A client of a closed loop thinks, then comes again.
void think(Execution& x, std::uint32_t index) {
  const TrafficInfo& traffic = x.model.traffic[index];
  TrafficState& state = x.traffic[index];
  if (traffic.kind != TrafficInfo::Kind::closed || !state.active) return;
  // The era tells clients of an earlier outage from those of this one.
  const Time time = x.now + state.arrivals.draw(traffic.gap, x.model.values);
  x.queue.set(time, Happens::think_over, index << 8 | (state.era & 255));
}

Message message_of(const Execution& x, std::uint32_t index) {
  Message message = x.model.traffic[index].message;
  message.sent = x.now;
  return message;
}

/// `callee_ended`: during the call, with this reason.
void report_failure(Execution& x, std::uint32_t index, Slot callee, Reason reason, bool callee_ended) {
  Tally& own = x.tallies[x.model.traffic[index].tally];
  Tally& theirs = x.tally(x.processes[callee]);
  ++own.calls;
  ++theirs.calls;
  if (reason.kind() == Reason::Kind::timeout && !callee_ended) {
    ++own.timeouts;
    ++theirs.timeouts;
  }
  if (x.trace != nullptr) x.trace->call_failed(x, outside | index, callee, reason, callee_ended);
}

void send_call(Execution& x, std::uint32_t index, Slot to, std::uint32_t retries, Message message) {
  TrafficState& state = x.traffic[index];
  const TrafficInfo& traffic = x.model.traffic[index];
  const Time deadline = traffic.timeout < never ? x.now + traffic.timeout : never;
  message.ref = state.newest;
  switch (deliver(x, to, message)) {
    case Delivery::taken:
      add_call(state, {deadline, to, retries, ClientState::pending});
      if (state.deadline_ticket == 0 && deadline < never) watch_oldest(x, index);
      return;
    case Delivery::shed:
      ++x.tallies[traffic.tally].calls;
      break;
    case Delivery::nobody:
      report_failure(x, index, to, {Reason::Kind::noproc, to}, false);
      if (traffic.redeliver) x.redeliveries.push_back({index, to});
      break;
  }
  think(x, index);
}

/// When the next arrival is; `never` after the last.
inline Time next_arrival(const Execution& x, const TrafficInfo& traffic, TrafficState& state) {
  if (traffic.kind != TrafficInfo::Kind::at) return x.now + state.arrivals.draw(traffic.gap, x.model.values);
  if (state.next_time == traffic.times.count) return never;
  return std::max(x.model.values[traffic.times.first + state.next_time++], x.now);
}

/// Calls, and what is sent where nobody is.
void send_other(Execution& x, std::uint32_t index, Slot to, std::uint32_t retries) {
  const TrafficInfo& traffic = x.model.traffic[index];
  if (x.processes[to].status == Status::down && x.node(to).on_demand) ask_for_start(x, to);
  if (traffic.sends == spec::Sends::call) {
    send_call(x, index, to, retries, message_of(x, index));
  } else if (traffic.redeliver && x.processes[to].status == Status::down) {  // the queue outside keeps it
    x.redeliveries.push_back({index, to});
  } else {
    send_cast(x, to, message_of(x, index));
  }
}

/// One message of this source to this slot. (Inline: it is half of what an arrival costs.)
[[gnu::always_inline]] inline void send(Execution& x, std::uint32_t index, Slot to, std::uint32_t retries) {
  if (x.model.traffic[index].sends == spec::Sends::call || x.processes[to].status == Status::down) {
    send_other(x, index, to, retries);
  } else {
    deliver(x, to, message_of(x, index));
  }
}

/// Sends the rest of a burst; between two of its messages others may run.
void send_burst(Execution& x, std::uint32_t index) {
  const TrafficInfo& traffic = x.model.traffic[index];
  TrafficState& state = x.traffic[index];
  while (state.left > 0) {
    --state.left;
    send(x, index, resolve(x, traffic.to, no_slot, state.pick), traffic.retries);
    if (state.left % 4096 == 1 && gets_nowhere(x)) return;
    if (state.left > 0 && lets_others_run(x, concerned(x, Event::at(x.now, 0, Happens::arrival, index)))) {
      state.burst_ticket = x.queue.soon(x.now, Happens::arrival, index);
      return;
    }
  }
}

}  // namespace

void start_traffic(Execution& x, std::uint32_t index) {
  const TrafficInfo& traffic = x.model.traffic[index];
  TrafficState& state = x.traffic[index];
  if (traffic.scripted) return;
  state.active = true;
  ++state.era;
  switch (traffic.kind) {
    case TrafficInfo::Kind::closed:
      for (std::uint64_t client = 0; client < traffic.size; ++client) think(x, index);
      return;
    case TrafficInfo::Kind::at:
      while (state.next_time < traffic.times.count && x.model.values[traffic.times.first + state.next_time] < x.now) {
        ++state.next_time;
      }
      state.ticket = x.queue.set(next_arrival(x, traffic, state), Happens::arrival, index);
      return;
    case TrafficInfo::Kind::renewal:
    case TrafficInfo::Kind::burst:
      state.ticket = x.queue.set(x.now + state.arrivals.draw(traffic.first, x.model.values), Happens::arrival, index);
      return;
    case TrafficInfo::Kind::poisson:
      state.ticket = x.queue.set(next_arrival(x, traffic, state), Happens::arrival, index);
      return;
  }
}

void stop_traffic(Execution& x, std::uint32_t index) {
  x.traffic[index].active = false;
  x.traffic[index].ticket = 0;
  x.traffic[index].left = 0;
}

void arrival(Execution& x, Event event) {
  const std::uint32_t index = event.index();
  const TrafficInfo& traffic = x.model.traffic[index];
  TrafficState& state = x.traffic[index];
  if (state.ticket == event.ticket()) {
    state.ticket = x.queue.set(next_arrival(x, traffic, state), Happens::arrival, index);
    if (traffic.kind != TrafficInfo::Kind::burst)
      return send(x, index, resolve(x, traffic.to, no_slot, state.pick), traffic.retries);
    state.left += traffic.size;
  } else if (state.burst_ticket != event.ticket()) {
    return;
  }
  send_burst(x, index);
}

void think_over(Execution& x, Event event) {
  const std::uint32_t index = event.index() >> 8;
  TrafficState& state = x.traffic[index];
  if (!state.active || (state.era & 255) != (event.index() & 255)) return;
  const TrafficInfo& traffic = x.model.traffic[index];
  emit(x, index, resolve(x, traffic.to, no_slot, state.pick), traffic.retries);
  if (traffic.sends != spec::Sends::call) think(x, index);
}

void emit(Execution& x, std::uint32_t index, Slot to, std::uint32_t retries) { send(x, index, to, retries); }

void scripted_call(Execution& x, std::uint32_t index, Slot to, std::uint16_t name) {
  if (x.processes[to].status == Status::down && x.node(to).on_demand) ask_for_start(x, to);
  Message message = message_of(x, index);
  message.name = name;
  send_call(x, index, to, 0, message);
}

void client_replied(Execution& x, const Message& message, Slot callee) {
  const std::uint32_t index = message.from & ~outside;
  TrafficState& state = x.traffic[index];
  if (!is_open(state, message.ref)) return;
  call_at(state, message.ref).state = ClientState::done;
  forget_done(state);
  ++x.tallies[x.model.traffic[index].tally].calls;
  ++x.tally(x.processes[callee]).calls;
  think(x, index);
}

void client_failed(Execution& x, const Message& message, Slot callee, Reason reason) {
  const std::uint32_t index = message.from & ~outside;
  TrafficState& state = x.traffic[index];
  if (!is_open(state, message.ref)) return;
  call_at(state, message.ref).state = ClientState::done;
  forget_done(state);
  report_failure(x, index, callee, reason, true);
  think(x, index);
}

void client_deadline(Execution& x, Event event, bool last) {
  const std::uint32_t index = event.index();
  TrafficState& state = x.traffic[index];
  if (state.deadline_ticket != event.ticket()) return;
  forget_done(state);
  const bool due = state.oldest != state.newest && call_at(state, state.oldest).deadline <= x.now;
  if (due && !last) {
    x.queue.put_off(event);
    return;
  }
  state.deadline_ticket = 0;
  while (state.oldest != state.newest && call_at(state, state.oldest).deadline <= x.now) {
    const ClientCall call = call_at(state, state.oldest);
    call_at(state, state.oldest).state = ClientState::done;
    forget_done(state);
    report_failure(x, index, call.callee, {Reason::Kind::timeout, call.callee}, false);
    if (call.retries_left > 0) {
      emit(x, index, resolve(x, x.model.traffic[index].to, no_slot, state.pick), call.retries_left - 1);
    } else {
      think(x, index);
    }
  }
  watch_oldest(x, index);
}

void redeliver(Execution& x, Slot slot) {
  std::vector<Redelivery> mine;
  for (const Redelivery& entry : x.redeliveries) {
    if (entry.to == slot) mine.push_back(entry);
  }
  std::erase_if(x.redeliveries, [slot](const Redelivery& entry) { return entry.to == slot; });
  for (const Redelivery& entry : mine) emit(x, entry.traffic, slot, x.model.traffic[entry.traffic].retries);
}

}  // namespace treefall::runtime
