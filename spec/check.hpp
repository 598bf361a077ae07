// The shape check: does a value tree have the form that the field table describes? Reports every unknown, missing and
// repeated key and every value of the wrong form; knows nothing of what the values mean together.
#pragma once

#include <string>
#include <vector>

#include "spec/diagnostic.hpp"
#include "spec/fields.hpp"
#include "spec/units.hpp"
#include "spec/yaml.hpp"

namespace treefall::spec {

/// More than so many mistakes are counted, not listed.
inline constexpr std::size_t most_diagnostics = 1000;
/// And so many are held, to bound the memory that a hostile text can take.
inline constexpr std::size_t most_held = 10'000;

/// Adds an error at a value. What came through an alias is reported at the alias, with a label at the anchor's text.
Diagnostic& complain(std::vector<Diagnostic>& out, const yaml::Cursor& at, std::string rule, std::string message,
                     std::string help = "");

/// Was it reported at an alias? Then its first label is the place in the anchor's text.
bool came_through_alias(const Diagnostic& diagnostic);

/// Is it any text, a name, a reference?
bool is_textual(Scalar scalar);
/// Why a single value is not of that form; nothing where it is.
std::optional<Complaint> complaint(Scalar scalar, const yaml::Cursor& value);

/// A promise's bound in base units.
Parsed<double> parse_bound(Unit unit, std::string_view text);

/// What kind of child an entry is, by its keys.
ObjectType child_type(const yaml::Cursor& entry);

/// What the shape check finds out about the keys.
struct Shaped {
  /// A key that is misspelt, and the one that is meant: what it holds fits that.
  struct Meant {
    yaml::ValueId key = 0;
    std::string_view as;
  };
  std::vector<Meant> meant;
  std::vector<Span> unread;  // values that nothing is made of: of unknown keys, of keys given again
};

/// `complete` is false where parts of the text were left out after a syntax error: then no key is missed.
Shaped check_shape(const yaml::Cursor& root, bool complete, std::vector<Diagnostic>& out);

}  // namespace treefall::spec
