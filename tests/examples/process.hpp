// Runs the built program as a user would, and reads what it prints.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace treefall::tests {

struct Run {
  int exit_code = -1;
  std::string out;
};

/// `arguments` as typed in a shell, in the project's root; standard error is dropped.
inline Run run(const std::string& arguments) {
  const std::string command = "cd '" TREEFALL_ROOT "' && '" TREEFALL_BINARY "' " + arguments + " 2>/dev/null";
  Run result;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return result;
  std::array<char, 1 << 16> buffer{};
  while (const std::size_t read = fread(buffer.data(), 1, buffer.size(), pipe)) result.out.append(buffer.data(), read);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  return result;
}

/// A run of the built program that can be sent signals. What it prints is dropped.
class Program {
 public:
  /// `temporary`: where its temporary files go.
  Program(std::vector<std::string> arguments, const std::string& temporary) : pid_(fork()) {
    if (pid_ != 0) return;
    setenv("TMPDIR", temporary.c_str(), 1);
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, 1);
    dup2(nowhere, 2);
    arguments.insert(arguments.begin(), TREEFALL_BINARY);
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    execv(TREEFALL_BINARY, pointers.data());
    _exit(127);
  }
  ~Program() {
    if (pid_ <= 0) return;
    send(SIGKILL);
    wait();
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void send(int signal) const { kill(pid_, signal); }
  /// Its exit code; where a signal ended it, minus that.
  int wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

}  // namespace treefall::tests
