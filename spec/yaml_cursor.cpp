// Walking a value tree: aliases looked through, merge keys resolved; and the comments between its scalars.
#include <algorithm>
#include <set>

#include "spec/yaml.hpp"
#include "spec/yaml_text.hpp"

namespace treefall::spec::yaml {

Cursor::Cursor(const Tree& tree, ValueId id, std::optional<ValueId> via) : tree_(&tree), id_(id), via_(via) {
  while (tree.values[id_].kind == Kind::alias) {
    if (!via_) via_ = id_;
    id_ = tree.values[id_].target;
  }
}

std::vector<Cursor> Cursor::items() const {
  std::vector<Cursor> result;
  for (const ValueId id : value().items) result.push_back(at(id));
  return result;
}

std::vector<std::pair<Cursor, Cursor>> Cursor::entries() const {
  std::vector<std::pair<Cursor, Cursor>> result;
  std::vector<Cursor> merged;
  for (const Entry& entry : value().entries) {
    const Cursor key = at(entry.key);
    const Cursor held = at(entry.value);
    const bool merges = key.is_scalar() && !key.quoted() && key.text() == "<<";
    if (merges && held.is_mapping()) {
      merged.push_back(held);
    } else if (merges && held.is_sequence()) {
      for (const Cursor& item : held.items()) merged.push_back(item);
    } else {
      result.emplace_back(key, held);
    }
  }
  if (merged.empty()) return result;
  std::set<std::string_view> present;
  for (const auto& [key, held] : result) present.insert(key.text());
  for (const Cursor& mapping : merged) {
    for (const auto& [key, held] : mapping.entries()) {
      if (present.insert(key.text()).second) result.emplace_back(key, held);
    }
  }
  return result;
}

/// Whatever starts with `#` behind a blank and outside of scalars.
void find_comments(Tree& tree, const Source& source, std::string_view text) {
  const std::size_t begin = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  std::size_t at = begin;
  const auto scan_to = [&](std::size_t end) {
    while (at < end) {
      const std::size_t hash = text.substr(0, end).find('#', at);
      if (hash == std::string_view::npos) break;
      at = hash + 1;
      if (hash > begin && std::string_view(" \t\n\r").find(text[hash - 1]) == std::string_view::npos) continue;
      std::size_t stop = std::min(line_end(text, hash), end);
      at = stop;
      if (stop > hash && text[stop - 1] == '\r') --stop;
      tree.comments.push_back(
          {std::string(text.substr(hash, stop - hash)),
           Span{source.position(static_cast<std::uint32_t>(hash)), source.position(static_cast<std::uint32_t>(stop))}});
    }
    at = std::max(at, end);
  };
  for (const Value& value : tree.values) {
    if (value.kind != Kind::scalar || value.span.start.byte < at) continue;
    scan_to(value.span.start.byte);
    at = value.span.end.byte;
  }
  scan_to(text.size());
}

}  // namespace treefall::spec::yaml
