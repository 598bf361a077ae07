// The queue on SimGrid: actors for the clients, the server and the supervisor.
//
// mailbox   the mailbox is a SimGrid Mailbox, as its manual has it: a message is a communication of no bytes
// bare      the mailbox is a counter and an idle server is suspended: less than a Mailbox does (that one simulates a
//           network), and quicker
//
// Arguments: mailbox|bare SEED HORIZON
#include <simgrid/s4u.hpp>
#include <string>

#include "queue.hpp"

namespace sg4 = simgrid::s4u;

namespace {

class SimgridMailbox {
 public:
  void put(const sg4::ActorPtr&) { mailbox_->put_init(&job_, 0)->detach(); }
  void get(const queue::Counts&) { mailbox_->get<char>(); }
  void lose() { mailbox_ = sg4::Mailbox::by_name("server " + std::to_string(++life_)); }

 private:
  sg4::Mailbox* mailbox_ = sg4::Mailbox::by_name("server 0");
  std::uint64_t life_ = 0;
  char job_ = 0;
};

class BareMailbox {
 public:
  void put(const sg4::ActorPtr& server) {
    if (!idle_) return;
    idle_ = false;
    server->resume();
  }
  void get(const queue::Counts& counts) {
    while (counts.waiting == 0) {
      idle_ = true;
      sg4::this_actor::suspend();
    }
  }
  void lose() { idle_ = false; }

 private:
  bool idle_ = false;
};

template <class Mailbox>
void play(sg4::Engine& engine, std::uint64_t seed, double horizon) {
  sg4::NetZone* zone = sg4::create_full_zone("zone");
  sg4::Host* host = zone->create_host("node", 1e9);
  zone->seal();

  queue::Random random(seed);
  queue::Counts counts;
  Mailbox mailbox;
  sg4::ActorPtr server;
  bool busy = false;

  const auto serve = [&] {
    for (;;) {
      mailbox.get(counts);
      counts.wait(sg4::Engine::get_clock(), counts.waiting - 1);
      busy = true;
      sg4::this_actor::sleep_for(random.exponential(queue::service_rate));
      busy = false;
      ++counts.handled;
    }
  };
  server = sg4::Actor::create("server", host, serve);
  sg4::ActorPtr clients = sg4::Actor::create("clients", host, [&] {
    for (;;) {
      sg4::this_actor::sleep_for(random.exponential(queue::arrival_rate));
      ++counts.arrivals;
      counts.wait(sg4::Engine::get_clock(), counts.waiting + 1);
      mailbox.put(server);
    }
  });
  clients->daemonize();
  sg4::Actor::create("supervisor", host, [&] {
    for (;;) {
      const double crash = sg4::Engine::get_clock() + random.exponential(queue::crash_rate);
      if (crash >= horizon) break;
      sg4::this_actor::sleep_until(crash);
      server->kill();
      ++counts.crashes;
      counts.lost += counts.waiting + (busy ? 1 : 0);
      counts.wait(crash, 0);
      busy = false;
      mailbox.lose();
      sg4::this_actor::sleep_for(random.exponential(queue::restart_rate));
      ++counts.restarts;
      server = sg4::Actor::create("server", host, serve);
    }
    sg4::this_actor::sleep_until(horizon);
    server->kill();
  });
  engine.run();
  counts.wait(horizon, 0);
  counts.print(horizon);
}

}  // namespace

int main(int count, char** arguments) {
  sg4::Engine engine(&count, arguments);
  const std::uint64_t seed = std::strtoull(arguments[2], nullptr, 10);
  const double horizon = std::atof(arguments[3]);
  if (std::string(arguments[1]) == "mailbox") {
    play<SimgridMailbox>(engine, seed, horizon);
  } else {
    play<BareMailbox>(engine, seed, horizon);
  }
}
