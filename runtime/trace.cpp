// The wording of trace lines.
#include "runtime/trace.hpp"

#include <fmt/format.h>

#include <iterator>

#include "runtime/execution.hpp"

namespace treefall::runtime {
namespace {

void append_escaped(std::string& out, std::string_view text) {
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\') {
      out += '\\';
      out += character;
    } else if (byte < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out += character;
    }
  }
}

/// The process that holds the place, or is about to.
std::uint32_t incarnation(const Execution& x, Slot slot) {
  const Process& process = x.processes[slot];
  return process.successes + (process.status == Status::starting ? 1 : 0);
}

}  // namespace

Trace::Trace(const Model& model, const std::function<bool(std::string_view)>& line)
    : model_(model), line_(line), paths_(model.places.size()) {}

std::string_view Trace::path_of(Slot slot) {
  std::string& known = paths_[slot];
  if (known.empty()) known = path(model_, slot);
  return known;
}

std::string Trace::outside_name(std::uint32_t traffic) const {
  return model_.traffic[traffic].scripted ? "script" : "traffic:" + model_.design->traffic[traffic].name;
}

std::string Trace::reason_text(Reason reason) {
  const auto whom = [&]() -> std::string {
    if (reason.detail() == of_task) return "task";
    if (reason.detail() == of_init) return "init";
    return std::string(path_of(reason.detail()));
  };
  switch (reason.kind()) {
    case Reason::Kind::normal:
      return "normal";
    case Reason::Kind::shutdown:
      return "shutdown";
    case Reason::Kind::shutdown_with:
      return "shutdown:" + model_.terms[reason.detail()];
    case Reason::Kind::killed:
      return "killed";
    case Reason::Kind::crash:
      return "crash:" + model_.terms[reason.detail()];
    case Reason::Kind::timeout:
      return "timeout:" + whom();
    case Reason::Kind::noproc:
      return "noproc:" + whom();
    case Reason::Kind::callee_crashed:
      return "crash:" + whom();
    case Reason::Kind::callee_shut_down:
      return "shutdown:" + whom();
  }
  return {};
}

void Trace::text(std::string_view key, std::string_view value) {
  buffer_ += ", \"";
  buffer_ += key;
  buffer_ += "\": \"";
  append_escaped(buffer_, value);
  buffer_ += '"';
}

void Trace::number(std::string_view key, std::uint64_t value) {
  fmt::format_to(std::back_inserter(buffer_), ", \"{}\": {}", key, value);
}

void Trace::begin(const Execution& x, std::string_view event) {
  buffer_.clear();
  fmt::format_to(std::back_inserter(buffer_), "{{\"t_ns\": {}, \"event\": \"{}\"", x.now, event);
}

void Trace::begin(const Execution& x, std::string_view event, Slot slot) {
  begin(x, event, slot, incarnation(x, slot));
}

void Trace::begin(const Execution& x, std::string_view event, Slot slot, std::uint32_t number_of) {
  begin(x, event);
  text("process", path_of(slot));
  number("incarnation", number_of);
}

void Trace::end() {
  buffer_ += '}';
  if (!refused_) refused_ = !line_(buffer_);
}

void Trace::header(std::uint64_t seed, std::uint64_t replica, Time phase) {
  buffer_.clear();
  fmt::format_to(std::back_inserter(buffer_),
                 "{{\"treefall_trace\": 1, \"seed\": {}, \"replica\": {}, \"clock_phase_ns\": {}", seed, replica,
                 phase);
  text("spec", model_.design->file.empty() ? model_.design->name : model_.design->file);
  end();
}

void Trace::starting(const Execution& x, Slot slot, std::uint32_t attempt) {
  begin(x, "starting", slot, x.processes[slot].successes + 1);
  number("attempt", attempt);
  end();
}

void Trace::started(const Execution& x, Slot slot) {
  begin(x, "started", slot);
  end();
}

void Trace::start_failed(const Execution& x, Slot slot, Reason reason, std::uint32_t incarnation) {
  begin(x, "start_failed", slot, incarnation);
  text("reason", reason_text(reason));
  end();
}

void Trace::start_ignored(const Execution& x, Slot slot) {
  begin(x, "start_ignored", slot);
  end();
}

void Trace::exited(const Execution& x, Slot slot, Reason reason) {
  begin(x, "exited", slot);
  text("reason", reason_text(reason));
  end();
}

void Trace::restart_counted(const Execution& x, Slot slot, std::uint64_t in_window) {
  begin(x, "restart_counted", slot);
  number("in_window", in_window);
  number("intensity", x.node(slot).max_restarts);
  end();
}

void Trace::gave_up(const Execution& x, Slot slot, std::uint64_t restarts) {
  begin(x, "gave_up", slot);
  number("restarts", restarts);
  number("intensity", x.node(slot).max_restarts);
  number("period_s", x.node(slot).max_seconds);
  end();
}

void Trace::auto_shutdown(const Execution& x, Slot slot) {
  begin(x, "auto_shutdown", slot);
  end();
}

void Trace::stopping(const Execution& x, Slot slot) {
  begin(x, "stopping", slot);
  const Slot parent = model_.places[slot].parent;
  const std::uint32_t application = x.node(slot).application;
  if (parent != no_slot) {
    text("by", path_of(parent));
  } else if (application != none) {
    text("by", "application:" + model_.design->applications[application].name);
  }
  text("how", x.node(slot).shutdown == spec::Shutdown::How::brutal_kill ? "brutal_kill" : "shutdown");
  end();
}

void Trace::message_lost(const Execution& x, Slot slot, std::uint64_t count) {
  begin(x, "message_lost", slot);
  number("count", count);
  end();
}

void Trace::call_failed(const Execution& x, std::uint32_t caller, Slot callee, Reason reason, bool callee_ended) {
  if ((caller & outside) != 0) {
    begin(x, "call_failed");
    text("process", outside_name(caller & ~outside));
  } else {
    begin(x, "call_failed", caller);
  }
  text("to", path_of(callee));
  if (!callee_ended && reason.kind() == Reason::Kind::timeout) {
    text("reason", "timeout");
  } else if (!callee_ended && reason.kind() == Reason::Kind::noproc) {
    text("reason", "noproc");
  } else {
    text("reason", reason_text(reason));
  }
  end();
}

void Trace::fault(const Execution& x, std::uint32_t fault, bool begins) {
  begin(x, begins ? "fault_began" : "fault_ended");
  text("fault", model_.design->faults[fault].name);
  end();
}

void Trace::node_stopped(const Execution& x, std::uint32_t application, Reason reason) {
  begin(x, "node_stopped");
  text("application", model_.design->applications[application].name);
  text("reason", reason_text(reason));
  end();
}

void Trace::stopped_early(const Execution& x, std::string_view why) {
  begin(x, "stopped_early");
  text("reason", why);
  end();
}

}  // namespace treefall::runtime
