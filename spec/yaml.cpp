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
#include <sstream>

#include "spec/yaml_recovery.hpp"
#include "spec/yaml_text.hpp"
#include "spec/yaml_tree.hpp"

namespace treefall::spec::yaml {

namespace {

/// The library's events as the builder takes them.
class Events : public YAML::EventHandler {
 public:
  Events(const Source& source, std::string_view text, std::vector<Diagnostic>& diagnostics)
      : tree_(source, text, diagnostics), size_(text.size()), offset_(text.starts_with("\xEF\xBB\xBF") ? 3 : 0) {}

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
  TreeBuilder tree_;
  std::size_t size_;
  std::size_t offset_;  // of the byte order mark, which the library does not count
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

/// A second document, which no spec has.
void refuse_more_documents(YAML::Parser& parser, const Source& source, std::string_view text, std::size_t end,
                           std::vector<Diagnostic>& out) {
  std::vector<Diagnostic> unread;
  Events ignore(source, text, unread);
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
  Events events(source, text, result.diagnostics);
  std::istringstream stream(text);
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(events);
    if (events.tree().last_quote().unclosed) {
      result.failure.emplace();
    } else {
      refuse_more_documents(parser, source, text, events.tree().cursor(), result.diagnostics);
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

/// The parts of the source that `text` has no longer, apart from each other.
std::string blanked(std::string_view source, std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < std::min(source.size(), text.size()); ++i)
    if (source[i] != text[i] || source[i] == ' ') result += source[i];
  return result;
}

}  // namespace

Tree parse(const Source& source, std::vector<Diagnostic>& diagnostics) {
  constexpr std::size_t most_brackets = 600;  // open at a time; the library stops at 500 levels
  constexpr std::size_t most_passes = 40;
  constexpr std::size_t most_bytes = 3'000'000;  // over all passes, so that a large broken file takes no longer
  std::string text = clean(source, diagnostics);
  blank_foreign_lines(source, text, diagnostics);
  bool complete = true;
  if (const auto at = bracket_nested(text, most_brackets)) {
    // The library would first gather all of them, at 250 bytes each.
    Failure failure;
    failure.at = *at;
    failure.too_deep = true;
    if (auto said = repair(source, text, failure)) diagnostics.push_back(*std::move(said));
    return {};
  }
  for (std::size_t passes = 1;; ++passes) {
    Pass pass = pass_over(source, text);
    if (pass.failure) {
      complete = false;
      if (auto said = repair(source, text, *pass.failure)) diagnostics.push_back(*std::move(said));
    }
    const bool again =
        pass.failure && !pass.failure->too_deep && passes < most_passes && (passes + 1) * text.size() < most_bytes;
    if (again) continue;
    diagnostics.insert(diagnostics.end(), pass.diagnostics.begin(), pass.diagnostics.end());
    pass.tree.complete = complete;
    if (!complete) pass.tree.left_out = blanked(source.text(), text);
    if (pass.failure && pass.failure->too_deep) pass.tree.root.reset();
    return std::move(pass.tree);
  }
}

}  // namespace treefall::spec::yaml
