// OTP's own words, as closed sets.
#pragma once

#include <cstdint>
#include <string>

#include "spec/time.hpp"

namespace treefall::spec {

// The OTP releases that a design can name.
inline constexpr std::uint32_t oldest_otp = 25;
inline constexpr std::uint32_t newest_otp = 29;
/// From here on OTP refuses auto_shutdown for a simple_one_for_one, and a child of one that returns `ignore` at its
/// restart is removed. Before, it stays behind without a process, and the supervisor's own stop ends in a crash.
inline constexpr std::uint32_t otp_with_sound_simple_one_for_one = 27;

enum class Dialect { elixir, erlang };
enum class Restart { permanent, transient, temporary };
enum class Strategy { one_for_one, one_for_all, rest_for_one };
enum class AutoShutdown { never, any_significant, all_significant };
enum class SupervisorKind { supervisor, dynamic, partition, task };
enum class WorkerKind { gen_server, gen_statem, agent, task, registry, process };
enum class StartType { permanent, transient, temporary };  // of an application

struct Shutdown {
  enum class How { brutal_kill, within, infinity };
  How how = How::within;
  Duration limit{};  // with `within`
};

/// `term` is what stands beside it: the x of {shutdown, x}, the name of an error.
struct ExitReason {
  enum class Kind { normal, shutdown, shutdown_with, killed, error };
  Kind kind = Kind::error;
  std::string term;
};

}  // namespace treefall::spec
