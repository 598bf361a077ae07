// Knows how to redraw a line.
#include "cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace treefall::cli {

Progress::~Progress() {
  if (drawn_) console_.err("\r\x1b[K");
}

void Progress::show(double share, const std::string& text) {
  constexpr int cells = 30;
  const auto now = std::chrono::steady_clock::now();
  if (!wanted_ || now < next_) return;
  next_ = now + std::chrono::milliseconds(100);
  drawn_ = true;
  const int full = static_cast<int>(std::clamp(share, 0.0, 1.0) * cells);
  console_.err(fmt::format("\r\x1b[K  [{:=<{}}{: <{}}] {:3.0f} %  {}", "", full, "", cells - full,
                           100 * std::clamp(share, 0.0, 1.0), text));
}

}  // namespace treefall::cli
