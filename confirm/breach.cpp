// Replicas are traced one after the other, each only as long as it could still be shorter than the shortest known.
#include "confirm/breach.hpp"

#include <deque>
#include <optional>
#include <string_view>

#include "confirm/trace_line.hpp"
#include "runtime/simulate.hpp"

namespace treefall::confirm {
namespace {

constexpr std::uint64_t most_replicas = 100;
constexpr std::uint64_t most_lines = 5'000'000;  // of all replicas together
constexpr std::size_t kept_before = 200;
constexpr std::size_t kept_of_instant = 20'000;  // a subtree of thousands of processes stops in thousands of lines

/// What a line tells when a promise on a quantity is broken by it.
enum class Moment { fall, failed_boot, late_call, restart, crash, loss, exit };

std::optional<Moment> moment_of(spec::Quantity quantity) {
  switch (quantity) {
    case spec::Quantity::failure_probability:
    case spec::Quantity::mean_time_to_failure:
      return Moment::fall;
    case spec::Quantity::boot_failure_probability:
      return Moment::failed_boot;
    case spec::Quantity::timeout_probability:
      return Moment::late_call;
    case spec::Quantity::restart_rate:
      return Moment::restart;
    case spec::Quantity::crash_rate:
      return Moment::crash;
    case spec::Quantity::lost_messages:
    case spec::Quantity::lost_per_crash:
      return Moment::loss;
    case spec::Quantity::availability:
      return Moment::exit;
    case spec::Quantity::utilisation:
    case spec::Quantity::throughput:
    case spec::Quantity::mean_wait:
    case spec::Quantity::p99_wait:
    case spec::Quantity::mailbox_length:
    case spec::Quantity::mailbox_growth:
    case spec::Quantity::boot_time:
    case spec::Quantity::shutdown_time:
      return std::nullopt;
  }
  return std::nullopt;
}

/// The line at which a promise on a subject is broken.
class Breach {
 public:
  Breach(const spec::Design& design, const spec::Subject& subject, Moment moment)
      : moment_(moment),
        application_(std::holds_alternative<spec::ApplicationSubject>(subject)),
        traffic_(std::holds_alternative<spec::TrafficSubject>(subject)),
        name_(without_copies(spec::path(design, subject))) {}

  bool is(std::string_view line) const {
    switch (moment_) {
      case Moment::fall:
      case Moment::failed_boot:
        if (application_) return event(line, "node_stopped") && named(line, "application");
        return event(line, moment_ == Moment::fall ? "gave_up" : "start_failed") && named(line, "process");
      case Moment::late_call:
        return event(line, "call_failed") && field(line, "reason") == "timeout" &&
               named(line, traffic_ ? "process" : "to");
      case Moment::restart:
        return event(line, "restart_counted") && named(line, "process");
      case Moment::crash:
        return event(line, "exited") && crashed(field(line, "reason")) && named(line, "process");
      case Moment::loss:
        return event(line, "message_lost") && named(line, "process");
      case Moment::exit:
        return event(line, "exited") && named(line, "process");
    }
    return false;
  }

 private:
  static bool event(std::string_view line, std::string_view what) { return field(line, "event") == what; }
  static bool crashed(std::string_view reason) { return reason != "normal" && !reason.starts_with("shutdown"); }
  bool named(std::string_view line, std::string_view key) const { return without_copies(field(line, key)) == name_; }

  Moment moment_;
  bool application_;
  bool traffic_;
  std::string name_;
};

struct Timeline {
  std::vector<std::string> lines;
  std::int64_t at = 0;  // of the breach, ns
};

/// Of one replica; empty if it shows no breach before `limit`. Takes what it reads from `lines_left`.
Timeline timeline(const spec::Design& design, const Breach& breach, const BreachSearch& search, std::uint64_t replica,
                  std::int64_t limit, std::uint64_t& lines_left) {
  std::string header;
  std::deque<std::string> before;
  std::vector<std::string> after;
  Timeline found;
  runtime::trace(design, search.seed, replica, search.until, [&](std::string_view line) {
    if (lines_left == 0) return false;
    --lines_left;
    if (header.empty()) {
      header = line;
      return true;
    }
    const std::int64_t now = number(line, "t_ns");
    if (!after.empty()) {
      if (now != found.at || after.size() >= kept_of_instant) return false;
      after.emplace_back(line);
      return true;
    }
    if (now >= limit) return false;
    if (breach.is(line)) {
      if (now < search.from.count()) return false;
      found.at = now;
      after.emplace_back(line);
      return true;
    }
    before.emplace_back(line);
    if (before.size() > kept_before) before.pop_front();
    return true;
  });
  if (after.empty()) return {};
  found.lines.push_back(header);
  found.lines.insert(found.lines.end(), before.begin(), before.end());
  found.lines.insert(found.lines.end(), after.begin(), after.end());
  return found;
}

}  // namespace

bool has_moment(spec::Quantity quantity) { return moment_of(quantity).has_value(); }

std::vector<std::string> shortest_breach(const spec::Design& design, const spec::Subject& subject,
                                         spec::Quantity quantity, const BreachSearch& search) {
  const std::optional<Moment> moment = moment_of(quantity);
  if (!moment) return {};
  const Breach breach(design, subject, *moment);
  const std::uint64_t replicas = runtime::has_chance(design) ? most_replicas : 1;
  Timeline shortest;
  shortest.at = search.until.count();
  std::uint64_t lines_left = most_lines;
  for (std::uint64_t i = 0; i < replicas && lines_left > 0; ++i) {
    Timeline one = timeline(design, breach, search, search.first + i, shortest.at + (i == 0 ? 1 : 0), lines_left);
    if (!one.lines.empty()) shortest = std::move(one);
  }
  return shortest.lines;
}

}  // namespace treefall::confirm
