// Who sends what to whom: the kinds of messages at each worker, where they come from and what each makes when it is
// handled. loads.cpp solves the rates.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/loads.hpp"

namespace treefall::analyzer {

struct Flow {
  std::uint32_t to = 0;  // kind
  double each = 0;       // messages per message handled, in per-process rates
  bool call = false;
};

struct Kind {
  spec::NodeId node = spec::no_node;
  std::uint32_t slot = 0;  // in Load::messages
  double outside_called = 0;
  double outside_sent = 0;
  std::vector<Flow> flows;
};

struct LoadModel {
  const spec::Design& design;
  const Tree& tree;
  Loads& loads;
  std::vector<Kind> kinds;
  std::vector<std::vector<std::uint32_t>> at;  // by node: kinds, in the order of Load::messages
  std::vector<std::uint32_t> order;            // callers before callees, but for rings
};

/// Why the rates of a load cannot be said: the first reason counts.
void cannot_say(Load& load, std::string why);

/// `loads` gets one entry for each kind of message that can come, without its rate.
LoadModel model_of(const spec::Design& design, const Tree& tree, Loads& loads);

}  // namespace treefall::analyzer
