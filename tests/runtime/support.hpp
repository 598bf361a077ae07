// What the tests of the runtime share: designs from YAML, traces as lines, and questions about them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/simulate.hpp"
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

/// The node with this name; fails the test where there is none.
spec::NodeId node_named(const spec::Design& design, const std::string& name);
/// So many replicas of the design, up to its horizon.
runtime::Experiment played(const spec::Design& design, std::uint64_t replicas, unsigned jobs = 2,
                           std::uint64_t seed = 1);
/// What was measured of the node with this name.
runtime::Measurement of(const runtime::Experiment& experiment, const spec::Design& design, const std::string& name,
                        spec::Quantity quantity, double confidence = 0.999);
/// Checks that its interval has the expected value in it, and is at most so many times that wide.
void contains(const runtime::Measurement& measured, double expected, double widest);
/// A server with 80 calls a second that take it 10 ms on average: M/M/1.
extern const char* const queue;

}  // namespace treefall::testing
