// The door of beam/: plays designs on the user's own Erlang VM, in real time, with OTP's real supervisors and
// gen_servers, and writes down what happened in the words of runtime::trace. It opens no port and needs no
// distribution.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "spec/design.hpp"
#include "spec/time.hpp"

namespace treefall::beam {

struct Options {
  std::uint64_t seed = 1;
  /// How long each design is played, in node time. It takes as long in real time.
  spec::Duration until = std::chrono::seconds(10);
  /// How many designs begin in each second of the VM; more at a time make its timers later.
  unsigned at_a_time = 20;
  /// Where in the VM's whole second a tree starts that does not fix its `clock_phase`.
  spec::Duration phase = spec::Duration{0};
  /// The program to run; found in PATH.
  std::string erl = "erl";
  /// Asked every few milliseconds; the VM is killed when it becomes true. May be null.
  const std::atomic<bool>* stop = nullptr;
  /// Write down also what happens to each message, for measurements, and stop the node in order at the end: further
  /// lines among those of the trace.
  ///   `arrives`, `taken_up` {process, id}: a message or tick came to a worker; it began with it (id 0: with what is no
  ///   message), `done` {process, id, handled: 0|1} and went on; `called` {from, to, outcome: ok|timeout|failed}: a
  ///   call is over; `late` {ms, count}: so many timers rang so many whole milliseconds late; `draining`: the time is
  ///   over, the node is told to stop, and what follows belongs to that.
  /// Their times are those that were meant, without the lateness of the VM's timers.
  bool measured = false;
  /// Gets how long the VM has been running. May be empty.
  std::function<void(spec::Duration)> progress;
};

/// One design, to be played once.
struct Part {
  const spec::Design* design = nullptr;
  std::uint64_t seed = 1;
  spec::Duration phase{};  // where the design does not fix its `clock_phase`
};

struct Played {
  /// For each design the trace lines, header first, without line ends. Empty where `error` says why.
  std::vector<std::vector<std::string>> traces;
  /// In plain words, for the user; empty when all went well. `stopped` when `Options::stop` became true.
  std::string error;
};

/// Plays all designs in one VM. Writes to a temporary directory of its own and removes it.
Played play(const std::vector<const spec::Design*>& designs, const Options& options);
Played play(const std::vector<Part>& parts, const Options& options);

/// The release of the Erlang VM that `erl` runs, or in words for the user why there is none.
struct Installed {
  std::optional<std::uint32_t> otp;
  std::string error;
};
Installed installed(const std::string& erl = "erl");

}  // namespace treefall::beam
