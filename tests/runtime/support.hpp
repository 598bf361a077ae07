// What the tests of the runtime share: designs from YAML, traces as lines, and questions about them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "spec/design.hpp"

namespace treefall::testing {

/// The value of a key in one of our own trace lines, without quotes; empty where it has none.
std::string field(const std::string& line, const std::string& key);

std::string file_text(const std::filesystem::path& path);
/// Fails the test where the text is not a valid spec.
spec::Design design_of(const std::string& yaml, const std::string& file = "test.yaml");
/// The lines of one execution up to the horizon, or `until`.
std::vector<std::string> trace_of(const spec::Design& design, std::uint64_t seed = 1);
std::vector<std::string> trace_of(const std::string& yaml, std::uint64_t seed = 1);
std::string join(const std::vector<std::string>& lines);

/// What of a trace matters to a test, one word a line: `300ms a starting`, `1s top gave_up`. Times are in the largest
/// unit that is exact; the process is its last name.
std::string gist(const std::vector<std::string>& lines, const std::vector<std::string>& events);
/// How many lines have all of these texts in them.
std::size_t count(const std::vector<std::string>& lines, const std::vector<std::string>& texts);

}  // namespace treefall::testing
