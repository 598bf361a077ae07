#include "spec/check_help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "spec/check.hpp"
#include "spec/nearest.hpp"

namespace treefall::spec {

namespace {

using yaml::Cursor;

/// The field of an object that a lone value was probably meant for: `40ms` is what `init` takes, `5/day` a rate.
const Field* field_for(const Cursor& value, ObjectType type) {
  for (const Field& field : info(type).fields) {
    if (field.key == "to") return &field;
    const bool measure = field.shape.scalar && !is_textual(*field.shape.scalar);
    if (measure && !complaint(*field.shape.scalar, value)) return &field;
  }
  return nullptr;
}

struct Synonym {
  std::string_view key;  // OTP's or another format's
  std::string_view meant;
};

constexpr std::array<Synonym, 7> synonyms{{{"childs", "children"},
                                           {"handle_continue", "continue"},
                                           {"handle_call", "handles"},
                                           {"handle_cast", "handles"},
                                           {"handle_info", "handles"},
                                           {"msg", "message"},
                                           {"instances", "count"}}};

}  // namespace

std::string how_to_write(const Shape& shape, std::string_view key) {
  std::vector<std::string> forms;
  if (shape.scalar && !examples(*shape.scalar).empty()) forms.emplace_back(examples(*shape.scalar));
  for (const Word& word : shape.words) forms.push_back(fmt::format("`{}`", word.text));
  if (shape.object && *shape.object == ObjectType::child) {
    forms.emplace_back("a mapping with `worker: NAME` or `supervisor: NAME`");
  } else if (shape.object) {
    std::vector<std::string_view> keys;
    for (const Field& field : info(*shape.object).fields) keys.push_back(field.key);
    if (keys.size() > 6) keys.resize(6);
    forms.push_back(keys.size() == 1 ? fmt::format("`{{{}: …}}`", keys.front())
                                     : fmt::format("a mapping with {}", fmt::join(keys, ", ")));
  }
  if (!shape.values.empty()) forms.emplace_back("a mapping from names");
  if (!shape.items.empty()) forms.push_back(fmt::format("a list, `{}: [ … ]`", key));
  if (forms.empty()) return "";
  const std::string last = std::move(forms.back());
  forms.pop_back();
  return forms.empty() ? fmt::format("`{}` takes {}", key, last)
                       : fmt::format("`{}` takes {} or {}", key, fmt::join(forms, ", "), last);
}

std::string completed(const Cursor& value, const Shape& shape) {
  const bool fits = std::ranges::any_of(shape.words, [&](const Word& word) { return word.text == value.text(); }) ||
                    (shape.scalar && !complaint(*shape.scalar, value));
  if (fits) return std::string(value.text());
  if (!shape.object || *shape.object == ObjectType::child) return "";
  const Field* field = field_for(value, *shape.object);
  return field == nullptr ? "" : fmt::format("{{{}: {}}}", field->key, value.text());
}

std::optional<std::string_view> meant_by(std::string_view key, const std::vector<std::string_view>& known) {
  if (const auto near = nearest(key, known)) return near;
  for (const Synonym& synonym : synonyms)
    if (synonym.key == key && std::ranges::find(known, synonym.meant) != known.end()) return synonym.meant;
  return std::nullopt;
}

}  // namespace treefall::spec
