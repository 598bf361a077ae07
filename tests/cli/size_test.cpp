// No input takes the program 2 s or 300 MiB, however large it is: files of the most bytes that are read.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "tests/cli/program.hpp"

#if defined(NDEBUG) && !defined(TREEFALL_SANITIZED)  // of a release build

namespace {

struct Use {
  int exit = -1;
  double seconds = 0;  // of the processor: the machine may be busy with other things
  long mebibytes = 0;  // the most that was resident
};

Use lint(const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    execl(TREEFALL_BINARY, "treefall", "lint", path.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, seconds(usage.ru_utime) + seconds(usage.ru_stime),
          usage.ru_maxrss / 1024};
}

/// As many children as fit into the largest file.
std::string largest(const std::function<std::string(std::size_t)>& child) {
  constexpr std::size_t most = 3 << 20;
  std::string text = "treefall: 1\ntree:\n  supervisor: S\n  children:\n";
  for (std::size_t i = 0;; ++i) {
    const std::string next = child(i);
    if (text.size() + next.size() > most) return text;
    text += next;
  }
}

void fits(const std::string& what, const std::string& text, int exit) {
  const treefall::tests::Place place;
  place.write("large.yaml", text);
  Use use = lint((place / "large.yaml").string());
  for (int again = 0; again < 2 && use.seconds >= 2; ++again)  // who else runs on the core counts, too
    use = lint((place / "large.yaml").string());
  INFO(what << ": " << use.seconds << " s, " << use.mebibytes << " MiB");
  CHECK(use.exit == exit);
  CHECK(use.seconds < 2);
  CHECK(use.mebibytes < 300);
}

}  // namespace

TEST_CASE("the largest files are linted in bounds") {
  fits("workers", largest([](std::size_t i) { return fmt::format("    - worker: W{}\n", i); }), 0);
  fits("workers that crash",
       largest([](std::size_t i) { return fmt::format("    - {{worker: W{}, crashes: {{rate: 1/day}}}}\n", i); }), 1);
  fits("supervisors", largest([](std::size_t i) { return fmt::format("    - supervisor: S{}\n", i); }), 0);
  fits("links to nobody",
       largest([](std::size_t i) { return fmt::format("    - {{worker: W{0}, links: [X{0}]}}\n", i); }), 2);
  fits("unknown keys", largest([](std::size_t i) { return fmt::format("    - {{worker: W{0}, k{0}: 1}}\n", i); }), 2);
}

#endif
