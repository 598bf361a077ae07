// Knows the file system; hides its errors behind sentences.
#include "cli/input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <variant>

namespace treefall::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_bytes = std::size_t{64} << 20;

using Text = std::variant<std::string, std::error_code>;

Text read_all(std::FILE* file) {
  std::string text;
  std::array<char, 1 << 16> buffer{};
  while (true) {
    const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file);
    text.append(buffer.data(), count);
    if (text.size() > most_bytes) return std::make_error_code(std::errc::file_too_large);
    if (count < buffer.size()) break;
  }
  if (std::ferror(file) != 0) return std::error_code(errno, std::generic_category());
  return text;
}

Text read_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (file == nullptr) return std::error_code(errno, std::generic_category());
  return read_all(file.get());
}

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

bool is_spec(const fs::path& path) { return path.extension() == ".yaml" || path.extension() == ".yml"; }

class Collection {
 public:
  explicit Collection(std::string_view stdin_name) : stdin_name_(stdin_name) {}

  void add(const std::string& path) {
    std::error_code unknown;
    if (path == "-") {
      keep(stdin_name_, read_all(stdin));
    } else if (fs::is_directory(path, unknown)) {
      search(path);
    } else {
      add_file(path);
    }
  }

  Inputs take() && {
    for (auto& [key, source] : sources_) inputs_.sources.push_back(std::move(source));
    std::stable_sort(inputs_.sources.begin(), inputs_.sources.end(),
                     [](const spec::Source& a, const spec::Source& b) { return a.file() < b.file(); });
    return std::move(inputs_);
  }

 private:
  void complain(const std::string& name, const std::error_code& error) {
    inputs_.complaints.push_back(fmt::format("cannot read `{}`: {}", name, error.message()));
  }

  void add_file(const std::string& path) {
    if (!sources_.contains(key(path))) keep(path, read_file(path));
  }

  void keep(const std::string& name, Text text) {
    if (const auto* error = std::get_if<std::error_code>(&text)) return complain(name, *error);
    sources_.try_emplace(key(name), name, std::get<std::string>(std::move(text)));
  }

  void search(const std::string& directory) {
    std::error_code error;
    std::vector<std::string> found;
    fs::recursive_directory_iterator at(directory, error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      std::error_code unknown;
      const bool is_directory = at->is_directory(unknown);
      if (is_hidden(at->path())) {
        if (is_directory) at.disable_recursion_pending();
      } else if (!is_directory && is_spec(at->path())) {
        found.push_back(at->path().string());
      }
    }
    if (error) return complain(directory, error);
    if (found.empty()) inputs_.complaints.push_back(fmt::format("no `.yaml` or `.yml` file in `{}`", directory));
    for (const std::string& file : found) add_file(file);
  }

  /// The same file under two spellings is one.
  static std::string key(const std::string& path) { return fs::path(path).lexically_normal().string(); }

  std::string stdin_name_;
  std::map<std::string, spec::Source> sources_;
  Inputs inputs_;
};

}  // namespace

Inputs read_inputs(const std::vector<std::string>& paths, std::string_view stdin_name) {
  Collection collection(stdin_name);
  for (const std::string& path : paths) collection.add(path);
  return std::move(collection).take();
}

}  // namespace treefall::cli
