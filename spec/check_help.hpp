// What to write instead, for help lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/fields.hpp"
#include "spec/yaml.hpp"

namespace treefall::spec {

/// How the value of a key of that shape is written: ``strategy` takes `one_for_one`, …`.
std::string how_to_write(const Shape& shape, std::string_view key);

/// What to write in place of a lone value where a mapping belongs: `{takes: 40ms}` for `40ms`; empty where that cannot
/// be told.
std::string completed(const yaml::Cursor& value, const Shape& shape);

/// The key that was probably meant: the nearest, or what OTP calls otherwise.
std::optional<std::string_view> meant_by(std::string_view key, const std::vector<std::string_view>& known);

}  // namespace treefall::spec
