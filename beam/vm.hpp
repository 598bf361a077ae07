// The user's Erlang VM as a child of this program. Internal to beam/. It opens no port, starts no epmd, reads no
// ~/.erlang, and goes with us: Ctrl-C, a time limit or our own sudden end leave neither process nor files.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace treefall::beam {

/// A directory of our own among the system's temporary ones, that goes with its owner. Its path is empty where none
/// could be made.
class Directory {
 public:
  Directory();
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Where PATH finds that program; one that is named with a `/` is taken as it is.
std::optional<std::filesystem::path> in_path(const std::string& program);

struct Limits {
  std::chrono::nanoseconds longest{};
  /// Asked every few milliseconds; the VM is killed when it becomes true. May be null.
  const std::atomic<bool>* stop = nullptr;
  /// Called every few milliseconds, while the VM runs, with how long it has. May be empty.
  std::function<void(std::chrono::nanoseconds)> progress;
};

struct Ended {
  enum class How { exited, stopped, too_late, not_started };
  How how = How::not_started;
  int status = 0;  // of waitpid where it exited; errno where it did not start
};

/// Runs `erl -eval EXPRESSION` in that directory, output in its file `stdout`, until it ends. `expression` must end the
/// VM. The VM ends, and removes the directory, as soon as this process is gone, whatever it died of.
Ended run_vm(const std::filesystem::path& program, const std::filesystem::path& directory,
             const std::string& expression, const Limits& limits);

}  // namespace treefall::beam
