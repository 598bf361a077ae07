// A bar on a terminal's last line, gone when the work is done.
#pragma once

#include <chrono>
#include <string>

#include "cli/console.hpp"

namespace treefall::cli {

class Progress {
 public:
  /// Draws nothing where the console wants no progress.
  explicit Progress(Console& console) : console_(console), wanted_(console.progress_wanted()) {}
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `share` from 0 to 1 and what stands behind the bar; at most ten times a second. From one thread at a time.
  void show(double share, const std::string& text);

 private:
  Console& console_;
  bool wanted_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
};

}  // namespace treefall::cli
