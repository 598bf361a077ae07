// A tree of values made from a parser's events. The events bring little: the start of a node (where anchor or tag stand
// before it, theirs), and for an empty value the place of the next token; all ends and those places are found here, in
// the text itself. Also what the library swallows: keys without a colon, cycles, alias bombs. Internal to spec/yaml*.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/yaml.hpp"

namespace treefall::spec::yaml {

/// A container that is still being filled.
struct Open {
  ValueId id = 0;
  bool is_map = false;
  bool flow = false;
  std::size_t first = 0;   // of its parts among those that wait
  std::size_t size = 1;    // of values, aliases expanded
  std::size_t height = 1;  // levels below and with it, aliases followed
};

struct Anchor {
  ValueId id = 0;
  std::size_t size = 1;
  std::size_t height = 1;
};

/// Gets the events of one pass over a text, in order; offsets are bytes. `anchor` is the parser's number for one, 0 for
/// none.
class TreeBuilder {
 public:
  using AnchorNumber = std::size_t;

  /// Moves the text into the tree; `finish` hands it back with that.
  TreeBuilder(const Source& source, Patched text, std::vector<Diagnostic>& diagnostics) : diagnostics_(diagnostics) {
    tree_.source = &source;
    tree_.read = std::move(text);
    text_ = tree_.read.text;
  }
  TreeBuilder(const TreeBuilder&) = delete;
  TreeBuilder& operator=(const TreeBuilder&) = delete;

  /// `tag` is `?` for a plain scalar and `!` for a quoted one where none is written.
  void scalar(std::size_t from, const std::string& tag, AnchorNumber anchor, const std::string& value);
  void empty(std::size_t at, AnchorNumber anchor);
  void alias(std::size_t at, AnchorNumber anchor);
  void open(std::size_t from, const std::string& tag, AnchorNumber anchor, bool is_map);
  /// `bracket` is what would close it in flow style; 0 where an error ends it.
  void close(char bracket);
  void advance_to(std::size_t at) { cursor_ = std::max(cursor_, at); }

  const Tree& so_far() const { return tree_; }
  /// Ends what a syntax error left open.
  Tree finish();

  /// Behind the last token that was seen.
  std::size_t cursor() const { return cursor_; }
  /// The innermost bracket that is still open.
  std::optional<std::size_t> open_bracket() const;
  /// Where the last quoted scalar starts and ends; `unclosed` where it runs to the end of the text.
  struct Quote {
    std::optional<std::size_t> start;
    std::size_t end = 0;
    bool unclosed = false;
  };
  const Quote& last_quote() const { return quote_; }

 private:
  struct Range {
    std::size_t from, to;
  };

  Span span(Range r) const { return tree_.span(r.from, r.to); }
  std::size_t column(std::size_t at) const;
  /// Of a mapping whose last key has no value yet: that key.
  std::optional<ValueId> open_key() const;
  void report(std::string rule, std::string message, Range range, std::string help);
  ValueId make(Kind kind, Range range);
  void attach(ValueId id, std::size_t size, std::size_t height);
  void remember(AnchorNumber anchor, ValueId id, std::size_t size, std::size_t height);
  void check_tag(const std::string& tag, Kind kind, std::size_t from, std::size_t content);
  std::size_t scalar_end(std::size_t start, const std::string& value);
  std::optional<std::size_t> explicit_null(std::size_t at) const;
  Range missing_value();
  void report_no_colon(const Value& key);
  void store(ValueId id, const std::string& value);
  void add_empty(Range range);
  void add_refused(Range range);

  std::string_view text_;
  std::vector<Diagnostic>& diagnostics_;
  Tree tree_;
  std::vector<Open> stack_;
  std::vector<ValueId> waiting_;  // parts of the containers that are open
  std::vector<Anchor> anchors_;   // by the parser's number
  std::vector<std::pair<ValueId, AnchorNumber>> opened_anchors_;
  std::size_t cursor_ = 0;
  std::size_t expanded_ = 0;
  bool expansion_refused_ = false;
  ValueId last_empty_ = 0;
  Quote quote_;
};

}  // namespace treefall::spec::yaml
