// Knows how to draw lines of a source with underlines and labels; hides widths, gaps and the order of labels.
//
// A line's labels are drawn as rustc does: the rightmost stands beside its underline where nothing reaches further, the
// others hang below on vertical bars, from right to left.
#include "report/frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "report/glyphs.hpp"

namespace treefall::report {

namespace {

constexpr std::uint32_t widest = 160;     // cells of a line before it is cut to the part around its marks
constexpr std::uint32_t before = 40;      // cells kept left of the first mark in a line that is cut
constexpr std::size_t most_bytes = 2000;  // of a line that are looked at: a file may be one line
constexpr std::size_t bytes_before = 400;

/// A span on one line, in cells from the line's start.
struct Mark {
  std::uint32_t from = 0;
  std::uint32_t to = 1;
  bool primary = false;
  std::string text;
};

/// A line of the source as shown, or what is looked at of a very long one, and where each of its bytes stands.
struct Line {
  std::vector<Glyph> glyphs;
  std::uint32_t first_byte = 0;  // in the source
  std::uint32_t cells = 0;
  bool cut_left = false;
  bool cut_right = false;
  std::uint32_t cell_of(std::uint32_t byte) const {
    std::uint32_t cell = 0;
    for (const Glyph& glyph : glyphs) {
      if (first_byte + glyph.byte >= byte) break;
      cell += glyph.cells;
    }
    return cell;
  }
};

std::size_t next_character(std::string_view text, std::size_t at) {
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
  return at;
}

/// `focus`: a byte of the source that has to be seen.
Line line_of(const spec::Source& source, std::uint32_t number, std::uint32_t focus) {
  std::string_view text = source.line(number);
  const auto line_start = static_cast<std::size_t>(text.data() - source.text().data());
  Line line;
  if (text.size() > most_bytes) {
    const std::size_t wanted = std::min(focus > line_start ? focus - line_start : 0, text.size());
    const std::size_t from = next_character(text, wanted > bytes_before ? wanted - bytes_before : 0);
    const std::size_t to = next_character(text, std::min(from + most_bytes, text.size()));
    line.cut_left = from > 0;
    line.cut_right = to < text.size();
    text = text.substr(from, to - from);
  }
  line.first_byte = static_cast<std::uint32_t>(text.data() - source.text().data());
  line.glyphs = glyphs(text);
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (line.first_byte == 0 && text.starts_with(byte_order_mark)) line.glyphs.front() = {0, 0, ""};
  for (const Glyph& glyph : line.glyphs) line.cells += glyph.cells;
  return line;
}

/// A span of several lines is underlined on its first, and says where it ends.
Mark mark_of(const Line& line, const spec::Span& span, bool primary, std::string_view text) {
  Mark mark{line.cell_of(span.start.byte), 0, primary, shown(text)};
  const bool runs_on =
      span.end.line > span.start.line && !(span.end.line == span.start.line + 1 && span.end.column == 1);
  if (runs_on) {
    const std::uint32_t last = span.end.column == 1 ? span.end.line - 1 : span.end.line;
    mark.to = line.cells;
    mark.text = mark.text.empty() ? fmt::format("… to line {}", last) : fmt::format("{} (to line {})", mark.text, last);
  } else {
    mark.to = std::min(line.cell_of(span.end.byte), line.cells);
  }
  mark.to = std::max(mark.to, mark.from + 1);
  return mark;
}

/// One row below a source line: cells that are set, and a text behind the last of them.
class Row {
 public:
  void put(std::uint32_t cell, char symbol, Style style) {
    if (symbols_.size() <= cell) {
      symbols_.resize(cell + 1, ' ');
      styles_.resize(cell + 1, Style::plain);
    }
    symbols_[cell] = symbol;
    styles_[cell] = style;
  }
  void fill(std::uint32_t from, std::uint32_t to, char symbol, Style style) {
    for (std::uint32_t cell = from; cell < to; ++cell) put(cell, symbol, style);
  }
  std::string painted(const Paint& paint) const {
    std::string text;
    for (std::size_t from = 0; from < symbols_.size();) {
      std::size_t to = from;
      while (to < symbols_.size() && styles_[to] == styles_[from]) ++to;
      text += paint(styles_[from], std::string_view(symbols_).substr(from, to - from));
      from = to;
    }
    return text;
  }
  std::size_t size() const { return symbols_.size(); }

 private:
  std::string symbols_;
  std::vector<Style> styles_;
};

class Drawing {
 public:
  Drawing(const Paint& paint, Style primary, std::size_t digits) : paint_(paint), primary_(primary), digits_(digits) {}

  void empty() { row(""); }
  void gap() { text_ += paint_(Style::secondary, std::string(digits_ + 1, ' ') + ":") + "\n"; }
  void remark(std::string_view kind, std::string_view text) {
    const std::string lead = std::string(digits_ + 1, ' ');
    const std::string name = kind.empty() ? "" : std::string(kind) + ": ";
    std::size_t from = 0;
    for (bool first = true; first || from < text.size(); first = false) {
      const std::size_t end = std::min(text.find('\n', from), text.size());
      const std::string part = shown(text.substr(from, end - from));
      text_ += first ? lead + paint_(Style::secondary, "=") + " " + paint_(Style::strong, name) + part + "\n"
                     : lead + std::string(2 + name.size(), ' ') + part + "\n";
      from = end + 1;
    }
  }
  void source_line(std::uint32_t number, const Line& line, std::vector<Mark> marks);
  std::string take() && { return std::move(text_); }

 private:
  Style style(const Mark& mark) const { return mark.primary ? primary_ : Style::secondary; }
  void row(const std::string& content) {
    text_ += paint_(Style::secondary, std::string(digits_ + 1, ' ') + "|");
    if (!content.empty()) text_ += " " + content;
    text_ += "\n";
  }
  void underlines(const std::vector<Mark>& marks);
  void hanging_labels(const std::vector<Mark>& marks);

  const Paint& paint_;
  Style primary_;
  std::size_t digits_;
  std::string text_;
};

/// The part of a line that is shown, cut round its marks if it is very long; marks move along.
std::string window(const Line& line, std::vector<Mark>& marks) {
  std::uint32_t low = 0;
  std::uint32_t high = line.cells;
  if (line.cells > widest) {
    std::uint32_t first = line.cells;
    for (const Mark& mark : marks) first = std::min(first, mark.from);
    low = marks.empty() || first < before ? 0 : first - before;
    high = low + widest;
  }
  const std::string_view left = low > 0 || line.cut_left ? "… " : "";
  std::string text(left);
  std::uint32_t cell = 0;
  for (const Glyph& glyph : line.glyphs) {
    if (cell >= low && cell + glyph.cells <= high) text += glyph.text;
    cell += glyph.cells;
  }
  if (high < line.cells || line.cut_right) text += " …";
  const std::uint32_t shift = left.empty() ? 0 : 2;
  for (Mark& mark : marks) {
    mark.from = std::clamp(mark.from, low, high) - low + shift;
    mark.to = std::max(std::clamp(mark.to, low, high) - low + shift, mark.from + 1);
  }
  return text;
}

void Drawing::source_line(std::uint32_t number, const Line& line, std::vector<Mark> marks) {
  std::string content = window(line, marks);
  content.erase(content.find_last_not_of(' ') + 1);
  text_ += paint_(Style::secondary, fmt::format("{:>{}} |", number, digits_));
  text_ += content.empty() ? "\n" : " " + content + "\n";
  if (marks.empty()) return;
  std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.from > b.from; });
  underlines(marks);
}

/// `marks` from right to left.
void Drawing::underlines(const std::vector<Mark>& marks) {
  Row row_below;
  for (const bool primary : {false, true}) {
    for (const Mark& mark : marks) {
      if (mark.primary == primary) row_below.fill(mark.from, mark.to, primary ? '^' : '-', style(mark));
    }
  }
  const Mark& rightmost = marks.front();
  const bool alone = std::all_of(marks.begin() + 1, marks.end(), [&](const Mark& mark) {
    return mark.to <= rightmost.to && mark.from != rightmost.from;
  });
  std::string content = row_below.painted(paint_);
  const bool beside = alone && !rightmost.text.empty();
  if (beside) content.append(" ").append(paint_(style(rightmost), rightmost.text));
  row(content);
  std::vector<Mark> hanging(marks.begin() + (beside ? 1 : 0), marks.end());
  hanging.erase(std::remove_if(hanging.begin(), hanging.end(), [](const Mark& mark) { return mark.text.empty(); }),
                hanging.end());
  hanging_labels(hanging);
}

void Drawing::hanging_labels(const std::vector<Mark>& marks) {
  const auto bars = [&](std::size_t first, std::uint32_t left_of) {
    Row bar_row;
    for (std::size_t i = first; i < marks.size(); ++i) {
      if (marks[i].from < left_of) bar_row.put(marks[i].from, '|', style(marks[i]));
    }
    return bar_row;
  };
  if (!marks.empty()) row(bars(0, UINT32_MAX).painted(paint_));
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const Row left = bars(i + 1, marks[i].from);
    row(left.painted(paint_) + std::string(marks[i].from - left.size(), ' ') + paint_(style(marks[i]), marks[i].text));
  }
}

/// A span that has to be shown on its first line.
struct Shown {
  spec::Span span;
  bool primary = false;
  std::string_view text;
};

std::map<std::uint32_t, std::vector<Shown>> by_line(const spec::Source& source, const spec::Diagnostic& diagnostic) {
  std::map<std::uint32_t, std::vector<Shown>> lines;
  const auto line = [&](const spec::Span& span) { return std::clamp(span.start.line, 1U, source.line_count()); };
  if (source.line_count() == 0) return lines;
  lines[line(diagnostic.span)].push_back({diagnostic.span, true, diagnostic.label});
  for (const spec::Label& label : diagnostic.labels) lines[line(label.span)].push_back({label.span, false, label.text});
  return lines;
}

void draw_source(Drawing& drawing, const spec::Source& source,
                 const std::map<std::uint32_t, std::vector<Shown>>& lines) {
  std::uint32_t last = 0;
  for (const auto& [number, spans] : lines) {
    if (last != 0 && number == last + 2) drawing.source_line(last + 1, line_of(source, last + 1, 0), {});
    if (last != 0 && number > last + 2) drawing.gap();
    const auto first = std::min_element(spans.begin(), spans.end(), [](const Shown& a, const Shown& b) {
      return a.span.start.byte < b.span.start.byte;
    });
    const Line line = line_of(source, number, first->span.start.byte);
    std::vector<Mark> marks;
    for (const Shown& one : spans) marks.push_back(mark_of(line, one.span, one.primary, one.text));
    drawing.source_line(number, line, std::move(marks));
    last = number;
  }
}

}  // namespace

std::string frame(const spec::Source& source, const spec::Diagnostic& diagnostic, const Paint& paint,
                  std::string_view explain) {
  const Style style = style_of(diagnostic.severity);
  std::string heading(spec::name(diagnostic.severity));
  if (!diagnostic.rule.empty()) heading += "[" + diagnostic.rule + "]";
  std::string text = paint(style, heading) + paint(Style::strong, ": " + shown(diagnostic.message)) + "\n";

  const auto lines = by_line(source, diagnostic);
  const std::size_t digits = lines.empty() ? 1 : fmt::formatted_size("{}", lines.rbegin()->first);
  text += std::string(digits, ' ') + paint(Style::secondary, "-->");
  text += fmt::format(" {}:{}:{}\n", shown(source.file()), diagnostic.span.start.line, diagnostic.span.start.column);

  Drawing drawing(paint, style, digits);
  drawing.empty();
  draw_source(drawing, source, lines);
  if (!diagnostic.notes.empty() || !diagnostic.help.empty() || !explain.empty()) drawing.empty();
  for (const std::string& note : diagnostic.notes) drawing.remark("", note);
  if (!diagnostic.help.empty()) drawing.remark("help", diagnostic.help);
  if (!explain.empty()) drawing.remark("explain", explain);
  return text + std::move(drawing).take();
}

}  // namespace treefall::report
