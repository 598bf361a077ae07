// The vocabulary of quantities that the analyser predicts, the runtime measures and promises bound.
// Definitions stand in docs/language.md, section Promises; units are base units (seconds, per second, 0 to 1,
// messages).
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace treefall::spec {

enum class Quantity {
  failure_probability,   // that a supervisor gives up at least once within a span
  mean_time_to_failure,  // from an incarnation's start to its giving up
  restart_rate,          // restarts counted by a supervisor; restarts of a worker
  crash_rate,            // exits that are not orderly
  availability,          // share of time up and past init
  utilisation,           // offered load (predicted), busy share (measured)
  throughput,            // answered or handled messages
  mean_wait,             // in the mailbox, of messages taken up
  p99_wait,
  timeout_probability,  // per call
  mailbox_length,       // time average
  mailbox_growth,       // slope in overload
  lost_messages,        // per time
  boot_time,
  shutdown_time,
  boot_failure_probability,  // that the first start of a tree fails
  lost_per_crash,            // messages lost at one crash of a worker
};
inline constexpr std::size_t quantity_count = 17;

enum class Unit { probability, seconds, per_second, messages, messages_per_second, share };

struct QuantityInfo {
  Quantity quantity;
  std::string_view name;   // as written in specs and JSON
  std::string_view label;  // as shown to people: "mean time to failure"
  Unit unit;
  bool of_supervisor, of_application, of_worker, of_traffic;
  std::string_view definition;
};

/// All quantities, in the order of the enumeration.
const std::array<QuantityInfo, quantity_count>& quantities();
const QuantityInfo& info(Quantity quantity);
std::string_view name(Quantity quantity);
std::string_view name(Unit unit);
std::optional<Quantity> quantity_named(std::string_view name);

}  // namespace treefall::spec
