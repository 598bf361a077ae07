// The list of formats, one line each.
#include "report/formats.hpp"

#include <array>

#include "report/json.hpp"
#include "report/markdown.hpp"
#include "report/text.hpp"

namespace treefall::report {

std::span<const Format> formats() {
  static constexpr std::array all = {
      Format{"text", "for people", text::lint, text::predict, text::simulate, text::confirm, text::rules, text::diff,
             text::tune, nullptr},
      Format{"json", "for programs", json::lint, json::predict, json::simulate, json::confirm, json::rules, json::diff,
             json::tune, json::broken},
      Format{"markdown", "for a pull request", nullptr, nullptr, nullptr, nullptr, nullptr, markdown::diff, nullptr,
             nullptr},
  };
  return all;
}

}  // namespace treefall::report
