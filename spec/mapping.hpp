// A mapping of the language, read key by key into values. Lenient: what is absent or malformed is simply not there,
// since the shape check has reported it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/design.hpp"
#include "spec/fields.hpp"
#include "spec/units.hpp"
#include "spec/yaml.hpp"

namespace treefall::spec {

class Mapping {
 public:
  struct Found {
    yaml::Cursor key;
    yaml::Cursor value;
  };

  Mapping(ObjectType type, const yaml::Cursor& cursor);

  ObjectType type() const { return type_; }
  const yaml::Cursor& cursor() const { return cursor_; }
  Span span() const { return cursor_.span(); }
  /// The entry with that key or an alias of it; the first of duplicates.
  std::optional<Found> find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key).has_value(); }
  /// Is there a key that the language does not know? What seems to be absent may be that one, misspelt.
  bool has_unknown() const;
  /// The place of a key's value, or of the whole mapping.
  Span place(std::string_view key) const;

  std::optional<std::string> text(std::string_view key) const;
  std::optional<bool> boolean(std::string_view key) const;
  std::optional<std::uint64_t> whole(std::string_view key) const;
  std::optional<std::uint32_t> count(std::string_view key) const;
  std::optional<Duration> duration(std::string_view key) const;
  std::optional<Duration> milliseconds(std::string_view key) const;
  std::optional<double> rate(std::string_view key) const;
  std::optional<double> probability(std::string_view key) const;
  std::optional<Distribution> distribution(std::string_view key) const;
  std::vector<Duration> durations(std::string_view key) const;
  std::vector<yaml::Cursor> items(std::string_view key) const;
  /// A list's items, or the lone value in place of a list.
  std::vector<yaml::Cursor> one_or_more(std::string_view key) const;

  /// The enumerator at the word's place in the field table, whose order is that of the enumeration.
  template <class Enum>
  std::optional<Enum> word(std::string_view key) const {
    const auto index = word_index(key);
    if (!index) return std::nullopt;
    return static_cast<Enum>(*index);
  }

  /// A written value, or the default at `fallback`.
  template <class T>
  Setting<T> setting(std::string_view key, const std::optional<T>& value, T otherwise, Origin origin,
                     Span fallback) const {
    const auto found = find(key);
    if (found && value) return {*value, Origin::written, found->key.span().start, found->value.span()};
    return {otherwise, origin, fallback.start, fallback};
  }

 private:
  std::optional<std::size_t> word_index(std::string_view key) const;
  std::optional<yaml::Cursor> scalar(std::string_view key) const;

  ObjectType type_;
  yaml::Cursor cursor_;
  struct Entry {
    const Field* field;  // none: the language does not know the key
    Found found;
  };
  std::vector<Entry> entries_;
};

}  // namespace treefall::spec
