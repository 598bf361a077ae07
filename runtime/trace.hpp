// Writes an execution down as the lines of docs/formats.md: JSON with keys in a fixed order, whole nanoseconds.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/model.hpp"

namespace treefall::runtime {

struct Execution;

class Trace {
 public:
  Trace(const Model& model, const std::function<bool(std::string_view)>& line);

  void header(std::uint64_t seed, std::uint64_t replica, Time phase);
  void starting(const Execution& x, Slot slot, std::uint32_t attempt);
  void started(const Execution& x, Slot slot);
  void start_failed(const Execution& x, Slot slot, Reason reason, std::uint32_t incarnation);
  void start_ignored(const Execution& x, Slot slot);
  void exited(const Execution& x, Slot slot, Reason reason);
  void restart_counted(const Execution& x, Slot slot, std::uint64_t in_window);
  void gave_up(const Execution& x, Slot slot, std::uint64_t restarts);
  void auto_shutdown(const Execution& x, Slot slot);
  void stopping(const Execution& x, Slot slot);
  void message_lost(const Execution& x, Slot slot, std::uint64_t count);
  /// `caller`: a slot, or `outside` and which traffic.
  void call_failed(const Execution& x, std::uint32_t caller, Slot callee, Reason reason, bool callee_ended);
  void fault(const Execution& x, std::uint32_t fault, bool begins);
  void node_stopped(const Execution& x, std::uint32_t application, Reason reason);
  void stopped_early(const Execution& x, std::string_view why);

  /// Whoever reads wants no more.
  bool refused() const { return refused_; }

 private:
  void begin(const Execution& x, std::string_view event);
  void begin(const Execution& x, std::string_view event, Slot slot);
  void begin(const Execution& x, std::string_view event, Slot slot, std::uint32_t incarnation);
  void text(std::string_view key, std::string_view value);
  void number(std::string_view key, std::uint64_t value);
  void end();
  std::string_view path_of(Slot slot);
  std::string reason_text(Reason reason);
  std::string outside_name(std::uint32_t traffic) const;

  const Model& model_;
  const std::function<bool(std::string_view)>& line_;
  std::string buffer_;
  std::vector<std::string> paths_;
  bool refused_ = false;
};

}  // namespace treefall::runtime
