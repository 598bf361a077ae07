// How a design refers to its own parts: indices into its arrays, and references to processes that the reader has
// resolved.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "spec/span.hpp"

namespace treefall::spec {

using NodeId = std::uint32_t;         // into Design::nodes
using FaultId = std::uint32_t;        // into Design::faults
using TrafficId = std::uint32_t;      // into Design::traffic
using ApplicationId = std::uint32_t;  // into Design::applications
inline constexpr NodeId no_node = 0xffffffff;
inline constexpr ApplicationId no_application = 0xffffffff;

/// `Name[2]`: of a node that stands for several processes (the target itself or one above it), just this copy.
struct Pin {
  NodeId node = no_node;
  std::uint32_t copy = 0;
};

/// A resolved reference to a process. What is not pinned is open: seen from inside the same copy of a shared
/// ancestor it means that copy's own, otherwise any one, picked evenly per message.
struct Target {
  NodeId node = no_node;
  std::vector<Pin> pins;
  Span span{};
};

/// What a quantity can be stated of.
struct TrafficSubject {
  TrafficId traffic = 0;
};
struct ApplicationSubject {
  ApplicationId application = 0;
};
using Subject = std::variant<Target, ApplicationSubject, TrafficSubject>;

}  // namespace treefall::spec
