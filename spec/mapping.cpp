#include "spec/mapping.hpp"

#include <algorithm>

namespace treefall::spec {

namespace {

template <class T>
std::optional<T> optional(const Parsed<T>& parsed) {
  if (!parsed) return std::nullopt;
  return *parsed;
}

}  // namespace

Mapping::Mapping(ObjectType type, const yaml::Cursor& cursor) : type_(type), cursor_(cursor) {
  const ObjectInfo& object = info(type);
  const auto entries = cursor.entries();
  entries_.reserve(entries.size());
  for (const auto& [key, value] : entries) {
    if (key.is_scalar()) entries_.push_back({find_field(object, key.text()), {key, value}});
  }
}

std::optional<Mapping::Found> Mapping::find(std::string_view key) const {
  for (const Entry& entry : entries_) {
    if (entry.field != nullptr && entry.field->key == key) return entry.found;
  }
  return std::nullopt;
}

bool Mapping::has_unknown() const {
  return std::ranges::any_of(entries_, [](const Entry& entry) { return entry.field == nullptr; });
}

Span Mapping::place(std::string_view key) const {
  const auto found = find(key);
  return found ? found->value.span() : span();
}

std::optional<yaml::Cursor> Mapping::scalar(std::string_view key) const {
  const auto found = find(key);
  if (!found || !found->value.is_scalar()) return std::nullopt;
  return found->value;
}

std::optional<std::string> Mapping::text(std::string_view key) const {
  const auto value = scalar(key);
  if (!value) return std::nullopt;
  return std::string(value->text());
}

std::optional<bool> Mapping::boolean(std::string_view key) const {
  const auto value = scalar(key);
  return value ? optional(parse_boolean(value->text())) : std::nullopt;
}

std::optional<std::uint64_t> Mapping::whole(std::string_view key) const {
  const auto value = scalar(key);
  return value ? optional(parse_whole(value->text(), 0, 0xffffffffU)) : std::nullopt;
}

std::optional<std::uint32_t> Mapping::count(std::string_view key) const {
  const auto value = whole(key);
  if (!value || *value == 0) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

std::optional<Duration> Mapping::duration(std::string_view key) const {
  const auto value = scalar(key);
  return value ? optional(parse_duration(value->text())) : std::nullopt;
}

std::optional<Duration> Mapping::milliseconds(std::string_view key) const {
  const auto value = scalar(key);
  if (!value) return std::nullopt;
  if (value->text() == "infinity") return infinite;
  return optional(parse_duration(value->text(), std::chrono::milliseconds(1)));
}

std::optional<double> Mapping::rate(std::string_view key) const {
  const auto value = scalar(key);
  return value ? optional(parse_rate(value->text())) : std::nullopt;
}

std::optional<double> Mapping::probability(std::string_view key) const {
  const auto value = scalar(key);
  return value ? optional(parse_probability(value->text())) : std::nullopt;
}

std::optional<Distribution> Mapping::distribution(std::string_view key) const {
  const auto value = scalar(key);
  return value ? optional(parse_distribution(value->text())) : std::nullopt;
}

std::vector<Duration> Mapping::durations(std::string_view key) const {
  std::vector<Duration> result;
  for (const yaml::Cursor& item : items(key)) {
    const auto parsed = parse_duration(item.text());
    if (parsed) result.push_back(*parsed);
  }
  return result;
}

std::vector<yaml::Cursor> Mapping::items(std::string_view key) const {
  const auto found = find(key);
  return found ? found->value.items() : std::vector<yaml::Cursor>{};
}

std::vector<yaml::Cursor> Mapping::one_or_more(std::string_view key) const {
  const auto found = find(key);
  if (!found || found->value.is_empty()) return {};
  return found->value.is_sequence() ? found->value.items() : std::vector<yaml::Cursor>{found->value};
}

std::optional<std::size_t> Mapping::word_index(std::string_view key) const {
  const auto value = scalar(key);
  const Field* field = find_field(info(type_), key);
  if (!value || field == nullptr) return std::nullopt;
  const auto& words = field->shape.words;
  const auto found = std::find_if(words.begin(), words.end(), [&](const Word& w) { return w.text == value->text(); });
  if (found == words.end()) return std::nullopt;
  return static_cast<std::size_t>(found - words.begin());
}

}  // namespace treefall::spec
