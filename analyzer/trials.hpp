// A design analysed again with one of its numbers changed: what becomes of the findings. Internal to sensitivity.cpp.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "analyzer/finding.hpp"
#include "analyzer/remembered.hpp"
#include "analyzer/rule.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

enum class Presence { there, gone, unsaid };

/// What the findings come to with one input changed.
struct Outcome {
  std::vector<double> values;  // of their predictions; NaN where there is none
  std::vector<Presence> presences;
};

/// The analysis, asked again and again, and at most so often; what has been asked is remembered.
class Trials {
 public:
  /// All of these outlive it.
  Trials(const spec::Design& design, std::span<const Rule* const> rules, const std::vector<Finding>& findings,
         std::size_t most)
      : design_(design), rules_(rules), findings_(findings), left_(most) {}

  /// With inputs_of(design)[input] being `value`. Nothing: asked too often. Valid as long as this.
  const Outcome* with(std::size_t input, double value);
  /// How many more there may be.
  std::size_t left() const { return left_; }
  /// Of the design, in seconds.
  double horizon() const { return spec::in_seconds(design_.horizon.value); }

 private:
  Outcome tried(std::size_t input, double value);

  const spec::Design& design_;
  std::span<const Rule* const> rules_;
  const std::vector<Finding>& findings_;
  std::size_t left_;
  std::map<std::pair<std::size_t, double>, Outcome> known_;
  Remembered remembered_;
};

}  // namespace treefall::analyzer
