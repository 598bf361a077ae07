#include "spec/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "spec/check_help.hpp"
#include "spec/check_keys.hpp"
#include "spec/nearest.hpp"

namespace treefall::spec {

namespace {

using yaml::Cursor;

std::string_view kind_noun(const Cursor& value) {
  switch (value.kind()) {
    case yaml::Kind::empty:
      return "nothing";
    case yaml::Kind::scalar:
      return "a single value";
    case yaml::Kind::sequence:
      return "a list";
    case yaml::Kind::mapping:
      return "a mapping";
    case yaml::Kind::alias:
      break;
  }
  return "an alias";
}

/// A value as messages name it.
struct Named {
  std::string_view key;
  bool item = false;  // an item of the list that the key holds
  std::string text() const { return item ? fmt::format("an entry of `{}`", key) : fmt::format("`{}`", key); }
};

/// The key that makes a child a worker or a supervisor; reported with the child.
bool belongs_to_child(ObjectType type, std::string_view key) {
  return (type == ObjectType::worker && key == "worker") || (type == ObjectType::supervisor && key == "supervisor");
}

/// Is the value one that the shape takes, as far as can be seen from outside?
bool fits(const Cursor& value, const Shape& shape) {
  if (value.is_mapping()) return shape.object || !shape.values.empty();
  if (value.is_sequence()) return !shape.items.empty();
  if (!value.is_scalar()) return false;
  const bool word = std::ranges::any_of(shape.words, [&](const Word& one) { return one.text == value.text(); });
  return word || (shape.scalar && !complaint(*shape.scalar, value));
}

using Entries = std::vector<std::pair<Cursor, Cursor>>;

bool has(const Entries& entries, const Field& field) {
  return std::ranges::any_of(entries, [&](const auto& entry) {
    const std::string_view key = entry.first.text();
    return key == field.key || std::ranges::find(field.aliases, key) != field.aliases.end();
  });
}

class Checker {
 public:
  Checker(bool complete, std::vector<Diagnostic>& out, Shaped& found) : complete_(complete), out_(out), found_(found) {}

  void value(const Cursor& value, const Shape& shape, const Named& named, const Cursor& key_place);
  void object(const Cursor& mapping, ObjectType type);

 private:
  using Present = std::map<std::string_view, Cursor>;
  using ChildKind = std::pair<ObjectType, bool>;  // true: it has no name

  ChildKind kind_of_child(const Cursor& mapping, const Entries& entries);
  Guess stranger(const Cursor& key, const ObjectInfo& object, bool nameless);
  void scalar(const Cursor& value, const Shape& shape, const Named& named);
  void unknown_word(const Cursor& value, const Shape& shape, const Named& named);
  void wrong_kind(const Cursor& value, const Shape& shape, const Named& named);
  void entries(const Cursor& mapping, const Shape& shape);
  void unread(const Cursor& held, const Field* elsewhere);
  void required(const Cursor& mapping, const ObjectInfo& object, const std::map<std::string_view, Cursor>& present,
                const std::set<std::string_view>& meant);

  bool complete_;
  std::vector<Diagnostic>& out_;
  Shaped& found_;
};

void Checker::value(const Cursor& value, const Shape& shape, const Named& named, const Cursor& key_place) {
  if (value.is_empty()) {
    if (value.refused() || !complete_) return;
    Diagnostic& d = complain(out_, value, "wrong-type", fmt::format("{} has no value", named.text()),
                             how_to_write(shape, named.key));
    if (key_place.is_scalar()) d.span = join(key_place.span(), d.span);
    d.label = "nothing stands here";
  } else if (value.is_scalar() && (shape.scalar || !shape.words.empty())) {
    scalar(value, shape, named);
  } else if (value.is_mapping() && shape.object) {
    object(value, *shape.object);
  } else if (value.is_mapping() && !shape.values.empty()) {
    entries(value, shape);
  } else if (value.is_sequence() && !shape.items.empty()) {
    const auto items = value.items();
    if (items.size() < shape.least_items)
      complain(out_, value, "bad-value", fmt::format("{} is an empty list", named.text()),
               "write at least one entry, or leave the key out");
    for (const Cursor& item : items) this->value(item, shape.items.front(), {named.key, true}, item);
  } else {
    wrong_kind(value, shape, named);
  }
}

void Checker::scalar(const Cursor& value, const Shape& shape, const Named& named) {
  const std::string_view text = value.text();
  for (const Word& word : shape.words) {
    if (word.text == text) return;
  }
  const bool may_be_torn = !shape.scalar || *shape.scalar == Scalar::distribution;
  if (is_torn(text) && may_be_torn) {
    const auto torn = parse_distribution(text);
    if (!torn) complain(out_, value, torn.complaint().rule, torn.complaint().message, torn.complaint().help);
    return;
  }
  const bool number = !text.empty() && std::string_view("0123456789+-.").find(text.front()) != std::string_view::npos;
  const bool unlimited = shape.scalar == Scalar::milliseconds && text == "infinity";
  if (!shape.scalar || (!shape.words.empty() && !number && !unlimited)) return unknown_word(value, shape, named);
  if (const auto wrong = complaint(*shape.scalar, value)) {
    Diagnostic& d = complain(out_, value, wrong->rule, wrong->message, wrong->help);
    d.label = fmt::format("{} takes {}", named.text(), noun(*shape.scalar));
  }
}

void Checker::unknown_word(const Cursor& value, const Shape& shape, const Named& named) {
  std::vector<std::string_view> words;
  for (const Word& word : shape.words) words.push_back(word.text);
  if (shape.scalar == Scalar::milliseconds) words.emplace_back("infinity");
  Diagnostic& d = complain(out_, value, "bad-value", fmt::format("{} can't be `{}`", named.text(), value.text()),
                           how_to_write(shape, named.key));
  if (const auto near = nearest(value.text(), words)) d.label = fmt::format("did you mean `{}`?", *near);
  if (named.key == "strategy" && value.text() == "simple_one_for_one")
    d.help = "write `kind: dynamic`; in the erlang dialect that is simple_one_for_one";
}

void Checker::wrong_kind(const Cursor& value, const Shape& shape, const Named& named) {
  Diagnostic& d = complain(out_, value, "wrong-type", fmt::format("{} can't be {}", named.text(), kind_noun(value)),
                           how_to_write(shape, named.key));
  if (value.is_mapping() && !shape.items.empty())
    d.help = fmt::format("`{}` is a list; write `- ` before each entry, or `[ ]` round it", named.key);
  if (value.is_sequence() && !shape.values.empty())
    d.help = fmt::format("`{}` is a mapping: write `NAME:` in place of each `- `", named.key);
  if (!value.is_scalar()) return;
  const std::string one = completed(value, shape);
  const std::string in_list = shape.items.empty() ? "" : completed(value, shape.items.front());
  if (!one.empty())
    d.help = named.item ? fmt::format("write `{}`", one) : fmt::format("write `{}: {}`", named.key, one);
  else if (!in_list.empty())
    d.help = fmt::format("write `{}: [{}]`", named.key, in_list);
}

void Checker::entries(const Cursor& mapping, const Shape& shape) {
  std::map<std::string_view, Cursor> present;
  TornRest torn;
  for (const auto& [key, held] : mapping.entries()) {
    if (torn.covers(key, held)) {
      mend(out_, torn);
      continue;
    }
    if (!key.is_scalar()) {
      complain(out_, key, "wrong-type", "a key must be a name", "write `NAME: …`");
      continue;
    }
    const auto [first, fresh] = present.emplace(key.text(), key);
    if (!fresh) duplicate(out_, key, first->second);
    value(held, shape.values.front(), {key.text()}, key);
  }
}

/// Whether a child is a worker or a supervisor; reports it where it is both or neither.
Checker::ChildKind Checker::kind_of_child(const Cursor& mapping, const Entries& entries) {
  const ObjectType type = child_type(mapping);
  const bool worker = has(entries, *find_field(info(ObjectType::worker), "worker"));
  const bool supervisor = has(entries, *find_field(info(ObjectType::supervisor), "supervisor"));
  if (worker && supervisor) {
    complain(out_, mapping, "bad-combination", "a child has both `worker` and `supervisor`",
             "an entry is one or the other; split it in two");
  }
  if (worker || supervisor) return {type, false};
  std::optional<std::string_view> near;
  bool named = false;
  for (const auto& [key, held] : entries) {
    if (!near && key.is_scalar()) near = child_key_meant(key.text());
    named = named || names_a_child(key.text());
  }
  if (complete_ || near || named) neither(out_, mapping);
  return {near ? (*near == "worker" ? ObjectType::worker : ObjectType::supervisor) : type, true};
}

/// The key is reported; what it is taken for, if anything.
Guess Checker::stranger(const Cursor& key, const ObjectInfo& object, bool nameless) {
  const bool both = (object.type == ObjectType::worker && key.text() == "supervisor") ||
                    (object.type == ObjectType::supervisor && key.text() == "worker");
  if (both) return {};
  if (!nameless || !(names_a_child(key.text()) || child_key_meant(key.text()))) return unknown_key(out_, key, object);
  return {find_field(object, object.type == ObjectType::worker ? "worker" : "supervisor"), nullptr};
}

void Checker::object(const Cursor& mapping, ObjectType type) {
  const Entries entries = mapping.entries();
  bool nameless = false;
  if (type == ObjectType::child) std::tie(type, nameless) = kind_of_child(mapping, entries);
  const ObjectInfo& object = info(type);
  Present present;
  std::set<std::string_view> meant;  // by keys that are misspelt
  TornRest torn;
  for (const auto& [key, held] : entries) {
    if (torn.covers(key, held)) {
      mend(out_, torn);
      continue;
    }
    if (!key.is_scalar()) {
      complain(out_, key, "wrong-type", fmt::format("a key of {} must be a word", object.noun), "write `KEY: VALUE`");
      continue;
    }
    std::string_view named = key.text();
    const Field* field = find_field(object, named);
    if (field == nullptr) {
      const Guess guess = stranger(key, object, nameless);
      if (guess.near != nullptr) meant.insert(guess.near->key);
      if (guess.near == nullptr || has(entries, *guess.near) || present.contains(guess.near->key) ||
          !fits(held, guess.near->shape)) {
        unread(held, guess.elsewhere);
        continue;
      }
      field = guess.near;
      named = field->key;
      found_.meant.push_back({key.id(), field->key});
    }
    const auto [first, fresh] = present.emplace(field->key, key);
    if (!fresh) {
      duplicate(out_, key, first->second);
      found_.unread.push_back(held.span());
    }
    value(held, field->shape, {named}, key);
  }
  if (complete_) required(mapping, object, present, meant);
}

/// Nothing is made of a value, which may be wrong in itself all the same.
void Checker::unread(const Cursor& held, const Field* elsewhere) {
  found_.unread.push_back(held.span());
  const bool holds_more = held.is_mapping() || held.is_sequence();
  if (elsewhere != nullptr && holds_more && fits(held, elsewhere->shape))
    value(held, elsewhere->shape, {elsewhere->key}, held);
}

void Checker::required(const Cursor& mapping, const ObjectInfo& object,
                       const std::map<std::string_view, Cursor>& present, const std::set<std::string_view>& meant) {
  const auto has = [&](std::string_view key) { return present.contains(key); };
  for (const Field& field : object.fields) {
    if (!field.required || has(field.key) || meant.contains(field.key) || belongs_to_child(object.type, field.key))
      continue;
    Diagnostic& d = complain(out_, mapping, "missing-key", fmt::format("{} lacks its key `{}`", object.noun, field.key),
                             how_to_write(field.shape, field.key));
    d.label = fmt::format("no `{}` in here", field.key);
  }
  for (const Choice& choice : object.choices) {
    std::vector<std::string_view> given;
    for (const std::string_view key : choice.keys) {
      if (has(key)) given.push_back(key);
    }
    const std::string all = fmt::format("`{}`", fmt::join(choice.keys, "`, `"));
    const bool misspelt = std::ranges::any_of(choice.keys, [&](std::string_view key) { return meant.contains(key); });
    if (given.empty() && choice.required && !misspelt) {
      complain(out_, mapping, "missing-key", fmt::format("{} lacks one of {}", object.noun, all),
               fmt::format("write exactly one of {}", all));
    } else if (given.size() > 1) {
      Diagnostic& d = complain(out_, present.at(given[1]), "bad-combination",
                               fmt::format("{} has both `{}` and `{}`", object.noun, given[0], given[1]),
                               fmt::format("write {} one of {}", choice.required ? "exactly" : "at most", all));
      d.labels.push_back({present.at(given[0]).span(), "the other stands here"});
    }
  }
}

}  // namespace

ObjectType child_type(const Cursor& entry) {
  bool worker = false;
  bool supervises = false;
  for (const auto& [key, held] : entry.entries()) {
    const std::string_view text = key.text();
    if (text == "worker") worker = true;
    if (text == "supervisor" || text == "children" || text == "strategy") supervises = true;
  }
  return supervises && !worker ? ObjectType::supervisor : ObjectType::worker;
}

Shaped check_shape(const Cursor& root, bool complete, std::vector<Diagnostic>& out) {
  Shaped found;
  Checker checker(complete, out, found);
  if (root.is_mapping()) {
    checker.object(root, ObjectType::file);
  } else {
    complain(out, root, "wrong-type", fmt::format("a spec is a mapping, not {}", kind_noun(root)),
             "start with `treefall: 1`");
  }
  return found;
}

}  // namespace treefall::spec
