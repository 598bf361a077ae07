// What is wrong with a text, as a value: a message with its places. Wording follows one form: lower case, no full
// stop, backticks round names; the message says what is wrong, `help` says what to do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spec/span.hpp"

namespace treefall::spec {

enum class Severity { error, warning, info, hint };

/// `error`, `warning`, `info`, `hint`.
std::string_view name(Severity severity);

/// A second place that explains the first.
struct Label {
  Span span;
  std::string text;
};

struct Diagnostic {
  std::string rule;  // kebab-case name: `unknown-key`, `cascade-probability`
  Severity severity = Severity::error;
  std::string message;
  Span span;
  std::string label;  // short text under the caret; may be empty
  std::vector<Label> labels;
  std::vector<std::string> notes;  // facts
  std::string help;                // the change to make; may be empty
};

}  // namespace treefall::spec
