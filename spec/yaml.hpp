// A YAML text as a tree of values, each with the exact place of its first and last character. Hides the YAML library
// (its events have no ends, and wrong starts for empty values) and what it swallows without a word; aliases and merge
// keys are resolved while walking. Knows nothing of supervision.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/diagnostic.hpp"
#include "spec/source.hpp"
#include "spec/span.hpp"

namespace treefall::spec::yaml {

using ValueId = std::uint32_t;

enum class Kind {
  empty,  // nothing, `~` or `null`
  scalar,
  sequence,
  mapping,
  alias,  // only inside a Tree: a Cursor looks through it
};

struct Entry {
  ValueId key = 0;
  ValueId value = 0;
};

struct Value {
  Kind kind = Kind::empty;
  bool quoted = false;   // a scalar in quotes or a block: text, never a number
  bool refused = false;  // an empty one in place of an alias that was reported
  std::string text;      // of a scalar; the anchor's name of an alias
  std::vector<ValueId> items;
  std::vector<Entry> entries;
  ValueId target = 0;  // of an alias
  Span span{};         // of an empty value: the `:` or `-` it is missing behind
};

struct Comment {
  std::string text;  // from `#` to the end of the line
  Span span{};
};

struct Tree {
  std::vector<Value> values;  // in the order in which they start
  std::optional<ValueId> root;
  std::vector<Comment> comments;
  bool complete = true;  // false: something was left out because of a syntax error
  std::string left_out;  // that, and what stands behind keys that are refused
};

/// One value seen from where it is used: what came through an alias has the place of the alias.
class Cursor {
 public:
  Cursor(const Tree& tree, ValueId id, std::optional<ValueId> via = std::nullopt);
  Kind kind() const { return value().kind; }
  bool is_scalar() const { return kind() == Kind::scalar; }
  bool is_mapping() const { return kind() == Kind::mapping; }
  bool is_sequence() const { return kind() == Kind::sequence; }
  bool is_empty() const { return kind() == Kind::empty; }
  bool quoted() const { return value().quoted; }
  bool refused() const { return value().refused; }
  std::string_view text() const { return value().text; }
  /// Where it is used, and where it is written (differs for what came through an alias).
  Span span() const { return via_ ? tree_->values[*via_].span : written(); }
  Span written() const { return value().span; }
  /// The name of the anchor it came through; empty otherwise.
  std::string_view anchor() const { return via_ ? std::string_view(tree_->values[*via_].text) : std::string_view(); }

  std::vector<Cursor> items() const;
  /// As written, with duplicates; then what merge keys (`<<`) add.
  std::vector<std::pair<Cursor, Cursor>> entries() const;

 private:
  const Value& value() const { return tree_->values[id_]; }
  Cursor at(ValueId id) const { return Cursor(*tree_, id, via_); }

  const Tree* tree_;
  ValueId id_;
  std::optional<ValueId> via_;  // the outermost alias on the way here
};

/// Reads a text; adds what is wrong with it to `diagnostics` and returns what can be made of the rest.
Tree parse(const Source& source, std::vector<Diagnostic>& diagnostics);

/// Adds the comments of the text that stand outside of the tree's scalars.
void find_comments(Tree& tree, const Source& source, std::string_view text);

}  // namespace treefall::spec::yaml
