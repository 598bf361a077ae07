// A suppression holds for the largest piece of YAML that starts on the comment's line or, where the comment has a line
// to itself, on the next line that holds anything: a mapping, an item of a list, a key with its value. A list as such
// does not count: its first item starts on the same line.
#include "spec/suppressions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "spec/nearest.hpp"

namespace treefall::spec {

namespace {

/// The largest piece that starts on each line.
std::map<std::uint32_t, Span> pieces(const yaml::Tree& tree) {
  std::map<std::uint32_t, Span> result;
  const auto add = [&](const Span& span) {
    const auto [found, fresh] = result.emplace(span.start.line, span);
    if (fresh) return;
    if (span.start.byte < found->second.start.byte) found->second.start = span.start;
    if (span.end.byte > found->second.end.byte) found->second.end = span.end;
  };
  for (yaml::ValueId id = 0; id < tree.values.size(); ++id) {
    const yaml::Kind kind = tree.values[id].kind;
    if (kind == yaml::Kind::mapping) {
      add(tree.span(id));
      const auto parts = tree.parts_of(id);
      for (std::size_t i = 0; i + 1 < parts.size(); i += 2) add(join(tree.span(parts[i]), tree.span(parts[i + 1])));
    } else if (kind == yaml::Kind::sequence) {
      for (const yaml::ValueId item : tree.parts_of(id)) add(tree.span(item));
    }
  }
  return result;
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// What follows `# treefall:`, where it means a suppression.
std::optional<std::string_view> directive(std::string_view comment) {
  comment = without_blanks(comment.substr(
      comment.find_first_not_of('#') == std::string_view::npos ? comment.size() : comment.find_first_not_of('#')));
  constexpr std::string_view name = "treefall:";
  if (!comment.starts_with(name)) return std::nullopt;
  comment = without_blanks(comment.substr(name.size()));
  constexpr std::array<std::string_view, 1> words{"ignore"};
  const std::string_view word = comment.substr(0, comment.find_first_of(" \t[:"));
  if (!nearest(word, words)) return std::nullopt;
  return comment;
}

void warn(std::vector<Diagnostic>& out, const Span& at, std::string rule, std::string message) {
  Diagnostic d;
  d.rule = std::move(rule);
  d.severity = Severity::warning;
  d.message = std::move(message);
  d.span = at;
  d.help = "write `# treefall: ignore RULE -- reason`";
  out.push_back(std::move(d));
}

std::vector<std::string> rule_names(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t at = 0; (at = text.find_first_not_of(" \t,", at)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(" \t,", at), text.size());
    names.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return names;
}

std::optional<Suppression> parse(const yaml::Comment& comment, std::string_view directive,
                                 std::vector<Diagnostic>& out) {
  constexpr std::string_view word = "ignore";
  if (!directive.starts_with(word) || (directive.size() > word.size() && directive[word.size()] != ' ')) {
    warn(out, comment.span, "bad-suppression", fmt::format("`{}` is not a suppression", directive));
    return std::nullopt;
  }
  const std::string_view rest = directive.substr(word.size());
  const std::size_t dashes = rest.find("--");
  Suppression result;
  result.rules = rule_names(rest.substr(0, dashes));
  result.comment = comment.span;
  if (dashes != std::string_view::npos) result.reason = std::string(without_blanks(rest.substr(dashes + 2)));
  if (result.rules.empty()) {
    warn(out, comment.span, "ignore-without-rule", "this suppression names no rule");
    return std::nullopt;
  }
  if (result.reason.empty()) {
    warn(out, comment.span, "ignore-without-reason", "this suppression gives no reason, and does not hold without one");
    return std::nullopt;
  }
  return result;
}

}  // namespace

std::vector<Suppression> suppressions(const yaml::Tree& tree, const Source& source, std::vector<Diagnostic>& out) {
  std::vector<Suppression> result;
  std::optional<std::map<std::uint32_t, Span>> starts;
  for (const yaml::Comment& comment : tree.comments) {
    const auto found = directive(comment.text);
    if (!found) continue;
    auto suppression = parse(comment, *found, out);
    if (!suppression) continue;
    if (!starts) starts = pieces(tree);
    const std::string_view line = source.line(comment.span.start.line);
    const bool alone = line.find_first_not_of(" \t\xEF\xBB\xBF") == line.find('#');
    const auto piece = starts->lower_bound(comment.span.start.line + (alone ? 1 : 0));
    const bool near = piece != starts->end() && (alone || piece->first == comment.span.start.line);
    suppression->scope = near ? piece->second : comment.span;
    result.push_back(*std::move(suppression));
  }
  return result;
}

}  // namespace treefall::spec
