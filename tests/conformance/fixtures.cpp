#include "tests/conformance/fixtures.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <stdexcept>

#include "tests/runtime/support.hpp"

namespace treefall::conformance {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  for (std::size_t from = 0;;) {
    const std::size_t to = text.find(separator, from);
    parts.push_back(text.substr(from, to - from));
    if (to == std::string::npos) return parts;
    from = to + separator.size();
  }
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> result;
  for (std::string word; stream >> word;) result.push_back(word);
  return result;
}

void read_head(Fixture& fixture) {
  std::istringstream stream(fixture.yaml);
  for (std::string line; std::getline(stream, line) && line.starts_with("#");) {
    if (line.starts_with("# holds: "))
      for (const std::string& claim : split(line.substr(9), "; ")) fixture.claims.push_back(claim);
  }
}

/// One event that a claim speaks of.
struct Wanted {
  std::string event, name, reason;
};

Wanted wanted(const std::string& text) {
  const std::vector<std::string> parts = words(text);
  if (parts.size() < 2 || parts.size() > 3) throw std::invalid_argument("not a claim: " + text);
  return {parts[0], parts[1], parts.size() == 3 ? parts[2] : ""};
}

bool is_process(const std::string& path, const std::string& name) { return path == name || path.ends_with("/" + name); }

bool shows(const std::string& line, const Wanted& what) {
  return testing::field(line, "event") == what.event && is_process(testing::field(line, "process"), what.name) &&
         (what.reason.empty() || testing::field(line, "reason") == what.reason);
}

bool in_order(const std::vector<std::string>& events, const std::vector<std::string>& trace) {
  auto at = trace.begin();
  for (const std::string& event : events) {
    const Wanted what = wanted(event);
    at = std::find_if(at, trace.end(), [&](const std::string& line) { return shows(line, what); });
    if (at == trace.end()) return false;
    ++at;
  }
  return true;
}

bool up_at_the_end(const std::string& name, const std::vector<std::string>& trace) {
  bool up = false;
  for (const std::string& line : trace) {
    if (shows(line, {"started", name, ""})) up = true;
    if (shows(line, {"exited", name, ""})) up = false;
    if (testing::field(line, "event") == "node_stopped") up = false;
  }
  return up;
}

}  // namespace

std::vector<Fixture> fixtures() {
  const fs::path folder = fs::path(TREEFALL_ROOT) / "tests/conformance";
  std::vector<Fixture> result;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    Fixture fixture;
    fixture.name = fs::path(entry.path()).replace_extension().lexically_relative(folder).string();
    fixture.golden = fs::path(entry.path()).replace_extension(".jsonl");
    fixture.yaml = testing::file_text(entry.path());
    read_head(fixture);
    result.push_back(std::move(fixture));
  }
  std::sort(result.begin(), result.end(), [](const Fixture& a, const Fixture& b) { return a.name < b.name; });
  return result;
}

spec::Design design_of(const Fixture& fixture) {
  return testing::design_of(fixture.yaml, fixture.golden.stem().string() + ".yaml");
}

std::vector<std::string> modelled(const spec::Design& design) { return testing::trace_of(design); }

bool holds(const std::string& claim, const std::vector<std::string>& trace) {
  const std::vector<std::string> events = split(claim, " < ");
  if (events.size() > 1) return in_order(events, trace);
  const std::vector<std::string> parts = words(claim);
  if (parts.size() == 2 && parts[0] == "up") return up_at_the_end(parts[1], trace);
  if (parts.size() == 2 && parts[0] == "down") return !up_at_the_end(parts[1], trace);
  if (parts.size() < 3 || !std::isdigit(static_cast<unsigned char>(parts[0][0])))
    throw std::invalid_argument("not a claim: " + claim);
  const Wanted what = wanted(claim.substr(claim.find(parts[1])));
  return std::count_if(trace.begin(), trace.end(), [&](const std::string& line) { return shows(line, what); }) ==
         std::stol(parts[0]);
}

}  // namespace treefall::conformance
