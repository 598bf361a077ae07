// The table of quantities. One row says all there is to say about one; whoever needs a list of them reads it here.
#include "spec/quantity.hpp"

#include <cstddef>

namespace treefall::spec {

namespace {

// Columns: quantity, name, label, unit, then whether a supervisor, an application, a worker, a traffic source has it.
constexpr std::array<QuantityInfo, quantity_count> table{{
    {Quantity::failure_probability, "failure_probability", "failure probability", Unit::probability, true, true, false,
     false, "that it gives up at least once within the span (default: the horizon)"},
    {Quantity::mean_time_to_failure, "mean_time_to_failure", "mean time to failure", Unit::seconds, true, true, false,
     false, "from an incarnation's start to its giving up, over its incarnations"},
    {Quantity::restart_rate, "restart_rate", "restart rate", Unit::per_second, true, false, true, false,
     "restarts counted by the supervisor; restarts of the worker"},
    {Quantity::crash_rate, "crash_rate", "crash rate", Unit::per_second, true, false, true, false,
     "exits that are not orderly"},
    {Quantity::availability, "availability", "availability", Unit::share, true, true, true, false,
     "share of time up and past init"},
    {Quantity::utilisation, "utilisation", "utilisation", Unit::share, false, false, true, false,
     "offered load when predicted (may exceed 1), busy share when measured"},
    {Quantity::throughput, "throughput", "throughput", Unit::per_second, false, false, true, false,
     "answered or handled messages"},
    {Quantity::mean_wait, "mean_wait", "mean wait", Unit::seconds, false, false, true, false,
     "time in the mailbox, of messages that were taken up"},
    {Quantity::p99_wait, "p99_wait", "99th percentile of the wait", Unit::seconds, false, false, true, false,
     "time in the mailbox that 1 % of the messages taken up exceed"},
    {Quantity::timeout_probability, "timeout_probability", "timeout probability", Unit::probability, false, false, true,
     true, "that a call is not answered before its timeout, per call"},
    {Quantity::mailbox_length, "mailbox_length", "mailbox length", Unit::messages, false, false, true, false,
     "messages in the mailbox, time average"},
    {Quantity::mailbox_growth, "mailbox_growth", "mailbox growth", Unit::messages_per_second, false, false, true, false,
     "slope of the mailbox length in overload"},
    {Quantity::lost_messages, "lost_messages", "lost messages", Unit::messages_per_second, false, false, true, false,
     "discarded with the mailbox, interrupted by a death from outside, or cast to a name that was not alive; "
     "failed calls are not lost: their callers know"},
    {Quantity::boot_time, "boot_time", "boot time", Unit::seconds, true, true, false, false,
     "from the start of the first init to the end of the last"},
    {Quantity::shutdown_time, "shutdown_time", "shutdown time", Unit::seconds, true, true, false, false,
     "from the order to stop to the end of the last process"},
    {Quantity::boot_failure_probability, "boot_failure_probability", "boot failure probability", Unit::probability,
     true, true, false, false, "that the first start fails"},
    {Quantity::lost_per_crash, "lost_per_crash", "messages lost per crash", Unit::messages, false, false, true, false,
     "messages lost at one crash of the worker"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].quantity) != i) return false;
  return true;
}
static_assert(in_order(), "the table follows the enumeration");

}  // namespace

const std::array<QuantityInfo, quantity_count>& quantities() { return table; }

const QuantityInfo& info(Quantity quantity) { return table[static_cast<std::size_t>(quantity)]; }

std::string_view name(Quantity quantity) { return info(quantity).name; }

std::string_view name(Unit unit) {
  switch (unit) {
    case Unit::probability:
      return "probability";
    case Unit::seconds:
      return "seconds";
    case Unit::per_second:
      return "per_second";
    case Unit::messages:
      return "messages";
    case Unit::messages_per_second:
      return "messages_per_second";
    case Unit::share:
      return "share";
  }
  return {};
}

std::optional<Quantity> quantity_named(std::string_view wanted) {
  for (const auto& row : table)
    if (row.name == wanted) return row.quantity;
  return std::nullopt;
}

}  // namespace treefall::spec
