// What execution observed: one number with its confidence interval.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "spec/design.hpp"
#include "spec/quantity.hpp"

namespace treefall::runtime {

struct Measurement {
  spec::Subject subject;
  spec::Quantity quantity = spec::Quantity::failure_probability;
  std::optional<spec::Duration> within;
  double value = 0;  // base units; NaN: never observed
  double low = 0;    // of the interval at level `confidence`
  double high = 0;
  double confidence = 0.95;
  std::uint64_t samples = 0;  // what was counted: replicas, incarnations, messages, calls
  std::string splitting{};    // how, where it is not counted in replicas; else empty
};

}  // namespace treefall::runtime
