// The numbers of a design that say what the world does to it: how often, how long, how likely, how many. What an author
// guesses or measures, not what he decides; timeouts are among them, restart intensities are not (`tune` is for those).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "spec/design.hpp"

namespace treefall::analyzer {

struct Input {
  enum class Kind { rate, time, probability, number };
  std::string process;  // as results name it; `traffic:NAME`, `fault:NAME`
  std::string key;      // the keys that lead to it: `crashes.rate`, `handles.price.takes`
  spec::Span span{};    // of it, or of the smallest thing around it whose place is known
  Kind kind = Kind::rate;
  double value = 0;  // base units; of a distribution the mean
  double least = 0;  // what it can be
  double most = 0;
  spec::NodeId node = spec::no_node;  // whose, or where traffic goes; none: of a fault
};

/// All that are more than nothing, in the design's order. Crashes and outages at given times are not among them, nor is
/// what only holds while a fault lasts.
std::vector<Input> inputs_of(const spec::Design& design);

/// The same design with the number inputs_of(design)[input] being `value`; of a distribution, all its times longer or
/// shorter in that ratio. `value` between `least` and `most`, above zero; durations are whole nanoseconds, numbers
/// whole.
spec::Design with_input(const spec::Design& design, std::size_t input, double value);

}  // namespace treefall::analyzer
