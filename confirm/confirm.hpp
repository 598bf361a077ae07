// The door of confirm/: does execution agree with prediction? Every prediction gets a verdict, every promise a result,
// each with the band it was held against and the interval that was observed.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/finding.hpp"
#include "analyzer/prediction.hpp"
#include "runtime/measurement.hpp"
#include "spec/design.hpp"

namespace treefall::confirm {

enum class Verdict {
  confirmed,      // the whole interval lies in the band
  refuted,        // the interval and the band are disjoint
  undecided,      // the budget ended before either
  not_simulated,  // execution cannot show this quantity
};

/// What a prediction is held against, in the quantity's unit.
struct Band {
  double low = 0;
  double high = 0;
};

/// The same claim on the user's own Erlang VM.
struct OnBeam {
  std::optional<runtime::Measurement> observed;
  Verdict verdict = Verdict::undecided;
  Band band;            // the claim's, widened by what the VM's clock can't tell apart
  std::string because;  // why undecided or not simulated; else empty
};

/// What one order of what happens at one instant, which the VM leaves open, comes to.
struct Ordered {
  spec::TieOrder order = spec::TieOrder::creation;
  runtime::Measurement observed;
};

/// One prediction and what came of it.
struct Check {
  std::optional<std::string> rule;  // of the finding that makes this claim
  analyzer::Prediction predicted;
  std::optional<runtime::Measurement> observed;  // at the confidence asked for
  Verdict verdict = Verdict::undecided;
  Band band;
  std::string because;          // why undecided or not simulated; else empty
  std::optional<OnBeam> beam;   // where it was played there
  std::vector<Ordered> orders;  // where the outcome depends on it: one for each order, else none
  /// Trace lines, header first, of an execution in which the supervisor gave up. Where several checks are about one
  /// supervisor it stands with one of them: that of a finding, else the first.
  std::vector<std::string> witness;
};

enum class Kept { pass, fail, undecided };
/// What a verdict about a promise's bound means for it.
Kept kept(Verdict verdict);

/// One `expect` entry, by execution.
struct PromiseCheck {
  std::size_t promise = 0;  // index into Design::promises
  std::optional<runtime::Measurement> observed;
  Kept kept = Kept::undecided;
  std::string because;
  std::optional<OnBeam> beam;
  /// Of a broken one, where there is a moment that breaks it: trace lines, header first, of the execution in which that
  /// comes soonest.
  std::vector<std::string> witness = {};
};

/// How designs are played on the user's Erlang VM.
struct Beam {
  std::uint32_t otp = 0;  // its release
  std::string erl = "erl";
  spec::Duration budget = std::chrono::seconds(30);  // of real time, at least 6 s
};

/// What was played there.
struct BeamRun {
  std::uint32_t otp = 0;
  std::uint64_t replicas = 0;
  spec::Duration until{};     // how long each was played, in node time
  spec::Duration lateness{};  // 99 of 100 of the VM's timers were less late than this
  std::string error;          // why nothing was; else empty
};

struct Options {
  std::uint64_t seed = 1;
  unsigned jobs = 1;
  double confidence = 0.95;
  /// A prediction that is right to this factor is right: the band is [low / tolerance, high * tolerance].
  double tolerance = 1.1;
  /// Model events to play at most: the budget that gives the same result on every machine.
  std::uint64_t events = 200'000'000;
  /// Wall-clock time to spend at most, if asked for.
  std::optional<spec::Duration> time;
  /// Play on the user's Erlang VM, too.
  std::optional<Beam> beam;
};

struct Confirmation {
  std::uint64_t seed = 1;
  std::uint64_t replicas = 0;  // of all experiments together
  bool interrupted = false;    // `stop` was set: what is here is what was done
  std::vector<Check> checks;   // in the order of the predictions, then claims that only a finding makes
  std::vector<PromiseCheck> promises;
  std::optional<BeamRun> beam;
};

/// Executes `design` until every prediction is decided or the budget ends. The result depends on `design`,
/// `predictions`, `findings`, seed, confidence, tolerance and event budget alone, whatever `jobs` is; a time budget or
/// `stop` may end it earlier. `progress` gets the share of the budget spent, 0 to 1.
Confirmation confirm(const spec::Design& design, const std::vector<analyzer::Prediction>& predictions,
                     const std::vector<analyzer::Finding>& findings, const Options& options,
                     const std::atomic<bool>& stop, const std::function<void(double)>& progress = nullptr);

}  // namespace treefall::confirm
