// The queue on SimGrid: actors for the clients, the server and the supervisor. The mailbox is a counter and an idle
// server is suspended, which is cheaper than SimGrid's mailboxes (those simulate a network). SEED HORIZON
#include <simgrid/s4u.hpp>

#include "queue.hpp"

namespace sg4 = simgrid::s4u;

int main(int count, char** arguments) {
  sg4::Engine engine(&count, arguments);
  const std::uint64_t seed = std::strtoull(arguments[1], nullptr, 10);
  const double horizon = std::atof(arguments[2]);
  sg4::NetZone* zone = sg4::create_full_zone("zone");
  sg4::Host* host = zone->create_host("node", 1e9);
  zone->seal();

  queue::Random random(seed);
  queue::Counts counts;
  sg4::ActorPtr server;
  bool busy = false;
  bool idle = false;

  const auto serve = [&] {
    for (;;) {
      if (counts.waiting == 0) {
        idle = true;
        sg4::this_actor::suspend();
        continue;
      }
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
      if (idle) {
        idle = false;
        server->resume();
      }
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
      busy = idle = false;
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
