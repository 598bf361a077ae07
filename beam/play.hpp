// The door of beam/: plays designs on the user's own Erlang VM, in real time, with OTP's real supervisors and
// gen_servers, and writes down what happened in the words of runtime::trace. It opens no port and needs no
// distribution.
#pragma once

#include <atomic>
#include <cstdint>
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
};

struct Played {
  /// For each design the trace lines, header first, without line ends. Empty where `error` says why.
  std::vector<std::vector<std::string>> traces;
  /// In plain words, for the user; empty when all went well.
  std::string error;
};

/// Plays all designs in one VM. Writes to a temporary directory of its own and removes it.
Played play(const std::vector<const spec::Design*>& designs, const Options& options);

}  // namespace treefall::beam
