// Runs the built program as a user would, and reads what it prints.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

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

}  // namespace treefall::tests
