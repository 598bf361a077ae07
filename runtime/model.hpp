// A design made ready for execution: flat arrays with every copy expanded to a slot, every distribution to a sampler,
// every reference to the slots it can mean. Made once, read by all replicas and threads, never changed.
#pragma once

#include <string>
#include <vector>

#include "runtime/outside_model.hpp"
#include "runtime/program.hpp"
#include "runtime/types.hpp"
#include "spec/design.hpp"

namespace treefall::runtime {

/// One node of the design.
struct NodeInfo {
  bool supervisor = false;
  bool dynamic = false;        // a DynamicSupervisor, simple_one_for_one or Task.Supervisor: parallel stop, no order
  bool keeps_ignored = false;  // a simple_one_for_one before OTP 27: what returned `ignore` at a restart stays in it
  bool significant = false;
  bool on_demand = false;
  bool scripted = false;
  bool traps = false;
  spec::Restart restart = spec::Restart::permanent;
  spec::Strategy strategy = spec::Strategy::one_for_one;
  spec::AutoShutdown auto_shutdown = spec::AutoShutdown::never;
  spec::Shutdown::How shutdown = spec::Shutdown::How::within;
  bool handles_nothing = false;  // no `handles` at all: messages take no time
  Time shutdown_limit = 0;
  std::uint32_t parent = none;
  std::uint32_t application = none;
  std::uint32_t offset = 0;  // of its first copy in the block of its parent's children
  std::uint32_t copies = 1;  // under one parent
  Range slots;               // into Model::slots_of_node
  std::uint64_t source = 0;  // name of its streams
  std::uint32_t id = 0;      // of the node, and of its tally as a whole

  // supervisor
  std::uint64_t max_restarts = 0;
  std::uint64_t max_seconds = 0;
  std::uint64_t max_children = 0;    // 0xff..: no limit
  std::uint32_t block = 0;           // children slots of each copy
  std::uint32_t reseeded_by = none;  // destination
  bool reseeded_on_start = false;
  Sampler reseeded_after;
  std::vector<std::uint32_t> children;  // nodes, in start order, the scripted ones last
  std::vector<std::uint32_t> seeds;     // dynamic supervisors whose population it starts again
  std::uint32_t static_block = 0;       // slots of those that are not scripted

  // worker
  std::uint32_t init = none;
  std::uint32_t handle_continue = none;
  std::uint32_t terminate = none;
  std::uint32_t any_handler = none;
  Range handlers;
  Range ticks;
  std::uint32_t first_tick = 0;  // of its first slot, in the array of all tick timers
  Range crashes;
  std::uint32_t first_crash = 0;
  std::vector<std::uint32_t> links;           // destinations
  std::vector<std::uint32_t> linked_by;       // nodes whose `links` may name it
  std::vector<DependencyEntry> dependencies;  // pid and table only
  std::uint32_t first_dependency = 0;
  std::vector<spec::InitOutcome> outcomes;
  Time init_timeout = never;
  std::uint64_t shed_above = ~std::uint64_t{0};
  std::vector<std::uint32_t> starts;  // unsupervised workers that it starts
};

struct Place {
  std::uint32_t node = 0;
  Slot parent = no_slot;
  Slot first_child = 0;       // of a supervisor: its block
  std::uint32_t ordinal = 0;  // among the slots of its node
};

inline constexpr std::uint16_t message_any = 0;
inline constexpr std::uint16_t message_exit = 1;
inline constexpr std::uint16_t message_down = 2;
inline constexpr std::uint16_t message_reply = 3;

/// Sources of randomness of a node.
enum class Purpose : std::uint8_t { work, init, failure, task, tick, pick };
inline constexpr std::uint32_t purposes = 6;

struct Model {
  const spec::Design* design = nullptr;
  std::vector<NodeInfo> nodes;
  std::vector<Place> places;
  std::vector<Slot> slots_of_node;
  std::vector<Slot> roots;  // slots without a parent: applications, then unsupervised
  std::vector<std::uint32_t> tally_of_slot;
  std::vector<Program> programs;
  std::vector<Step> steps;
  std::vector<During> durings;
  std::vector<HandlerEntry> handlers;
  std::vector<TickEntry> ticks;
  std::vector<CrashEntry> crashes;
  std::vector<CrashGroup> crash_groups;
  std::vector<Destination> destinations;
  std::vector<TreeLevel> levels;
  std::vector<Time> values;
  std::vector<TrafficInfo> traffic;  // the last one stands for the script
  std::vector<FaultInfo> faults;
  std::vector<ScriptStep> script;
  std::vector<ApplicationInfo> applications;
  std::vector<UnsupervisedInfo> unsupervised;
  std::vector<std::string> terms;
  std::vector<std::string> messages;
  std::uint32_t supervisors = 0;  // slots of supervisors
  std::vector<Slot> tick_slots;   // whose each tick timer is
  std::vector<Slot> crash_slots;  // and each crash timer
  std::uint32_t dependency_marks = 0;
  std::uint32_t tallies = 0;
  std::vector<std::uint32_t> node_of_tally;  // of a tally of one copy; none for others
  std::vector<bool> told_apart;              // nodes whose copies have tallies of their own
  std::uint32_t node_tallies = 0;            // the first so many are those of whole nodes, by node
  Time clock_phase = -1;                     // -1: random
  spec::TieOrder tie_order = spec::TieOrder::creation;
  bool random = false;      // is there any element of chance
  double rhythm_s = 0;      // of ticks, traffic and faults (Clocks); infinite where the design has given times
  bool only_phase = false;  // is the place of its start in the VM's second the only one
};

/// Copies keep no pointer into `design` but Model::design, which must outlive it.
Model compile(const spec::Design& design);

/// A reference to just this slot.
spec::Target target_of(const Model& model, Slot slot);
/// `Shop.Supervisor/Shop.Repo[2]`: with a copy number on each level that has copies.
std::string path(const Model& model, Slot slot);
/// Which copy of its node under its parent.
std::uint32_t copy_of(const Model& model, Slot slot);

}  // namespace treefall::runtime
