// The terms of what a worker does, and those that all others need.
#pragma once

#include <string>
#include <vector>

#include "spec/design.hpp"

namespace treefall::beam {

/// The keys of a worker's map, without braces.
std::string worker_term(const spec::Design& design, const spec::Worker& worker);

/// `[{Node, Copy | any}, ...]` from the root down.
std::string target_term(const spec::Design& design, const spec::Target& target);
std::string distribution_term(const spec::Distribution& distribution);
std::string reason_term(const spec::ExitReason& reason);
/// Nanoseconds, or `infinity`.
std::string time_term(spec::Duration duration);
/// Instants, in order.
std::string times_term(std::vector<spec::Duration> times);
/// A float, with all its digits.
std::string number_term(double value);
const char* sends_term(spec::Sends sends);

template <class T, class Function>
std::string list_term(const std::vector<T>& list, const Function& term) {
  std::string text = "[";
  for (const T& element : list) {
    if (text.size() > 1) text += ", ";
    text += term(element);
  }
  return text + "]";
}

}  // namespace treefall::beam
