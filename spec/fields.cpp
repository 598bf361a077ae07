#include "spec/fields.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace treefall::spec {

namespace {

/// The whole table, by ObjectType.
std::vector<ObjectInfo> make_table() {
  std::vector<ObjectInfo> table(object_type_count);
  for (auto part : {file_objects(), child_objects(), behaviour_objects()}) {
    for (ObjectInfo& object : part) table[static_cast<std::size_t>(object.type)] = std::move(object);
  }
  for (ObjectInfo& object : table) object.combinations = combinations_of(object.type);
  assert(std::none_of(table.begin(), table.end(), [](const ObjectInfo& o) { return o.noun.empty(); }));
  return table;
}

}  // namespace

const ObjectInfo& info(ObjectType type) {
  static const std::vector<ObjectInfo> table = make_table();
  return table[static_cast<std::size_t>(type)];
}

const Field* find_field(const ObjectInfo& object, std::string_view key) {
  for (const Field& field : object.fields) {
    if (field.key == key || std::find(field.aliases.begin(), field.aliases.end(), key) != field.aliases.end())
      return &field;
  }
  return nullptr;
}

std::string_view noun(Scalar scalar) {
  switch (scalar) {
    case Scalar::text:
      return "text";
    case Scalar::name:
      return "a name";
    case Scalar::reference:
      return "the name of a process";
    case Scalar::subject:
      return "the name of a process, an application or a traffic source";
    case Scalar::fault:
      return "the name of a fault";
    case Scalar::version:
      return "the format version";
    case Scalar::otp:
      return "an OTP release";
    case Scalar::boolean:
      return "`true` or `false`";
    case Scalar::natural:
      return "a whole number";
    case Scalar::count:
      return "a whole number from 1 on";
    case Scalar::duration:
    case Scalar::positive_duration:
      return "a duration";
    case Scalar::seconds:
      return "a number of whole seconds";
    case Scalar::milliseconds:
      return "a duration";
    case Scalar::rate:
      return "a rate";
    case Scalar::probability:
      return "a probability";
    case Scalar::distribution:
      return "a duration or distribution";
    case Scalar::exit_reason:
      return "an exit reason";
    case Scalar::bound:
      return "a bound in the unit of the quantity";
  }
  return "";
}

std::string_view examples(Scalar scalar) {
  switch (scalar) {
    case Scalar::text:
      return "";
    case Scalar::name:
      return "`Shop.Cart`";
    case Scalar::reference:
      return "`Shop.Cart`, `Shop.Supervisor/Shop.Cart`, `Shop.Cart[0]`";
    case Scalar::subject:
      return "`Shop.Cart`, `traffic:checkout`";
    case Scalar::fault:
      return "a name under `faults`";
    case Scalar::version:
      return "`1`";
    case Scalar::otp:
      return "`25`, `29`";
    case Scalar::boolean:
      return "`true`, `false`";
    case Scalar::natural:
      return "`0`, `3`";
    case Scalar::count:
      return "`1`, `3`";
    case Scalar::duration:
    case Scalar::positive_duration:
      return "`5ms`, `2s`, `1.5min`";
    case Scalar::seconds:
      return "`5`, `5s`, `1min`";
    case Scalar::milliseconds:
      return "`5s`, `5000` (milliseconds), `infinity`";
    case Scalar::rate:
      return "`120/s`, `2/min`, `1/h`, `3/day`";
    case Scalar::probability:
      return "`0.1%`, `0.001`, `1e-6`, `always`, `never`";
    case Scalar::distribution:
      return "`5ms`, `exp(5ms)`, `uniform(1ms 5ms)`";
    case Scalar::exit_reason:
      return "`normal`, `shutdown`, `shutdown:WHY`, `killed`, `error`, or the name of an error";
    case Scalar::bound:
      return "`0.1%`, `30d`, `2/min`, `70%`";
  }
  return "";
}

Shape one(Scalar scalar) {
  Shape shape;
  shape.scalar = scalar;
  return shape;
}

Shape one_of(std::vector<Word> words) {
  Shape shape;
  shape.words = std::move(words);
  return shape;
}

Shape one_of(std::vector<Word> words, Scalar scalar) {
  Shape shape = one(scalar);
  shape.words = std::move(words);
  return shape;
}

Shape object(ObjectType type) {
  Shape shape;
  shape.object = type;
  return shape;
}

Shape list(Shape item) {
  Shape shape;
  shape.items.push_back(std::move(item));
  return shape;
}

Shape non_empty_list(Shape item) {
  Shape shape = list(std::move(item));
  shape.least_items = 1;
  return shape;
}

Shape one_or_list(Shape item) {
  Shape shape = item;
  shape.items.push_back(std::move(item));
  return shape;
}

Shape map_of(Shape value) {
  Shape shape;
  shape.values.push_back(std::move(value));
  return shape;
}

Shape fault_map(Shape value) {
  Shape shape = map_of(std::move(value));
  shape.names_faults = true;
  return shape;
}

Shape either(Shape scalar, Shape other) {
  other.scalar = scalar.scalar;
  other.words = std::move(scalar.words);
  return other;
}

}  // namespace treefall::spec
