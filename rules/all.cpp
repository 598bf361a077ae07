// The list, spelt out: in a static library a rule that registers itself would vanish.
#include "rules/all.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "spec/nearest.hpp"

namespace treefall::rules {
namespace {

#define TREEFALL_ADDRESS(name) &name,
constexpr std::array list = {TREEFALL_RULES(TREEFALL_ADDRESS)};
#undef TREEFALL_ADDRESS

}  // namespace

std::span<const analyzer::Rule* const> all() { return list; }

const analyzer::Rule* find(std::string_view id) {
  const auto at = std::ranges::find(list, id, &analyzer::Rule::id);
  return at == list.end() ? nullptr : *at;
}

std::optional<std::string_view> nearest(std::string_view id) {
  std::vector<std::string_view> ids;
  std::ranges::transform(list, std::back_inserter(ids), &analyzer::Rule::id);
  return spec::nearest(id, ids);
}

}  // namespace treefall::rules
