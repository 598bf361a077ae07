// Knows how little of YAML an edit must know: whether an entry stands in braces or in lines of its own, and in which
// column. What an edit has made of a text is always read again by whoever asked for it.
#include "advice/edit.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace treefall::advice {

namespace {

using spec::NodeId;

std::uint32_t line_start(std::string_view text, std::uint32_t at) {
  const std::size_t feed = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  return feed == std::string_view::npos ? 0 : static_cast<std::uint32_t>(feed + 1);
}

/// In front of the line's end, be it one character or two.
std::uint32_t line_end(std::string_view text, std::uint32_t at) {
  const std::size_t feed = std::min(text.find('\n', at), text.size());
  const bool carriage = feed > at && text[feed - 1] == '\r';
  return static_cast<std::uint32_t>(carriage ? feed - 1 : feed);
}

std::string_view line_break(std::string_view text) {
  const std::size_t feed = text.find('\n');
  return feed != std::string_view::npos && feed > 0 && text[feed - 1] == '\r' ? "\r\n" : "\n";
}

bool in_braces(std::string_view text, const spec::Span& span) { return text.substr(span.start.byte).starts_with('{'); }

struct Names {
  std::string_view restarts;
  std::string_view seconds;
};
Names names_of(const spec::Design& design) {
  const bool erlang = design.dialect.value == spec::Dialect::erlang;
  return erlang ? Names{"intensity", "period"} : Names{"max_restarts", "max_seconds"};
}

/// Columns in front of the key `supervisor` whose value starts at `name`.
std::size_t column_of_key(std::string_view text, std::uint32_t name) {
  const std::uint32_t start = line_start(text, name);
  const std::string_view before = text.substr(start, name - start);
  const std::size_t key = before.rfind("supervisor");
  return key == std::string_view::npos ? before.find_first_not_of(" -") : key;
}

}  // namespace

std::string applied(std::string_view text, const std::vector<Edit>& edits) {
  std::vector<Edit> ordered = edits;
  std::stable_sort(ordered.begin(), ordered.end(), [](const Edit& a, const Edit& b) { return a.from < b.from; });
  std::string result;
  std::uint32_t done = 0;
  for (const Edit& edit : ordered) {
    result += text.substr(done, edit.from - done);
    result += edit.text;
    done = edit.to;
  }
  return result + std::string(text.substr(done));
}

std::vector<Edit> budget_edits(const spec::Source& source, const spec::Design& design, NodeId id,
                               const analyzer::Window& window) {
  const std::string_view text = source.text();
  const spec::Node& node = design.nodes[id];
  const spec::Supervisor& supervisor = *spec::as_supervisor(node);
  const Names names = names_of(design);
  const bool braces = in_braces(text, node.span);
  const std::uint32_t name_end = node.name_span.end.byte;
  const std::string indent(braces ? 0 : column_of_key(text, node.name_span.start.byte), ' ');
  std::vector<Edit> edits;
  const auto set = [&](const spec::Setting<std::uint64_t>& setting, std::string_view key, std::uint64_t value) {
    if (setting.value == value) return;
    if (setting.written()) {
      edits.push_back({setting.at.start.byte, setting.at.end.byte, std::to_string(value)});
    } else if (braces) {
      edits.push_back({name_end, name_end, fmt::format(", {}: {}", key, value)});
    } else {
      const std::uint32_t end = line_end(text, name_end);
      edits.push_back({end, end, fmt::format("{}{}{}: {}", line_break(text), indent, key, value)});
    }
  };
  set(supervisor.max_restarts, names.restarts, window.restarts);
  set(supervisor.max_seconds, names.seconds, window.seconds);
  return edits;
}

std::vector<Edit> wrapping_edits(const spec::Source& source, const spec::Design& design, NodeId child,
                                 const std::string& name, const analyzer::Window& window) {
  const std::string_view text = source.text();
  const spec::Span& span = design.nodes[child].span;
  const std::uint32_t start = line_start(text, span.start.byte);
  const std::string_view before = text.substr(start, span.start.byte - start);
  const std::size_t dash = before.find_first_not_of(' ');
  const bool entry = dash != std::string_view::npos && before[dash] == '-' &&
                     before.find_first_not_of(' ', dash + 1) == std::string_view::npos;
  const Names names = names_of(design);
  if (!entry) {
    const std::string head = fmt::format("{{supervisor: {}, {}: {}, {}: {}, children: [", name, names.restarts,
                                         window.restarts, names.seconds, window.seconds);
    return {{span.start.byte, span.start.byte, head}, {span.end.byte, span.end.byte, "]}"}};
  }
  const std::string next = std::string(line_break(text)) + std::string(before.size(), ' ');
  std::vector<Edit> edits = {{span.start.byte, span.start.byte,
                              fmt::format("supervisor: {1}{0}{2}: {3}{0}{4}: {5}{0}children:{0}  - ", next, name,
                                          names.restarts, window.restarts, names.seconds, window.seconds)}};
  for (std::size_t feed = text.find('\n', span.start.byte); feed < span.end.byte; feed = text.find('\n', feed + 1)) {
    const auto at = static_cast<std::uint32_t>(feed + 1);
    if (at < span.end.byte && text[at] != '\n' && text[at] != '\r') edits.push_back({at, at, "    "});
  }
  return edits;
}

// ---- diff ----------------------------------------------------------------------------------------------------------

namespace {

constexpr std::size_t context = 3;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

/// Lines [first, last) of the old text become `lines`.
struct Replaced {
  std::size_t first = 0;
  std::size_t last = 0;
  std::string text;
};

/// One for each run of lines that edits touch, without what stays the same at its ends.
std::vector<Replaced> replaced(const spec::Source& source, const std::vector<Edit>& edits) {
  const std::string_view text = source.text();
  std::vector<Edit> ordered = edits;
  std::stable_sort(ordered.begin(), ordered.end(), [](const Edit& a, const Edit& b) { return a.from < b.from; });
  std::vector<Replaced> all;
  for (auto at = ordered.begin(); at != ordered.end();) {
    auto end = at;
    std::size_t last = source.position(at->from).line - 1;
    for (; end != ordered.end() && source.position(end->from).line - 1 <= last; ++end)
      last = std::max<std::size_t>(last, source.position(end->to).line - 1);
    const std::size_t first = source.position(at->from).line - 1;
    const std::uint32_t from = line_start(text, at->from);
    const std::size_t feed = text.find('\n', std::prev(end)->to);
    const auto to = static_cast<std::uint32_t>(feed == std::string_view::npos ? text.size() : feed + 1);
    std::vector<Edit> local(at, end);
    for (Edit& edit : local) edit.from -= from, edit.to -= from;
    const std::string after = applied(text.substr(from, to - from), local);
    auto old_lines = lines_of(text.substr(from, to - from));
    auto new_lines = lines_of(after);
    std::size_t same = 0;
    while (same < old_lines.size() && same < new_lines.size() && old_lines[same] == new_lines[same]) ++same;
    Replaced one{first + same, first + old_lines.size(), ""};
    for (std::size_t i = same; i < new_lines.size(); ++i) one.text += new_lines[i];
    all.push_back(std::move(one));
    at = end;
  }
  return all;
}

std::string marked(char mark, std::string_view line) {
  std::string text = fmt::format("{}{}", mark, line);
  return line.ends_with('\n') ? text : text + "\n\\ No newline at end of file\n";
}

}  // namespace

std::string unified_diff(const spec::Source& source, const std::vector<Edit>& edits) {
  if (edits.empty()) return "";
  const auto old_lines = lines_of(source.text());
  const auto changes = replaced(source, edits);
  std::string_view file = source.file();
  while (file.starts_with('/')) file.remove_prefix(1);
  std::string diff = fmt::format("--- a/{0}\n+++ b/{0}\n", file);
  std::ptrdiff_t shift = 0;  // of line numbers, by what stands above
  for (auto at = changes.begin(); at != changes.end();) {
    auto end = std::next(at);
    while (end != changes.end() && end->first <= std::prev(end)->last + 2 * context) ++end;
    const std::size_t first = at->first - std::min(at->first, context);
    const std::size_t last = std::min(std::prev(end)->last + context, old_lines.size());
    std::string body;
    std::size_t line = first, added = 0, removed = 0;
    const auto keep_to = [&](std::size_t to) {
      for (; line < to; ++line) body += marked(' ', old_lines[line]);
    };
    for (auto change = at; change != end; ++change) {
      keep_to(change->first);
      for (; line < change->last; ++line, ++removed) body += marked('-', old_lines[line]);
      for (const auto& fresh : lines_of(change->text)) body += marked('+', fresh), ++added;
    }
    keep_to(last);
    const std::size_t before = last - first, after = before + added - removed;
    diff += fmt::format("@@ -{},{} +{},{} @@\n{}", first + 1, before, static_cast<std::ptrdiff_t>(first + 1) + shift,
                        after, body);
    shift += static_cast<std::ptrdiff_t>(added) - static_cast<std::ptrdiff_t>(removed);
    at = end;
  }
  return diff;
}

}  // namespace treefall::advice
