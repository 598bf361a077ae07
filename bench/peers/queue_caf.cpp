// The queue on CAF: the server is an actor that a crash kills and the supervisor's half of the other actor spawns
// again; that other one keeps the virtual time. A message to a busy server waits for nobody; to an idle one, and at the
// end of a service, the clock waits for what the server does next. SEED HORIZON
#include <algorithm>
#include <caf/all.hpp>
#include <queue>
#include <vector>

#include "queue.hpp"

using job_atom = caf::atom_constant<caf::atom("job")>;
using done_atom = caf::atom_constant<caf::atom("done")>;
using begins_atom = caf::atom_constant<caf::atom("begins")>;
using rests_atom = caf::atom_constant<caf::atom("rests")>;

namespace {

struct ServerState {
  std::uint64_t mail = 0;
  bool busy = true;  // in init
};

caf::behavior server(caf::stateful_actor<ServerState>* self, const caf::actor& clock) {
  return {
      [=](job_atom) {
        if (self->state.busy) {
          ++self->state.mail;
          return;
        }
        self->state.busy = true;
        self->send(clock, begins_atom::value);
      },
      [=](done_atom) {
        if (self->state.mail > 0) {
          --self->state.mail;
          self->send(clock, begins_atom::value);
        } else {
          self->state.busy = false;
          self->send(clock, rests_atom::value);
        }
      },
  };
}

enum class What { arrival, done, crash, restart };
struct Timer {
  double time;
  std::uint64_t life;  // of the server whose service ends
  What what;
  bool operator<(const Timer& other) const { return time > other.time; }
};

struct ClockState {
  queue::Random random{1};
  queue::Counts counts;
  std::priority_queue<Timer> timers;
  caf::actor child;
  double now = 0;
  double horizon = 0;
  std::uint64_t life = 0;
  bool up = true;
  bool busy = false;

  void set(double rate, What what) { timers.push({now + random.exponential(rate), life, what}); }
};

using Clock = caf::stateful_actor<ClockState>;

void spawn_server(Clock* self) {
  self->state.child = self->spawn<caf::monitored>(server, caf::actor_cast<caf::actor>(self));
}

/// Plays until the server has to be waited for.
void go_on(Clock* self) {
  ClockState& state = self->state;
  for (;;) {
    const Timer timer = state.timers.top();
    if (timer.time >= state.horizon) {
      state.counts.wait(state.horizon, 0);
      state.counts.print(state.horizon);
      self->send_exit(state.child, caf::exit_reason::kill);
      self->quit();
      return;
    }
    state.timers.pop();
    if (timer.what == What::done && timer.life != state.life) continue;
    state.now = timer.time;
    switch (timer.what) {
      case What::arrival:
        ++state.counts.arrivals;
        state.set(queue::arrival_rate, What::arrival);
        state.counts.wait(state.now, state.counts.waiting + 1);
        self->send(state.child, job_atom::value);
        if (state.up && !state.busy) return;
        break;
      case What::done:
        ++state.counts.handled;
        self->send(state.child, done_atom::value);
        return;
      case What::crash:
        ++state.counts.crashes;
        self->send_exit(state.child, caf::exit_reason::kill);
        return;  // until it is down
      case What::restart:
        ++state.counts.restarts;
        state.up = true;
        state.set(queue::crash_rate, What::crash);
        self->send(state.child, done_atom::value);  // so far it was in init
        return;
    }
  }
}

caf::behavior keep_time(Clock* self, std::uint64_t seed, double horizon) {
  ClockState& state = self->state;
  state.random = queue::Random(seed);
  state.horizon = horizon;
  self->set_down_handler([=](const caf::down_msg&) {
    ClockState& at_crash = self->state;
    at_crash.counts.lost += at_crash.counts.waiting + (at_crash.busy ? 1 : 0);
    at_crash.counts.wait(at_crash.now, 0);
    at_crash.up = at_crash.busy = false;
    ++at_crash.life;
    at_crash.set(queue::restart_rate, What::restart);
    spawn_server(self);
    go_on(self);
  });
  state.set(queue::arrival_rate, What::arrival);
  state.set(queue::crash_rate, What::crash);
  spawn_server(self);
  self->send(state.child, done_atom::value);
  return {
      [=](begins_atom) {
        ClockState& now = self->state;
        now.counts.wait(now.now, now.counts.waiting - 1);
        now.busy = true;
        now.set(queue::service_rate, What::done);
        go_on(self);
      },
      [=](rests_atom) {
        self->state.busy = false;
        go_on(self);
      },
  };
}

}  // namespace

int main(int, char** arguments) {
  caf::actor_system_config config;
  config.set("scheduler.max-threads", 1);  // every message crosses between actors; a second core only adds waits
  caf::actor_system system(config);
  system.spawn(keep_time, std::strtoull(arguments[1], nullptr, 10), std::atof(arguments[2]));
  system.await_all_actors_done();
}
