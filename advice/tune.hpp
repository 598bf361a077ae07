// Which restart intensity keeps a supervisor's promise and still notices a crash loop; where none does, what else
// would. Searched with the analyser's mathematics, and executed before it is recommended.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "advice/edit.hpp"
#include "analyzer/estimate.hpp"
#include "analyzer/intensity.hpp"
#include "confirm/confirm.hpp"
#include "spec/design.hpp"
#include "spec/source.hpp"

namespace treefall::advice {

/// What a supervisor is held to: to give up within `within` with at most `probability`.
struct Demand {
  double probability = 0.001;
  spec::Duration within{};
  std::optional<std::size_t> promise = {};  // the `expect` entry that says so
};

/// How a crash loop fares under an intensity: a child that crashes straight after every start.
struct LoopEnd {
  spec::NodeId child = spec::no_node;  // whose loop is noticed last; none: no children
  analyzer::Estimate after;            // seconds from the first crash to the end; infinite: never
  double at_most = 0;                  // seconds from the first crash in which any loop ends that ends at all
  double unnoticed_from = 0;           // seconds between crashes from which a loop goes on for ever
};

/// One intensity and what it does.
struct Point {
  analyzer::Window window;
  analyzer::Estimate failure;  // probability to give up within the demanded span
  bool keeps = false;          // even at the unfavourable end of its error bar
  LoopEnd loop;
};

/// What execution says to a recommended design.
struct Execution {
  confirm::Verdict verdict = confirm::Verdict::undecided;
  double faster = 1;  // 1: as it is; else with crashes so many times as frequent, where it can be seen
  std::optional<analyzer::Window> instead = {};   // executed with this smaller budget, where it can be seen
  std::optional<analyzer::Prediction> predicted;  // what was held against execution
  std::optional<runtime::Measurement> observed;
  confirm::Band band;
  std::uint64_t replicas = 0;
  std::string because;  // why it is undecided or refuted, or how it was seen where replicas do not show it
};

/// Something else than a larger budget.
struct Alternative {
  enum class What { own_supervisor, strategy, less_often, back_off, partition };
  What what = What::own_supervisor;
  spec::NodeId child = spec::no_node;              // whom it is about
  std::string name = {};                           // own_supervisor: of the new one
  std::optional<spec::Strategy> strategy = {};     // the better one
  std::optional<analyzer::Window> window = {};     // own_supervisor: of the new one
  std::optional<analyzer::Window> others = {};     // and of the tuned one, where its present one will not do
  std::optional<analyzer::Estimate> failure = {};  // of the tuned supervisor then
  std::optional<double> at_most = {};              // less_often: crashes per second over all children
  std::optional<Execution> execution = {};
  std::string why = {};  // back_off: what it is that no budget outlasts
  std::vector<Edit> edits = {};
};
std::string_view name(Alternative::What what);
std::string_view name(spec::Strategy strategy);  // as it is written

enum class Outcome {
  kept,        // the intensity that it has keeps the promise
  change,      // another one does
  none,        // none does
  not_proved,  // one should, but execution does not agree or could not tell
  cannot_say,  // the analyser has no figure; `because`
};
std::string_view name(Outcome outcome);

struct Tuned {
  spec::NodeId supervisor = spec::no_node;
  Demand demand;
  Outcome outcome = Outcome::cannot_say;
  std::string because = {};
  Point now;
  std::optional<Point> smallest = {};       // for `kept`: the fewest restarts that would do, with the same period
  std::optional<Point> best = {};           // for `change`: what to write
  std::optional<Execution> execution = {};  // of `best`, else of `smallest`, else of `now`
  std::vector<Point> curve = {};            // with the period of `best` (or the present one): restarts rising
  std::vector<Point> periods = {};  // for each period the smallest restarts that keep it, or the most that were tried
  std::vector<Alternative> alternatives = {};
};

struct Tuning {
  std::vector<Tuned> supervisors;  // in start order
  std::vector<spec::NodeId> idle;  // nothing below them is said to crash
  std::vector<Edit> edits;         // of all that is recommended
  std::string not_written;         // why there are none although something is; else empty
};

struct TuneOptions {
  std::optional<double> probability;     // for all supervisors; else each keeps its promise
  std::optional<spec::Duration> within;  // else the horizon
  confirm::Options execution;            // how recommended values are confirmed
};

/// Model events to execute for a recommended value, half of them for each way to see it.
inline constexpr std::uint64_t usual_events = 60'000'000;
/// Held to where neither `expect` nor an option says anything: the tolerance that `predict` uses.
inline constexpr double usual_probability = 0.001;
/// A budget with more restarts than this is none.
inline constexpr std::uint64_t most_restarts = 1000;

Tuning tune(const spec::Source& source, const spec::Design& design, const TuneOptions& options,
            const std::atomic<bool>& stop, const std::function<void(double)>& progress = nullptr);

}  // namespace treefall::advice
