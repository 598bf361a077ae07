// A witness is cut from a trace: its header, then at most `kept_lines` lines before the fall and the fall itself.
#include "confirm/witness.hpp"

#include <algorithm>
#include <deque>
#include <string_view>

#include "runtime/simulate.hpp"

namespace treefall::confirm {
namespace {

constexpr std::size_t kept_lines = 200;
constexpr std::size_t lines_of_fall = 20'000;  // a subtree of thousands of processes stops in thousands of lines

/// `Sup[3]/Child[0]` as `Sup[]/Child[]`: a subject whose copies are open stands for all of them.
std::string without_copies(std::string_view path) {
  std::string plain;
  bool inside = false;
  for (const char c : path) {
    if (c == ']') inside = false;
    if (!inside) plain += c;
    if (c == '[') inside = true;
  }
  return plain;
}

std::string_view field(std::string_view line, std::string_view key) {
  const std::string pattern = '"' + std::string(key) + "\":";
  const std::size_t at = line.find(pattern);
  if (at == std::string_view::npos) return {};
  std::string_view rest = line.substr(at + pattern.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  if (rest.starts_with('"')) return rest.substr(1, rest.find('"', 1) - 1);
  return rest.substr(0, rest.find_first_of(",}"));
}

class Fall {
 public:
  Fall(const spec::Design& design, const spec::Subject& subject)
      : application_(std::holds_alternative<spec::ApplicationSubject>(subject)),
        name_(without_copies(spec::path(design, subject))) {}

  bool is(std::string_view line) const {
    if (application_)
      return field(line, "event") == "node_stopped" && without_copies(field(line, "application")) == name_;
    return field(line, "event") == "gave_up" && without_copies(field(line, "process")) == name_;
  }

 private:
  bool application_;
  std::string name_;
};

}  // namespace

std::vector<std::string> witness(const spec::Design& design, std::uint64_t seed, std::uint64_t replica,
                                 spec::Duration until, const spec::Subject& subject) {
  const Fall fall(design, subject);
  std::string header;
  std::deque<std::string> before;
  std::vector<std::string> after;
  std::string fell_at;
  runtime::trace(design, seed, replica, until, [&](std::string_view line) {
    if (header.empty()) {
      header = line;
      return true;
    }
    if (!fell_at.empty()) {
      if (field(line, "t_ns") != fell_at || after.size() >= lines_of_fall) return false;
      after.emplace_back(line);
      return true;
    }
    if (fall.is(line)) {
      fell_at = field(line, "t_ns");
      after.emplace_back(line);
      return true;
    }
    before.emplace_back(line);
    if (before.size() > kept_lines) before.pop_front();
    return true;
  });
  if (fell_at.empty()) return {};
  std::vector<std::string> lines{header};
  lines.insert(lines.end(), before.begin(), before.end());
  lines.insert(lines.end(), after.begin(), after.end());
  return lines;
}

}  // namespace treefall::confirm
