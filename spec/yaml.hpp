// A YAML text as a tree of values, each with the exact place of its first and last character. Hides the YAML library
// (its events have no ends, and wrong starts for empty values) and what it swallows without a word; aliases and merge
// keys are resolved while walking. Knows nothing of supervision.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/diagnostic.hpp"
#include "spec/source.hpp"
#include "spec/span.hpp"

namespace treefall::spec::yaml {

using ValueId = std::uint32_t;

enum class Kind : std::uint8_t {
  empty,  // nothing, `~` or `null`
  scalar,
  sequence,
  mapping,
  alias,  // only inside a Tree: a Cursor looks through it
};

/// 20 bytes, since a large text has half a million of them; what varies in size stands in the vectors of the tree.
struct Value {
  Kind kind = Kind::empty;
  bool quoted = false;             // a scalar in quotes or a block: text, never a number
  bool refused = false;            // an empty one in place of an alias that was reported
  bool folded = false;             // a scalar whose value is not written as it stands: in Tree::folded
  std::uint32_t from = 0, to = 0;  // its place in Tree::text; of an empty value: the `:` or `-` it is missing behind
  std::uint32_t first = 0;  // of a scalar: its first byte; of a container: in Tree::parts; of an alias: its target
  std::uint32_t count = 0;  // so many bytes or parts
};

struct Comment {
  std::string text;  // from `#` to the end of the line
  Span span{};
};

/// The text that the library reads: the source's, with what it can't read blanked out, what it lacks put in, and lines
/// moved into their column.
class Patched {
 public:
  struct Edit {
    std::uint32_t at = 0;
    std::int32_t by = 0;  // so many characters more than in the source, or fewer
  };
  Patched() = default;
  explicit Patched(std::string source) : text(std::move(source)) {}
  std::string text;
  std::vector<Edit> edits;  // ascending

  /// The place in the source of one in the text.
  std::size_t original(std::size_t at) const;
  void insert(std::size_t at, std::size_t count, char c);
  void erase(std::size_t at, std::size_t count);

 private:
  void add(Edit edit);
};

struct Tree {
  const Source* source = nullptr;
  Patched read;
  std::vector<Value> values;   // in the order in which they start
  std::vector<ValueId> parts;  // items of sequences; keys and values of mappings in turn
  std::string folded;          // scalars that are not written as they stand
  std::optional<ValueId> root;
  std::vector<Comment> comments;
  bool complete = true;  // false: something was left out because of a syntax error
  std::vector<std::uint32_t>
      moved;             // lines that were moved into a column of those above, reported and numbered as in the source
  std::string left_out;  // that, and what stands behind keys that are refused

  Span span(ValueId id) const { return span(values[id].from, values[id].to); }
  Span span(std::size_t from, std::size_t to) const;
  std::string_view text(ValueId id) const;  // of a scalar; the anchor's name of an alias
  std::span<const ValueId> parts_of(ValueId id) const {
    return std::span(parts).subspan(values[id].first, values[id].count);
  }
  /// Reads a scalar as another one.
  void replace(ValueId id, std::string_view text);
};

/// One value seen from where it is used: what came through an alias has the place of the alias.
class Cursor {
 public:
  Cursor(const Tree& tree, ValueId id, ValueId via = directly);
  Kind kind() const { return value().kind; }
  bool is_scalar() const { return kind() == Kind::scalar; }
  bool is_mapping() const { return kind() == Kind::mapping; }
  bool is_sequence() const { return kind() == Kind::sequence; }
  bool is_empty() const { return kind() == Kind::empty; }
  bool quoted() const { return value().quoted; }
  bool refused() const { return value().refused; }
  ValueId id() const { return id_; }
  /// Of a scalar; empty otherwise.
  std::string_view text() const { return is_scalar() ? tree_->text(id_) : std::string_view(); }
  /// Where it is used, and where it is written (differs for what came through an alias).
  Span span() const { return tree_->span(via_ == directly ? id_ : via_); }
  Span written() const { return tree_->span(id_); }
  /// The name of the anchor it came through; empty otherwise.
  std::string_view anchor() const { return via_ == directly ? std::string_view() : tree_->text(via_); }

  std::vector<Cursor> items() const;
  /// As written, with duplicates; then what merge keys (`<<`) add.
  std::vector<std::pair<Cursor, Cursor>> entries() const;

 private:
  static constexpr ValueId directly = 0xffffffffU;
  const Value& value() const { return tree_->values[id_]; }
  Cursor at(ValueId id) const { return Cursor(*tree_, id, via_); }

  const Tree* tree_;
  ValueId id_;
  ValueId via_;  // the outermost alias on the way here
};

/// Reads a text; adds what is wrong with it to `diagnostics` and returns what can be made of the rest.
Tree parse(const Source& source, std::vector<Diagnostic>& diagnostics);

/// Adds the comments of the text that stand outside of the tree's scalars.
void find_comments(Tree& tree);

}  // namespace treefall::spec::yaml
