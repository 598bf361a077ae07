// What the commands have found, as the renderers get it. Values that point into what the command holds: a result is
// rendered, perhaps several times, and forgotten.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "advice/difference.hpp"
#include "advice/tune.hpp"
#include "analyzer/finding.hpp"
#include "analyzer/lint.hpp"
#include "analyzer/prediction.hpp"
#include "analyzer/promise.hpp"
#include "analyzer/rule.hpp"
#include "confirm/confirm.hpp"
#include "report/paint.hpp"
#include "runtime/measurement.hpp"
#include "runtime/simulate.hpp"
#include "spec/design.hpp"
#include "spec/source.hpp"

namespace treefall::report {

/// How a result shall look. Machine formats ignore it.
struct Look {
  Paint paint;
  /// How long it took: people like to know, but equal input shall give equal bytes, so only a terminal gets it.
  std::optional<std::chrono::nanoseconds> elapsed;
};

/// One file of a lint run. A text that is no design has no `design`, and what is wrong with it as findings.
struct LintedFile {
  spec::Source source;
  std::optional<spec::Design> design;
  std::vector<analyzer::Finding> findings;  // by position, then rule
  std::vector<analyzer::Suppressed> suppressed;
  std::vector<analyzer::PromiseCheck> promises = {};  // in the order of `expect`
};

struct Linted {
  std::vector<LintedFile> files;                       // by name
  spec::Severity min_severity = spec::Severity::hint;  // what is less severe is counted, not shown
};

/// A text that another command could not read.
struct Broken {
  const spec::Source& source;
  const std::vector<spec::Diagnostic>& diagnostics;
};

struct Predicted {
  const spec::Design& design;
  const std::vector<analyzer::Prediction>& predictions;
  const std::vector<analyzer::Tolerance>& tolerances;
};

struct Simulated {
  const spec::Design& design;
  std::uint64_t seed = 1;
  std::uint64_t replicas = 0;
  std::uint64_t events = 0;
  spec::Duration until{};
  double confidence = 0.95;
  std::vector<runtime::Measurement> measurements;
  std::optional<runtime::Trouble> trouble{};  // why a replica could not be played to its end
};

/// Rules, for the list of them or for one page.
struct Rules {
  std::vector<const analyzer::Rule*> list;
  bool as_pages = false;  // for people: whole pages, not a list
};

struct Confirmed {
  const spec::Design& design;
  const confirm::Confirmation& confirmation;
  double confidence = 0.95;
};

struct Compared {
  const LintedFile& before;  // both have designs
  const LintedFile& after;
  const advice::Difference& difference;
  std::uint64_t seed = 1;
};

struct Advised {
  const spec::Source& source;
  const spec::Design& design;
  const advice::Tuning& tuning;
  std::uint64_t seed = 1;
};

/// How many findings there are of each severity, shown or not.
struct Tally {
  std::uint64_t errors = 0, warnings = 0, infos = 0;  // hints count as infos
  std::uint64_t suppressed = 0;
  std::uint64_t below = 0;  // less severe than `min_severity`: counted above, not shown
  std::uint64_t files = 0;
  std::uint64_t processes = 0;                         // that the designs describe, every copy counted
  std::uint64_t promises = 0, broken = 0, unsaid = 0;  // under `expect`
};
Tally tally(const Linted& linted);
bool is_shown(const Linted& linted, const analyzer::Finding& finding);

}  // namespace treefall::report
