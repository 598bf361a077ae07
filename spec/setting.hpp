// A value of a design with the place and the reason that it came from.
#pragma once

#include "spec/span.hpp"

namespace treefall::spec {

enum class Origin {
  written,           // stands in the file
  language_default,  // the language's own
  dialect_default,   // Elixir's or Erlang's
  kind_default,      // follows from the process's `kind` (or worker/supervisor)
};

/// A value and where it came from. For a default `at` is the thing that has it (its name).
template <class T>
struct Setting {
  T value{};
  Origin origin = Origin::language_default;
  Position key{};  // where its key starts
  Span at{};       // the value itself
  bool written() const { return origin == Origin::written; }
  /// Key and value together, what a diagnostic underlines.
  Span whole() const { return written() ? Span{key, at.end} : at; }
};

}  // namespace treefall::spec
