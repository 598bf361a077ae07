// Walking a value tree: aliases looked through, merge keys resolved; the way from places in the text that was read to
// those in the source; and the comments between the scalars.
#include <algorithm>
#include <set>

#include "spec/yaml.hpp"
#include "spec/yaml_text.hpp"

namespace treefall::spec::yaml {

std::size_t Patched::original(std::size_t at) const {
  std::size_t result = at;
  for (const Edit& edit : edits) {
    if (edit.at > at) break;
    if (edit.by < 0) result += static_cast<std::size_t>(-edit.by);
    if (edit.by > 0) result -= std::min<std::size_t>(static_cast<std::size_t>(edit.by), at - edit.at);
  }
  return result;
}

void Patched::insert(std::size_t at, std::size_t count, char c) {
  text.insert(at, count, c);
  add({static_cast<std::uint32_t>(at), static_cast<std::int32_t>(count)});
}

void Patched::erase(std::size_t at, std::size_t count) {
  text.erase(at, count);
  add({static_cast<std::uint32_t>(at), -static_cast<std::int32_t>(count)});
}

void Patched::add(Edit edit) {
  const auto from = std::ranges::upper_bound(edits, edit.at, {}, &Edit::at);
  for (auto later = from; later != edits.end(); ++later) later->at += static_cast<std::uint32_t>(edit.by);
  edits.insert(from, edit);
}

Span Tree::span(std::size_t from, std::size_t to) const {
  const auto place = [&](std::size_t at) { return source->position(static_cast<std::uint32_t>(read.original(at))); };
  return {place(from), place(to)};
}

std::string_view Tree::text(ValueId id) const {
  const Value& value = values[id];
  if (value.kind == Kind::alias) return std::string_view(read.text).substr(value.from + 1, value.to - value.from - 1);
  return std::string_view(value.folded ? folded : read.text).substr(value.first, value.count);
}

void Tree::replace(ValueId id, std::string_view text) {
  values[id].folded = true;
  values[id].first = static_cast<std::uint32_t>(folded.size());
  values[id].count = static_cast<std::uint32_t>(text.size());
  folded += text;
}

Cursor::Cursor(const Tree& tree, ValueId id, ValueId via) : tree_(&tree), id_(id), via_(via) {
  while (tree.values[id_].kind == Kind::alias) {
    if (via_ == directly) via_ = id_;
    id_ = tree.values[id_].first;
  }
}

std::vector<Cursor> Cursor::items() const {
  std::vector<Cursor> result;
  if (!is_sequence()) return result;
  result.reserve(value().count);
  for (const ValueId id : tree_->parts_of(id_)) result.push_back(at(id));
  return result;
}

std::vector<std::pair<Cursor, Cursor>> Cursor::entries() const {
  std::vector<std::pair<Cursor, Cursor>> result;
  if (!is_mapping()) return result;
  std::vector<Cursor> merged;
  const auto parts = tree_->parts_of(id_);
  result.reserve(parts.size() / 2);
  for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
    const Cursor key = at(parts[i]);
    const Cursor held = at(parts[i + 1]);
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
void find_comments(Tree& tree) {
  const std::string_view text = tree.read.text;
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
      tree.comments.push_back({std::string(text.substr(hash, stop - hash)), tree.span(hash, stop)});
    }
    at = std::max(at, end);
  };
  for (const Value& value : tree.values) {
    if (value.kind != Kind::scalar || value.from < at) continue;
    scan_to(value.from);
    at = value.to;
  }
  scan_to(text.size());
}

}  // namespace treefall::spec::yaml
