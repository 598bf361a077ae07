// What the tests of documents share: their text, and parts of it that are made by the program and held to it.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace treefall::house {

inline const std::filesystem::path root = TREEFALL_ROOT;

inline bool updating() { return std::getenv("TREEFALL_UPDATE_GOLDEN") != nullptr; }

inline std::string content(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

inline std::string name_of(const std::filesystem::path& path) { return std::filesystem::relative(path, root).string(); }

/// `text` with what stands between each `begin` and the next `end` replaced by what `made` gives for it.
template <class Made>
std::string rewritten(const std::string& text, std::string_view begin, std::string_view end, const Made& made) {
  std::string result;
  std::size_t at = 0;
  for (std::size_t open; (open = text.find(begin, at)) != std::string::npos;) {
    open += begin.size();
    const std::size_t close = text.find(end, open);
    REQUIRE(close != std::string::npos);
    result += text.substr(at, open - at) + made(text.substr(open, close - open));
    at = close;
  }
  return result + text.substr(at);
}

/// Fails where the file is not as wanted; writes it when goldens are updated.
inline void hold(const std::filesystem::path& path, const std::string& wanted) {
  if (updating()) std::ofstream(path, std::ios::binary) << wanted;
  INFO(name_of(path) << " is not what the program says: run this test with TREEFALL_UPDATE_GOLDEN=1");
  const std::vector<std::string> is = lines_of(content(path)), should = lines_of(wanted);
  for (std::size_t i = 0; i < std::min(is.size(), should.size()); ++i) {
    INFO("line " << i + 1);
    REQUIRE(is[i] == should[i]);
  }
  CHECK(is.size() == should.size());
}

}  // namespace treefall::house
