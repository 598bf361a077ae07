// The formats there are. To add one: a file that renders the results it can, and one line in formats.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "report/results.hpp"

namespace treefall::report {

/// What is null, this format cannot say.
struct Format {
  std::string_view name;
  std::string_view summary;
  std::string (*lint)(const Linted&, const Look&) = nullptr;
  std::string (*predict)(const Predicted&, const Look&) = nullptr;
  std::string (*simulate)(const Simulated&, const Look&) = nullptr;
  std::string (*confirm)(const Confirmed&, const Look&) = nullptr;
  std::string (*rules)(const Rules&, const Look&) = nullptr;
  std::string (*diff)(const Compared&, const Look&) = nullptr;
  std::string (*tune)(const Advised&, const Look&) = nullptr;
  /// For stdout, of a text that could not be read; null: nothing goes there.
  std::string (*broken)(const Broken&, const Look&) = nullptr;
};

std::span<const Format> formats();

}  // namespace treefall::report
