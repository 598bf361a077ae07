// Optimal string alignment distance (Damerau 1964, restricted to neighbouring swaps), case-insensitive; where nothing
// is near, the one candidate that the word abbreviates or spells out.
#include "spec/nearest.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace treefall::spec {
namespace {

bool same(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = same(a[i - 1], b[j - 1]) ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

/// Does one start with the other, with enough of it to mean something?
bool share_a_start(std::string_view a, std::string_view b) {
  constexpr std::size_t shortest = 3;
  const std::size_t length = std::min(a.size(), b.size());
  return length >= shortest && std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(length), b.begin(), same);
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() > 100) return std::nullopt;
  std::optional<std::string_view> best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto candidate : candidates) {
    const auto edits = distance(word, candidate);
    if (edits < least) {
      least = edits;
      best = candidate;
    }
  }
  if (best) return best;
  for (const auto candidate : candidates) {
    if (!share_a_start(word, candidate)) continue;
    if (best) return std::nullopt;
    best = candidate;
  }
  return best;
}

}  // namespace treefall::spec
