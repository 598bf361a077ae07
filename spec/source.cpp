#include "spec/source.hpp"

#include <algorithm>
#include <utility>

namespace treefall::spec {

namespace {

constexpr std::size_t block = 256;  // so that positions in one line of a megabyte stay cheap

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

Source::Source(std::string file, std::string text) : file_(std::move(file)), text_(std::move(text)) {
  starts_.push_back(0);
  std::uint32_t continuations = 0;
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (i % block == 0) continuations_.push_back(continuations);
    if (continues(text_[i])) ++continuations;
    if (text_[i] == '\n') starts_.push_back(static_cast<std::uint32_t>(i + 1));
  }
  if (starts_.size() > 1 && starts_.back() == text_.size()) starts_.pop_back();
}

std::string_view Source::line(std::uint32_t number) const {
  if (number == 0 || number > starts_.size()) return {};
  const std::size_t start = starts_[number - 1];
  std::size_t end = text_.find('\n', start);
  if (end == std::string::npos) end = text_.size();
  if (end > start && text_[end - 1] == '\r') --end;
  return std::string_view(text_).substr(start, end - start);
}

std::uint32_t Source::continuations_before(std::uint32_t byte) const {
  if (byte == 0) return 0;
  const std::size_t first = (byte - 1) / block * block;
  const std::size_t next = first / block + 1;
  std::uint32_t count = continuations_[next - 1];
  if (next < continuations_.size() && continuations_[next] == count) return count;  // plain ASCII, as nearly always
  for (std::size_t i = first; i < byte; ++i) {
    if (continues(text_[i])) ++count;
  }
  return count;
}

Position Source::position(std::uint32_t byte) const {
  byte = std::min(byte, static_cast<std::uint32_t>(text_.size()));
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), byte);
  const auto line = static_cast<std::uint32_t>(after - starts_.begin());
  const std::uint32_t start = starts_[line - 1];
  std::uint32_t column = 1 + (byte - start) - (continuations_before(byte) - continuations_before(start));
  // A byte order mark takes no column.
  if (line == 1 && byte >= 3 && text_.starts_with("\xEF\xBB\xBF")) --column;
  return {line, column, byte};
}

}  // namespace treefall::spec
