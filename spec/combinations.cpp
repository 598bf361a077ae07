// A setting that can't be read makes no combination wrong: it has been reported, and who knows what was meant.
#include "spec/combinations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "spec/check.hpp"
#include "spec/distribution.hpp"
#include "spec/units.hpp"

namespace treefall::spec {

namespace {

using Found = Mapping::Found;

/// Whether a value passes; nothing where it can't be read.
std::optional<bool> passes(const Test& test, const Field& field, const yaml::Cursor& value) {
  const std::string_view text = value.text();
  switch (test.is) {
    case Test::Is::written:
      return true;
    case Test::Is::missing:
      return false;
    case Test::Is::says: {
      const bool known = std::ranges::any_of(field.shape.words, [&](const Word& word) { return word.text == text; });
      const bool right = known || (field.shape.scalar && value.is_scalar() && !complaint(*field.shape.scalar, value));
      if (!right) return std::nullopt;
      return std::ranges::find(test.words, text) != test.words.end();
    }
    case Test::Is::begins:
      return std::ranges::any_of(test.words, [&](std::string_view start) { return text.starts_with(start); });
    case Test::Is::positive: {
      const auto parsed = parse_distribution(text);
      if (!value.is_scalar() || !parsed) return std::nullopt;
      return mean(*parsed) > 0;
    }
    case Test::Is::at_most:
      if (!value.is_sequence()) return std::nullopt;
      return value.items().size() <= test.most;
    case Test::Is::bound:
      if (!value.is_scalar() || complaint(Scalar::bound, value)) return std::nullopt;
      return static_cast<bool>(parse_bound(test.unit, text));
  }
  return std::nullopt;
}

std::optional<bool> passes(const Test& test, const Mapping& mapping) {
  const Field* field = find_field(info(mapping.type()), test.key);
  const auto found = mapping.find(test.key);
  if (field == nullptr || !found) return test.is == Test::Is::missing || test.or_missing;
  return passes(test, *field, found->value);
}

bool hold(const std::vector<Test>& tests, const Mapping& mapping) {
  return std::ranges::all_of(tests, [&](const Test& test) { return passes(test, mapping) == true; });
}

/// The first of the tests that asks for words.
const Test* about(const std::vector<Test>& tests) {
  const auto found = std::ranges::find(tests, Test::Is::says, &Test::is);
  return found == tests.end() ? nullptr : &*found;
}

class Combinations {
 public:
  Combinations(const Mapping& file, bool complete, std::vector<Diagnostic>& out)
      : file_(file), complete_(complete), out_(out) {}

  void object(const yaml::Cursor& cursor, ObjectType type) {
    const Mapping mapping(type == ObjectType::child ? child_type(cursor) : type, cursor);
    const ObjectInfo& object = info(mapping.type());
    for (const Combination& one : object.combinations) {
      if (hold(one.where, mapping) && hold(one.of_file, file_)) check(one, mapping);
    }
    for (const Field& field : object.fields) {
      if (!holds_objects(field.shape)) continue;
      if (const auto found = mapping.find(field.key)) value(found->value, field.shape);
    }
  }

  /// What `one` asks of `asked`; `mapping` is where it stands.
  void ask(const Combination& one, const Mapping& mapping, const Mapping& asked) {
    bool presence = false;
    for (const Test& test : one.needs) {
      if (passes(test, asked).value_or(true)) return;
      presence = presence || test.is == Test::Is::written;
    }
    if (presence && (!complete_ || asked.has_unknown())) return;
    complain_of(one, mapping, asked);
  }

 private:
  static bool holds_objects(const Shape& shape) {
    return shape.object || (!shape.values.empty() && holds_objects(shape.values.front())) ||
           (!shape.items.empty() && holds_objects(shape.items.front()));
  }

  void value(const yaml::Cursor& value, const Shape& shape) {
    if (value.is_mapping() && shape.object) {
      object(value, *shape.object);
    } else if (value.is_mapping() && !shape.values.empty()) {
      for (const auto& [name, held] : value.entries()) this->value(held, shape.values.front());
    } else if (value.is_sequence() && !shape.items.empty()) {
      for (const yaml::Cursor& item : value.items()) this->value(item, shape.items.front());
    }
  }

  void check(const Combination& one, const Mapping& mapping) {
    if (one.inside.empty()) return ask(one, mapping, mapping);
    for (const yaml::Cursor& held : mapping.one_or_more(one.inside))
      if (held.is_mapping()) ask(one, mapping, Mapping(child_type(held), held));
  }

  /// What a mapping says by a key, written or not.
  struct Said {
    std::string_view word;
    std::optional<Span> at{};
  };
  static Said said(const Mapping& mapping, std::string_view key) {
    if (const auto found = mapping.find(key)) return {found->value.text(), found->value.span()};
    return {find_field(info(mapping.type()), key)->default_text};
  }

  void complain_of(const Combination& one, const Mapping& mapping, const Mapping& asked) {
    const bool above = about(one.where) != nullptr;
    const Test* who = above ? about(one.where) : about(one.needs);
    const Said word = who != nullptr ? said(above ? mapping : asked, who->key) : Said{};
    const auto found = asked.find(one.at);
    if (one.needs.front().is == Test::Is::bound) return wrong_bound(one, found->value, word.word);
    const auto filled = [&](const std::string& text) {
      return fmt::format(fmt::runtime(text), fmt::arg("said", word.word), fmt::arg("count", asked.items(one.at).size()),
                         fmt::arg("value", found ? found->value.text() : std::string_view()));
    };
    const yaml::Cursor at = !found ? asked.cursor() : one.lacks ? found->key : found->value;
    Diagnostic& d =
        complain(out_, at, one.lacks ? "missing-key" : "bad-combination", filled(one.message), filled(one.help));
    if (!one.lacks && found && at.anchor().empty()) d.span = join(found->key.span(), d.span);
    // Where there are several ways out, no single word is to blame.
    if (who == nullptr || who->key == one.at || one.needs.size() > 1) return;
    if (word.at) {
      d.labels.push_back({*word.at, fmt::format("its {}", who->key)});
    } else if ((above ? mapping : asked).type() == ObjectType::supervisor) {
      d.labels.push_back({(above ? mapping : asked).place("supervisor"),
                          fmt::format("it has no `{}`, which means {}", who->key, word.word)});
    }
  }

  void wrong_bound(const Combination& one, const yaml::Cursor& value, std::string_view quantity) {
    const Complaint wrong = parse_bound(one.needs.front().unit, value.text()).complaint();
    complain(out_, value, wrong.rule, wrong.message, wrong.help).label = fmt::format("the bound of {}", quantity);
  }

  const Mapping& file_;
  bool complete_;
  std::vector<Diagnostic>& out_;
};

}  // namespace

void check_combinations(const yaml::Cursor& file, bool complete, std::vector<Diagnostic>& out) {
  const Mapping head(ObjectType::file, file);
  Combinations(head, complete, out).object(file, ObjectType::file);
}

void check_started(const Mapping& supervisor, const Mapping& child, const Mapping& file, std::vector<Diagnostic>& out) {
  for (const Combination& one : info(ObjectType::supervisor).combinations) {
    if (one.inside == "children" && hold(one.where, supervisor) && hold(one.of_file, file))
      Combinations(file, true, out).ask(one, supervisor, child);
  }
}

}  // namespace treefall::spec
