// How long starts, stops and handlings take at the most, whatever state the rest is in. Where a law has no end, up to a
// probability with which it takes longer still. Times in seconds.
#pragma once

#include <limits>

#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// A time that is exceeded with no more than this probability. Infinite seconds: no limit is known.
struct Limit {
  double seconds = 0;
  double missed = 0;
};
Limit operator+(const Limit& a, const Limit& b);
/// `number` of them one after the other, `number` >= 0.
Limit operator*(double number, const Limit& limit);
/// Of whichever of the two it is.
Limit longer(const Limit& a, const Limit& b);
inline constexpr Limit no_limit{std::numeric_limits<double>::infinity(), 0};

/// `overlong`: the probability with which a time of a law without an end may be longer; 0: such a law has no limit.
Limit limit_of(const spec::Distribution& law, double overlong);
/// From taking a message up to being done with it, or dead of it: its time, every call up to its timeout, tasks that it
/// awaits; whichever fault lasts.
Limit longest_handling(const spec::Handler& handler, double overlong);
/// From start_link to its return, whether it succeeds or not. Opaque subtrees are taken to start at once.
Limit longest_start(const spec::Design& design, const Tree& tree, spec::NodeId node, double overlong);
/// From the supervisor's order to the exit.
Limit longest_stop(const spec::Design& design, const Tree& tree, spec::NodeId node, double overlong);
/// From the exit of a child that is counted until the supervisor looks at the next one: the stops and starts that its
/// strategy asks for.
Limit longest_restart(const spec::Design& design, const Tree& tree, spec::NodeId supervisor, double overlong);

}  // namespace treefall::analyzer
