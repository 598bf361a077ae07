// Renders the field table and the table of quantities as Markdown; knows how a shape reads as words.
#include "spec/reference_tables.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "spec/fields.hpp"
#include "spec/quantity.hpp"

namespace treefall::spec {

namespace {

constexpr Scalar last_scalar = Scalar::bound;

/// A cell may not hold a bare `|`.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped.empty() ? "–" : escaped;
}

std::string quoted(const std::vector<std::string_view>& words) {
  std::vector<std::string> all;
  for (const std::string_view word : words) all.push_back(fmt::format("`{}`", word));
  return fmt::format("{}", fmt::join(all, ", "));
}

std::string words_of(const Shape& shape) {
  std::vector<std::string_view> words;
  for (const Word& word : shape.words) words.push_back(word.text);
  return quoted(words);
}

/// As in messages, but for the two kinds of duration, which a table must tell apart.
std::string_view noun_in_tables(Scalar scalar) {
  return scalar == Scalar::milliseconds ? "a duration or milliseconds" : noun(scalar);
}

/// What a value may be, in words: "a duration, `infinity`, or a list of them".
std::string in_words(const Shape& shape) {
  std::vector<std::string> forms;
  if (shape.scalar) forms.emplace_back(noun_in_tables(*shape.scalar));
  if (!shape.words.empty()) forms.push_back(words_of(shape));
  if (shape.object) {
    const ObjectInfo& object = info(*shape.object);
    forms.push_back(fmt::format("[{}](#{})", object.noun, object.name));
  }
  if (!shape.values.empty()) {
    forms.push_back(fmt::format("a mapping from {} to: {}", shape.names_faults ? "faults" : "names",
                                in_words(shape.values.front())));
  }
  const std::string single = fmt::format("{}", fmt::join(forms, ", or "));
  if (shape.items.empty()) return single;
  const std::string item = in_words(shape.items.front());
  const std::string list = shape.least_items > 0 ? "a list with an entry at least" : "a list";
  if (item == single) return fmt::format("{}, or {} of them", single, list);
  return fmt::format("{}{}{}, each: {}", single, single.empty() ? "" : ", or ", list, item);
}

std::string meaning(const Field& field) {
  std::string text(field.description);
  std::vector<std::string> words;
  for (const Word& word : field.shape.words) words.push_back(fmt::format("`{}`: {}", word.text, word.description));
  if (!words.empty()) text += fmt::format(" {}.", fmt::join(words, "; "));
  return text;
}

std::string key(const Field& field) {
  std::string text = fmt::format("`{}`", field.key);
  if (!field.aliases.empty()) text += fmt::format(" (or {})", quoted(field.aliases));
  return text;
}

std::string choice(const Choice& choice) {
  return fmt::format("{} of {}.", choice.required ? "Exactly one" : "At most one", quoted(choice.keys));
}

std::string section(const ObjectInfo& object) {
  std::string text = fmt::format("### {}\n\n{}", object.name, object.description);
  for (const Choice& one : object.choices) text += fmt::format(" {}", choice(one));
  text += "\n\n";
  if (object.type == ObjectType::child) {
    return text + fmt::format("See [{0}](#{0}) and [{1}](#{1}).\n\n", info(ObjectType::worker).name,
                              info(ObjectType::supervisor).name);
  }
  text += "| key | value | default | meaning |\n|---|---|---|---|\n";
  for (const Field& field : object.fields) {
    const std::string fallback = field.required ? "required" : cell(field.default_text);
    text +=
        fmt::format("| {} | {} | {} | {} |\n", key(field), cell(in_words(field.shape)), fallback, cell(meaning(field)));
  }
  return text + "\n";
}

std::string form_table() {
  std::string text = "| value | for example |\n|---|---|\n";
  std::vector<std::string> seen;
  for (int i = 0; i <= static_cast<int>(last_scalar); ++i) {
    const auto scalar = static_cast<Scalar>(i);
    if (examples(scalar).empty()) continue;
    std::string row = fmt::format("| {} | {} |\n", cell(noun_in_tables(scalar)), cell(examples(scalar)));
    if (!seen.empty() && seen.back() == row) continue;  // durations with and without zero read alike
    text += row;
    seen.push_back(std::move(row));
  }
  return text + "\n";
}

std::string_view symbol(Unit unit) {
  switch (unit) {
    case Unit::probability:
      return "probability";
    case Unit::seconds:
      return "time";
    case Unit::per_second:
      return "per time";
    case Unit::messages:
      return "messages";
    case Unit::messages_per_second:
      return "messages per time";
    case Unit::share:
      return "share";
  }
  return {};
}

std::string subjects(const QuantityInfo& quantity) {
  std::vector<std::string_view> who;
  if (quantity.of_supervisor) who.emplace_back("supervisor");
  if (quantity.of_application) who.emplace_back("application");
  if (quantity.of_worker) who.emplace_back("worker");
  if (quantity.of_traffic) who.emplace_back("traffic");
  return fmt::format("{}", fmt::join(who, ", "));
}

}  // namespace

std::string key_tables() {
  std::string text = form_table();
  for (std::size_t i = 0; i < object_type_count; ++i) text += section(info(static_cast<ObjectType>(i)));
  text.pop_back();
  return text;
}

std::string quantity_table() {
  std::string text = "| quantity | of | unit | what exactly |\n|---|---|---|---|\n";
  for (const QuantityInfo& quantity : quantities()) {
    text += fmt::format("| `{}` | {} | {} | {} |\n", quantity.name, subjects(quantity), symbol(quantity.unit),
                        cell(quantity.definition));
  }
  return text;
}

}  // namespace treefall::spec
