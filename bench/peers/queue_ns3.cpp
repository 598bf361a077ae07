// The queue on ns-3: events that schedule events; the end of a service is cancelled by a crash. SEED HORIZON
#include <ns3/core-module.h>

#include "queue.hpp"

namespace {

struct Model {
  explicit Model(std::uint64_t seed) : random(seed) {}

  ns3::Time after(double rate) { return ns3::Seconds(random.exponential(rate)); }
  static double now() { return ns3::Simulator::Now().GetSeconds(); }

  void arrive() {
    ns3::Simulator::Schedule(after(queue::arrival_rate), &Model::arrive, this);
    ++counts.arrivals;
    if (up && !busy) {
      serve();
    } else {
      counts.wait(now(), counts.waiting + 1);
    }
  }
  void serve() {
    busy = true;
    service = ns3::Simulator::Schedule(after(queue::service_rate), &Model::done, this);
  }
  void done() {
    ++counts.handled;
    busy = false;
    take();
  }
  void take() {
    if (counts.waiting == 0) return;
    counts.wait(now(), counts.waiting - 1);
    serve();
  }
  void crash() {
    ++counts.crashes;
    counts.lost += counts.waiting + (busy ? 1 : 0);
    counts.wait(now(), 0);
    if (busy) ns3::Simulator::Cancel(service);
    busy = false;
    up = false;
    ns3::Simulator::Schedule(after(queue::restart_rate), &Model::restart, this);
  }
  void restart() {
    ++counts.restarts;
    start();
    take();
  }
  void start() {
    up = true;
    ns3::Simulator::Schedule(after(queue::crash_rate), &Model::crash, this);
  }

  queue::Random random;
  queue::Counts counts;
  ns3::EventId service;
  bool busy = false;
  bool up = false;
};

}  // namespace

int main(int, char** arguments) {
  Model model(std::strtoull(arguments[1], nullptr, 10));
  const double horizon = std::atof(arguments[2]);
  model.start();
  ns3::Simulator::Schedule(model.after(queue::arrival_rate), &Model::arrive, &model);
  ns3::Simulator::Stop(ns3::Seconds(horizon));
  ns3::Simulator::Run();
  model.counts.wait(horizon, 0);
  model.counts.print(horizon);
  ns3::Simulator::Destroy();
}
