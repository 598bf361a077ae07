// The shape of the terms is the contract with the Erlang modules beside this file: one map a node of the design, in the
// order of their ids; times are whole nanoseconds, parameters of distributions floats in seconds.
#include "beam/terms.hpp"

#include <fmt/format.h>

#include <cmath>

#include "beam/registry.hpp"
#include "beam/terms_worker.hpp"

namespace treefall::beam {
namespace {

const char* word(spec::Restart restart) {
  switch (restart) {
    case spec::Restart::permanent:
      return "permanent";
    case spec::Restart::transient:
      return "transient";
    case spec::Restart::temporary:
      return "temporary";
  }
  return "";
}
const char* word(spec::Strategy strategy) {
  switch (strategy) {
    case spec::Strategy::one_for_one:
      return "one_for_one";
    case spec::Strategy::one_for_all:
      return "one_for_all";
    case spec::Strategy::rest_for_one:
      return "rest_for_one";
  }
  return "";
}
const char* word(spec::AutoShutdown automatic) {
  switch (automatic) {
    case spec::AutoShutdown::never:
      return "never";
    case spec::AutoShutdown::any_significant:
      return "any_significant";
    case spec::AutoShutdown::all_significant:
      return "all_significant";
  }
  return "";
}
const char* word(spec::SupervisorKind kind) {
  switch (kind) {
    case spec::SupervisorKind::supervisor:
      return "supervisor";
    case spec::SupervisorKind::dynamic:
      return "dynamic";
    case spec::SupervisorKind::partition:
      return "partition";
    case spec::SupervisorKind::task:
      return "task";
  }
  return "";
}
const char* word(spec::StartType type) {
  switch (type) {
    case spec::StartType::permanent:
      return "permanent";
    case spec::StartType::transient:
      return "transient";
    case spec::StartType::temporary:
      return "temporary";
  }
  return "";
}
const char* word(spec::ScriptedEvent::Do what) {
  switch (what) {
    case spec::ScriptedEvent::Do::kill:
      return "kill";
    case spec::ScriptedEvent::Do::exit:
      return "exit";
    case spec::ScriptedEvent::Do::shutdown:
      return "shutdown";
    case spec::ScriptedEvent::Do::send:
      return "send";
    case spec::ScriptedEvent::Do::start_child:
      return "start_child";
    case spec::ScriptedEvent::Do::terminate_child:
      return "terminate_child";
    case spec::ScriptedEvent::Do::restart_child:
      return "restart_child";
    case spec::ScriptedEvent::Do::delete_child:
      return "delete_child";
  }
  return "";
}

/// OTP counts a child's shutdown in milliseconds.
std::string term(const spec::Shutdown& shutdown) {
  switch (shutdown.how) {
    case spec::Shutdown::How::brutal_kill:
      return "brutal_kill";
    case spec::Shutdown::How::within:
      return fmt::format("{}", (shutdown.limit.count() + 999'999) / 1'000'000);
    case spec::Shutdown::How::infinity:
      return "infinity";
  }
  return "";
}

std::string supervisor_term(const spec::Design& design, spec::NodeId id, const spec::Supervisor& supervisor) {
  const std::string most =
      supervisor.max_children.value ? fmt::format("{}", *supervisor.max_children.value) : std::string("infinity");
  std::string reseeded = "none";
  if (supervisor.reseeded) {
    const bool started = supervisor.reseeded->when == spec::Reseeded::When::started;
    reseeded = fmt::format("#{{by => {}, 'when' => {}, 'after' => {}}}", target_term(design, supervisor.reseeded->by),
                           started ? "started" : "noticed", distribution_term(supervisor.reseeded->after));
  }
  return fmt::format(
      "role => supervisor, kind => {}, simple => {}, strategy => {}, intensity => {}, period => {}, "
      "auto_shutdown => {}, max_children => {}, reseeded => {}",
      is_registry(design, id) ? "registry" : word(supervisor.kind.value), supervisor.simple_one_for_one,
      word(supervisor.strategy.value), supervisor.max_restarts.value, supervisor.max_seconds.value,
      word(supervisor.auto_shutdown.value), most, reseeded);
}

/// Does the path of this node carry a copy number?
bool has_copies(const spec::Design& design, spec::NodeId id) {
  spec::Target pinned{id, {{id, 0}}, {}};
  return spec::path(design, pinned).ends_with(']');
}

std::string node_term(const spec::Design& design, spec::NodeId id) {
  const spec::Node& node = design.nodes[id];
  const spec::Supervisor* supervisor = spec::as_supervisor(node);
  const auto partition = partition_number(design, id);
  // Where roots share a name, the path of a root starts with its application.
  const std::string name = node.parent == spec::no_node ? node.path : node.name;
  return fmt::format(
      "#{{name => {}, parent => {}, children => {}, count => {}, copied => {}, restart => {}, shutdown => {}, "
      "significant => {}, on_demand => {}, partition => {}, {}}}",
      binary_term(name), node.parent == spec::no_node ? std::string("none") : fmt::format("{}", node.parent),
      list_term(node.children, [](spec::NodeId child) { return fmt::format("{}", child); }), node.count.value,
      has_copies(design, id), word(node.restart.value), term(node.shutdown.value), node.significant.value,
      node.on_demand, partition ? fmt::format("{}", *partition) : std::string("none"),
      supervisor != nullptr ? supervisor_term(design, id, *supervisor) : worker_term(design, *spec::as_worker(node)));
}

std::string application_term(const spec::Application& application) {
  return fmt::format("#{{name => {}, start => {}, root => {}}}", binary_term(application.name),
                     word(application.start.value), application.root);
}

std::string unsupervised_term(const spec::Design& design, const spec::Unsupervised& worker) {
  return fmt::format("#{{node => {}, started_by => {}, linked => {}}}", worker.worker,
                     worker.started_by ? target_term(design, *worker.started_by) : std::string("none"), worker.linked);
}

std::string fault_term(const spec::Fault& fault) {
  std::string windows;
  if (const auto* random = std::get_if<spec::Fault::Random>(&fault.when)) {
    windows = fmt::format("{{random, {}, {}}}", distribution_term(random->every), distribution_term(random->lasts));
  } else {
    const auto& outages = std::get<std::vector<spec::Fault::Outage>>(fault.when);
    windows = fmt::format("{{at, {}}}", list_term(outages, [](const spec::Fault::Outage& outage) {
                            return fmt::format("{{{}, {}}}", outage.at.count(), distribution_term(outage.lasts));
                          }));
  }
  return fmt::format("#{{name => {}, windows => {}}}", binary_term(fault.name), windows);
}

std::string first_term(const std::optional<spec::Distribution>& first) {
  return first ? distribution_term(*first) : "none";
}

std::string arrivals_term(const spec::Traffic& traffic) {
  if (const auto* poisson = std::get_if<spec::Traffic::Poisson>(&traffic.arrivals)) {
    return fmt::format("{{poisson, {}}}", number_term(poisson->per_second));
  }
  if (const auto* renewal = std::get_if<spec::Traffic::Renewal>(&traffic.arrivals)) {
    return fmt::format("{{renewal, {}, {}}}", distribution_term(renewal->every), first_term(renewal->first));
  }
  if (const auto* burst = std::get_if<spec::Traffic::Burst>(&traffic.arrivals)) {
    return fmt::format("{{burst, {}, {}, {}}}", burst->size, distribution_term(burst->every), first_term(burst->first));
  }
  if (const auto* at = std::get_if<spec::Traffic::At>(&traffic.arrivals)) {
    return fmt::format("{{at, {}}}", times_term(at->times));
  }
  const auto& closed = std::get<spec::Traffic::Closed>(traffic.arrivals);
  return fmt::format("{{closed, {}, {}}}", closed.concurrency, distribution_term(closed.think));
}

std::string traffic_term(const spec::Design& design, const spec::Traffic& traffic) {
  return fmt::format(
      "#{{name => {}, to => {}, sends => {}, message => {}, timeout => {}, retries => {}, redeliver => {}, "
      "during => {}, arrivals => {}}}",
      binary_term("traffic:" + traffic.name), target_term(design, traffic.to), sends_term(traffic.sends),
      binary_term(traffic.message), time_term(traffic.timeout.value), traffic.retries.value_or(0), traffic.redeliver,
      traffic.during ? fmt::format("{}", *traffic.during) : std::string("none"), arrivals_term(traffic));
}

std::string event_term(const spec::Design& design, const spec::ScriptedEvent& event) {
  return fmt::format("#{{at => {}, what => {}, to => {}, reason => {}, message => {}, as => {}, child => {}}}",
                     event.at.count(), word(event.what), target_term(design, event.process), reason_term(event.reason),
                     binary_term(event.message), sends_term(event.as),
                     event.child == spec::no_node ? std::string("none") : fmt::format("{}", event.child));
}

}  // namespace

std::string to_term(const spec::Design& design, std::uint64_t seed, spec::Duration phase, spec::Duration until) {
  std::string nodes;
  for (spec::NodeId id = 0; id < design.nodes.size(); ++id) nodes += (id > 0 ? ",\n  " : "") + node_term(design, id);
  const auto of_design = [&](auto function) {
    return [&design, function](const auto& x) { return function(design, x); };
  };
  return fmt::format(
      "#{{spec => {}, seed => {}, phase => {}, until => {}, dialect => {},\n nodes => {{{}}},\n applications => {},\n "
      "unsupervised => {},\n faults => {},\n traffic => {},\n script => {}}}.\n",
      binary_term(design.file.empty() ? design.name : design.file), seed, phase.count(), until.count(),
      design.dialect.value == spec::Dialect::elixir ? "elixir" : "erlang", nodes,
      list_term(design.applications, application_term), list_term(design.unsupervised, of_design(unsupervised_term)),
      list_term(design.faults, fault_term), list_term(design.traffic, of_design(traffic_term)),
      list_term(design.script, of_design(event_term)));
}

}  // namespace treefall::beam
