// What one handling of a message may do to the process that handles it; and of that, what its calls do: the callee
// answers too late, or ends while it serves the call.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/calls.hpp"
#include "analyzer/crashes.hpp"
#include "analyzer/loads.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

inline const spec::ExitReason an_error{spec::ExitReason::Kind::error, {}};

/// One handling of the message ends the worker with this probability.
struct Danger {
  CrashSource::Kind kind = CrashSource::Kind::handler;
  double probability = 0;
  spec::ExitReason reason = an_error;
  spec::Span span{};
  spec::NodeId guilty = spec::no_node;
  std::string what;
  std::string unsaid{};  // why the probability cannot be said
  double error = 0;      // relative, of the probability
  std::optional<LateCalls> late{};
  std::optional<CrashId> follows{};  // it is the consequence of this death
  std::optional<spec::FaultId> during{};
};

/// Crashes as far as they are found: those of callees before those of their callers.
struct SoFar {
  const spec::Design& design;
  const Loads& loads;
  const std::vector<std::vector<CrashSource>>& of;  // by node
  std::vector<spec::NodeId> order;                  // in which they are found
  std::vector<bool> before_callers;                 // by node: not on a ring of calls, nor behind one
};
SoFar order_of_deaths(const spec::Design& design, const Tree& tree, const CallGraph& calls, const Loads& loads,
                      const std::vector<std::vector<CrashSource>>& of);

/// Appends what the calls of one handling do to the caller.
void add_call_dangers(const SoFar& scene, const spec::Handler& handler, std::vector<Danger>& list);

}  // namespace treefall::analyzer
