// The door of runtime/: plays a design in virtual time, once with a trace, or often with exact, mergeable tallies.
// A replica is a pure function of (design, seed, replica number); tallies are integers and fixed-point sums, so the
// result is the same for any number of threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/measurement.hpp"
#include "runtime/types.hpp"
#include "spec/design.hpp"

namespace treefall::runtime {

/// Writes one execution as the trace lines of docs/formats.md (JSON, no line end), header first, in order.
/// Returns false as soon as `line` does.
bool trace(const spec::Design& design, std::uint64_t seed, std::uint64_t replica, spec::Duration until,
           const std::function<bool(std::string_view)>& line);

/// The path of each place, as traces name it.
std::vector<std::string> places(const spec::Design& design);

/// Says who comes first, by place.
using Chooser = std::function<std::size_t(const Open&)>;

/// The same, with each order that the VM leaves open chosen by `chooser`, whatever `tie_order` the design has.
bool trace_with(const Chooser& chooser, const spec::Design& design, std::uint64_t seed, spec::Duration until,
                const std::function<bool(std::string_view)>& line);

/// Does chance take part in it? Else all replicas are the same. An unknown clock phase is chance, where it can matter.
bool has_chance(const spec::Design& design);
/// Is that clock phase all the chance there is?
bool has_only_phase(const spec::Design& design);
/// How long after its start the risk of giving up of a supervisor, or of an application's root, has become what it
/// stays, in seconds. Infinite where processes age, or where what has a rhythm is hardly seen.
/// In replicas so long.
double risk_settles(const spec::Design& design, const spec::Subject& subject, spec::Duration until);
/// Does it live once in a replica, as the root of an application does?
bool lives_once(const spec::Design& design, const spec::Subject& subject);

/// Why a replica ended before its time although the node had not stopped: a restart loop without end at one instant, or
/// more messages than memory. Neither it nor any behind it counts.
struct Trouble {
  std::uint64_t replica = 0;
  spec::Duration at{};
  std::string what;
};

/// A growing set of replicas 0..n-1 of one design.
class Experiment {
 public:
  /// `until`: how long each replica runs, in node time; it ends earlier when the node stops.
  Experiment(const spec::Design& design, std::uint64_t seed, spec::Duration until, unsigned jobs);
  ~Experiment();
  Experiment(Experiment&&) noexcept;
  Experiment& operator=(Experiment&&) noexcept;

  /// Plays replicas up to a total of `replicas`. Checks `stop` between replicas and inside long ones: an unfinished
  /// replica and all behind it are dropped, so that what counts is always replicas 0..n-1. `progress` is called with
  /// the number done, from any thread, one call at a time.
  void extend(std::uint64_t replicas, const std::atomic<bool>& stop,
              const std::function<void(std::uint64_t)>& progress = nullptr);
  std::uint64_t replicas() const;
  std::uint64_t events() const;  // model events played so far

  /// Nothing where this design cannot show the quantity (of that subject, up to `until`).
  /// `within` matters for failure_probability only; default `until`. Beyond `until` it is extrapolated by the hazard,
  /// which is right where nothing in the design lasts longer than half a replica; not for copies taken together.
  std::optional<Measurement> measure(const spec::Subject& subject, spec::Quantity quantity,
                                     std::optional<spec::Duration> within, double confidence) const;
  /// Everything that can be measured, by subject then quantity.
  std::vector<Measurement> measure_all(double confidence) const;
  /// The first replica that could not be played to `until`, if any: what it was, and where it stopped. Those before it
  /// are what the experiment consists of, and it does not grow any more.
  std::optional<Trouble> trouble() const;
  /// The lowest-numbered replica in which this supervisor gave up (or this application ended), if any did.
  std::optional<std::uint64_t> first_failure(const spec::Subject& subject) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace treefall::runtime
