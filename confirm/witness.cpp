// A witness is cut from a trace: its header, then at most `kept_lines` lines before the fall and the fall itself.
#include "confirm/witness.hpp"

#include <algorithm>
#include <deque>
#include <string_view>

#include "confirm/trace_line.hpp"
#include "runtime/simulate.hpp"

namespace treefall::confirm {
namespace {

constexpr std::size_t kept_lines = 200;
constexpr std::size_t lines_of_fall = 20'000;  // a subtree of thousands of processes stops in thousands of lines

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
