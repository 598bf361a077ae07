// The text of one file, with its lines: what diagnostics point into.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spec/span.hpp"

namespace treefall::spec {

class Source {
 public:
  Source(std::string file, std::string text);
  const std::string& file() const { return file_; }
  std::string_view text() const { return text_; }
  std::uint32_t line_count() const { return static_cast<std::uint32_t>(starts_.size()); }
  /// Line `number` (from 1) without its line end.
  std::string_view line(std::uint32_t number) const;
  /// The position of a byte offset.
  Position position(std::uint32_t byte) const;

 private:
  std::uint32_t continuations_before(std::uint32_t byte) const;

  std::string file_;
  std::string text_;
  std::vector<std::uint32_t> starts_;
  std::vector<std::uint32_t> continuations_;  // UTF-8 continuation bytes before each block of text
};

}  // namespace treefall::spec
