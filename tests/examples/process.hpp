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
inline Run treefall(const std::string& arguments) {
  const std::string command = "cd '" TREEFALL_ROOT "' && '" TREEFALL_BINARY "' " + arguments + " 2>/dev/null";
  Run run;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return run;
  std::array<char, 1 << 16> buffer{};
  while (const std::size_t read = fread(buffer.data(), 1, buffer.size(), pipe)) run.out.append(buffer.data(), read);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) run.exit_code = WEXITSTATUS(status);
  return run;
}

}  // namespace treefall::tests
