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

/// The distributions that are always 0.
std::string zero() {
  const std::string z = fmt::format(R"(0(\.0+)?([eE][+-]?[0-9]+)? *{})", unit);
  const std::string more = fmt::format("({}{})*", gap, z);
  return fmt::format(R"(({0}|(constant|uniform|empirical)\([ ,]*{0}{1}[ ,]*\)))", z, more);
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

/// The bounds of quantities in that unit.
std::vector<std::string> bounds(Unit of) {
  const std::string any_number = number_from("number", R"("minimum": 0)");
  switch (of) {
    case Unit::probability:
      return forms(Scalar::probability);
    case Unit::seconds:
      return {matching(duration())};
    case Unit::per_second:
    case Unit::messages_per_second:
      return {matching(rate())};
    case Unit::messages:
      return {any_number};
    case Unit::share:
      return {any_number, matching(fmt::format("{} *%", number))};
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
std::vector<std::string> choices(const ObjectInfo& object) {
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

/// A word as JSON has it where the key takes no text.
std::string json_word(const ObjectInfo& object, const Test& test, std::string_view word) {
  const auto& scalar = find_field(object, test.key)->shape.scalar;
  const bool bare = scalar && (*scalar == Scalar::boolean || *scalar == Scalar::count || *scalar == Scalar::otp);
  return bare ? std::string(word) : json(word);
}

std::string any_of(const std::vector<std::string>& alternatives) {
  if (alternatives.size() == 1) return alternatives.front();
  return fmt::format(R"({{"anyOf": [{}]}})", fmt::join(alternatives, ", "));
}

/// The values of a key that pass a test.
std::string passing(const ObjectInfo& object, const Test& test) {
  std::vector<std::string> words;
  switch (test.is) {
    case Test::Is::written:
      return "true";
    case Test::Is::missing:
      return "false";
    case Test::Is::says:
      for (const std::string_view word : test.words) words.push_back(json_word(object, test, word));
      return fmt::format(R"({{"enum": [{}]}})", fmt::join(words, ", "));
    case Test::Is::begins:
      return fmt::format(R"({{"type": "string", "pattern": {}}})",
                         json(fmt::format("^({})", fmt::join(test.words, "|"))));
    case Test::Is::positive:
      return fmt::format(R"({{"not": {{"type": "string", "pattern": {}}}}})", json(fmt::format("^ *{} *$", zero())));
    case Test::Is::at_most:
      return fmt::format(R"({{"maxItems": {}}})", test.most);
    case Test::Is::bound:
      return any_of(bounds(test.unit));
  }
  return "true";
}

std::string tested(const ObjectInfo& object, const Test& test) {
  const std::string properties = fmt::format(R"("properties": {{{}: {}}})", json(test.key), passing(object, test));
  const std::string present = fmt::format(R"("required": [{}])", json(test.key));
  if (test.is == Test::Is::written) return fmt::format("{{{}}}", present);
  if (test.or_missing || test.is == Test::Is::missing) return fmt::format("{{{}}}", properties);
  return fmt::format("{{{}, {}}}", properties, present);
}

std::string all_of(const ObjectInfo& object, const std::vector<Test>& tests) {
  std::vector<std::string> all;
  for (const Test& test : tests) all.push_back(tested(object, test));
  return all.size() == 1 ? all.front() : fmt::format(R"({{"allOf": [{}]}})", fmt::join(all, ", "));
}

std::string only_if(const std::string& condition, const std::string& then) {
  return fmt::format(R"({{"if": {}, "then": {}}})", condition, then);
}

/// What one entry of the table asks of a mapping.
std::string combination(const ObjectInfo& object, const Combination& one) {
  const Field* inside = one.inside.empty() ? nullptr : find_field(object, one.inside);
  // Children have the keys that are asked for in common; a worker's table knows them.
  const ObjectInfo& asked = inside != nullptr ? info(ObjectType::worker) : object;
  std::vector<std::string> needs;
  for (const Test& test : one.needs)
    needs.push_back(tested(find_field(asked, test.key) != nullptr ? asked : info(ObjectType::supervisor), test));
  std::string then = any_of(needs);
  if (inside != nullptr && !inside->shape.items.empty()) then = fmt::format(R"({{"items": {}}})", then);
  if (inside != nullptr) then = fmt::format(R"({{"properties": {{{}: {}}}}})", json(one.inside), then);
  return one.where.empty() ? then : only_if(all_of(object, one.where), then);
}

std::vector<std::string> combinations(const ObjectInfo& object) {
  std::vector<std::string> result;
  for (const Combination& one : object.combinations)
    if (one.of_file.empty()) result.push_back(combination(object, one));
  return result;
}

/// What depends on the head of the file is asked of its supervisors by a walk of its own: a schema cannot look up.
struct Walk {
  const Combination* asks;
  std::string name;
};

std::vector<Walk> walks() {
  std::vector<Walk> result;
  for (const Combination& one : info(ObjectType::supervisor).combinations)
    if (!one.of_file.empty()) result.push_back({&one, fmt::format("supervisors_of_file_{}", result.size() + 1)});
  return result;
}

std::string walk_definition(const Walk& walk) {
  return fmt::format(
      "    {}: {{\n      \"allOf\": [{}],\n      \"properties\": {{\"children\": {{\"items\": {{\"$ref\": "
      "\"#/definitions/{}\"}}}}}}\n    }}",
      json(walk.name), combination(info(ObjectType::supervisor), *walk.asks), walk.name);
}

/// The way from an object to the children that it holds; nothing where it holds none.
std::string towards_children(const ObjectInfo& object, const std::string& ref) {
  std::vector<std::string> ways;
  for (const Field& field : object.fields) {
    const Shape& shape = field.shape.items.empty() ? field.shape : field.shape.items.front();
    if (!shape.object || !shape.values.empty()) continue;
    std::string way = *shape.object == ObjectType::child ? ref : "";
    const bool around = *shape.object == ObjectType::application || *shape.object == ObjectType::scripted_event;
    if (around) way = towards_children(info(*shape.object), ref);
    if (way.empty()) continue;
    if (!field.shape.items.empty()) way = fmt::format(R"({{"items": {}}})", way);
    ways.push_back(fmt::format("{}: {}", json(field.key), way));
  }
  return ways.empty() ? "" : fmt::format(R"({{"properties": {{{}}}}})", fmt::join(ways, ", "));
}

std::vector<std::string> walked(const ObjectInfo& file) {
  std::vector<std::string> result;
  for (const Walk& walk : walks()) {
    const std::string ref = fmt::format(R"({{"$ref": "#/definitions/{}"}})", walk.name);
    result.push_back(only_if(all_of(file, walk.asks->of_file), towards_children(file, ref)));
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
  auto all = choices(object);
  for (auto& one : combinations(object)) all.push_back(std::move(one));
  if (object.type == ObjectType::file) {
    for (auto& one : walked(object)) all.push_back(std::move(one));
  }
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
  for (const Walk& walk : walks()) definitions.push_back(walk_definition(walk));
  return fmt::format(
      "{{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \"title\": \"treefall spec, version 1\",\n"
      "  \"description\": {},\n  \"allOf\": [{}],\n  \"definitions\": {{\n{}\n  }}\n}}\n",
      json(info(ObjectType::file).description), reference(ObjectType::file), fmt::join(definitions, ",\n"));
}

}  // namespace treefall::spec
