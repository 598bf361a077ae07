// What somebody probably meant by a misspelt word.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace treefall::spec {

/// The candidate with the fewest single-character edits (insert, delete, replace, swap neighbours) from `word`, the
/// first of several; nothing where more than a third of the word would have to change (at least one edit is allowed).
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace treefall::spec
