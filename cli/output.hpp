// Results in the formats that were asked for: one to standard output, any number to files.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/options.hpp"
#include "report/formats.hpp"

namespace treefall::cli {

/// Writes the whole text or leaves the file as it was; what is wrong, or nothing. A pipe or a device is written to.
std::optional<std::string> write_file(const std::string& path, std::string_view text);

/// `FORMAT=FILE`, taken apart.
struct Output {
  std::string_view format;
  std::string file;
};
std::optional<Output> output_of(std::string_view value);

const report::Format* format_named(std::string_view name);

/// The formats that can say a kind of result, which is a member of report::Format: for Option::choices and ::check.
template <auto Kind>
std::vector<std::string_view> formats_for() {
  std::vector<std::string_view> names;
  for (const report::Format& format : report::formats()) {
    if (format.*Kind != nullptr) names.push_back(format.name);
  }
  return names;
}

std::optional<std::string> check_output(std::string_view value, const std::vector<std::string_view>& formats);

template <auto Kind>
Option format_option() {
  return {"--format", 'f', "FORMAT", "how standard output is written", "text", false, formats_for<Kind>};
}

template <auto Kind>
Option output_option_for() {
  Option option = output_option;
  option.check = [](std::string_view value) { return check_output(value, formats_for<Kind>()); };
  return option;
}

/// A result in one of its formats.
using Rendering = std::function<std::string(const report::Format&, const report::Look&)>;

/// Writes a result to standard output in `--format` and to each file of `--output`. Exit::failed if a file could not be
/// written, else `exit`.
Exit deliver(const Arguments& arguments, Console& console, std::string_view format, const Rendering& render, Exit exit);

/// The same for a result that is a member of report::Format.
template <auto Kind, class Result>
Exit deliver(const Arguments& arguments, Console& console, const Result& result, Exit exit) {
  const auto render = [&](const report::Format& format, const report::Look& look) {
    return (format.*Kind)(result, look);
  };
  return deliver(arguments, console, arguments.value(format_option<Kind>()), render, exit);
}

}  // namespace treefall::cli
