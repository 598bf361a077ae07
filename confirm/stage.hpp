// One experiment and the claims that it decides. Internal to confirm/.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "confirm/confirm.hpp"
#include "runtime/simulate.hpp"

namespace treefall::confirm {

/// Something that execution can decide: a prediction with its band, or a promise with its bound.
struct Claim {
  spec::Subject subject;
  spec::Quantity quantity = spec::Quantity::failure_probability;
  std::optional<spec::Duration> within;
  Band band;
  std::optional<double> without_exception;  // one exception to this value refutes the claim
  Verdict verdict = Verdict::undecided;
  std::optional<runtime::Measurement> observed;
  std::string because;
  bool by_lives = false;  // complete lives can be afforded (life_claims.hpp): no replica is played for it
  bool rare = false;      // hardly a failure is to be expected (rare_claims.hpp)
  std::string unseen;     // why no interval can decide it, however narrow; else empty
  std::optional<std::uint64_t> fell_in;  // the first replica in which the subject gave up
  spec::Duration executed{};             // the length of the replicas that judged it
  std::optional<OnBeam> beam;
};

/// What is left to spend.
struct Budget {
  std::uint64_t events = 0;
  double confidence = 0.95;
  std::size_t family = 1;  // how many claims are judged together: refuting one is corrected for all of them
};

/// What a stage came to.
struct Spent {
  std::uint64_t events = 0;
  std::uint64_t replicas = 0;
};

/// The observed interval at some confidence; nothing where execution does not show the quantity.
using Measure = std::function<std::optional<runtime::Measurement>(double confidence)>;
/// What look number `look` (from 0) at the executions so far makes of a claim; undecided: go on. `to_the_end`: they
/// were as long as the claim speaks of.
Verdict decide(const Claim& claim, const Budget& budget, unsigned look, bool to_the_end, const Measure& measure);

/// Plays replicas of `design` up to `until`, in doubling batches, and judges `claims` after each, until all are
/// decided, the events are spent or `halt` is set. Claims are judged on replicas 0..n-1 only, so the outcome does not
/// depend on the number of threads. `events_per_replica` is a first guess.
Spent run_stage(const spec::Design& design, spec::Duration until, double events_per_replica,
                std::vector<Claim*>& claims, const Options& options, const Budget& budget,
                const std::atomic<bool>& halt, const std::function<void(std::uint64_t)>& progress);

/// Quantities that need replicas as long as the horizon, and have a witness when they come true.
bool about_giving_up(spec::Quantity quantity);

/// How many model events a replica of length `until` plays, from a short execution of the same design.
struct Cost {
  spec::Duration piloted{};
  double events = 0;   // played in `piloted`
  bool whole = false;  // the pilot went to the end
  double until(spec::Duration length) const;
};
Cost pilot(const spec::Design& design, spec::Duration longest, std::uint64_t seed, const std::atomic<bool>& halt);

}  // namespace treefall::confirm
