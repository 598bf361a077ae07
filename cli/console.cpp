// Knows terminals and the environment's wishes about colour.
#include "cli/console.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "report/glyphs.hpp"

namespace treefall::cli {

namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

bool colours_wanted(std::string_view color, bool is_terminal) {
  if (color == "always") return true;
  if (color == "never") return false;
  if (const auto force = environment("FORCE_COLOR"); !force.empty()) return force != "0";
  if (!environment("NO_COLOR").empty() || environment("TERM") == "dumb") return false;
  return is_terminal;
}

Console::Console(std::string_view color)
    : out_is_terminal_(isatty(STDOUT_FILENO) != 0),
      err_is_terminal_(isatty(STDERR_FILENO) != 0),
      out_paint_{colours_wanted(color, out_is_terminal_)},
      error_paint_{colours_wanted(color, err_is_terminal_)} {}

report::Look Console::look() const {
  report::Look look{out_paint_, std::nullopt};
  if (out_is_terminal_) look.elapsed = std::chrono::steady_clock::now() - start_;
  return look;
}

bool Console::out(std::string_view text) {
  if (out_failed_ != 0) return false;
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) out_failed_ = errno != 0 ? errno : EIO;
  return out_failed_ == 0;
}

void Console::err(std::string_view text) {
  std::fflush(stdout);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void Console::complain(std::string_view text, std::string_view help) {
  err(error_paint_(report::Style::error, "error") + error_paint_(report::Style::strong, ": " + report::shown(text)) +
      "\n");
  if (!help.empty()) {
    err("  " + error_paint_(report::Style::secondary, "=") + error_paint_(report::Style::strong, " help: ") +
        std::string(help) + "\n");
  }
}

void Console::note(std::string_view text) { err("treefall: " + report::shown(text) + "\n"); }

Exit Console::finish(Exit exit) {
  errno = 0;
  if (std::fflush(stdout) != 0 && out_failed_ == 0) out_failed_ = errno != 0 ? errno : EIO;
  if (out_failed_ == 0 || out_failed_ == EPIPE) return exit;
  complain(fmt::format("cannot write to standard output: {}", std::strerror(out_failed_)));
  return Exit::failed;
}

}  // namespace treefall::cli
