// The VM gets a process group of its own, so that a terminal's Ctrl-C comes to us alone and we can end all of it, and
// as standard input a pipe that nobody writes to: the kernel closes it when we are gone, and a process in the VM that
// waits for that takes the VM and its directory away.
#include "beam/vm.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

namespace treefall::beam {
namespace {

namespace fs = std::filesystem;

/// The environment without what would change how `erl` starts (a node name, say), and without crash dumps.
std::vector<std::string> environment() {
  std::vector<std::string> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    const bool flags = variable.starts_with("ERL_FLAGS=") || variable.starts_with("ERL_AFLAGS=") ||
                       variable.starts_with("ERL_ZFLAGS=") || variable.starts_with("ERL_CRASH_DUMP_SECONDS=");
    if (!flags) kept.emplace_back(variable);
  }
  kept.emplace_back("ERL_CRASH_DUMP_SECONDS=0");
  return kept;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& string : strings) result.push_back(string.data());
  result.push_back(nullptr);
  return result;
}

constexpr const char* until_we_are_gone =
    "{ok, Home} = file:get_cwd(), spawn(fun() -> eof = io:get_line(user, \"\"), file:del_dir_r(Home), erlang:halt(9) "
    "end), ";

/// A pipe of which the child gets the end to read from; ours is closed with its owner.
class Pipe {
 public:
  Pipe() {
    if (pipe2(ends_, O_CLOEXEC) != 0) ends_[0] = ends_[1] = -1;
  }
  ~Pipe() {
    hand_over();
    if (ends_[1] >= 0) close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  bool good() const { return ends_[0] >= 0; }
  int to_read() const { return ends_[0]; }
  /// The child has its end now.
  void hand_over() {
    if (ends_[0] >= 0) close(ends_[0]);
    ends_[0] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
};

/// Returns 0, or the error.
int start(const fs::path& program, const fs::path& directory, const std::string& expression, int input, pid_t& pid) {
  std::vector<std::string> arguments{program.string(),
                                     "-noshell",
                                     "-boot",
                                     "no_dot_erlang",
                                     "+P",
                                     "1000000",
                                     "+Q",
                                     "65536",
                                     "+t",
                                     "5000000",
                                     "-eval",
                                     until_we_are_gone + expression};
  std::vector<std::string> variables = environment();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const std::string out = (directory / "stdout").string();
  posix_spawn_file_actions_adddup2(&actions, input, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  const int error =
      posix_spawn(&pid, program.c_str(), &actions, &attributes, pointers(arguments).data(), pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

Ended wait_for(pid_t pid, const Limits& limits) {
  const auto began = std::chrono::steady_clock::now();
  Ended ended;
  for (;;) {
    if (waitpid(pid, &ended.status, WNOHANG) == pid) {
      ended.how = Ended::How::exited;
      return ended;
    }
    const auto passed = std::chrono::steady_clock::now() - began;
    const bool stopped = limits.stop != nullptr && limits.stop->load();
    if (stopped || passed > limits.longest) {
      kill(-pid, SIGKILL);
      waitpid(pid, &ended.status, 0);
      ended.how = stopped ? Ended::How::stopped : Ended::How::too_late;
      return ended;
    }
    if (limits.progress) limits.progress(passed);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace

Directory::Directory() {
  std::error_code error;
  std::string pattern = (fs::temp_directory_path(error) / "treefall-beam-XXXXXX").string();
  if (!error && mkdtemp(pattern.data()) != nullptr) path_ = pattern;
}

Directory::~Directory() {
  std::error_code ignored;  // what is left in the system's directory for such things is not worth an error
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

std::optional<fs::path> in_path(const std::string& program) {
  if (program.find('/') != std::string::npos) return fs::path(program);
  const char* path = std::getenv("PATH");
  std::istringstream places(path == nullptr ? "" : path);
  for (std::string place; std::getline(places, place, ':');) {
    const fs::path candidate = fs::path(place) / program;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

Ended run_vm(const fs::path& program, const fs::path& directory, const std::string& expression, const Limits& limits) {
  Pipe pipe;
  if (!pipe.good()) return {Ended::How::not_started, errno};
  pid_t pid = -1;
  const int error = start(program, directory, expression, pipe.to_read(), pid);
  if (error != 0) return {Ended::How::not_started, error};
  pipe.hand_over();
  return wait_for(pid, limits);
}

}  // namespace treefall::beam
