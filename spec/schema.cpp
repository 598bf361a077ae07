#include "spec/schema.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "spec/design.hpp"
#include "spec/fields.hpp"

namespace treefall::spec {

namespace {

// Regular expressions of the value forms; the reader's own grammar is in units.cpp, and a test holds the two together.
constexpr std::string_view number = R"((0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)";
constexpr std::string_view not_zero = R"((?=[0-9.]*[1-9]))";
constexpr std::string_view unit = "(ns|us|µs|ms|s|min|h|d)";
constexpr std::string_view gap = "[ ,]+";

std::string duration() { return fmt::format("{} *{}", number, unit); }
std::string rate() { return fmt::format("{} */ *(s|min|h|day|d)", number); }
std::string percentage() { return R"((100(\.0+)?|(0|[1-9][0-9]?)(\.[0-9]+)?([eE]-[0-9]+)?) *%)"; }

std::string distribution() {
  const std::string d = fmt::format("{}{}", number, unit);
  const std::string positive = fmt::format("{}{}", not_zero, d);
  const auto call = [](std::string_view name, const std::string& arguments) {
    return fmt::format(R"({}\([ ,]*{}[ ,]*\))", name, arguments);
  };
  const auto two = [&](std::string_view first, std::string_view second) {
    return fmt::format("{}{}{}", first, gap, second);
  };
  const std::vector<std::string> forms{duration(),
                                       call("constant", d),
                                       call("exp", positive),
                                       call("uniform", two(d, d)),
                                       call("normal", two(d, positive)),
                                       call("lognormal", two(positive, positive)),
                                       call("erlang", two("[1-9][0-9]*", positive)),
                                       call("weibull", two(fmt::format("{}{}", not_zero, number), positive)),
                                       call("empirical", fmt::format("{}({}{})*", d, gap, d))};
  return fmt::format("({})", fmt::join(forms, "|"));
}

std::string json(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string matching(const std::string& pattern) {
  return fmt::format(R"({{"type": "string", "pattern": {}}})", json(fmt::format("^ *{} *$", pattern)));
}

std::string number_from(std::string_view type, std::string_view bounds) {
  return fmt::format(R"({{"type": "{}", {}}})", type, bounds);
}

/// The alternatives of a scalar form. A plain number is a JSON number, so that text takes both.
std::vector<std::string> forms(Scalar scalar) {
  const std::string at_least_0 = R"("minimum": 0)";
  switch (scalar) {
    case Scalar::text:
      return {R"({"type": ["string", "number"]})"};
    case Scalar::name:
      return {R"({"type": ["string", "number"], "pattern": "^(?!.*\\[[0-9]+\\]$)[^/]+$"})"};
    case Scalar::reference:
    case Scalar::subject:
    case Scalar::fault:
    case Scalar::exit_reason:
      return {R"({"type": ["string", "number"], "minLength": 1})"};
    case Scalar::version:
      return {R"({"const": 1})"};
    case Scalar::otp:
      return {number_from("integer", fmt::format(R"("minimum": {}, "maximum": {})", oldest_otp, newest_otp))};
    case Scalar::boolean:
      return {R"({"type": "boolean"})"};
    case Scalar::natural:
      return {number_from("integer", R"("minimum": 0, "maximum": 4294967295)")};
    case Scalar::count:
      return {number_from("integer", R"("minimum": 1, "maximum": 4294967295)")};
    case Scalar::duration:
      return {matching(duration())};
    case Scalar::positive_duration:
      return {matching(std::string(not_zero) + duration())};
    case Scalar::seconds:
      return {number_from("integer", R"("minimum": 1)"), matching(std::string(not_zero) + duration())};
    case Scalar::milliseconds:
      return {number_from("number", at_least_0), matching(duration()), R"({"const": "infinity"})"};
    case Scalar::rate:
      return {matching(rate())};
    case Scalar::probability:
      return {number_from("number", R"("minimum": 0, "maximum": 1)"), matching(percentage()),
              R"({"enum": ["always", "never"]})"};
    case Scalar::distribution:
      return {matching(distribution())};
    case Scalar::bound:
      return {number_from("number", at_least_0), matching(duration()), matching(rate()),
              matching(fmt::format("{} *%", number)), R"({"enum": ["always", "never"]})"};
  }
  return {};
}

std::string reference(ObjectType type) { return fmt::format(R"({{"$ref": "#/definitions/{}"}})", info(type).name); }

std::string shape_text(const Shape& shape) {
  std::vector<std::string> alternatives;
  if (shape.scalar) alternatives = forms(*shape.scalar);
  for (const Word& word : shape.words) {
    alternatives.push_back(
        fmt::format(R"({{"const": {}, "description": {}}})", json(word.text), json(word.description)));
  }
  if (shape.object) alternatives.push_back(reference(*shape.object));
  if (!shape.values.empty()) {
    alternatives.push_back(
        fmt::format(R"({{"type": "object", "additionalProperties": {}}})", shape_text(shape.values.front())));
  }
  if (!shape.items.empty()) {
    const std::string least = shape.least_items > 0 ? fmt::format(R"(, "minItems": {})", shape.least_items) : "";
    alternatives.push_back(
        fmt::format(R"({{"type": "array", "items": {}{}}})", shape_text(shape.items.front()), least));
  }
  if (alternatives.size() == 1) return alternatives.front();
  return fmt::format(R"({{"anyOf": [{}]}})", fmt::join(alternatives, ", "));
}

std::string description(const Field& field) {
  if (field.default_text.empty()) return std::string(field.description);
  return fmt::format("{} Default: {}.", field.description, field.default_text);
}

std::string property(std::string_view key, const Field& field, const std::string& text) {
  return fmt::format(R"(        {}: {{"description": {}, "allOf": [{}]}})", json(key), json(text),
                     shape_text(field.shape));
}

std::string properties(const ObjectInfo& object) {
  std::vector<std::string> lines;
  for (const Field& field : object.fields) {
    lines.push_back(property(field.key, field, description(field)));
    for (const std::string_view alias : field.aliases) {
      lines.push_back(property(alias, field, fmt::format("Another name of `{}`. {}", field.key, description(field))));
    }
  }
  return fmt::format("{}", fmt::join(lines, ",\n"));
}

std::string not_both(std::string_view a, std::string_view b) {
  return fmt::format(R"({{"not": {{"required": [{}, {}]}}}})", json(a), json(b));
}

/// Which keys exclude each other, and of which one must be there.
std::vector<std::string> conditions(const ObjectInfo& object) {
  std::vector<std::string> result;
  for (const Field& field : object.fields) {
    for (const std::string_view alias : field.aliases) result.push_back(not_both(field.key, alias));
  }
  for (const Choice& choice : object.choices) {
    std::vector<std::string> present;
    for (std::size_t i = 0; i < choice.keys.size(); ++i) {
      present.push_back(fmt::format(R"({{"required": [{}]}})", json(choice.keys[i])));
      for (std::size_t j = i + 1; j < choice.keys.size() && !choice.required; ++j) {
        result.push_back(not_both(choice.keys[i], choice.keys[j]));
      }
    }
    if (choice.required) result.push_back(fmt::format(R"({{"oneOf": [{}]}})", fmt::join(present, ", ")));
  }
  return result;
}

/// A key that needs others beside it, and one that another key's word decides about.
std::vector<std::string> dependencies(const ObjectInfo& object) {
  std::vector<std::string> result;
  const auto depends = [&](std::string_view key, const std::string& on) {
    result.push_back(fmt::format(R"({{"dependencies": {{{}: {}}}}})", json(key), on));
  };
  for (const Companions& one : object.companions) {
    std::vector<std::string> beside;
    for (const std::string_view key : one.beside) beside.push_back(fmt::format(R"({{"required": [{}]}})", json(key)));
    depends(one.key, fmt::format(R"({{"anyOf": [{}]}})", fmt::join(beside, ", ")));
  }
  for (const OnlyWhere& one : object.conditions) {
    std::vector<std::string> words;
    for (const std::string_view says : one.says) words.push_back(json(says));
    const std::string said =
        fmt::format(R"("properties": {{{}: {{"enum": [{}]}}}})", json(one.other), fmt::join(words, ", "));
    const std::string written = one.by_default ? "" : fmt::format(R"(, "required": [{}])", json(one.other));
    depends(one.key, fmt::format("{{{}{}}}", said, written));
  }
  return result;
}

std::string definition(const ObjectInfo& object) {
  std::string out =
      fmt::format("    {}: {{\n      \"description\": {},\n", json(object.name), json(object.description));
  if (object.type == ObjectType::child) {
    out += fmt::format(
        "      \"type\": \"object\",\n      \"if\": {{\"required\": [\"supervisor\"]}},\n      \"then\": {},\n      "
        "\"else\": {}\n    }}",
        reference(ObjectType::supervisor), reference(ObjectType::worker));
    return out;
  }
  std::vector<std::string> required;
  for (const Field& field : object.fields) {
    if (field.required) required.push_back(json(field.key));
  }
  out += "      \"type\": \"object\",\n      \"additionalProperties\": false,\n";
  if (!required.empty()) out += fmt::format("      \"required\": [{}],\n", fmt::join(required, ", "));
  auto all = conditions(object);
  for (auto& one : dependencies(object)) all.push_back(std::move(one));
  if (!all.empty()) {
    out += fmt::format("      \"allOf\": [\n        {}\n      ],\n", fmt::join(all, ",\n        "));
  }
  out += fmt::format("      \"properties\": {{\n{}\n      }}\n    }}", properties(object));
  return out;
}

}  // namespace

std::string schema() {
  std::vector<std::string> definitions;
  for (std::size_t i = 0; i < object_type_count; ++i)
    definitions.push_back(definition(info(static_cast<ObjectType>(i))));
  return fmt::format(
      "{{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \"title\": \"treefall spec, version 1\",\n"
      "  \"description\": {},\n  \"allOf\": [{}],\n  \"definitions\": {{\n{}\n  }}\n}}\n",
      json(info(ObjectType::file).description), reference(ObjectType::file), fmt::join(definitions, ",\n"));
}

}  // namespace treefall::spec
