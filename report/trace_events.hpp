// Lines of a trace (docs/commands.md) as values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace treefall::report {

/// One event; what its line does not have is empty or 0.
struct TraceEvent {
  std::int64_t t_ns = 0;
  std::string event;
  std::string process;
  std::string reason;
  std::string by;
  std::string to;
  std::string fault;
  std::string application;
  std::uint64_t count = 0;
  std::uint64_t in_window = 0;
  std::uint64_t restarts = 0;
  std::uint64_t intensity = 0;
  std::uint64_t period_s = 0;
};

struct TraceHeader {
  std::uint64_t seed = 0;
  std::optional<std::uint64_t> replica;
};

/// Nothing where the line is not such a line.
std::optional<TraceHeader> trace_header(std::string_view line);
std::optional<TraceEvent> trace_event(std::string_view line);

}  // namespace treefall::report
