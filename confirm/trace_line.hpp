// Reads trace lines, those of the runtime and those of the player on the real VM. Internal to confirm/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace treefall::confirm {

/// The value of that key: a string without its quotes, escapes as they stand, or a number's digits. Empty: no such key.
std::string_view field(std::string_view line, std::string_view key);
/// The number of that key, 0 where there is none.
std::int64_t number(std::string_view line, std::string_view key);
/// `Sup[3]/Child[0]` as `Sup[]/Child[]`: what copies have in common.
std::string without_copies(std::string_view path);

}  // namespace treefall::confirm
