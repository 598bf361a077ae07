// The JSON Schema of the language, made from the field table.
#pragma once

#include <string>

namespace treefall::spec {

/// Draft-07, for editors and other tools; ends with a line feed. What refers from one place of a file to another
/// (names, combinations of settings) is beyond a schema and checked by the reader alone.
std::string schema();

}  // namespace treefall::spec
