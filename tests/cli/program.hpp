// Runs the built program as a shell would, in a directory of its own.
#pragma once

#include <stdlib.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

// Sanitizers reserve more memory than any limit, for themselves; g++ and clang say differently that they are there.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TREEFALL_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TREEFALL_SANITIZED
#endif
#endif

namespace treefall::tests {

struct Run {
  int exit = -1;
  std::string out;
  std::string err;
};

inline std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A directory that is gone afterwards.
class Place {
 public:
  Place() {
    std::string name = (std::filesystem::temp_directory_path() / "treefall-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Place() { std::filesystem::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  /// `treefall ARGUMENTS` in this directory, the words as a shell reads them; `before` may set variables or be a pipe.
  Run run(const std::string& arguments, const std::string& before = "") const {
    return shell(before + " '" TREEFALL_BINARY "' " + arguments);
  }
  /// Any command; standard output and error apart.
  Run shell(const std::string& command) const {
    const std::string all = "cd '" + path_.string() + "' && unset NO_COLOR FORCE_COLOR && { " + command + " ; } > '" +
                            (path_ / ".out").string() + "' 2> '" + (path_ / ".err").string() + "'";
    const int status = std::system(all.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(path_ / ".out"), contents(path_ / ".err")};
  }

 private:
  std::filesystem::path path_;
};

}  // namespace treefall::tests
