// Why a process ended, in 32 bits: a kind, and a term of the design or the place it is about.
#pragma once

#include <cstdint>

#include "runtime/types.hpp"

namespace treefall::runtime {

class Reason {
 public:
  enum class Kind : std::uint8_t {
    normal,
    shutdown,
    shutdown_with,     // {shutdown, term}
    killed,            // by exit(Pid, kill)
    crash,             // anything else; a term says what
    timeout,           // {timeout, {gen_server, call, ...}}: the callee's place
    noproc,            // the callee was not alive
    callee_crashed,    // {Reason, {gen_server, call, ...}}: the callee ended during the call
    callee_shut_down,  // the same with `shutdown`: matches {shutdown, _}
  };

  constexpr Reason() = default;
  constexpr Reason(Kind kind, std::uint32_t detail) : bits_(static_cast<std::uint32_t>(kind) << 28 | detail) {}
  static constexpr Reason unpack(std::uint32_t bits) {
    Reason reason;
    reason.bits_ = bits;
    return reason;
  }

  constexpr std::uint32_t pack() const { return bits_; }
  constexpr Kind kind() const { return static_cast<Kind>(bits_ >> 28); }
  constexpr std::uint32_t detail() const { return bits_ & 0xfffffff; }
  /// normal, shutdown or {shutdown, _}: a transient child is not restarted.
  constexpr bool orderly() const {
    return kind() == Kind::normal || kind() == Kind::shutdown || kind() == Kind::shutdown_with ||
           kind() == Kind::callee_shut_down;
  }
  friend constexpr bool operator==(Reason, Reason) = default;

 private:
  std::uint32_t bits_ = 0;
};

/// Terms that the runtime itself makes; a design's own come behind them.
enum class Term : std::uint32_t {
  error,
  function_clause,  // a message that no clause takes
  init,             // init failed
  handle_continue,
  task,  // a task that crashed or came late
  already_started,
  calling_self,
  stale,  // a pid or table of an earlier incarnation was used
  failed_to_start_child,
  max_children,
};
inline constexpr std::uint32_t own_terms = 10;

/// What `timeout` and the reasons of calls are about when it is not a place: tasks, init.
inline constexpr std::uint32_t of_task = 0xffffffe;
inline constexpr std::uint32_t of_init = 0xffffffd;

inline constexpr Reason exit_normal{Reason::Kind::normal, 0};
inline constexpr Reason exit_shutdown{Reason::Kind::shutdown, 0};
inline constexpr Reason exit_killed{Reason::Kind::killed, 0};
inline constexpr Reason crashed(Term term) { return {Reason::Kind::crash, static_cast<std::uint32_t>(term)}; }

}  // namespace treefall::runtime
