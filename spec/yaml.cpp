// The only file that includes the YAML library. Its events carry the start of a node (where anchor or tag stand before
// it, theirs), and for an empty value the place of the next token; all ends and those places are found here, in the
// text itself.
#include "spec/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <limits>
#include <sstream>

#include "spec/yaml_recovery.hpp"
#include "spec/yaml_text.hpp"

namespace treefall::spec::yaml {

namespace {

constexpr std::size_t expansion_budget = 100'000;  // values that aliases may add
constexpr std::size_t depth_budget = 1'000;        // levels, aliases followed

/// A container that is still being filled.
struct Open {
  ValueId id = 0;
  bool is_map = false;
  bool flow = false;
  std::uint32_t column = 0;    // of its first character
  std::optional<ValueId> key;  // of a mapping: read, its value not yet
  std::size_t size = 1;        // of values, aliases expanded
  std::size_t height = 1;      // levels below and with it, aliases followed
};

struct Anchor {
  ValueId id = 0;
  std::size_t size = 1;
  std::size_t height = 1;
};

class Builder : public YAML::EventHandler {
 public:
  Builder(const Source& source, std::string_view text, std::vector<Diagnostic>& diagnostics)
      : source_(source), text_(text), offset_(text.starts_with("\xEF\xBB\xBF") ? 3 : 0), diagnostics_(diagnostics) {}

  void OnDocumentStart(const YAML::Mark& mark) override { cursor_ = std::max(cursor_, byte(mark)); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { empty(byte(mark), anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override { alias(byte(mark), anchor); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    scalar(byte(mark), tag, anchor, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(byte(mark), tag, anchor, false);
  }
  void OnSequenceEnd() override { close(']'); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(byte(mark), tag, anchor, true);
  }
  void OnMapEnd() override { close('}'); }

  /// Ends what a syntax error left open.
  Tree finish() {
    while (!stack_.empty()) {
      if (stack_.back().key) add_empty({cursor_, cursor_});
      close(0);
    }
    find_comments(tree_, source_, text_);
    return std::move(tree_);
  }

  std::size_t cursor() const { return cursor_; }
  std::size_t byte(const YAML::Mark& mark) const {
    return std::min(text_.size(), static_cast<std::size_t>(std::max(0, mark.pos)) + offset_);
  }
  /// The innermost bracket that is still open.
  std::optional<std::size_t> open_bracket() const {
    for (auto o = stack_.rbegin(); o != stack_.rend(); ++o) {
      if (o->flow) return tree_.values[o->id].span.start.byte;
    }
    return std::nullopt;
  }
  /// What recovery needs to know about the last quoted scalar and the brackets.
  void describe(Failure& failure) const {
    failure.bracket = open_bracket();
    failure.quote = quote_;
    failure.quote_end = quote_end_;
    failure.unclosed_quote = unclosed_quote_;
  }
  bool unclosed_quote() const { return unclosed_quote_; }

 private:
  struct Range {
    std::size_t from, to;
  };

  Position position(std::size_t at) const { return source_.position(static_cast<std::uint32_t>(at)); }
  Span span(Range r) const { return {position(r.from), position(r.to)}; }

  void report(std::string rule, std::string message, Range range, std::string help) {
    Diagnostic d;
    d.rule = std::move(rule);
    d.message = std::move(message);
    d.span = span(range);
    d.help = std::move(help);
    diagnostics_.push_back(std::move(d));
  }

  ValueId make(Kind kind, Range range) {
    Value value;
    value.kind = kind;
    value.span = span(range);
    tree_.values.push_back(std::move(value));
    return static_cast<ValueId>(tree_.values.size() - 1);
  }

  /// Hands a finished value to the container around it.
  void attach(ValueId id, std::size_t size, std::size_t height) {
    if (stack_.empty()) {
      if (!tree_.root) tree_.root = id;
      return;
    }
    Open& parent = stack_.back();
    parent.size = std::min(parent.size + size, std::numeric_limits<std::size_t>::max() / 2);
    parent.height = std::max(parent.height, height + 1);
    Value& container = tree_.values[parent.id];
    if (!parent.is_map) {
      container.items.push_back(id);
    } else if (!parent.key) {
      parent.key = id;
    } else {
      container.entries.push_back({*parent.key, id});
      parent.key.reset();
    }
  }

  void remember(YAML::anchor_t anchor, ValueId id, std::size_t size, std::size_t height) {
    if (anchor == 0) return;
    if (anchors_.size() <= anchor) anchors_.resize(anchor + 1);
    anchors_[anchor] = {id, size, height};
  }

  void check_tag(const std::string& tag, std::size_t from, std::size_t content) {
    if (tag.empty() || tag == "?" || tag == "!" || tag.starts_with("tag:yaml.org,2002:")) return;
    report("yaml-tag", fmt::format("the tag `{}` has no meaning in a spec", tag), {from, std::max(content, from + 1)},
           "remove the tag");
  }

  std::size_t scalar_end(std::size_t start, const std::string& value) {
    const char first = start < text_.size() ? text_[start] : 0;
    if (first == '"' || first == '\'') {
      const std::size_t end = end_of_quoted(text_, start);
      if (unclosed_quote_) return text_.size();
      quote_ = start;
      quote_end_ = std::min(end, text_.size());
      unclosed_quote_ = end == std::string_view::npos;
      return quote_end_;
    }
    if (first == '|' || first == '>') return end_of_block(text_, start);
    return end_of_plain(text_, start, value);
  }

  void scalar(std::size_t from, const std::string& tag, YAML::anchor_t anchor, const std::string& value) {
    const std::size_t start = skip_properties(text_, from);
    check_tag(tag, from, start);
    cursor_ = std::max(start, scalar_end(start, value));
    const ValueId id = make(Kind::scalar, {start, cursor_});
    tree_.values[id].text = value;
    tree_.values[id].quoted = tag != "?" && !tag.empty();
    remember(anchor, id, 1, 1);
    attach(id, 1, 1);
  }

  /// Does an explicit `null` or `~` stand there, as the value of the innermost container?
  std::optional<std::size_t> explicit_null(std::size_t at) const {
    if (!stack_.empty() && !stack_.back().flow) {
      const Position here = position(at);
      if (here.line != position(cursor_).line && here.column <= stack_.back().column) return std::nullopt;
    }
    for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
      if (text_.substr(at).starts_with(word) && end_of_name(text_, at) == at + word.size()) return at + word.size();
    }
    return std::nullopt;
  }

  void empty(std::size_t at, YAML::anchor_t anchor) {
    const std::size_t start = skip_properties(text_, at);
    if (const auto end = explicit_null(start)) {
      cursor_ = *end;
      add_empty({start, *end});
    } else {
      add_empty(missing_value());
    }
    remember(anchor, last_empty_, 1, 1);
  }

  /// The `:` or `-` behind which nothing stands.
  Range missing_value() {
    const std::size_t at = skip_trivia(text_, cursor_);
    const char c = at < text_.size() ? text_[at] : 0;
    const bool in_map = !stack_.empty() && stack_.back().is_map;
    if ((in_map && c == ':') || (!in_map && (c == '-' || c == ','))) {
      cursor_ = at + 1;
      return {at, at + 1};
    }
    if (in_map && stack_.back().key) {
      const Span key = tree_.values[*stack_.back().key].span;
      if (!stack_.back().flow) report_no_colon(key);
      return {key.start.byte, key.end.byte};
    }
    return {std::min(at, cursor_), cursor_};
  }

  void report_no_colon(Span key) {
    const std::string_view written = text_.substr(key.start.byte, key.end.byte - key.start.byte);
    const std::size_t colon = written.find(':');
    if (colon != std::string_view::npos && colon + 1 < written.size() && written.find('\n') == std::string_view::npos) {
      report("yaml-syntax", "a space is missing behind the colon", {key.start.byte + colon, key.start.byte + colon + 1},
             fmt::format("write `{}: {}`", written.substr(0, colon), written.substr(colon + 1)));
    } else {
      report("yaml-syntax", "a key without a colon", {key.start.byte, key.end.byte}, "write `KEY: VALUE`");
    }
    diagnostics_.back().label = "expected `:` behind this";
  }

  void add_empty(Range range) {
    last_empty_ = make(Kind::empty, range);
    attach(last_empty_, 1, 1);
  }

  /// In place of an alias that has been reported.
  void add_refused(Range range) {
    add_empty(range);
    tree_.values[last_empty_].refused = true;
  }

  void alias(std::size_t at, YAML::anchor_t anchor) {
    cursor_ = end_of_name(text_, at + 1);
    const Range range{at, cursor_};
    const std::string name(text_.substr(at + 1, cursor_ - at - 1));
    const Anchor target = anchor < anchors_.size() ? anchors_[anchor] : Anchor{};
    const bool cyclic = std::any_of(stack_.begin(), stack_.end(), [&](const Open& o) { return o.id == target.id; });
    if (cyclic) {
      report("yaml-alias", fmt::format("the alias `*{}` stands inside what it refers to", name), range,
             "a spec can't contain itself; write the part out");
      return add_refused(range);
    }
    if (expanded_ + target.size > expansion_budget || stack_.size() + target.height > depth_budget) {
      if (std::exchange(expansion_refused_, true)) return add_refused(range);
      report("yaml-alias",
             fmt::format("the aliases of this file expand to more than {} values or {} levels", expansion_budget,
                         depth_budget),
             range, "use `count` for many equal children");
      diagnostics_.back().label = fmt::format("`*{}` alone stands for {} values", name, target.size);
      return add_refused(range);
    }
    expanded_ += target.size;
    const ValueId id = make(Kind::alias, range);
    tree_.values[id].text = name;
    tree_.values[id].target = target.id;
    attach(id, target.size, target.height);
  }

  void open(std::size_t from, const std::string& tag, YAML::anchor_t anchor, bool is_map) {
    const std::size_t start = skip_properties(text_, from);
    check_tag(tag, from, start);
    Open o;
    o.is_map = is_map;
    o.flow = start < text_.size() && text_[start] == (is_map ? '{' : '[');
    o.column = position(start).column;
    o.id = make(is_map ? Kind::mapping : Kind::sequence, {start, start + (start < text_.size() ? 1 : 0)});
    remember(anchor, o.id, 1, 1);
    if (anchor != 0) opened_anchors_.push_back({o.id, anchor});
    cursor_ = o.flow ? start + 1 : start;
    stack_.push_back(o);
  }

  void close(char bracket) {
    const Open o = stack_.back();
    stack_.pop_back();
    if (o.flow && bracket != 0) {
      std::size_t at = skip_trivia(text_, cursor_);
      while (at < text_.size() && text_[at] == ',') at = skip_trivia(text_, at + 1);
      if (at < text_.size() && text_[at] == bracket) cursor_ = at + 1;
    }
    Value& value = tree_.values[o.id];
    if (cursor_ > value.span.start.byte) value.span.end = position(cursor_);
    if (!opened_anchors_.empty() && opened_anchors_.back().first == o.id) {
      remember(opened_anchors_.back().second, o.id, o.size, o.height);
      opened_anchors_.pop_back();
    }
    attach(o.id, o.size, o.height);
  }

  const Source& source_;
  std::string_view text_;
  std::size_t offset_;  // of the byte order mark, which the library does not count
  std::vector<Diagnostic>& diagnostics_;
  Tree tree_;
  std::vector<Open> stack_;
  std::vector<Anchor> anchors_;  // by the library's number
  std::vector<std::pair<ValueId, YAML::anchor_t>> opened_anchors_;
  std::size_t cursor_ = 0;  // behind the last token that was seen
  std::size_t expanded_ = 0;
  bool expansion_refused_ = false;
  ValueId last_empty_ = 0;
  std::optional<std::size_t> quote_;  // where the last quoted scalar starts
  std::size_t quote_end_ = 0;
  bool unclosed_quote_ = false;
};

/// One pass of the library over a text.
struct Pass {
  Tree tree;
  std::vector<Diagnostic> diagnostics;
  std::optional<Failure> failure;
};

/// A second document, which no spec has.
void refuse_more_documents(YAML::Parser& parser, const Source& source, std::string_view text, std::size_t end,
                           std::vector<Diagnostic>& out) {
  std::vector<Diagnostic> unread;
  Builder ignore(source, text, unread);
  bool more = true;
  try {
    more = parser.HandleNextDocument(ignore);
  } catch (const YAML::Exception&) {
    // Something stands there, if only a broken document.
  }
  if (!more) return;
  std::size_t at = text.find("\n---", end == 0 ? 0 : end - 1);
  at = at == std::string_view::npos ? skip_trivia(text, end) : at + 1;
  Diagnostic d;
  d.rule = "several-documents";
  d.message = "a second document starts here";
  d.span = {source.position(static_cast<std::uint32_t>(at)),
            source.position(static_cast<std::uint32_t>(std::min(at + 3, line_end(text, at))))};
  d.help = "one file describes one node; put the other document into a file of its own";
  out.push_back(std::move(d));
}

Pass pass_over(const Source& source, const std::string& text) {
  Pass result;
  Builder builder(source, text, result.diagnostics);
  std::istringstream stream(text);
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    if (builder.unclosed_quote()) {
      result.failure.emplace();
    } else {
      refuse_more_documents(parser, source, text, builder.cursor(), result.diagnostics);
    }
  } catch (const YAML::DeepRecursion& e) {
    result.failure.emplace();
    result.failure->too_deep = true;
    result.failure->at = builder.cursor();
  } catch (const YAML::Exception& e) {
    result.failure.emplace();
    result.failure->message = e.msg;
    result.failure->at = builder.byte(e.mark);
  }
  if (result.failure) builder.describe(*result.failure);
  result.tree = builder.finish();
  return result;
}

}  // namespace

Tree parse(const Source& source, std::vector<Diagnostic>& diagnostics) {
  constexpr std::size_t most_brackets = 600;  // open at a time; the library stops at 500 levels
  constexpr std::size_t most_passes = 40;
  constexpr std::size_t most_bytes = 3'000'000;  // over all passes, so that a large broken file takes no longer
  std::string text = clean(source, diagnostics);
  bool complete = true;
  if (const auto at = bracket_nested(text, most_brackets)) {
    // The library would first gather all of them, at 250 bytes each.
    Failure failure;
    failure.at = *at;
    failure.too_deep = true;
    diagnostics.push_back(repair(source, text, failure));
    return {};
  }
  for (std::size_t passes = 1;; ++passes) {
    Pass pass = pass_over(source, text);
    if (pass.failure) {
      complete = false;
      diagnostics.push_back(repair(source, text, *pass.failure));
    }
    const bool again =
        pass.failure && !pass.failure->too_deep && passes < most_passes && (passes + 1) * text.size() < most_bytes;
    if (again) continue;
    diagnostics.insert(diagnostics.end(), pass.diagnostics.begin(), pass.diagnostics.end());
    pass.tree.complete = complete;
    if (pass.failure && pass.failure->too_deep) pass.tree.root.reset();
    return std::move(pass.tree);
  }
}

}  // namespace treefall::spec::yaml
