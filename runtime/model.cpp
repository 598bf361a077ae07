// The tree of a model: nodes, slots, destinations.
#include "runtime/model.hpp"

#include <algorithm>
#include <limits>

#include "runtime/compile.hpp"
#include "runtime/memory.hpp"

namespace treefall::runtime {
namespace {

void compile_supervisor(Compilation& c, const spec::Supervisor& supervisor, NodeInfo& node) {
  node.supervisor = true;
  node.traps = true;
  node.dynamic = supervisor.kind.value == spec::SupervisorKind::dynamic ||
                 supervisor.kind.value == spec::SupervisorKind::task || supervisor.simple_one_for_one;
  const bool old_simple = supervisor.simple_one_for_one && c.design.otp.value < spec::otp_with_sound_simple_one_for_one;
  node.keeps_ignored = old_simple;
  node.strategy = node.dynamic ? spec::Strategy::one_for_one : supervisor.strategy.value;
  node.auto_shutdown = node.dynamic && !old_simple ? spec::AutoShutdown::never : supervisor.auto_shutdown.value;
  node.max_restarts = supervisor.max_restarts.value;
  node.max_seconds = supervisor.max_seconds.value;
  node.max_children = supervisor.max_children.value.value_or(~std::uint64_t{0});
  if (supervisor.reseeded) {
    node.reseeded_by = destination_of(c, supervisor.reseeded->by);
    node.reseeded_on_start = supervisor.reseeded->when == spec::Reseeded::When::started;
    node.reseeded_after = sampler_of(c, supervisor.reseeded->after);
  }
}

/// What every child has; `count` copies of it stand under each copy of its parent.
void compile_node(Compilation& c, spec::NodeId id) {
  const spec::Node& from = c.design.nodes[id];
  NodeInfo& node = c.model.nodes[id];
  node.parent = from.parent;
  node.application = from.application;
  node.copies = std::max<std::uint32_t>(from.count.value, 1);
  node.restart = from.restart.value;
  node.shutdown = from.shutdown.value.how;
  node.shutdown_limit = time_of(from.shutdown.value.limit);
  node.significant = from.significant.value;
  node.on_demand = from.on_demand;
  node.scripted = from.scripted;
  node.source = source_name(from.path, "process");
  node.children.assign(from.children.begin(), from.children.end());
}

void adopt_scripted(Compilation& c) {
  for (spec::NodeId id = 0; id < c.design.nodes.size(); ++id) {
    const spec::Node& node = c.design.nodes[id];
    if (node.scripted && node.parent != spec::no_node) c.model.nodes[node.parent].children.push_back(id);
  }
}

void lay_out_blocks(Compilation& c) {
  for (NodeInfo& node : c.model.nodes) {
    for (const std::uint32_t child : node.children) {
      c.model.nodes[child].offset = node.block;
      node.block += c.model.nodes[child].copies;
      if (!c.model.nodes[child].scripted) node.static_block = node.block;
    }
  }
}

/// Gives a slot's children their block, then theirs; without recursion, as trees may be deep.
void expand(Model& model, Slot root) {
  std::vector<Slot> todo = {root};
  while (!todo.empty()) {
    const Slot slot = todo.back();
    todo.pop_back();
    const NodeInfo& node = model.nodes[model.places[slot].node];
    if (node.supervisor) ++model.supervisors;
    model.places[slot].first_child = static_cast<Slot>(model.places.size());
    for (const std::uint32_t child : node.children) {
      for (std::uint32_t copy = 0; copy < model.nodes[child].copies; ++copy) {
        if (model.nodes[child].supervisor) todo.push_back(static_cast<Slot>(model.places.size()));
        model.places.push_back({child, slot, 0, 0});
      }
    }
  }
}

void list_slots_of_nodes(Model& model) {
  std::vector<std::uint32_t> counts(model.nodes.size(), 0);
  for (Place& place : model.places) place.ordinal = counts[place.node]++;
  std::uint32_t first = 0;
  for (std::size_t node = 0; node < counts.size(); ++node) {
    model.nodes[node].slots = {first, counts[node]};
    first += counts[node];
  }
  model.slots_of_node.resize(first);
  for (Slot slot = 0; slot < model.places.size(); ++slot) {
    const Place& place = model.places[slot];
    model.slots_of_node[model.nodes[place.node].slots.first + place.ordinal] = slot;
  }
}

/// A destination whose every level but the last stands once can be named at once.
void settle(Model& model, Destination& destination) {
  const NodeInfo& last = model.nodes[destination.node];
  for (std::uint32_t i = 0; i + 1 < destination.levels.count; ++i) {
    const TreeLevel& level = model.levels[destination.levels.first + i];
    if (model.nodes[level.node].copies > 1 && level.pin == none) return;
  }
  // Walk down with the pinned copies.
  Slot slot = no_slot;
  for (std::uint32_t i = 0; i < destination.levels.count; ++i) {
    const TreeLevel& level = model.levels[destination.levels.first + i];
    const NodeInfo& node = model.nodes[level.node];
    const Slot first =
        slot == no_slot ? model.slots_of_node[node.slots.first] : model.places[slot].first_child + node.offset;
    slot = first + (level.pin == none ? 0 : level.pin);
  }
  destination.first = slot;
  const TreeLevel& level = model.levels[destination.levels.first + destination.levels.count - 1];
  destination.count = level.pin == none ? last.copies : 1;
  // A counted supervisor called from inside means one's own: that depends on who asks.
  if (destination.count > 1 && last.supervisor) destination.first = no_slot;
}

std::vector<bool> pinned_nodes(const Compilation& c) {
  std::vector<bool> pinned(c.model.nodes.size(), false);
  for (const TreeLevel& level : c.model.levels) {
    if (level.pin != none) pinned[level.node] = true;
  }
  for (const spec::Promise& promise : c.design.promises) {
    const spec::Target* target = nullptr;
    if (const auto* quantity = std::get_if<spec::QuantityPromise>(&promise.what)) {
      target = std::get_if<spec::Target>(&quantity->subject);
    } else {
      target = &std::get<spec::SurvivalPromise>(promise.what).survives;
    }
    if (target == nullptr) continue;
    for (const spec::Pin& pin : target->pins) pinned[pin.node] = true;
  }
  for (std::size_t node = 0; node < pinned.size(); ++node) {  // what is inside a pinned copy differs as well
    const std::uint32_t parent = c.model.nodes[node].parent;
    if (parent != none && pinned[parent]) pinned[node] = true;
  }
  return pinned;
}

/// One tally a node; where the design tells copies apart, one for each copy besides, unless they are very many.
void assign_tallies(Compilation& c) {
  constexpr std::uint32_t most_copies = 4096;
  Model& model = c.model;
  model.node_tallies = static_cast<std::uint32_t>(model.nodes.size());
  model.tallies = model.node_tallies;
  model.node_of_tally.assign(model.tallies, none);
  model.tally_of_slot.resize(model.places.size());
  const std::vector<bool> pinned = pinned_nodes(c);
  for (std::uint32_t id = 0; id < model.nodes.size(); ++id) {
    NodeInfo& node = model.nodes[id];
    node.id = id;
    const bool apart = pinned[id] && node.slots.count > 1 && node.slots.count <= most_copies;
    model.told_apart.push_back(apart);
    if (apart) model.node_of_tally.resize(model.tallies + node.slots.count, id);
    for (std::uint32_t i = 0; i < node.slots.count; ++i) {
      model.tally_of_slot[model.slots_of_node[node.slots.first + i]] = apart ? model.tallies++ : id;
    }
  }
  for (TrafficInfo& traffic : model.traffic) traffic.tally = model.tallies++;
  for (ApplicationInfo& application : model.applications) application.tally = model.tallies++;
  model.node_of_tally.resize(model.tallies, none);
}

}  // namespace

std::uint16_t message_id(Compilation& c, const std::string& name) {
  const auto [it, inserted] = c.messages.try_emplace(name, static_cast<std::uint16_t>(c.model.messages.size()));
  if (inserted) c.model.messages.push_back(name);
  return it->second;
}

Reason reason_of(Compilation& c, const spec::ExitReason& reason) {
  const auto term = [&] {
    const auto [it, inserted] = c.terms.try_emplace(reason.term, static_cast<std::uint32_t>(c.model.terms.size()));
    if (inserted) c.model.terms.push_back(reason.term);
    return it->second;
  };
  switch (reason.kind) {
    case spec::ExitReason::Kind::normal:
      return exit_normal;
    case spec::ExitReason::Kind::shutdown:
      return exit_shutdown;
    case spec::ExitReason::Kind::shutdown_with:
      return {Reason::Kind::shutdown_with, term()};
    case spec::ExitReason::Kind::killed:
      return exit_killed;
    case spec::ExitReason::Kind::error:
      return reason.term.empty() ? crashed(Term::error) : Reason{Reason::Kind::crash, term()};
  }
  return crashed(Term::error);
}

double chance_of(Compilation& c, double probability) {
  if (probability > 0 && probability < 1) c.model.random = true;
  return probability;
}

Sampler sampler_of(Compilation& c, const spec::Distribution& distribution) {
  const Sampler result = sampler(distribution, c.model.values);
  if (result.kind != Sampler::Kind::constant) c.model.random = true;
  return result;
}

Range times_of(Compilation& c, const std::vector<spec::Duration>& times) {
  const Range range = {static_cast<std::uint32_t>(c.model.values.size()), static_cast<std::uint32_t>(times.size())};
  for (const spec::Duration time : times) c.model.values.push_back(time_of(time));
  std::sort(c.model.values.begin() + range.first, c.model.values.end());
  return range;
}

std::uint32_t destination_of(Compilation& c, const spec::Target& target) {
  Destination destination;
  destination.node = target.node;
  std::vector<TreeLevel> levels;
  for (std::uint32_t node = target.node; node != spec::no_node; node = c.design.nodes[node].parent) {
    TreeLevel level = {node, none};
    for (const spec::Pin& pin : target.pins) {
      if (pin.node == node) level.pin = pin.copy;
    }
    levels.push_back(level);
  }
  destination.levels = {static_cast<std::uint32_t>(c.model.levels.size()), static_cast<std::uint32_t>(levels.size())};
  c.model.levels.insert(c.model.levels.end(), levels.rbegin(), levels.rend());
  c.model.destinations.push_back(destination);
  return static_cast<std::uint32_t>(c.model.destinations.size() - 1);
}

void lay_out(Compilation& c) {
  Model& model = c.model;
  adopt_scripted(c);
  lay_out_blocks(c);
  const auto plant = [&](std::uint32_t node) {
    const auto root = static_cast<Slot>(model.places.size());
    for (std::uint32_t copy = 0; copy < model.nodes[node].copies; ++copy) {
      model.roots.push_back(static_cast<Slot>(model.places.size()));
      model.places.push_back({node, no_slot, 0, 0});
    }
    return root;
  };
  for (const spec::Application& application : c.design.applications) {
    model.applications.push_back({application.start.value, plant(application.root), 0});
  }
  for (const spec::Unsupervised& worker : c.design.unsupervised) {
    plant(worker.worker);
    model.unsupervised.push_back({worker.worker, worker.linked});
  }
  for (const Slot root : std::vector<Slot>(model.roots)) expand(model, root);
  list_slots_of_nodes(model);
}

Model compile(const spec::Design& design) {
  Compilation c{design, {}, {}, {}};
  c.model.design = &design;
  c.model.rhythm_s = has_given_times(design) ? std::numeric_limits<double>::infinity() : clocks_of(design).rhythm;
  for (const char* name : {"any", "EXIT", "DOWN", "reply"}) message_id(c, name);
  c.model.terms = {"error",           "function_clause", "init",  "handle_continue",       "task",
                   "already_started", "calling_self",    "stale", "failed_to_start_child", "max_children"};
  c.model.nodes.resize(design.nodes.size());
  for (spec::NodeId id = 0; id < design.nodes.size(); ++id) {
    compile_node(c, id);
    if (const spec::Supervisor* supervisor = spec::as_supervisor(design.nodes[id])) {
      compile_supervisor(c, *supervisor, c.model.nodes[id]);
    } else {
      compile_worker(c, id);
    }
  }
  lay_out(c);
  compile_surroundings(c);
  for (Destination& destination : c.model.destinations) {
    settle(c.model, destination);
    if (destination.first == no_slot || destination.count > 1) c.model.random = true;
  }
  assign_tallies(c);
  return std::move(c.model);
}

std::uint32_t copy_of(const Model& model, Slot slot) {
  const Place& place = model.places[slot];
  if (place.parent == no_slot) return place.ordinal;
  return slot - model.places[place.parent].first_child - model.nodes[place.node].offset;
}

spec::Target target_of(const Model& model, Slot slot) {
  spec::Target target;
  target.node = model.places[slot].node;
  for (Slot at = slot; at != no_slot; at = model.places[at].parent) {
    target.pins.push_back({model.places[at].node, copy_of(model, at)});
  }
  return target;
}

std::string path(const Model& model, Slot slot) { return spec::path(*model.design, target_of(model, slot)); }

}  // namespace treefall::runtime
