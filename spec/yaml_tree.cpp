#include "spec/yaml_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "spec/yaml_text.hpp"

namespace treefall::spec::yaml {

namespace {

constexpr std::size_t expansion_budget = 100'000;  // values that aliases may add
constexpr std::size_t depth_budget = 1'000;        // levels, aliases followed

}  // namespace

void TreeBuilder::report(std::string rule, std::string message, Range range, std::string help) {
  Diagnostic d;
  d.rule = std::move(rule);
  d.message = std::move(message);
  d.span = span(range);
  d.help = std::move(help);
  diagnostics_.push_back(std::move(d));
}

ValueId TreeBuilder::make(Kind kind, Range range) {
  Value value;
  value.kind = kind;
  value.from = static_cast<std::uint32_t>(range.from);
  value.to = static_cast<std::uint32_t>(range.to);
  tree_.values.push_back(value);
  return static_cast<ValueId>(tree_.values.size() - 1);
}

/// Hands a finished value to the container around it.
void TreeBuilder::attach(ValueId id, std::size_t size, std::size_t height) {
  if (stack_.empty()) {
    if (!tree_.root) tree_.root = id;
    return;
  }
  Open& parent = stack_.back();
  parent.size = std::min(parent.size + size, std::numeric_limits<std::size_t>::max() / 2);
  parent.height = std::max(parent.height, height + 1);
  waiting_.push_back(id);
}

std::optional<ValueId> TreeBuilder::open_key() const {
  if (stack_.empty() || !stack_.back().is_map || (waiting_.size() - stack_.back().first) % 2 == 0) return std::nullopt;
  return waiting_.back();
}

/// In bytes; only blanks and dashes stand before what is compared by it.
std::size_t TreeBuilder::column(std::size_t at) const { return at - line_start(text_, at); }

void TreeBuilder::remember(AnchorNumber anchor, ValueId id, std::size_t size, std::size_t height) {
  if (anchor == 0) return;
  if (anchors_.size() <= anchor) anchors_.resize(anchor + 1);
  anchors_[anchor] = {id, size, height};
}

/// The standard tags may say what stands there anyway.
void TreeBuilder::check_tag(const std::string& tag, Kind kind, std::size_t from, std::size_t content) {
  const char* plain = kind == Kind::mapping    ? "tag:yaml.org,2002:map"
                      : kind == Kind::sequence ? "tag:yaml.org,2002:seq"
                                               : "tag:yaml.org,2002:str";
  if (tag.empty() || tag == "?" || tag == "!" || tag == plain) return;
  constexpr std::string_view standard = "tag:yaml.org,2002:";
  const std::string written = tag.starts_with(standard) ? "!!" + tag.substr(standard.size()) : tag;
  report("yaml-tag", fmt::format("the tag `{}` has no meaning here", written), {from, std::max(content, from + 1)},
         "remove the tag");
}

std::size_t TreeBuilder::scalar_end(std::size_t start, const std::string& value) {
  const char first = start < text_.size() ? text_[start] : 0;
  if (first == '"' || first == '\'') {
    const std::size_t end = end_of_quoted(text_, start);
    if (quote_.unclosed) return text_.size();
    quote_.start = start;
    quote_.end = std::min(end, text_.size());
    quote_.unclosed = end == std::string_view::npos;
    return quote_.end;
  }
  if (first == '|' || first == '>') return end_of_block(text_, start);
  return end_of_plain(text_, start, value);
}

/// Most values stand in the text as they are.
void TreeBuilder::store(ValueId id, const std::string& value) {
  Value& v = tree_.values[id];
  const std::string_view written = text_.substr(v.from, v.to - v.from);
  const bool in_quotes = written.size() == value.size() + 2 && (written.front() == '"' || written.front() == '\'') &&
                         written.substr(1, value.size()) == value;
  if (in_quotes || written == value) {
    v.first = v.from + (in_quotes ? 1 : 0);
    v.count = static_cast<std::uint32_t>(value.size());
  } else {
    tree_.replace(id, value);
  }
}

void TreeBuilder::scalar(std::size_t from, const std::string& tag, AnchorNumber anchor, const std::string& value) {
  const std::size_t start = skip_properties(text_, from);
  check_tag(tag, Kind::scalar, from, start);
  cursor_ = std::max(start, scalar_end(start, value));
  const ValueId id = make(Kind::scalar, {start, cursor_});
  store(id, value);
  tree_.values[id].quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
  remember(anchor, id, 1, 1);
  attach(id, 1, 1);
}

/// Does an explicit `null` or `~` stand there, as the value of the innermost container?
std::optional<std::size_t> TreeBuilder::explicit_null(std::size_t at) const {
  if (!stack_.empty() && !stack_.back().flow) {
    const bool same_line = line_start(text_, at) == line_start(text_, cursor_);
    if (!same_line && column(at) <= column(tree_.values[stack_.back().id].from)) return std::nullopt;
  }
  for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
    if (text_.substr(at).starts_with(word) && end_of_name(text_, at) == at + word.size()) return at + word.size();
  }
  return std::nullopt;
}

void TreeBuilder::empty(std::size_t at, AnchorNumber anchor) {
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
TreeBuilder::Range TreeBuilder::missing_value() {
  const std::size_t at = skip_trivia(text_, cursor_);
  const char c = at < text_.size() ? text_[at] : 0;
  const bool in_map = !stack_.empty() && stack_.back().is_map;
  if ((in_map && c == ':') || (!in_map && (c == '-' || c == ','))) {
    cursor_ = at + 1;
    return {at, at + 1};
  }
  if (const auto id = open_key()) {
    const Value& key = tree_.values[*id];
    if (!stack_.back().flow) report_no_colon(key);
    return {key.from, key.to};
  }
  return {std::min(at, cursor_), cursor_};
}

void TreeBuilder::report_no_colon(const Value& key) {
  const std::string_view written = text_.substr(key.from, key.to - key.from);
  const std::size_t colon = written.find(':');
  if (colon != std::string_view::npos && colon + 1 < written.size() && written.find('\n') == std::string_view::npos) {
    report("yaml-syntax", "a space is missing behind the colon", {key.from + colon, key.from + colon + 1},
           fmt::format("write `{}: {}`", written.substr(0, colon), written.substr(colon + 1)));
  } else {
    report("yaml-syntax", "a key without a colon", {key.from, key.to}, "write `KEY: VALUE`");
  }
  diagnostics_.back().label = "expected `:` behind this";
}

void TreeBuilder::add_empty(Range range) {
  last_empty_ = make(Kind::empty, range);
  attach(last_empty_, 1, 1);
}

/// In place of an alias that has been reported.
void TreeBuilder::add_refused(Range range) {
  add_empty(range);
  tree_.values[last_empty_].refused = true;
}

void TreeBuilder::alias(std::size_t at, AnchorNumber anchor) {
  cursor_ = end_of_name(text_, at + 1);
  const Range range{at, cursor_};
  const std::string_view name = text_.substr(at + 1, cursor_ - at - 1);
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
  tree_.values[id].first = target.id;
  attach(id, target.size, target.height);
}

void TreeBuilder::open(std::size_t from, const std::string& tag, AnchorNumber anchor, bool is_map) {
  const std::size_t start = skip_properties(text_, from);
  check_tag(tag, is_map ? Kind::mapping : Kind::sequence, from, start);
  Open o;
  o.is_map = is_map;
  o.flow = start < text_.size() && text_[start] == (is_map ? '{' : '[');
  o.first = waiting_.size();
  o.id = make(is_map ? Kind::mapping : Kind::sequence, {start, start + (start < text_.size() ? 1 : 0)});
  remember(anchor, o.id, 1, 1);
  if (anchor != 0) opened_anchors_.push_back({o.id, anchor});
  cursor_ = o.flow ? start + 1 : start;
  stack_.push_back(o);
}

void TreeBuilder::close(char bracket) {
  const Open o = stack_.back();
  stack_.pop_back();
  if (o.flow && bracket != 0) {
    std::size_t at = skip_trivia(text_, cursor_);
    while (at < text_.size() && text_[at] == ',') at = skip_trivia(text_, at + 1);
    if (at < text_.size() && text_[at] == bracket) cursor_ = at + 1;
  }
  Value& value = tree_.values[o.id];
  if (cursor_ > value.from) value.to = static_cast<std::uint32_t>(cursor_);
  value.first = static_cast<std::uint32_t>(tree_.parts.size());
  value.count = static_cast<std::uint32_t>(waiting_.size() - o.first);
  tree_.parts.insert(tree_.parts.end(), waiting_.begin() + static_cast<std::ptrdiff_t>(o.first), waiting_.end());
  waiting_.resize(o.first);
  if (!opened_anchors_.empty() && opened_anchors_.back().first == o.id) {
    remember(opened_anchors_.back().second, o.id, o.size, o.height);
    opened_anchors_.pop_back();
  }
  attach(o.id, o.size, o.height);
}

Tree TreeBuilder::finish() {
  while (!stack_.empty()) {
    if (open_key()) add_empty({cursor_, cursor_});
    close(0);
  }
  find_comments(tree_);
  return std::move(tree_);
}

std::optional<std::size_t> TreeBuilder::open_bracket() const {
  for (auto o = stack_.rbegin(); o != stack_.rend(); ++o) {
    if (o->flow) return tree_.values[o->id].from;
  }
  return std::nullopt;
}

}  // namespace treefall::spec::yaml
