// The only file that includes the YAML library: hands its events to the builder of the tree, and reads on behind a
// mistake once that has been blanked out.
#include "spec/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>
#include <utility>

#include "spec/yaml_recovery.hpp"
#include "spec/yaml_text.hpp"
#include "spec/yaml_tree.hpp"

namespace treefall::spec::yaml {

namespace {

/// The library's events as the builder takes them.
class Events : public YAML::EventHandler {
 public:
  Events(const Source& source, Patched text, std::vector<Diagnostic>& diagnostics)
      : size_(text.text.size()),
        offset_(text.text.starts_with("\xEF\xBB\xBF") ? 3 : 0),
        tree_(source, std::move(text), diagnostics) {}

  void OnDocumentStart(const YAML::Mark& mark) override { tree_.advance_to(byte(mark)); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { tree_.empty(byte(mark), anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override { tree_.alias(byte(mark), anchor); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    tree_.scalar(byte(mark), tag, anchor, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    tree_.open(byte(mark), tag, anchor, false);
  }
  void OnSequenceEnd() override { tree_.close(']'); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    tree_.open(byte(mark), tag, anchor, true);
  }
  void OnMapEnd() override { tree_.close('}'); }

  TreeBuilder& tree() { return tree_; }
  std::size_t byte(const YAML::Mark& mark) const {
    return std::min(size_, static_cast<std::size_t>(std::max(0, mark.pos)) + offset_);
  }

 private:
  std::size_t size_;
  std::size_t offset_;  // of the byte order mark, which the library does not count
  TreeBuilder tree_;
};

/// Nobody reads it.
class Nothing : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

/// Reads a text where it is: a stream of strings would copy it.
class Characters : public std::streambuf {
 public:
  explicit Characters(std::string_view text) {
    char* first = const_cast<char*>(text.data());  // never written to: it has no put area, and get areas are not const
    setg(first, first, first + text.size());
  }
};

/// What recovery needs to know about the last quoted scalar and the brackets.
void describe(Failure& failure, const TreeBuilder& tree) {
  failure.bracket = tree.open_bracket();
  failure.quote = tree.last_quote().start;
  failure.quote_end = tree.last_quote().end;
  failure.unclosed_quote = tree.last_quote().unclosed;
}

/// One pass of the library over a text.
struct Pass {
  Tree tree;
  std::vector<Diagnostic> diagnostics;
  std::optional<Failure> failure;
};

/// A second document, which no spec has. `end` is where the first ended.
void refuse_more_documents(YAML::Parser& parser, const Tree& tree, std::size_t end, std::vector<Diagnostic>& out) {
  Nothing ignore;
  bool more = true;
  try {
    more = parser.HandleNextDocument(ignore);
  } catch (const YAML::Exception&) {
    // Something stands there, if only a broken document.
  }
  if (!more) return;
  const std::string_view text = tree.read.text;
  std::size_t at = text.find("\n---", end == 0 ? 0 : end - 1);
  at = at == std::string_view::npos ? skip_trivia(text, end) : at + 1;
  Diagnostic d;
  d.rule = "several-documents";
  d.message = "a second document starts here";
  d.span = tree.span(at, std::min(at + 3, line_end(text, at)));
  d.help = "one file describes one node; put the other document into a file of its own";
  out.push_back(std::move(d));
}

Pass pass_over(const Source& source, Patched text) {
  Pass result;
  Events events(source, std::move(text), result.diagnostics);
  Characters characters(events.tree().so_far().read.text);
  std::istream stream(&characters);
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(events);
    if (events.tree().last_quote().unclosed) {
      result.failure.emplace();
    } else {
      refuse_more_documents(parser, events.tree().so_far(), events.tree().cursor(), result.diagnostics);
    }
  } catch (const YAML::DeepRecursion& e) {
    result.failure.emplace();
    result.failure->too_deep = true;
    result.failure->at = events.tree().cursor();
  } catch (const YAML::Exception& e) {
    result.failure.emplace();
    result.failure->message = e.msg;
    result.failure->at = events.byte(e.mark);
  }
  if (result.failure) describe(*result.failure, events.tree());
  result.tree = events.tree().finish();
  return result;
}

/// The parts of the source that were left out of the text, apart from each other.
std::string left_out(std::string_view source, const Patched& read) {
  std::string result;
  std::size_t in_text = 0, in_source = 0;
  const auto compare_to = [&](std::size_t end) {
    for (; in_text < end && in_source < source.size(); ++in_text, ++in_source) {
      const char c = source[in_source];
      if (c != read.text[in_text] || c == ' ') result += c;
    }
  };
  for (const Patched::Edit& edit : read.edits) {
    compare_to(edit.at);
    if (edit.by > 0) in_text += static_cast<std::size_t>(edit.by);
    if (edit.by < 0) in_source += static_cast<std::size_t>(-edit.by);
  }
  compare_to(read.text.size());
  return result;
}

}  // namespace

Tree parse(const Source& source, std::vector<Diagnostic>& diagnostics) {
  constexpr std::size_t most_brackets = 600;  // open at a time; the library stops at 500 levels
  constexpr std::size_t most_passes = 40;
  constexpr std::size_t most_bytes = 3'000'000;  // over all passes, so that a large broken file takes no longer
  Patched text(clean(source, diagnostics));
  blank_foreign_lines(source, text.text, diagnostics);
  if (const auto at = bracket_nested(text.text, most_brackets)) {
    // The library would first gather all of them, at 250 bytes each.
    Failure failure;
    failure.at = *at;
    failure.too_deep = true;
    if (auto said = repair(source, text, failure).said) diagnostics.push_back(*std::move(said));
    return {};
  }
  bool broken = false, complete = true;
  std::vector<std::uint32_t> moved;
  std::optional<std::size_t> mended;  // the line in the source where it stopped, if that was mended
  for (std::size_t passes = 1;; ++passes) {
    Pass pass = pass_over(source, std::move(text));
    if (pass.failure) {
      broken = true;
      const std::size_t at = line_start(source.text(), pass.tree.read.original(pass.failure->at));
      pass.failure->again = mended == at;
      Repair repaired = repair(source, pass.tree.read, *pass.failure);
      mended = repaired.mended ? std::optional(at) : std::nullopt;
      if (repaired.loses) complete = false;
      if (repaired.moved) moved.push_back(repaired.said->span.start.line);
      if (repaired.said) diagnostics.push_back(*std::move(repaired.said));
    }
    const bool again = pass.failure && !pass.failure->too_deep && passes < most_passes &&
                       (passes + 1) * pass.tree.read.text.size() < most_bytes;
    if (again) {
      text = std::move(pass.tree.read);
      continue;
    }
    diagnostics.insert(diagnostics.end(), pass.diagnostics.begin(), pass.diagnostics.end());
    pass.tree.complete = complete && !pass.failure;
    pass.tree.moved = std::move(moved);
    if (broken) pass.tree.left_out = left_out(source.text(), pass.tree.read);
    if (pass.failure && pass.failure->too_deep) pass.tree.root.reset();
    return std::move(pass.tree);
  }
}

}  // namespace treefall::spec::yaml
