// OTP's own words, as closed sets.
#pragma once

#include <string>

#include "spec/time.hpp"

namespace treefall::spec {

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
