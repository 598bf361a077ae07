// The documents are true: what they print is what the tool prints, their tables are those of the program, every command
// and option of `--help` stands in docs/commands.md and no other, links and named files exist. Blocks and tables are
// written anew by TREEFALL_UPDATE_GOLDEN=1 ./build/release/tests/house_tests
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "confirm/confirm.hpp"
#include "spec/reference_tables.hpp"
#include "tests/examples/process.hpp"
#include "tests/house/documents.hpp"

namespace {

namespace fs = std::filesystem;
using namespace treefall::house;
using treefall::tests::run;

/// The documents written by hand, docs/rules has a test of its own.
std::vector<fs::path> documents() {
  std::vector<fs::path> files;
  for (const fs::path& folder : {root, root / "docs"}) {
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().extension() == ".md") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// What stands in backticks.
std::vector<std::string> quoted(const std::string& text) {
  std::vector<std::string> words;
  bool fenced = false;
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with("```")) fenced = !fenced;
    if (fenced) continue;
    for (std::size_t open = 0; (open = line.find('`', open)) != std::string::npos;) {
      const std::size_t close = line.find('`', open + 1);
      if (close == std::string::npos) break;
      words.push_back(line.substr(open + 1, close - open - 1));
      open = close + 1;
    }
  }
  return words;
}

// ---- docs/commands.md and --help ------------------------------------------------------------------------------------

/// The items of a list in a help text: `-s, --seed N` of `  -s, --seed N    where …`.
std::vector<std::string> items(const std::string& help, const std::string& heading) {
  std::vector<std::string> found;
  bool inside = false;
  for (const std::string& line : lines_of(help)) {
    if (line == heading) inside = true;
    if (line.empty()) inside = false;
    if (!inside || !line.starts_with("  ")) continue;
    const std::size_t from = line.find_first_not_of(' ');
    if (from > 6) continue;  // the rest of an explanation
    found.push_back(line.substr(from, line.find("  ", from) - from));
  }
  return found;
}

/// Sections `### treefall NAME …` of docs/commands.md.
std::vector<std::pair<std::string, std::string>> sections() {
  std::vector<std::pair<std::string, std::string>> found;
  bool inside = false;
  for (const std::string& line : lines_of(content(root / "docs/commands.md"))) {
    if (line.starts_with("#")) inside = false;
    constexpr std::string_view heading = "### treefall ";
    if (line.starts_with(heading)) {
      found.emplace_back(line.substr(heading.size()), "");
      inside = true;
    } else if (inside) {
      found.back().second += line + "\n";
    }
  }
  return found;
}

std::set<std::string> options_in(const std::string& section) {
  std::set<std::string> found;
  for (const std::string& line : lines_of(section)) {
    if (!line.starts_with("- `-")) continue;
    found.insert(line.substr(3, line.find('`', 3) - 3));
  }
  return found;
}

}  // namespace

TEST_CASE("what the documents print is what the tool prints") {
  constexpr std::string_view prompt = "$ treefall ";
  std::size_t blocks = 0;
  for (const fs::path& path : documents()) {
    hold(path, rewritten(content(path), "```console\n", "```\n", [&](const std::string& block) {
           const std::string first = block.substr(0, block.find('\n'));
           if (!first.starts_with(prompt)) return block;
           ++blocks;
           return first + "\n" + run(first.substr(prompt.size())).out;
         }));
  }
  CHECK(blocks >= 2);
}

TEST_CASE("the specs that the documents show are valid") {
  const fs::path file = fs::temp_directory_path() / ("treefall-docs-" + std::to_string(getpid()) + ".yaml");
  std::size_t specs = 0;
  for (const fs::path& path : documents()) {
    rewritten(content(path), "```yaml\n", "```\n", [&](const std::string& block) {
      if (!block.starts_with("treefall: ")) return block;
      std::ofstream(file, std::ios::binary) << block;
      const auto linted = run("lint --color never '" + file.string() + "'");
      INFO(name_of(path) << " shows\n" << block << linted.out);
      CHECK((linted.exit_code == 0 || linted.exit_code == 1));
      ++specs;
      return block;
    });
  }
  fs::remove(file);
  CHECK(specs > 0);
}

TEST_CASE("the tables of docs/language.md are those of the reader") {
  const fs::path path = root / "docs/language.md";
  std::size_t tables = 0;
  const auto block = [&](const std::string& text, const std::string& name, const std::string& wanted) {
    return rewritten(text, "<!-- " + name + ": generated -->\n", "<!-- end of " + name + " -->", [&](const auto&) {
      ++tables;
      return "\n" + wanted + "\n";
    });
  };
  hold(path, block(block(content(path), "keys", treefall::spec::key_tables()), "quantities",
                   treefall::spec::quantity_table()));
  CHECK(tables == 2);
}

TEST_CASE("docs/commands.md has every command and option of --help, and no other") {
  std::vector<std::string> commands;
  for (const std::string& item : items(run("--help").out, "commands:")) commands.push_back(item);
  std::vector<std::string> documented;
  const std::set<std::string> common = {"--color auto|always|never", "-h, --help"};
  for (const auto& [heading, text] : sections()) {
    INFO("treefall " << heading);
    const std::string name = heading.substr(0, heading.find(' '));
    documented.push_back(name);
    const std::string help = run(name + " --help").out;
    CHECK(help.find("[OPTIONS]" + heading.substr(name.size()) + "\n") != std::string::npos);
    std::set<std::string> options;
    for (const std::string& item : items(help, "options:"))
      if (!common.contains(item)) options.insert(item);
    CHECK(options_in(text) == options);
  }
  CHECK(documented == commands);
  const std::string all = content(root / "docs/commands.md");
  for (const std::string& item : items(run("--help").out, "options:")) {
    INFO(item);
    CHECK(all.find("- `" + item + "`") != std::string::npos);
  }
}

TEST_CASE("docs/commands.md has the numbers of confirm") {
  const treefall::confirm::Options defaults;
  const std::string text = content(root / "docs/commands.md");
  CHECK(text.find(fmt::format("{} million model events", defaults.events / 1'000'000)) != std::string::npos);
  CHECK(text.find(fmt::format("[low / {0}, high * {0}]", defaults.tolerance)) != std::string::npos);
}

TEST_CASE("docs/dependencies.md speaks of every package that is installed") {
  const std::string text = content(root / "docs/dependencies.md");
  // How a package is called there, where that is not its own name.
  const std::map<std::string, std::string> called{{"g++", "g++ 12"},
                                                  {"libyaml-cpp-dev", "yaml-cpp"},
                                                  {"libcli11-dev", "CLI11"},
                                                  {"libboost-dev", "Boost.Math"},
                                                  {"libboost-graph-dev", "Boost.Graph"},
                                                  {"librandom123-dev", "Random123"},
                                                  {"libfmt-dev", "fmt 9"},
                                                  {"nlohmann-json3-dev", "nlohmann-json"},
                                                  {"catch2", "Catch2"},
                                                  {"libbenchmark-dev", "Google Benchmark"},
                                                  {"libsimgrid-dev", "SimGrid"},
                                                  {"libns3-dev", "ns-3"},
                                                  {"libcaf-dev", "CAF"}};
  std::size_t packages = 0;
  for (const std::string& line : lines_of(content(root / "packages.txt"))) {
    if (line.empty() || line.front() == '#' || line.front() == '[') continue;
    ++packages;
    const auto other = called.find(line);
    INFO(line);
    CHECK(text.find(other == called.end() ? line : other->second) != std::string::npos);
  }
  CHECK(packages > 10);
}

TEST_CASE("links and named files exist") {
  constexpr std::array<std::string_view, 14> folders = {"spec/",     "analyzer/", "runtime/", "beam/",     "rules/",
                                                        "confirm/",  "report/",   "cli/",     "tests/",    "docs/",
                                                        "examples/", "bench/",    "scripts/", "./scripts/"};
  std::size_t seen = 0;
  for (const fs::path& path : documents()) {
    const std::string text = content(path);
    for (std::size_t at = 0; (at = text.find("](", at)) != std::string::npos; ++at) {
      const std::string target = text.substr(at + 2, text.find_first_of(")#", at + 2) - at - 2);
      if (target.empty() || target.find("://") != std::string::npos) continue;
      INFO(name_of(path) << " links to " << target);
      CHECK(fs::exists(path.parent_path() / target));
      ++seen;
    }
    for (const std::string& word : quoted(text)) {
      const bool of_ours =
          std::any_of(folders.begin(), folders.end(), [&](auto folder) { return word.starts_with(folder); });
      if (!of_ours || word.find_first_of("*N <>…") != std::string::npos) continue;
      INFO(name_of(path) << " names " << word);
      CHECK(fs::exists(root / word));
      ++seen;
    }
  }
  CHECK(seen > 20);
}

TEST_CASE("every figure that holds the runtime to OTP stands in docs/otp_semantics.md, and no other") {
  const auto like_a_name = [](const std::string& word) {
    return word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_*/") == std::string::npos;
  };
  std::set<std::string> named;
  for (const std::string& word : quoted(content(root / "docs/otp_semantics.md")))
    if (like_a_name(word)) named.insert(word.starts_with("language/") ? word : "figures/" + word);
  const auto covers = [](const std::string& word, const std::string& figure) {
    return word.ends_with('*') ? figure.starts_with(word.substr(0, word.size() - 1)) : figure == word;
  };
  std::set<std::string> figures;
  for (const std::string folder : {"figures", "language"})
    for (const auto& entry : fs::directory_iterator(root / "tests/conformance" / folder))
      if (entry.path().extension() == ".yaml") figures.insert(folder + "/" + entry.path().stem().string());
  for (const std::string& figure : figures) {
    INFO(figure << " needs a line in docs/otp_semantics.md");
    CHECK(std::any_of(named.begin(), named.end(), [&](const auto& word) { return covers(word, figure); }));
  }
  for (const std::string& word : named) {
    const std::string last = word.substr(word.find('/') + 1);
    const bool like_a_figure = last.find_first_of("0123456789") < last.find('_') || last.starts_with("app_");
    if (!like_a_figure && !word.starts_with("language/")) continue;
    INFO(word << " is no figure");
    CHECK(std::any_of(figures.begin(), figures.end(), [&](const auto& figure) { return covers(word, figure); }));
  }
}
