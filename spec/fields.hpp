// The field table: every key of the language once, with the values it takes, its default and what it means. The shape
// check, the JSON Schema and the documentation are driven by it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/quantity.hpp"

namespace treefall::spec {

/// The kinds of mapping that the language knows.
enum class ObjectType {
  file,
  application,
  child,  // a worker or a supervisor, by which of the two keys it has
  worker,
  supervisor,
  unsupervised,
  init,
  init_during,
  fails_during,
  handle_continue,
  handle_continue_during,
  handler,
  handler_during,
  tick,
  call,
  cast,
  task,
  retry,
  crash_clock,
  terminate,
  dependency,
  mailbox,
  reseeded,
  fault,
  outage,
  traffic,
  burst,
  scripted_event,
  promise,
};
inline constexpr std::size_t object_type_count = static_cast<std::size_t>(ObjectType::promise) + 1;

/// The forms of a single value.
enum class Scalar {
  text,
  name,       // of a process: no `/`, no `[n]` at its end
  reference,  // to a process
  subject,    // a process, an application or `traffic:NAME`
  fault,      // the name of a fault
  version,    // of the format: 1
  otp,        // the number of an OTP release
  boolean,
  natural,  // 0 on
  count,    // 1 on
  duration,
  positive_duration,
  seconds,       // OTP's whole seconds: bare or with a unit
  milliseconds,  // OTP's milliseconds: bare or with a unit, or `infinity`
  rate,
  probability,
  distribution,
  exit_reason,
  bound,  // of a promise, in the unit of its quantity
};

struct Word {
  std::string_view text;
  std::string_view description;
};

/// What a value may be. Which of the forms is meant follows from the YAML: a single value, a list or a mapping.
struct Shape {
  std::optional<Scalar> scalar;
  std::vector<Word> words;           // instead of or beside the scalar
  std::optional<ObjectType> object;  // a mapping with these keys
  std::vector<Shape> values;         // one: a mapping from names to values of this shape
  std::vector<Shape> items;          // one: a list of values of this shape
  bool names_faults = false;         // the keys of `values` are faults
  std::size_t least_items = 0;
};

struct Field {
  std::string_view key;
  std::vector<std::string_view> aliases;
  Shape shape;
  bool required = false;
  std::string_view default_text;  // as the documentation says it; empty: nothing
  std::string_view description;
};

/// Of these keys, exactly one (or at most one) must stand in the mapping.
struct Choice {
  std::vector<std::string_view> keys;
  bool required = true;
};

/// A question about one key of a mapping.
struct Test {
  enum class Is {
    written,   // it stands there
    missing,   // it does not
    says,      // its value is one of `words`
    begins,    // its value begins with one of `words`
    positive,  // a duration or distribution that is not always 0
    at_most,   // a list of no more than `most` entries
    bound,     // a value in `unit`
  };
  std::string_view key;
  Is is = Is::written;
  std::vector<std::string_view> words{};
  bool or_missing = false;  // a mapping without the key passes, too
  std::size_t most = 0;
  Unit unit = Unit::probability;
};

/// Settings that are right one by one and wrong together: where all of `where` hold, one of `needs` must, too.
struct Combination {
  std::vector<Test> where;
  std::vector<Test> needs;
  std::string_view at;          // the key that is complained about
  std::string message, help;    // `{said}`: what the first key that is asked for words says; `{count}`: the entries and
                                // `{value}`: the text behind `at`
  std::string_view inside{};    // `needs` is asked of what this key holds: a mapping, or each of a list
  std::vector<Test> of_file{};  // what must hold of the file besides
  bool lacks = false;           // it is incomplete rather than contradictory
};

struct ObjectInfo {
  ObjectType type{};
  std::string_view name;  // in the schema: `crash_clock`
  std::string_view noun;  // in messages: "a crash clock"
  std::string_view description;
  std::vector<Field> fields;
  std::vector<Choice> choices;
  std::vector<Combination> combinations{};
};

const ObjectInfo& info(ObjectType type);
/// The field with that key or alias; nothing where the object has none.
const Field* find_field(const ObjectInfo& object, std::string_view key);
/// What a form is called in messages, with its article: "a duration"; and how it is written: "`5ms`, `2s`, …".
std::string_view noun(Scalar scalar);
std::string_view examples(Scalar scalar);

// The parts of the table, each in a file of its own.
std::vector<Combination> combinations_of(ObjectType type);
std::vector<ObjectInfo> file_objects();       // file, application, faults, traffic, script, promises
std::vector<ObjectInfo> child_objects();      // supervisors and workers
std::vector<ObjectInfo> behaviour_objects();  // what a worker does

// Short ways to write shapes in the table.
Shape one(Scalar scalar);
Shape one_of(std::vector<Word> words);
Shape one_of(std::vector<Word> words, Scalar scalar);
Shape object(ObjectType type);
Shape list(Shape item);
Shape non_empty_list(Shape item);
Shape one_or_list(Shape item);
Shape map_of(Shape value);
Shape fault_map(Shape value);
/// A single value of `scalar`'s forms, a mapping or list of the other's.
Shape either(Shape scalar, Shape other);

}  // namespace treefall::spec
