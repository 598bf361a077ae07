// The include table of ARCHITECTURE.md, held against every #include of the project.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// Which folders a folder may include. The analyser and the runtime never meet: their agreement is evidence only
/// because they are two independent readings of one design.
const std::map<std::string, std::set<std::string>> table{
    {"spec", {"spec"}},
    {"analyzer", {"spec", "analyzer"}},
    {"runtime", {"spec", "runtime"}},
    {"beam", {"spec", "beam"}},
    {"rules", {"spec", "analyzer", "rules"}},
    {"confirm", {"spec", "analyzer", "runtime", "beam", "confirm"}},
    {"advice", {"spec", "analyzer", "runtime", "confirm", "advice"}},
    {"report", {"spec", "analyzer", "runtime", "rules", "confirm", "advice", "report"}},
    {"cli", {"spec", "analyzer", "runtime", "beam", "rules", "confirm", "advice", "report", "cli"}},
};

/// Libraries that have one home, and in it one file.
struct Home {
  std::string prefix;
  std::string folder;
  std::size_t files;
};
const std::vector<Home> homes{{"yaml-cpp/", "spec", 1}, {"boost/graph/", "analyzer", 1}, {"CLI/", "cli", 100}};

struct Include {
  std::string file;
  std::string folder;
  std::string path;
};

std::vector<Include> includes() {
  std::vector<Include> found;
  for (const auto& [folder, unused] : table) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(TREEFALL_ROOT) / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".cpp" && extension != ".hpp") continue;
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("#include")) continue;
        const std::size_t open = line.find_first_of("\"<");
        const std::size_t close = line.find_first_of("\">", open + 1);
        found.push_back(
            {fs::relative(entry.path(), TREEFALL_ROOT).string(), folder, line.substr(open + 1, close - open - 1)});
      }
    }
  }
  return found;
}

}  // namespace

TEST_CASE("no layer includes one that it must not know") {
  std::size_t seen = 0;
  for (const auto& include : includes()) {
    const std::string target = include.path.substr(0, include.path.find('/'));
    if (!table.contains(target)) continue;
    ++seen;
    INFO(include.file << " includes " << include.path);
    CHECK(table.at(include.folder).contains(target));
  }
  CHECK(seen > 50);
}

TEST_CASE("each library is included in its one home") {
  for (const auto& home : homes) {
    std::set<std::string> files;
    for (const auto& include : includes()) {
      if (!include.path.starts_with(home.prefix)) continue;
      INFO(include.file << " includes " << include.path);
      CHECK(include.folder == home.folder);
      files.insert(include.file);
    }
    INFO(home.prefix);
    CHECK(!files.empty());
    CHECK(files.size() <= home.files);
  }
}

TEST_CASE("no header of ours includes a library's header") {
  for (const auto& include : includes()) {
    if (!include.file.ends_with(".hpp")) continue;
    INFO(include.file << " includes " << include.path);
    const bool library = include.path.starts_with("boost/") || include.path.starts_with("yaml-cpp/") ||
                         include.path.starts_with("nlohmann/") || include.path.starts_with("CLI/") ||
                         include.path.starts_with("fmt/") || include.path.starts_with("Random123/");
    // What the JSON documents share has to name the type of an object.
    CHECK((!library || (include.file == "report/json_objects.hpp" && include.path == "nlohmann/json_fwd.hpp")));
  }
}
