// The queue on treefall's runtime, with every measurement that `treefall simulate` makes of a replica (but without its
// search for failures that no replica shows, which plays the model many times more). Arguments: SEED HORIZON
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "runtime/simulate.hpp"
#include "spec/read.hpp"

namespace {

using namespace treefall;

double value(const std::vector<runtime::Measurement>& all, spec::NodeId node, spec::Quantity quantity) {
  for (const runtime::Measurement& one : all) {
    const auto* target = std::get_if<spec::Target>(&one.subject);
    if (target != nullptr && target->node == node && one.quantity == quantity) return one.value;
  }
  std::abort();
}

spec::NodeId server_of(const spec::Design& design) {
  spec::NodeId id = 0;
  while (design.nodes.at(id).name != "server") ++id;
  return id;
}

}  // namespace

int main(int, char** arguments) {
  std::ifstream file(TREEFALL_ROOT "/bench/peers/queue.yaml");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const spec::Reading reading = spec::read(spec::Source("queue.yaml", text));
  const double seconds = std::atof(arguments[2]);
  const auto until = std::chrono::duration_cast<spec::Duration>(std::chrono::duration<double>(seconds));
  runtime::Experiment experiment(*reading.design, std::strtoull(arguments[1], nullptr, 10), until, 1);
  const std::atomic<bool> stop = false;
  experiment.extend(1, stop);
  const auto all = experiment.measure_all(0.95);
  const spec::NodeId server = server_of(*reading.design);
  const double handled = value(all, server, spec::Quantity::throughput) * seconds;
  const double lost = value(all, server, spec::Quantity::lost_messages) * seconds;
  const double crashes = value(all, server, spec::Quantity::crash_rate) * seconds;
  std::printf(
      "{\"arrivals\": %.0f, \"handled\": %.0f, \"lost\": %.0f, \"crashes\": %.0f, \"restarts\": %.0f, \"queue\": "
      "%.9g}\n",
      handled + lost, handled, lost, crashes, crashes, value(all, server, spec::Quantity::mailbox_length));
}
