// The two streams of a command and what they can show. Results go out, everything else to err.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "cli/command.hpp"
#include "report/paint.hpp"
#include "report/results.hpp"

namespace treefall::cli {

/// `auto`, `always` or `never`; the last two beat every variable of the environment.
bool colours_wanted(std::string_view color, bool is_terminal);

class Console {
 public:
  explicit Console(std::string_view color);

  /// How a result for standard output shall look; with the time since the start only on a terminal.
  report::Look look() const;
  report::Paint error_paint() const { return error_paint_; }
  bool progress_wanted() const { return err_is_terminal_; }

  /// False when nobody reads any more: silently so, as a pipe may be closed at any time. Another failure is complained
  /// about at the end, by `finish`.
  bool out(std::string_view text);
  void err(std::string_view text);
  /// `error: …`, and `  = help: …` where there is help.
  void complain(std::string_view text, std::string_view help = {});
  void note(std::string_view text);

  /// The exit code to end with, after all is written.
  Exit finish(Exit exit);

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  bool out_is_terminal_;
  bool err_is_terminal_;
  report::Paint out_paint_;
  report::Paint error_paint_;
  int out_failed_ = 0;  // errno
};

}  // namespace treefall::cli
