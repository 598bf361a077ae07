// What the analyser claims about a design: one number, with the method it came by and its error bar.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/design.hpp"
#include "spec/quantity.hpp"

namespace treefall::analyzer {

enum class Method {
  exact,          // follows from the model without approximation, but for rounding
  bound,          // the truth lies between low and high, or on the safe side of the finite one
  approximation,  // error measured; low and high hold it
  deterministic,  // nothing random takes part
};

/// `exact`, `bound`, `approximation`, `deterministic`.
std::string_view name(Method method);

struct Prediction {
  spec::Subject subject;
  spec::Quantity quantity = spec::Quantity::failure_probability;
  std::optional<spec::Duration> within;  // failure_probability only
  /// Base units; infinity is a value (a mean time to failure that never comes). NaN: cannot be said; `because` tells
  /// why.
  double value = 0;
  double low = 0;
  double high = 0;
  Method method = Method::exact;
  std::string because;  // how it was found, in one sentence, with the numbers that went in
};

/// What a supervisor without numbers can take.
struct Tolerance {
  spec::Target supervisor;
  spec::Quantity quantity = spec::Quantity::crash_rate;
  std::optional<double> at_most;   // crashes per second over all children for `probability` within `within`
  std::uint64_t simultaneous = 0;  // children that may die at once
  double probability = 0.001;
  spec::Duration within{};
  Method method = Method::exact;
  std::string because;
};

}  // namespace treefall::analyzer
