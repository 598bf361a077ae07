// Values are read by the language's own readers, so that `--until 24h` means what `horizon: 24h` means.
#include "cli/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "spec/units.hpp"

namespace treefall::cli {

namespace {

constexpr std::uint64_t most = (std::uint64_t{1} << 63) - 1;

template <class T>
std::optional<std::string> complaint_of(const spec::Parsed<T>& parsed) {
  if (parsed) return std::nullopt;
  const spec::Complaint& complaint = parsed.complaint();
  return complaint.help.empty() ? complaint.message : complaint.message + "; " + complaint.help;
}

}  // namespace

const Option help_option = {"--help", 'h', "", "this help"};
const Option version_option = {"--version", 'V', "", "the version"};
const Option color_option = {
    "--color",
    0,
    "WHEN",
    "colours: auto asks NO_COLOR, FORCE_COLOR, TERM and whether it is a terminal",
    "auto",
    false,
    [] {
      return std::vector<std::string_view>{"auto", "always", "never"};
    },
};
const Option output_option = {
    "--output", 'o', "FORMAT=FILE", "write the result in that format to that file too, whole or not at all", "", true,
};
const Option stdin_filename_option = {
    "--stdin-filename",
    0,
    "NAME",
    "what to call standard input (`-`) in results",
};
const Option seed_option = {
    "--seed", 's', "N", "where the random numbers start", "1", false, nullptr, check_whole,
};
const Option jobs_option = {
    "--jobs", 'j',   "N",     "threads; the result is the same for any number (default: all cores)",
    "",       false, nullptr, check_positive,
};
const Option until_option = {
    "--until", 0,     "TIME",  "how long each execution runs, in the node's time (default: the horizon)",
    "",        false, nullptr, check_duration,
};

std::vector<Option> with_common(std::vector<Option> own) {
  own.push_back(color_option);
  own.push_back(help_option);
  return own;
}

std::optional<std::string> check_whole(std::string_view value) {
  return complaint_of(spec::parse_whole(value, 0, most));
}

std::optional<std::string> check_positive(std::string_view value) {
  return complaint_of(spec::parse_whole(value, 1, most));
}

std::optional<std::string> check_duration(std::string_view value) {
  const auto parsed = spec::parse_duration(value);
  if (parsed && (*parsed <= spec::Duration::zero() || *parsed == spec::infinite)) {
    return fmt::format("`{}` is no length of time that can be played", value);
  }
  return complaint_of(parsed);
}

std::optional<std::string> check_share(std::string_view value) {
  const auto parsed = spec::parse_probability(value);
  if (parsed && !(*parsed > 0 && *parsed < 1)) return fmt::format("`{}` is not between 0 and 1", value);
  return complaint_of(parsed);
}

std::uint64_t whole(std::string_view value) { return *spec::parse_whole(value, 0, most); }
spec::Duration duration(std::string_view value) { return *spec::parse_duration(value); }
double share(std::string_view value) { return *spec::parse_probability(value); }

std::optional<spec::Severity> severity(std::string_view value) {
  using enum spec::Severity;
  for (const spec::Severity severity : {error, warning, info, hint})
    if (value == spec::name(severity)) return severity;
  return std::nullopt;
}

unsigned jobs(const Arguments& arguments) {
  const std::uint64_t cores = std::max(1U, std::thread::hardware_concurrency());
  const std::uint64_t wanted = arguments.has(jobs_option) ? whole(arguments.value(jobs_option)) : cores;
  return static_cast<unsigned>(std::min<std::uint64_t>(wanted, 256));
}

}  // namespace treefall::cli
