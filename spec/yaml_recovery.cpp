// The library stops at the place where it can't go on, which is seldom the place of the mistake: a key without its
// colon is noticed at the next line's colon, an open bracket at the first key behind it. Each of the shapes below looks
// for the mistake that usually leads to that stop.
#include "spec/yaml_recovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "spec/yaml_lines.hpp"
#include "spec/yaml_text.hpp"

namespace treefall::spec::yaml {

namespace {

class Repairer {
 public:
  Repairer(const Source& source, Patched& patched, const Failure& failure)
      : source_(source), patched_(patched), text_(patched.text), f_(failure), line_(line_at(text_, failure.at)) {
    if (line_.empty()) {
      if (const auto above = line_before(text_, line_.start)) line_ = *above;
    }
  }

  Repair run() {
    if (f_.again) {
      blank_block(text_, line_);
      return {};
    }
    auto said = look();
    return {std::move(said), mended_, moved_, !mended_ || loses_};
  }

 private:
  std::optional<Diagnostic> look() {
    if (f_.too_deep)
      return say(f_.at, f_.at + 1, "the nesting is too deep to read", "a spec has far fewer than 500 levels");
    if (f_.unclosed_quote) return unclosed_quote(*f_.quote);
    if (auto d = tabs()) return *d;
    if (auto d = by_message()) return *d;
    if (auto d = runaway_quote()) return *d;
    if (auto d = missing_colon()) return *d;
    if (auto d = missing_blank_behind_dash()) return *d;
    return by_place();
  }

  Diagnostic say(std::size_t from, std::size_t to, std::string message, std::string help,
                 std::string label = "") const {
    Diagnostic d;
    d.rule = "yaml-syntax";
    d.message = std::move(message);
    d.span = place(from, std::max(to, from));
    d.help = std::move(help);
    d.label = std::move(label);
    return d;
  }
  Span place(std::size_t from, std::size_t to) const {
    const auto position = [&](std::size_t at) {
      return source_.position(static_cast<std::uint32_t>(patched_.original(at)));
    };
    return {position(from), position(to)};
  }
  std::string written(std::size_t from, std::size_t to) const { return text_.substr(from, to - from); }
  bool says(std::string_view part) const { return f_.message.find(part) != std::string::npos; }

  Diagnostic unclosed_quote(std::size_t at) {
    Diagnostic d =
        say(at, at + 1, fmt::format("this {} is never closed", text_[at] == '"' ? "double quote" : "single quote"),
            "close it at the end of the text");
    blank_value(text_, at);
    return d;
  }

  /// YAML forbids tabs in indentation; a space each often keeps the structure.
  std::optional<Diagnostic> tabs() {
    std::optional<Diagnostic> first;
    std::size_t lines = 0;
    const std::size_t stop = line_end(text_, std::min(f_.at, text_.size()));
    if (written(line_.start, line_.content).find('\t') == std::string::npos) return std::nullopt;
    for (std::size_t start = 0; start < text_.size(); start = line_end(text_, start) + 1) {
      const Line line = line_at(text_, start);
      const std::size_t tab = text_.find('\t', start);
      if (line.empty() || tab >= line.content) continue;
      if (!first && start <= stop)
        first = say(tab, line.content, "a tab in the indentation", "indent with spaces; YAML allows no tabs there");
      ++lines;
      std::replace(text_.begin() + static_cast<std::ptrdiff_t>(start),
                   text_.begin() + static_cast<std::ptrdiff_t>(line.content), '\t', ' ');
    }
    if (first && lines > 1) first->notes.push_back(fmt::format("{} lines start with tabs", lines));
    return first;
  }

  /// What the library names well enough.
  std::optional<Diagnostic> by_message() {
    const std::size_t at = std::min(f_.at, text_.size());
    if (says("anchor is not defined")) {
      const std::size_t end = end_of_name(text_, at + 1);
      Diagnostic d = say(at, end, fmt::format("there is no anchor `&{}` before this alias", written(at + 1, end)),
                         "an anchor stands before its aliases, in the same file");
      blank(text_, at, end);
      text_[at] = '~';
      return d;
    }
    if (says("unknown token") && at < text_.size()) {
      Diagnostic d = say(at, at + 1, fmt::format("a value can't start with `{}`", text_[at]), "put it in quotes");
      blank(text_, at, std::max(at + 1, end_of_name(text_, at)));
      text_[at] = '~';
      return d;
    }
    if (says("escape")) {
      const std::size_t back = text_.rfind('\\', at);
      const std::size_t from = back == std::string::npos || back + 4 < at ? at : back;
      Diagnostic d =
          say(from, from + 2,
              fmt::format("unknown escape `{}` in double quotes", written(from, std::min(from + 2, text_.size()))),
              "write `\\\\` for a backslash, or use single quotes");
      blank(text_, from, from + 2);
      return d;
    }
    if (says("flow end") && at < text_.size()) {
      if (auto d = wrong_bracket(at)) return *d;
      Diagnostic d =
          say(at, at + 1, fmt::format("this `{}` closes nothing", text_[at]), "remove it, or add what it should close");
      text_[at] = ' ';
      return d;
    }
    if (auto d = picked_copy(at)) return *d;
    if (f_.bracket && says("flow")) return in_brackets(*f_.bracket);
    return std::nullopt;
  }

  /// The brackets that are open at `at`, of those in its line.
  std::vector<std::size_t> open_in_line(std::size_t at) const {
    std::vector<std::size_t> open;
    for (std::size_t i = line_at(text_, at).content; i < at; ++i) {
      if (text_[i] == '"' || text_[i] == '\'') {
        i = std::min(end_of_quoted(text_, i), at) - 1;
      } else if (text_[i] == '[' || text_[i] == '{') {
        open.push_back(i);
      } else if ((text_[i] == ']' || text_[i] == '}') && !open.empty()) {
        open.pop_back();
      }
    }
    return open;
  }

  /// A bracket that is closed by the other sort: left open where it stands inside of one that this closes, else a slip
  /// of the finger.
  std::optional<Diagnostic> wrong_bracket(std::size_t at) {
    const std::vector<std::size_t> open = open_in_line(at);
    if (open.empty()) return std::nullopt;
    const std::size_t inner = open.back();
    const char closing = text_[inner] == '{' ? '}' : ']';
    if (text_[at] == closing) return std::nullopt;
    if (open.size() > 1 && text_[open[open.size() - 2]] != text_[inner]) {
      Diagnostic d = say(inner, inner + 1, fmt::format("this `{}` is never closed", text_[inner]),
                         fmt::format("close it with `{}`", closing));
      blank(text_, inner, at);
      text_[inner] = '~';
      return d;
    }
    Diagnostic d = say(at, at + 1, fmt::format("`{}` is closed by `{}`", text_[inner], text_[at]),
                       fmt::format("write `{}`", closing));
    d.labels.push_back({place(inner, inner + 1), "opened here"});
    text_[at] = closing;
    return d;
  }

  /// `Name[0]` inside of brackets, where `[` opens a list.
  std::optional<Diagnostic> picked_copy(std::size_t at) {
    if (!f_.bracket || at >= text_.size()) return std::nullopt;
    const std::size_t open = text_[at] == '[' ? at : *f_.bracket;
    constexpr std::string_view outside = " \t\n,:[]{}\"'";
    if (text_[open] != '[' || open == 0 || outside.find(text_[open - 1]) != std::string_view::npos) return std::nullopt;
    std::size_t close = text_.find(']', open);
    const std::size_t before = text_.find_last_of(outside, open - 1);
    const std::size_t from = before == std::string::npos ? 0 : before + 1;
    if (close == std::string::npos || close > line_end(text_, open)) return std::nullopt;
    while (close + 1 < text_.size() && (text_[close + 1] == '/' || text_[close + 1] == '[')) {  // the path goes on
      const std::size_t part = std::min(text_.find_first_of(outside, close + 2), text_.size());
      const bool copy = part < text_.size() && text_[part] == '[';
      const std::size_t end = text_[close + 1] == '[' || copy ? text_.find(']', part) : part - 1;
      if (end == std::string::npos || end > line_end(text_, open)) break;
      close = end;
    }
    Diagnostic d =
        say(from, close + 1,
            fmt::format("`{}` needs quotes here: inside of brackets `[` starts a list", written(from, close + 1)),
            fmt::format("write `\"{}\"`", written(from, close + 1)));
    blank(text_, from, close + 1);
    text_[from] = '~';
    return d;
  }

  Diagnostic in_brackets(std::size_t open) {
    const char closing = text_[open] == '{' ? '}' : ']';
    const Line opening = line_at(text_, open);
    // Where the next line is a key of the same or an outer level, the bracket was meant to end before it.
    const bool left_open = f_.at >= text_.size() ||
                           (line_.start != opening.start && line_.indent() <= opening.indent()) ||
                           end_of_line_is_near(opening);
    if (left_open) {
      Diagnostic d = say(open, open + 1, fmt::format("this `{}` is never closed", text_[open]),
                         fmt::format("close it with `{}`", closing));
      blank_value(text_, open);
      return d;
    }
    const std::size_t at = std::min(f_.at, text_.size());
    Diagnostic d = say(at, at + 1, fmt::format("expected `,` or `{}`", closing),
                       "separate the entries with commas; put a text that holds `,`, `:` or brackets in quotes");
    d.labels.push_back({place(open, open + 1), "inside of this"});
    blank_value(text_, opening.start == line_.start ? open : line_.content);
    return d;
  }

  bool end_of_line_is_near(const Line& opening) const {
    return f_.at >= opening.end && line_at(text_, f_.at).start == opening.start;
  }

  /// A quoted text that went on over the end of its line and ended at the opening quote of another one.
  std::optional<Diagnostic> runaway_quote() {
    if (!f_.quote || f_.quote_end > text_.size()) return std::nullopt;
    const bool over_lines = line_start(text_, *f_.quote) != line_start(text_, f_.quote_end);
    const bool just_behind =
        f_.quote_end <= f_.at && line_start(text_, f_.quote_end) == line_start(text_, std::min(f_.at, text_.size()));
    if (!over_lines || !just_behind) return std::nullopt;
    Diagnostic d =
        say(*f_.quote, *f_.quote + 1, "this quote is not closed in its line", "close it at the end of the text");
    d.labels.push_back({place(f_.quote_end - 1, f_.quote_end), "so this one closes it"});
    blank_value(text_, *f_.quote);
    return d;
  }

  /// A line above that is neither `key: value` nor an item, or an item that should have been `- key: value`.
  std::optional<Diagnostic> missing_colon() {
    const std::optional<Line> suspect = line_before(text_, line_.start);
    if (!suspect || key_colon(text_, *suspect, suspect->content)) return std::nullopt;
    std::size_t key = suspect->content;
    if (text_.compare(key, 2, "- ") == 0) key = text_.find_first_not_of(' ', key + 1);
    if (key >= suspect->end || text_[key] == '-') return std::nullopt;
    constexpr std::string_view of_keys = "abcdefghijklmnopqrstuvwxyz_";
    const bool bare_word = text_.find_first_not_of(of_keys, key) >= suspect->end;  // with what it holds below it
    if (key - suspect->start < line_.indent() && !bare_word) return std::nullopt;
    const std::size_t colon = text_.find(':', key);
    Diagnostic d;
    if (colon < suspect->end) {
      d = say(colon, colon + 1, "a space is missing behind the colon",
              fmt::format("write `{}: {}`", written(key, colon), written(colon + 1, suspect->end)));
      if (text_.find_first_of(" \t\"'", key) > colon) {
        put_in(colon + 1, ' ');
        return d;
      }
    } else {
      d = say(key, suspect->end, "a key without a colon", "write `KEY: VALUE`", "expected `:` behind this");
      if (bare_word && line_.content - line_.start > key - suspect->start) {
        put_in(suspect->end, ':');
        loses_ = true;  // the word may be another than a key
        return d;
      }
    }
    blank_block(text_, *suspect);
    return d;
  }

  /// `-worker: NAME`, whose keys below then fit nothing.
  std::optional<Diagnostic> missing_blank_behind_dash() {
    for (const std::optional<Line>& suspect : {std::optional(line_), line_before(text_, line_.start)}) {
      if (!suspect || suspect->empty() || text_[suspect->content] != '-') continue;
      const std::size_t key = suspect->content + 1;
      if (key >= suspect->end || text_[key] == ' ' || text_[key] == '-' || !key_colon(text_, *suspect, key)) continue;
      Diagnostic d = say(key - 1, key, "a space is missing behind the dash",
                         fmt::format("write `- {}`", written(key, suspect->end)));
      put_in(key, ' ');
      return d;
    }
    return std::nullopt;
  }

  void put_in(std::size_t at, char c) {
    patched_.insert(at, 1, c);
    mended_ = true;
  }

  /// Is the line out of place only because of a mistake that was reported: a tab in its own indentation, or the line
  /// above it, which is blanked by now?
  bool follows_from_another() const {
    const std::string_view written = source_.text();
    const Line itself = line_at(written, patched_.original(line_.start));
    if (written.substr(itself.start, itself.indent()).find('\t') != std::string_view::npos) return true;
    const auto above = line_before(written, itself.start);
    if (!above) return false;
    // The same line of the text: as many lines above.
    const auto lines = std::count(written.begin() + static_cast<std::ptrdiff_t>(above->start),
                                  written.begin() + static_cast<std::ptrdiff_t>(itself.start), '\n');
    std::size_t start = line_.start;
    for (auto i = lines; i > 0 && start > 0; --i) start = line_start(text_, start - 1);
    return line_at(text_, start).empty();
  }

  /// `name {key: value}`: one word, and a bracket that starts what it holds.
  std::optional<Diagnostic> missing_colon_before_bracket(std::size_t colon) {
    std::size_t from = line_.content;
    if (text_.compare(from, 2, "- ") == 0) from = text_.find_first_not_of(' ', from + 1);
    const std::size_t word = text_.find_first_of(" \t", from);
    const std::size_t bracket = text_.find_first_not_of(" \t", word);
    if (bracket >= colon || (text_[bracket] != '{' && text_[bracket] != '[')) return std::nullopt;
    Diagnostic d = say(from, word, "a key without a colon",
                       fmt::format("write `{}: {}`", written(from, word), text_[bracket] == '{' ? "{ … }" : "[ … ]"),
                       "expected `:` behind this");
    put_in(word, ':');
    return d;
  }

  std::optional<Diagnostic> by_place() {
    const auto first = key_colon(text_, line_, line_.content);
    if (first && *first - line_.content > 1024) {
      return blanked(say(line_.content, *first, "a key of more than 1024 characters", "YAML allows no longer ones"));
    }
    if (first && *first < f_.at && says("illegal map value")) {
      if (auto d = missing_colon_before_bracket(*first)) return *d;
      const auto value = text_.find_first_not_of(" \t", *first + 1);
      Diagnostic d = say(f_.at, f_.at + 1, "a second colon in one line",
                         fmt::format("put the value in quotes: `\"{}\"`", written(value, line_.end)));
      blank_value(text_, value);
      return d;
    }
    if (follows_from_another()) {
      blank(text_, line_.start, line_end(text_, line_.start));
      return std::nullopt;
    }
    const auto above = line_before(text_, line_.start);
    if (above && line_.indent() != above->indent()) {
      Diagnostic d = say(line_.content, line_.end, "the indentation of this line fits nothing above it",
                         "start it in the column of its siblings");
      d.labels.push_back({place(above->content, above->end), "the line above"});
      const auto column = column_of_siblings(text_, line_);
      if (!column || *column == line_.indent()) return blanked(std::move(d));
      move_block(patched_, line_, *column);
      mended_ = moved_ = true;
      return d;
    }
    const bool item = text_[line_.content] == '-';
    if (above && item != (text_[above->content] == '-')) {
      return blanked(say(line_.content, line_.end,
                         item ? "an entry of a list among keys" : "a key in the column of the entries of a list",
                         item ? "give the list a key of its own, and indent it below"
                              : "indent it like what stands behind the `- `, or take the `- ` away"));
    }
    return blanked(say(line_.content, line_.end, fmt::format("this is not YAML: {}", f_.message),
                       "check quotes, brackets and indentation around here"));
  }

  Diagnostic blanked(Diagnostic d) {
    blank_block(text_, line_);
    return d;
  }

  const Source& source_;
  Patched& patched_;
  std::string& text_;
  const Failure& f_;
  Line line_;
  bool mended_ = false;
  bool moved_ = false;
  bool loses_ = false;
};

}  // namespace

Repair repair(const Source& source, Patched& text, const Failure& failure) {
  return Repairer(source, text, failure).run();
}

}  // namespace treefall::spec::yaml
