// Large trees: time by size, and nothing quadratic.
#include <chrono>

#include "known.hpp"

using namespace treefall;

namespace {

std::size_t predictions_for(std::size_t workers) {
  spec::Design design;
  design.name = "large";
  design.horizon.value = std::chrono::hours(24);
  design.nodes.reserve(workers + workers / 100 + 2);
  const auto add = [&](spec::NodeId parent, auto role, const std::string& name) {
    const auto id = static_cast<spec::NodeId>(design.nodes.size());
    spec::Node node;
    node.parent = parent;
    node.name = name;
    node.path = name;
    node.application = 0;
    node.count.value = 1;
    node.role = std::move(role);
    design.nodes.push_back(std::move(node));
    if (parent != spec::no_node) design.nodes[parent].children.push_back(id);
    return id;
  };
  spec::Supervisor budget;
  budget.max_restarts.value = 3;
  budget.max_seconds.value = 5;
  budget.strategy.value = spec::Strategy::rest_for_one;
  const auto root = add(spec::no_node, budget, "root");
  design.applications.push_back({"large", {}, root, {}});
  spec::NodeId above = root;
  spec::NodeId last = spec::no_node;
  for (std::size_t i = 0; i < workers; ++i) {
    if (i % 100 == 0) above = add(root, budget, "s" + std::to_string(i));
    spec::Worker worker;
    worker.handles.emplace();
    spec::Handler handler;
    handler.takes = spec::Constant{0.001};
    if (last != spec::no_node && i % 10 != 0) {
      spec::Call call;
      call.to.node = last;
      call.timeout.value = std::chrono::seconds(5);
      handler.calls.push_back(call);
    }
    worker.handles->push_back({"any", handler, {}});
    spec::CrashClock clock;
    clock.when = spec::CrashClock::Rate{1e-6};
    worker.crashes.push_back(clock);
    last = add(above, worker, "w" + std::to_string(i));
    if (i % 10 == 9) {
      spec::Traffic traffic;
      traffic.name = "t" + std::to_string(i);
      traffic.to.node = last;
      traffic.timeout.value = std::chrono::seconds(5);
      traffic.arrivals = spec::Traffic::Poisson{1};
      design.traffic.push_back(traffic);
    }
  }
  return analyzer::derive(design).predictions.size();
}

}  // namespace

TEST_CASE("20,000 processes are derived, with something to say of each") {
  // What is quadratic in the number of processes would not come back from this.
  CHECK(predictions_for(20'000) > 20'000);
}
