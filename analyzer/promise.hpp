// Does the design keep what `expect` promises, as far as can be said without running it?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/prediction.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

struct PromiseCheck {
  enum class Outcome { holds, broken, cannot_say };
  std::uint32_t promise = 0;  // into Design::promises
  Outcome outcome = Outcome::cannot_say;
  std::optional<Prediction> prediction;  // of the promised quantity
  std::string because;                   // one sentence
};

}  // namespace treefall::analyzer
