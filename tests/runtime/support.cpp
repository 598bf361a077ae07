#include "tests/runtime/support.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "runtime/simulate.hpp"
#include "spec/read.hpp"

namespace treefall::testing {
namespace {

std::string short_time(const std::string& nanoseconds) {
  const long long number = std::stoll(nanoseconds);
  if (number % 1'000'000'000 == 0) return std::to_string(number / 1'000'000'000) + "s";
  if (number % 1'000'000 == 0) return std::to_string(number / 1'000'000) + "ms";
  return std::to_string(number) + "ns";
}

}  // namespace

std::string field(const std::string& line, const std::string& key) {
  const std::string opening = "\"" + key + "\": ";
  const std::size_t at = line.find(opening);
  if (at == std::string::npos) return {};
  std::size_t begin = at + opening.size();
  const bool quoted = line[begin] == '"';
  if (quoted) ++begin;
  const std::size_t end = quoted ? line.find('"', begin) : line.find_first_of(",}", begin);
  return line.substr(begin, end - begin);
}

std::string file_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

spec::Design design_of(const std::string& yaml, const std::string& file) {
  spec::Reading reading = spec::read(spec::Source(file, yaml));
  for (const spec::Diagnostic& diagnostic : reading.diagnostics) {
    UNSCOPED_INFO(diagnostic.span.start.line << ": " << diagnostic.message);
  }
  REQUIRE(reading.design.has_value());
  return std::move(*reading.design);
}

std::vector<std::string> trace_of(const spec::Design& design, std::uint64_t seed) {
  std::vector<std::string> lines;
  runtime::trace(design, seed, 0, design.horizon.value, [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  });
  return lines;
}

std::vector<std::string> trace_of(const std::string& yaml, std::uint64_t seed) {
  return trace_of(design_of(yaml), seed);
}

std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

std::string gist(const std::vector<std::string>& lines, const std::vector<std::string>& events) {
  std::string text;
  for (const std::string& line : lines) {
    const std::string event = field(line, "event");
    if (std::find(events.begin(), events.end(), event) == events.end()) continue;
    const std::string process = field(line, "process");
    text += short_time(field(line, "t_ns")) + ' ' + process.substr(process.find_last_of('/') + 1) + ' ' + event;
    for (const char* key : {"reason", "count"}) {
      if (!field(line, key).empty()) text += ' ' + field(line, key);
    }
    text += '\n';
  }
  return text;
}

std::size_t count(const std::vector<std::string>& lines, const std::vector<std::string>& texts) {
  return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
    return std::all_of(texts.begin(), texts.end(),
                       [&](const std::string& text) { return line.find(text) != std::string::npos; });
  }));
}

spec::NodeId node_named(const spec::Design& design, const std::string& name) {
  for (spec::NodeId id = 0; id < design.nodes.size(); ++id) {
    if (design.nodes[id].name == name) return id;
  }
  FAIL("no node " << name);
  return 0;
}

runtime::Experiment played(const spec::Design& design, std::uint64_t replicas, unsigned jobs, std::uint64_t seed) {
  runtime::Experiment experiment(design, seed, design.horizon.value, jobs);
  const std::atomic<bool> stop = false;
  experiment.extend(replicas, stop);
  return experiment;
}

runtime::Measurement of(const runtime::Experiment& experiment, const spec::Design& design, const std::string& name,
                        spec::Quantity quantity, double confidence) {
  spec::Target target;
  target.node = node_named(design, name);
  const auto found = experiment.measure(target, quantity, std::nullopt, confidence);
  REQUIRE(found.has_value());
  return *found;
}

void contains(const runtime::Measurement& measured, double expected, double widest) {
  CAPTURE(spec::name(measured.quantity), measured.value, measured.low, measured.high, expected);
  CHECK(measured.low <= expected);
  CHECK(measured.high >= expected);
  CHECK(measured.high - measured.low <= widest * expected);
}

const char* const queue = R"(
treefall: 1
name: queue
horizon: 20min
traffic:
  clients: {to: server, rate: 80/s, sends: call, timeout: 50ms}
tree:
  supervisor: root
  children:
    - worker: server
      handles: {any: {takes: exp(10ms)}}
)";

}  // namespace treefall::testing
