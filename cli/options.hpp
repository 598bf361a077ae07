// Options that several commands have, and their values as typed ones.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "spec/diagnostic.hpp"
#include "spec/time.hpp"

namespace treefall::cli {

extern const Option help_option, version_option, color_option;
extern const Option output_option, stdin_filename_option;
extern const Option seed_option, jobs_option, until_option;

/// What every command takes, behind its own.
std::vector<Option> with_common(std::vector<Option> own);

/// Checks for Option::check: nothing where the value is fine.
std::optional<std::string> check_whole(std::string_view value);     // 0 …
std::optional<std::string> check_positive(std::string_view value);  // 1 …
std::optional<std::string> check_duration(std::string_view value);  // more than 0
std::optional<std::string> check_share(std::string_view value);     // more than 0, less than 1

/// Values that the checks have let through.
std::uint64_t whole(std::string_view value);
spec::Duration duration(std::string_view value);
double share(std::string_view value);
/// Of `error`, `warning`, `info`, `hint`.
std::optional<spec::Severity> severity(std::string_view value);
/// Threads: as given, else one for each core.
unsigned jobs(const Arguments& arguments);

}  // namespace treefall::cli
